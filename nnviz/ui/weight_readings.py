"""Rows about one weight or bias: what its derivative is made of, and what the optimizer remembers of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.optimizers import RULES, Optimizer
from nnviz.graph import Edge
from nnviz.learning.memory import slots_of
from nnviz.session.annotations import Annotator
from nnviz.session.shares import penalty_share
from nnviz.ui.inspector_parts import Reading
from nnviz.ui.page_form import FormRow, PageForm
from nnviz.ui.tips import plain_tip
from nnviz.words import tr

Numbers = NDArray[np.float64]
Place = tuple[int, ...]

_SHARES = {
    "data": (tr("from the data"), tr("∂J/∂w: how much the data loss grows when w grows")),
    "l1": (tr("from L1"), tr("λ·sign(w): how much the penalty grows; at its proximal step it is taken off directly")),
    "l2": (tr("from L2"), tr("2·λ·w: how much the penalty grows when w grows")),
    "total": (tr("in all"), tr("How much loss and penalty together grow when w grows")),
}
_RATE_TIP = tr("|step| / |gradient|: how far the next update goes for a slope of 1")
_MOST_SLOTS = max(len(rule.row.slots) for rule in RULES.values())


class ShareReadings:
    """Rows of a form: the shares of data and penalties in the derivative by a weight, and the part of one edge.

    The shares show where there is a penalty, the part where several edges share the weight.
    """

    def __init__(self, form: PageForm) -> None:
        tip = tr("What this edge adds to ∂J/∂w, which is the sum over all edges that share the weight")
        self.part = Reading(tr("Part of this edge"), "gradient", tip)
        self._part_row = form.add_row(tr("by this edge"), self.part, tip)
        self.readings = {name: Reading(words, "gradient", tip) for name, (words, tip) in _SHARES.items()}
        self._rows = {name: form.add_row(_SHARES[name][0], each) for name, each in self.readings.items()}

    def refresh(self, annotator: Annotator, edge: Edge, place: Place) -> bool:
        """Show the shares of one weight of an edge; gives whether there are any rows."""
        settings, penalised = annotator.document.training, annotator.penalised
        l1, l2 = (float(added) for added in penalty_share(settings, annotator.parameters[edge.key][place]))
        data = _at(annotator.gradient(edge.key), place)
        numbers = {"data": data, "l1": l1, "l2": l2, "total": None if data is None else data + (l1 + l2)}
        shown = {"l1": bool(settings.l1), "l2": bool(settings.l2)}
        for name, reading in self.readings.items():
            reading.show_number(numbers[name], signed=True)
            self._rows[name].set_visible(shown.get(name, penalised))
        shared = sum(each.key == edge.key for each in annotator.graph.edges) > 1
        self.part.show_number(_at(annotator.part(edge), place), signed=True)
        self._part_row.set_visible(shared)
        return shared or penalised


class MemoryReadings:
    """Rows of a form: each array that the optimizer keeps for a weight, by its letter, and the weight's own rate."""

    def __init__(self, form: PageForm) -> None:
        self.readings = [Reading(tr("Memory of the optimizer")) for _ in range(_MOST_SLOTS)]
        self._rows: list[FormRow] = [form.add_row("", reading) for reading in self.readings]
        self.rate = Reading(tr("Effective rate"), "", _RATE_TIP)
        self._rate_row = form.add_row(tr("own rate"), self.rate, _RATE_TIP)

    def refresh(
        self, rule: Optimizer, memory: Mapping[str, Numbers | None], rate: Numbers | None, place: Place
    ) -> None:
        """Show what ``rule`` remembers of one number of a parameter, a dash for what there is not (yet).

        Plain descent remembers nothing, and its rate is η for every weight: it has no rows.
        """
        slots = slots_of(rule)
        for number, (row, reading) in enumerate(zip(self._rows, self.readings, strict=True)):
            row.set_visible(number < len(slots))
            if number < len(slots) and row.label is not None:
                slot = slots[number]
                row.label.setText(slot.symbol)
                row.label.setToolTip(plain_tip(slot.words))
                reading.setAccessibleName(slot.words)
                reading.show_number(_at(memory.get(slot.name), place))
        own = _at(rate, place)
        self.rate.show_number(None if own is None or np.isnan(own) else own)
        self._rate_row.set_visible(bool(slots))

    def hide(self) -> None:
        """Show no row."""
        for row in (*self._rows, self._rate_row):
            row.set_visible(False)


def _at(numbers: Numbers | None, place: Place) -> float | None:
    return None if numbers is None else float(numbers[place])
