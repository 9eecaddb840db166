"""Who carries a run: the fast executor where it can, else the clear one, which says why."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from math import inf

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.fast.program import Interrupted
from nnviz.engine.plan import Plan
from nnviz.errors import ConfigError
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.settings import TrainingSettings, TrainingState
from nnviz.words import tr

Numbers = NDArray[np.float64]


def training_by(
    plan: Plan,
    examples: Examples,
    settings: TrainingSettings,
    parameters: Mapping[str, Numbers],
    *,
    seed: int,
    state: TrainingState | None = None,
    validation: Examples | None = None,
    dropout: Mapping[str, float] | None = None,
    slice_seconds: float = inf,
    snapshots: bool = False,
    going: Callable[[int, int], bool] = lambda done, total: True,
) -> Training:
    """A run by the executor that the settings ask for; its ``notice`` says why where it is another.

    Parameters and errors are those of :class:`~nnviz.learning.fit.Training`. The first call on a machine compiles the
    kernels, which takes some seconds: ``going`` is told meanwhile how many are ready and how many are wanted, and
    may say no; then the clear executor trains. So it does wherever the variable NNVIZ_EXECUTOR says ``clear``.
    """
    clear = Training(  # refuses what no executor can train
        plan, examples, settings, parameters, seed=seed, state=state, validation=validation, dropout=dropout,
        slice_seconds=slice_seconds, snapshots=snapshots,
    )  # fmt: skip
    if os.environ.get("NNVIZ_EXECUTOR", settings.executor) == "clear":
        return clear
    try:
        return _fast(clear, examples, parameters, state, validation, dropout, going)
    except Interrupted:
        return clear
    except ConfigError as refused:
        what = f"{refused.what} ({refused.where})" if refused.where else refused.what
        clear.notice = tr("{what}: it goes step by step, which is slower", what=what)
    except Exception as broken:
        logging.getLogger(__name__).warning("the fast executor is not available", exc_info=broken)
        why = str(broken)[:200]
        clear.notice = tr("Compiled training is not available ({why}): it goes step by step, which is slower", why=why)
    return clear


def _fast(
    clear: Training,
    examples: Examples,
    parameters: Mapping[str, Numbers],
    state: TrainingState | None,
    validation: Examples | None,
    dropout: Mapping[str, float] | None,
    going: Callable[[int, int], bool],
) -> Training:
    """The same run by kernels."""
    from nnviz.learning.fast import FastTraining  # lazily: it loads LLVM

    return FastTraining(
        clear.plan, examples, clear.settings, parameters, seed=clear.seed, state=state, validation=validation,
        dropout=dropout, slice_seconds=clear.slice_seconds, snapshots=clear.snapshots, going=going,
    )  # fmt: skip
