"""Tables, generators, splits and augmentation: where the rows come from and which part each of them serves.

Nothing is silently normalised or shuffled; test rows stay untouched until the end.
"""
