"""The running application without a window: focus, walkthrough, annotations, picture, training runner."""
