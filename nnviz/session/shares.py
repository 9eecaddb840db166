"""What ∂/∂w is made of: the data loss, L1 and L2 apart, and of a shared weight the part of each edge.

This is where ``nnviz.shares`` lives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from nnviz.document.document import Document
from nnviz.engine.penalties import l1_gradient, l2_gradient
from nnviz.engine.workspace import flatten, unflatten
from nnviz.learning.settings import TrainingSettings
from nnviz.learning.update import Update
from nnviz.lowering.uses import uses
from nnviz.session.computing import Focus, Trace, forward, require_targets

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Share:
    """What the derivative by one parameter is made of, each in the parameter's shape.

    Attributes
    ----------
    data : ∂J/∂w, of the data loss alone.
    l1, l2 : λ₁ sign(w) and 2 λ₂ w; 0 for biases. L1 is told also where it works by its proximal step, and is then no
        part of the gradient that the optimizer sees.
    uses : what each edge (of a bias: each node) adds to ``data``, by its id; several where the parameter is shared.
    """

    data: Numbers
    l1: Numbers
    l2: Numbers
    uses: Mapping[str, Numbers]

    @property
    def penalty(self) -> Numbers:
        """The share of both penalties."""
        return self.l1 + self.l2

    @property
    def total(self) -> Numbers:
        """The derivative of J and penalty together."""
        return self.data + self.penalty


@dataclass(frozen=True, eq=False)
class Shares(Mapping[str, Share]):
    """The :class:`Share` of every trained parameter by its key, and what they are the derivatives of.

    Attributes
    ----------
    loss : J, of the data alone.
    l1, l2 : what the weights cost beside it, λ₁ Σ |w| and λ₂ Σ w².
    """

    loss: float
    l1: float
    l2: float
    by_key: Mapping[str, Share]

    @property
    def penalty(self) -> float:
        """What the weights cost in all."""
        return self.l1 + self.l2

    def __getitem__(self, key: str) -> Share:
        return self.by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_key)

    def __len__(self) -> int:
        return len(self.by_key)


def shares(document: Document, focus: Focus | None = None) -> Shares:
    """Data loss and penalties at a focus, and the share of each in the derivative by every trained parameter.

    >>> from nnviz.session.examples import example
    >>> found = shares(example("mazur"))
    >>> round(float(found["w5"].data.item()), 9), float(found["w5"].penalty.item())
    (0.082167041, 0.0)

    Raises
    ------
    GraphError, ShapeError, DataError
        What keeps the network from being computed, a missing loss included.
    """
    return shares_of(forward(document, replace(focus or Focus(), of=None)))


def shares_of(trace: Trace) -> Shares:
    """The same of a computed network.

    Raises
    ------
    GraphError, DataError
        If there is no loss, or the row has no targets.
    """
    require_targets(trace)
    plan, settings = trace.plan, trace.document.training
    update = Update(plan, settings)
    weights = flatten(plan, trace.document.parameters)[: plan.trained_size]
    gradient = np.array(trace.workspace.gradient, dtype=np.float64)
    data, l1, l2 = (unflatten(plan, part) for part in update.shares(weights, gradient))
    parts = uses(plan, trace.document.graph)
    views = trace.workspace.views
    found = {
        key: Share(data[key], l1[key], l2[key], {user: np.array(views[slot]) for user, slot in parts[key].items()})
        for key in data
        if key in parts
    }
    return Shares(trace.loss, *update.penalties(weights), found)


def penalty_share(settings: TrainingSettings, weights: Numbers) -> tuple[Numbers, Numbers]:
    """λ₁ sign(w) and 2 λ₂ w of weights in any shape: what L1 and L2 add to the derivative by them."""
    every = np.ones_like(weights)
    l1, l2 = l1_gradient(weights, every, settings.l1), l2_gradient(weights, every, settings.l2)
    return np.asarray(l1, np.float64), np.asarray(l2, np.float64)
