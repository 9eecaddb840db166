"""What of the machine a record of a run has to tell, since it changes bits."""

from __future__ import annotations


def blas_threads() -> int:
    """How many threads numpy's matrix products may use."""
    import threadpoolctl  # type: ignore[import-untyped]  # lazily: only a run's record asks

    return max((int(pool["num_threads"]) for pool in threadpoolctl.threadpool_info()), default=1)
