"""The inspector's page of one node: its name and options, and its exact numbers, unit by unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal

from nnviz.document.edits import Rename, SetOptions, SetParameter, Together
from nnviz.engine.arrays import Shape
from nnviz.expressions import Allowed
from nnviz.graph import Node
from nnviz.graph.values import Option
from nnviz.lowering.expression import EXAMPLE
from nnviz.lowering.forms import shape_words
from nnviz.lowering.kinds import KINDS, NORMALISED, OptionSpec
from nnviz.lowering.lower import bias_key
from nnviz.lowering.normalising import GAIN as GAIN_KEY
from nnviz.lowering.normalising import SHIFT as SHIFT_KEY
from nnviz.lowering.opening import EXPRESSION
from nnviz.numbers import subscripted
from nnviz.session.annotations import Annotator, is_inner
from nnviz.session.session import Session
from nnviz.ui.entry import TextField
from nnviz.ui.formula_part import FormulaPart
from nnviz.ui.inspector_page import Page, rows_words
from nnviz.ui.inspector_parts import PageHeader, QuietCombo, Reading
from nnviz.ui.inspector_words import NEXT_TIP, PlaceNames, output_names, unit_names
from nnviz.ui.kind_icons import kind_icon
from nnviz.ui.kind_words import choice_tip, choice_words, kind_words, option_name, option_tip
from nnviz.ui.number_field import NumberField
from nnviz.ui.page_form import FormRow
from nnviz.ui.plate_table import PlateTable
from nnviz.ui.tips import plain_tip
from nnviz.ui.unit_cells import (
    BIAS,
    GAIN,
    OWN,
    PREACTIVATION,
    SHIFT,
    Quantity,
    UnitCells,
    at,
    channel_quantities,
    delta_tip,
    growth_tip,
    numbers_by_role,
    quantities,
)
from nnviz.ui.weight_readings import MemoryReadings
from nnviz.ui.widgets import label
from nnviz.words import tr

Numbers = NDArray[np.float64]
_Columns = Callable[[Node, Shape], tuple[Quantity, ...]]
MOST_LIVE = 2_000
"""Units beyond which a table of them waits for the end of a training."""
_NAMING = ("bias_name",)
"""Options that only name something."""
_ZERO = {"stride": tr("window size")}
"""What 0 means to an option that takes it."""
_MOST_ROWS = 6
_SIGNED = ("delta", "gradient", "node_gradient", "bias_gradient")


class NodePage(Page):
    """Shows one node.

    Signals
    -------
    opening_wished : the node, an expression, is to be replaced by its operations.
    """

    opening_wished = Signal()

    def __init__(self, session: Session, node: str) -> None:
        super().__init__(session)
        self.id = node
        drawn = self._node()
        self.kind = drawn.kind
        self._width = session.annotator().width(node)
        self._header = PageHeader(kind_icon(self.kind, "accent"))
        self.options: dict[str, NumberField | TextField | QuietCombo] = {}
        self._option_rows: dict[str, FormRow] = {}
        self._make_options(drawn)
        self._heading = self.form.add_heading(tr("Numbers"))
        self.readings: dict[str, Reading] = {}
        self._rows: dict[str, FormRow] = {}
        self.bias: NumberField | None = None
        self.memory_rows: MemoryReadings | None = None
        self.table: PlateTable | None = None
        self.channels: PlateTable | None = None
        self._make_numbers(drawn)
        self._means = label("", "small", wrapped=True)
        self._means_row = self.form.add_wide(self._means)
        self._make_naming(drawn)
        self.lay_out(self._header)

    def _node(self) -> Node:
        return self.session.document.graph.node(self.id)

    def _outputs(self, node: Node) -> int:
        """How many rows a table of its units has: of a loss, how many outputs it compares."""
        if KINDS[node.kind].family != "loss":
            return self._width
        annotator = self.session.annotator()
        return sum(annotator.width(edge.source) for edge in self.session.document.graph.into(node.id))

    def fits(self) -> bool:
        """While the node is there, of the same kind, with one unit or with several as before."""
        node = self.session.document.graph.by_id.get(self.id)
        if node is None or node.kind != self.kind:
            return False
        self._width = self.session.annotator().width(self.id)
        in_table, channels = self._in_table(node), channel_quantities(node, self._shape())
        stands = in_table == (self.table is not None) and bool(in_table and channels) == (self.channels is not None)
        return stands and self.goal == self.session.goal

    def _shape(self) -> Shape:
        return self.session.annotator().shape(self.id)

    def _in_table(self, node: Node) -> bool:
        """Whether its numbers stand in a table: those of several units, and the many of a normalisation's."""
        return self._outputs(node) > 1 or node.kind in NORMALISED

    # its parts

    def _make_options(self, node: Node) -> None:
        """What changes its numbers."""
        for spec in KINDS[node.kind].options:
            if spec.name not in _NAMING:
                self._add_option(spec, node)
        self.formula = FormulaPart() if node.kind == EXPRESSION else None
        if self.formula is not None:
            self.form.add_wide(self.formula)
            self.formula.opening_wished.connect(self.opening_wished)

    def _add_option(self, spec: OptionSpec, node: Node) -> None:
        control = self._option(spec, KINDS[node.kind].option(node, spec.name))
        self.options[spec.name] = control
        self._option_rows[spec.name] = self.form.add_row(option_name(spec), control, option_tip(spec))

    def _make_naming(self, node: Node) -> None:
        """How it is called, and its bias."""
        self.form.add_heading(tr("Names"))
        self.name = TextField(
            tr("Name of the node"),
            node.name,
            check=self.possible(lambda name: Rename(self.id, name)),
            explained=tr("How it is called in pictures and formulas; empty shows {id}", id=self.id),
        )
        self.name.setPlaceholderText(self.id)
        self.text_edits(self.name, lambda name: Rename(self.id, name))
        self.form.add_row(tr("name"), self.name)
        for spec in KINDS[node.kind].options:
            if spec.name in _NAMING:
                self._add_option(spec, node)

    def _option(self, spec: OptionSpec, value: Option) -> NumberField | TextField | QuietCombo:
        if spec.choices:
            return self._choice(spec)
        if isinstance(spec.default, str):
            return self._text(spec, str(value))
        return self._number(spec, float(value))

    def _choice(self, spec: OptionSpec) -> QuietCombo:
        choices = [(choice, choice_words(choice)) for choice in spec.choices]
        combo = QuietCombo(option_name(spec), choices, option_tip(spec))
        for place, choice in enumerate(spec.choices):
            combo.setItemData(place, plain_tip(choice_tip(choice)), int(Qt.ItemDataRole.ToolTipRole))
        self.choice_edits(combo, lambda choice: SetOptions(self.id, {spec.name: choice}))
        return combo

    def _text(self, spec: OptionSpec, value: str) -> TextField:
        field = TextField(
            option_name(spec),
            value,
            check=self.possible(lambda text: SetOptions(self.id, {spec.name: text})),
            explained=option_tip(spec),
        )
        is_formula = spec.name == "formula"
        field.setPlaceholderText(tr("for example {it}", it=EXAMPLE) if is_formula else tr("its own"))
        self.text_edits(field, lambda text: SetOptions(self.id, {spec.name: text}))
        return field

    def _number(self, spec: OptionSpec, value: float) -> NumberField:
        whole = isinstance(spec.default, int)
        low = -np.inf if spec.low is None else spec.low
        high = np.inf if spec.high is None else spec.high

        def edit(number: float) -> SetOptions:
            return SetOptions(self.id, {spec.name: int(number) if whole else number})

        field = NumberField(
            option_name(spec),
            value,
            zero=_ZERO.get(spec.name, "") if spec.low == 0 else "",
            allowed=Allowed(low, high, whole=whole),
            check=self.possible(edit),
            explained=option_tip(spec),
        )
        self.number_edits(field, edit)
        return field

    def _make_numbers(self, node: Node) -> None:
        """Its numbers: a table of its units, or a line each."""
        if self._in_table(node):
            self._make_table(node)
        else:
            self._make_readings(node)

    def _make_readings(self, node: Node) -> None:
        for quantity in quantities(node):
            if quantity in (BIAS, OWN):
                continue
            self._add_reading(quantity.role, quantity.words, quantity.tip)
            if quantity is PREACTIVATION:
                self._add_reading("delta", "δ", delta_tip(self.goal))
        derivative = self._derivative(node)
        if derivative:
            name = subscripted(node.label)
            self._add_reading(derivative, f"∂{self.goal}/∂{name}", growth_tip(self.goal, name))
        if KINDS[node.kind].family == "loss":
            self._add_reading(
                "loss", tr("loss J"), tr("The loss of the rows shown, put together as the conventions say")
            )
        if KINDS[node.kind].family == "neuron":
            self._add_own(tr("Bias"), BIAS, tr("Added to what comes in: z = Σ w·x + b"))
            self._add_reading("bias_gradient", BIAS.derivative_of(self.goal), growth_tip(self.goal, "b"))
            self._add_reading("next", tr("next b"), NEXT_TIP)
            self.memory_rows = MemoryReadings(self.form)
        elif node.kind == "parameter":
            self._add_own(tr("Value"), OWN, OWN.tip)
            self._add_reading("gradient", OWN.derivative_of(self.goal), growth_tip(self.goal, "w"))
            self._add_reading("next", tr("next w"), NEXT_TIP)
            self.memory_rows = MemoryReadings(self.form)

    def _derivative(self, node: Node) -> str:
        """The role of the derivative by what the node gives; empty where it has none, or δ is shown."""
        if KINDS[node.kind].family == "input":
            return "gradient" if self.session.focus.of is not None else ""
        return "node_gradient" if is_inner(node) and KINDS[node.kind].family != "neuron" else ""

    def _add_own(self, name: str, quantity: Quantity, explained: str) -> None:
        """A field for the one number that belongs to the node itself."""
        self.bias = NumberField(name, explained=explained)
        self.number_edits(self.bias, lambda value: SetParameter(self._own_key(), self._own(value)))
        self._rows["bias"] = self.form.add_row(quantity.words, self.bias)

    def _own(self, value: float) -> Numbers:
        """The one number in the shape of its parameter, which may be a matrix."""
        return np.full(self.session.document.parameters[self._own_key()].shape, value)

    def _own_key(self) -> str:
        """The key of the node's bias, or of the parameter that it is."""
        return self.id if self.kind == "parameter" else bias_key(self._node())

    def _add_reading(self, role: str, words: str, tip: str) -> None:
        self.readings[role] = Reading(words, "gradient" if role in _SIGNED else "", tip)
        self._rows[role] = self.form.add_row(words, self.readings[role], tip)

    def _make_table(self, node: Node) -> None:
        if KINDS[node.kind].family == "loss":
            self._add_reading(
                "loss", tr("loss J"), tr("The loss of the rows shown, put together as the conventions say")
            )
        annotator = self.session.annotator()
        if channel_quantities(node, self._shape()):
            cells = self._channel_cells(annotator)
            self.channels = self._add_table(tr("Numbers of the channels"), cells, channel_quantities)
        self.table = self._add_table(tr("Numbers of the units"), self._cells(annotator), quantities)
        self._refusal = label("", "refusal", wrapped=True)
        self._refusal.hide()
        self.form.add_wide(self._refusal)

    def _add_table(self, name: str, cells: UnitCells, columns: _Columns) -> PlateTable:
        table = PlateTable(name, cells, most_rows=_MOST_ROWS)
        table.told.connect(self._tell)
        table.block_wished.connect(partial(self._take, columns))
        self.form.add_wide(table)
        return table

    def _tell(self, reason: str) -> None:
        self._refusal.setText(reason)
        self._refusal.setVisible(bool(reason))

    def _take(self, columns: _Columns, row: int, column: int, block: Numbers) -> None:
        """Make typed or pasted numbers the node's own: of one column each an edit, of several one act."""
        edits = []
        told = columns(self._node(), self._shape())[column : column + block.shape[1]]
        for quantity, typed in zip(told, block.T, strict=True):
            key = self._key_of(quantity)
            values = np.array(self.session.document.parameters[key])
            values.reshape(-1)[row : row + len(typed)] = typed
            edits.append(SetParameter(key, values))
        self.attempt(edits[0] if len(edits) == 1 else Together(tuple(edits)))

    def _key_of(self, quantity: Quantity) -> str:
        ending = {GAIN: GAIN_KEY, SHIFT: SHIFT_KEY}.get(quantity)
        return self._own_key() if ending is None else self.id + ending

    # its numbers

    def refresh(self, annotator: Annotator) -> None:
        """Show name, options and numbers as they are now."""
        node = self._node()
        words = kind_words(node.kind)
        several = f" · {shape_words(annotator.shape(self.id))}" if self._width > 1 else ""
        self._header.tell(subscripted(node.label), f"{words.name}{several}")
        self.name.set_value(node.name)
        for spec in KINDS[node.kind].options:
            _show_option(self.options[spec.name], KINDS[node.kind].option(node, spec.name))
        if self.formula is not None:
            self.formula.refresh(self.session.document.graph, self.id)
        self._heading.setText(tr("Numbers · {rows}", rows=rows_words(annotator)))
        self._refresh_means(annotator)
        if self.session.training and self._width > MOST_LIVE:
            return
        if self.table is not None:
            self.table.show_cells(self._cells(annotator))
        if self.channels is not None:
            self.channels.show_cells(self._channel_cells(annotator))
        self._refresh_rows(annotator, node)

    def _refresh_means(self, annotator: Annotator) -> None:
        self._means.setText(tr("Over several rows values are means, and derivatives sums."))
        self._means_row.set_visible(annotator.many)

    def _refresh_rows(self, annotator: Annotator, node: Node) -> None:
        found = numbers_by_role(annotator, node)
        for role, reading in self.readings.items():
            reason = annotator.reason(self.id) if role == "gradient" else ""
            reading.show_number(at(found.get(role), 0), signed=role in _SIGNED, reason=reason)
        self._refresh_bias(annotator, node, found)

    def _refresh_bias(self, annotator: Annotator, node: Node, found: dict[str, list[float | None]]) -> None:
        is_parameter = node.kind == "parameter"
        if KINDS[node.kind].family != "neuron" and not is_parameter:
            return
        mode = KINDS[node.kind].option(node, "mode" if is_parameter else "bias")
        if not is_parameter:
            self._option_rows["bias_name"].set_visible(mode != "none")
        if self.bias is None:
            return
        self._rows["bias"].set_visible(mode != "none")
        for role in ("gradient" if is_parameter else "bias_gradient", "next"):
            self._rows[role].set_visible(mode == "trained")
        known = float(annotator.parameters[self.id].item()) if is_parameter else at(found.get("bias"), 0)
        if known is not None:
            self.bias.set_value(known)
        after = self.next_values(annotator, self._own_key()) if mode == "trained" else None
        self.readings["next"].show_number(None if after is None else float(after.item()))
        self._refresh_memory(annotator, trained=mode == "trained")

    def _refresh_memory(self, annotator: Annotator, *, trained: bool) -> None:
        """What the optimizer remembers of the node's own number, if it trains it."""
        assert self.memory_rows is not None
        if not trained:
            self.memory_rows.hide()
            return
        key, rule = self._own_key(), self.session.document.training.optimizer
        rate = self.own_rate(annotator, key) if rule.slots else None
        self.memory_rows.refresh(rule, self.memory(key), rate, (0,))

    def _cells(self, annotator: Annotator) -> UnitCells:
        node, document = self._node(), self.session.document
        found = numbers_by_role(annotator, node)
        if KINDS[node.kind].family == "loss":
            names: Sequence[str] = list(map(subscripted, output_names(document, node, self._outputs(node))))
        elif len(annotator.shape(self.id)) > 1:
            names = PlaceNames(node.label, annotator.shape(self.id))
        else:
            names = unit_names(document, node, self._width)
        given, goal = KINDS[node.kind].family == "input", annotator.goal
        return UnitCells(names, quantities(node, annotator.shape(self.id)), found, given, goal)

    def _channel_cells(self, annotator: Annotator) -> UnitCells:
        node, shape = self._node(), annotator.shape(self.id)
        columns, found = channel_quantities(node, shape), numbers_by_role(annotator, node)
        return UnitCells(PlaceNames(node.label, shape[:1]), columns, found, goal=annotator.goal)


def _show_option(control: NumberField | TextField | QuietCombo, value: Option) -> None:
    if isinstance(control, QuietCombo):
        control.show_key(str(value))
    elif isinstance(control, TextField):
        control.set_value(str(value))
    else:
        control.set_value(float(value))
