"""What every optimizer is: a frozen setting that moves weights, and memory which the caller keeps."""

from __future__ import annotations

from nnviz.engine.arrays import Array
from nnviz.engine.optimizers.row import FROM_ZERO, Choice, Setting
from nnviz.words import tr

RATE = Setting("lr", "η", tr("learning rate"), FROM_ZERO, tr("rate η"))
"""The first setting of every optimizer."""


class Rule(Choice, frozen=True, tag_field="rule"):
    """What training asks of an optimizer; ``lr`` is the learning rate η."""

    lr: float = 0.1

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the arrays it remembers under its settings, each as long as the trained parameters."""
        return tuple(slot.name for slot in self.row.slots)

    @property
    def first(self) -> dict[str, float]:
        """What an array holds before the first update, where that is not 0."""
        return {}

    @property
    def lines(self) -> tuple[str, ...]:
        """Its formula under its settings; see :class:`~nnviz.engine.optimizers.row.Row`."""
        return self.row.lines

    def at(self, count: int) -> tuple[str, ...]:
        """The lines that hold at update number ``count``."""
        return self.lines

    def coefficients(self, count: int) -> dict[str, float]:
        """The numbers of its formula that are the same for all weights, by their letters, at an update."""
        numbers = {each.symbol: float(getattr(self, each.field)) for each in self.row.settings if each.allowed}
        powers = {f"{letter}ᵗ": numbers[letter] ** count for letter in ("β₁", "β₂") if letter in numbers}
        return numbers | powers | {"t": float(count)}

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """Move ``weights`` and ``memory`` in place by update number ``count`` (from 1); all arrays are (trained,)."""
        raise NotImplementedError
