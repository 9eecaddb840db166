"""nnviz: build a neural network by hand, see it whole, and check it number by number.

Everything the window can do, this package can do without a screen, with the same numbers and the same pictures:

>>> import nnviz
>>> document = nnviz.example("mazur")
>>> round(nnviz.forward(document).loss, 9)
0.298371109
>>> round(float(nnviz.gradients(document)["w5"][0, 0]), 9)
0.082167041

Names are loaded when they are first used, so that ``import nnviz`` stays quick and needs no Qt.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from nnviz.version import VERSION

if TYPE_CHECKING:
    from nnviz.canvas.publish import render as render
    from nnviz.canvas.publish import write_frames as write_frames
    from nnviz.canvas.publish import write_loss_curve as write_loss_curve
    from nnviz.conventions import Conventions as Conventions
    from nnviz.data.datasets import iris as iris
    from nnviz.data.files import read_csv as read_csv
    from nnviz.document.build import new as new
    from nnviz.document.document import Document as Document
    from nnviz.document.files import save_document
    from nnviz.engine.optimizers import SGD as SGD
    from nnviz.engine.optimizers import Adam as Adam
    from nnviz.errors import NnvizError as NnvizError
    from nnviz.learning.settings import EarlyStopping as EarlyStopping
    from nnviz.lowering.targets import Target as Target
    from nnviz.session.advice import advice as advice
    from nnviz.session.annotations import annotate as annotate
    from nnviz.session.answers import answers as answers
    from nnviz.session.computing import Focus as Focus
    from nnviz.session.computing import backward as backward
    from nnviz.session.computing import forward as forward
    from nnviz.session.computing import predict as predict
    from nnviz.session.data import use_data as use_data
    from nnviz.session.derivatives import check_gradients as check_gradients
    from nnviz.session.derivatives import gradients as gradients
    from nnviz.session.derivatives import second_derivative as second_derivative
    from nnviz.session.derivatives import second_derivatives as second_derivatives
    from nnviz.session.derivatives import tangents as tangents
    from nnviz.session.examples import example as example
    from nnviz.session.memory import optimizer_state as optimizer_state
    from nnviz.session.opening import open_whole
    from nnviz.session.shares import shares as shares
    from nnviz.session.training import train as train
    from nnviz.session.walkthrough import walkthrough as walkthrough

    open = open_whole  # the library's word, as in gzip.open
    save = save_document

__version__ = VERSION

_HOMES = {
    "render": "canvas.publish",
    "write_frames": "canvas.publish",
    "write_loss_curve": "canvas.publish",
    "Conventions": "conventions",
    "iris": "data.datasets",
    "read_csv": "data.files",
    "new": "document.build",
    "Document": "document.document",
    "open": "session.opening:open_whole",
    "save": "document.files:save_document",
    "SGD": "engine.optimizers",
    "Adam": "engine.optimizers",
    "NnvizError": "errors",
    "EarlyStopping": "learning.settings",
    "Target": "lowering.targets",
    "advice": "session.advice",
    "annotate": "session.annotations",
    "answers": "session.answers",
    "Focus": "session.computing",
    "backward": "session.computing",
    "forward": "session.computing",
    "optimizer_state": "session.memory",
    "predict": "session.computing",
    "use_data": "session.data",
    "check_gradients": "session.derivatives",
    "gradients": "session.derivatives",
    "second_derivative": "session.derivatives",
    "second_derivatives": "session.derivatives",
    "tangents": "session.derivatives",
    "example": "session.examples",
    "shares": "session.shares",
    "train": "session.training",
    "walkthrough": "session.walkthrough",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'nnviz' has no attribute {name!r}")
    home, _, renamed = _HOMES[name].partition(":")
    found: object = getattr(import_module(f"nnviz.{home}"), renamed or name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
