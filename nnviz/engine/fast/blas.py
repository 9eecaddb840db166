"""Where scipy's matrix products are, by the addresses that it publishes for compiled callers."""

from __future__ import annotations

from functools import cache

from numba.extending import get_cython_function_address


@cache
def gemm(*, single: bool) -> int:
    """The address of sgemm or dgemm; 0 where scipy has none, and products then stay in registers."""
    try:
        import scipy.linalg.cython_blas  # noqa: F401  (its table of addresses is read below)

        return int(get_cython_function_address("scipy.linalg.cython_blas", "sgemm" if single else "dgemm"))
    except (ImportError, ValueError, AttributeError):
        return 0
