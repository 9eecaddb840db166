"""The fast executor: compiled by numba, whole epochs a call, the interpreter free meanwhile.

How it works
------------
:mod:`~nnviz.engine.fast.program` turns a plan into a table of fused instructions over rows of numbers, unit by unit; no
code is made for a network. :mod:`~nnviz.engine.fast.kernels` are compiled once for all networks, one for each family of
operations, and called by their addresses; :mod:`~nnviz.engine.fast.epochs` goes through the table forward and back,
updates, shuffles, judges, and watches. :mod:`~nnviz.engine.fast.run` is what Python sees.

Its numbers agree with the clear executor to rounding, and equal themselves bit for bit. It covers layers, neurons in
any wiring, elementwise operations, softmax, dropout and all losses and optimizers; the rest is refused by name.

This package's modules import numba, which takes 0.2 s: they are imported where a run begins. ``program`` and ``codes``
do not.
"""
