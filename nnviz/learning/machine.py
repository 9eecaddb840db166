"""What of the machine a record of a run has to tell, since it changes bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

MANY_OPERATIONS = 5e7
"""Multiplications and additions of an update from which more than one thread is worth its while."""


def blas_threads() -> int:
    """How many threads numpy's matrix products may use."""
    import threadpoolctl  # type: ignore[import-untyped]  # lazily: only a run's record asks

    return max((int(pool["num_threads"]) for pool in threadpoolctl.threadpool_info()), default=1)


def scipy_libraries() -> list[Any]:
    """The libraries by which scipy multiplies matrices, as far as they are loaded."""
    import threadpoolctl  # lazily: only a run asks

    libraries = threadpoolctl.ThreadpoolController().lib_controllers
    return [library for library in libraries if "scipy.libs" in str(library.filepath)]


@contextmanager
def single_thread(libraries: Sequence[Any]) -> Iterator[None]:
    """Let libraries use one thread meanwhile.

    Small products are slower on two threads than on one, and threads that wait for each other take the window's core.
    numpy's own products, which the clear executor uses, keep their threads.
    """
    before = [library.get_num_threads() for library in libraries]
    for library in libraries:
        library.set_num_threads(1)
    try:
        yield
    finally:
        for library, threads in zip(libraries, before, strict=True):
            library.set_num_threads(threads)
