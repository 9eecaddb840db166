"""The faces of the program: the command line (:mod:`nnviz.app.cli`) and the window."""
