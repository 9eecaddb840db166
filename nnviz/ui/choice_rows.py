"""A menu of choices, and under it the numbers and switches of the one that is chosen, all made from their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox

from nnviz.engine.optimizers import Choice, Row, Setting
from nnviz.numbers import exact_text
from nnviz.ui.entry import EntryField
from nnviz.ui.number_field import NumberField
from nnviz.ui.page_form import FormRow, PageForm
from nnviz.ui.section import paired
from nnviz.words import tr

Chosen = TypeVar("Chosen", bound=Choice)


class ChoiceRows(Generic[Chosen]):
    """Rows of a form for one choice among several.

    Parameters
    ----------
    form : where the rows go.
    text, name : label and full name of the menu.
    choices : in the order of the menu; None stands for no choice at all.
    changed : called with what was chosen or changed, and with the field where it was typed.

    Attributes
    ----------
    menu : the menu.
    fields, switches : the controls of all choices, by choice and field.
    """

    def __init__(
        self,
        form: PageForm,
        text: str,
        name: str,
        choices: Sequence[type[Chosen] | None],
        changed: Callable[[Chosen | None, EntryField | None], None],
    ) -> None:
        self._choices, self._changed = choices, changed
        self._now: Chosen | None = None
        self.fields: dict[tuple[type[Chosen], str], NumberField] = {}
        self.switches: dict[tuple[type[Chosen], str], QCheckBox] = {}
        self.menu = QComboBox()
        for place, choice in enumerate(choices):
            self.menu.addItem(choice.row.name if choice else tr("none"))
            self.menu.setItemData(place, choice.row.words if choice else tr("Not at all"), Qt.ItemDataRole.ToolTipRole)
        self.menu.setAccessibleName(name)
        self.menu.setToolTip(name)
        self.menu.activated.connect(self._choose)
        form.add_row(text, self.menu)
        self._rows = {choice: self._add(form, choice) for choice in choices if choice}

    def show(self, chosen: Chosen | None) -> None:
        """Show what is chosen, and its numbers."""
        self._now = chosen
        kind = type(chosen) if chosen is not None else None
        self.menu.setCurrentIndex(list(self._choices).index(kind))
        for choice, rows in self._rows.items():
            for row in rows:
                row.set_visible(choice is kind)
        for (choice, name), field in self.fields.items():
            field.set_value(getattr(chosen if choice is kind else choice(), name))
        for (choice, name), switch in self.switches.items():
            switch.setChecked(getattr(chosen if choice is kind else choice(), name))

    def _add(self, form: PageForm, choice: type[Chosen]) -> list[FormRow]:
        rows: list[FormRow] = []
        settings = list(choice.row.settings)
        while settings:
            setting = settings.pop(0)
            if setting.allowed is None:
                rows.append(form.add_wide(self._switch(choice, setting)))
            elif setting.field == "beta1":  # both stand in one row
                second = settings.pop(0)
                pair = paired(self._field(choice, setting), second.label, self._field(choice, second))
                rows.append(form.add_row(setting.label, pair))
            else:
                rows.append(form.add_row(setting.label, self._field(choice, setting)))
        return rows

    def _field(self, choice: type[Chosen], setting: Setting) -> NumberField:
        assert setting.allowed is not None
        default = getattr(choice(), setting.field)
        explained = tr(
            "{name}. Default {default}.\n{formula}",
            name=setting.name,
            default=exact_text(default),
            formula=told(choice.row),
        )
        field = NumberField(setting.name, default, allowed=setting.allowed, explained=explained)
        whole = isinstance(default, int)
        field.value_changed.connect(
            lambda value: self._set(choice, setting.field, int(value) if whole else value, field)
        )
        self.fields[choice, setting.field] = field
        return field

    def _switch(self, choice: type[Chosen], setting: Setting) -> QCheckBox:
        switch = QCheckBox(setting.label)
        switch.setToolTip(setting.words)
        switch.clicked.connect(lambda on: self._set(choice, setting.field, on))
        self.switches[choice, setting.field] = switch
        return switch

    def _choose(self, place: int) -> None:
        choice = self._choices[place]
        if choice is not (type(self._now) if self._now is not None else None):
            self._changed(choice() if choice else None, None)

    def _set(self, choice: type[Chosen], name: str, value: float, field: EntryField | None = None) -> None:
        if isinstance(self._now, choice):
            self._changed(replace(self._now, **{name: value}), field)


def told(row: Row) -> str:
    """The formula of a choice in plain text, or what it does."""
    return ", ".join(row.lines) or row.words
