"""Where scipy's matrix products are, by the addresses that it publishes for compiled callers."""

from __future__ import annotations

import ctypes
from functools import cache
from importlib import import_module


@cache
def gemm(*, single: bool) -> int:
    """The address of sgemm or dgemm; 0 where scipy has none, and products then stay in registers."""
    try:
        cython_blas = import_module("scipy.linalg.cython_blas")  # lazily: 0.2 s, and small networks do without
        capsule = cython_blas.__pyx_capi__["sgemm" if single else "dgemm"]
    except (ImportError, AttributeError, KeyError):
        return 0
    name, pointer = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return int(pointer(capsule, name(capsule)) or 0)
