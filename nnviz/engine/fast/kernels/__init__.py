"""What numba compiles: the only package that imports it, in a process where kernels are made.

A kernel is written in :mod:`~nnviz.engine.fast.kernels.lines` and stands in
:mod:`~nnviz.engine.fast.kernels.catalogue` under its name; with its machine code on disk nobody comes here.
"""
