"""The fast executor: compiled by numba, whole epochs a call, the interpreter free meanwhile.

How it works
------------
:mod:`~nnviz.engine.fast.program` turns a plan into a table of fused instructions over rows of numbers, unit by unit; no
code is made for a network. :mod:`~nnviz.engine.fast.kernels` are written for numba, one for each family of operations,
and one that goes through the table forward and back, updates, shuffles, judges, and watches.
:mod:`~nnviz.engine.fast.making` has them compiled once an installation by processes of their own,
:mod:`~nnviz.engine.fast.store` keeps their machine code and loads it, and :mod:`~nnviz.engine.fast.run` is what Python
sees.

Its numbers agree with the clear executor to rounding, and equal themselves bit for bit. It covers layers, neurons in
any wiring, elementwise operations, extremes, products of matrices, convolution and pooling, normalisations, softmax,
dropout and all losses and optimizers: every kind of node. An operation that has no kernels is refused by name.

Only ``kernels`` imports numba, which takes 0.5 s; with machine code on disk it is never loaded.
"""
