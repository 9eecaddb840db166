"""What the network learns from: the table, its columns, and how its rows are parted."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from nnviz.data.choice import DataChoice, Split, TableFile
from nnviz.data.table import Table
from nnviz.document.document import Document
from nnviz.document.edits import SetData
from nnviz.errors import NnvizError, shortened
from nnviz.expressions import Allowed
from nnviz.session.computing import parts_of
from nnviz.session.fitting import adopted, data_problem, fitted, sizes_for, table_words, target_choices, widths_of
from nnviz.session.from_table import network_for
from nnviz.session.session import Session
from nnviz.ui.column_picker import ColumnPicker
from nnviz.ui.dialogs import Asker, FileKind
from nnviz.ui.number_field import NumberField
from nnviz.ui.page_form import PageForm
from nnviz.ui.section import Offer, Section
from nnviz.ui.tab_order import tab_into
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import ElidedLabel, icon_button, label
from nnviz.words import tr

IRIS_SOURCE = "iris.csv"
LONGEST_NAME = 12
TABLES = FileKind(tr("Tables"), ("csv", "tsv", "txt"))
SPLITS = (
    ("none", tr("none"), tr("All rows train")),
    ("random", tr("random"), tr("Rows are drawn from the seed")),
    ("stratified", tr("stratified"), tr("Drawn from the seed, each class keeping its share")),
)


class DataSection(Section):
    """The data of the session's document.

    Parameters
    ----------
    session : whose document's data is chosen.
    asker : asks which file to open.

    Signals
    -------
    wants_document : a new network that fits the table, to be opened in place of the present document.
    """

    wants_document = Signal(object)

    def __init__(self, session: Session, asker: Asker) -> None:
        super().__init__(session, tr("Data"))
        self._asker = asker
        self._acts: list[str] = []
        self._shown: tuple[object, ...] = ()
        self._is_offer = False
        self.table = QComboBox()
        self.table.setAccessibleName(tr("Table"))
        self.table.setToolTip(tr("The table the network learns from"))
        self.table.setMinimumContentsLength(8)
        self.table.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.table.activated.connect(self._choose)
        self.about = label("", "small", wrapped=True)
        self.form.add_row(tr("table"), self.table)
        self.form.add_wide(self.about)
        self._add_columns()
        self._add_split()
        self.refresh()

    # making

    def _add_columns(self) -> None:
        self.summary = ElidedLabel()
        self.unfold = icon_button("chevron-down", tr("Choose the columns of every input and target"), self._toggle)
        self.unfold.setCheckable(True)
        chosen = QWidget()
        chosen.setAccessibleName(tr("Columns"))
        row = QHBoxLayout(chosen)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        row.addWidget(self.summary, 1)
        row.addWidget(self.unfold)
        self.columns = QWidget()
        self._columns_rows = QVBoxLayout(self.columns)
        self._columns_rows.setContentsMargins(0, 0, 0, 0)
        self._columns_form: PageForm | None = None
        self.pickers: dict[str, ColumnPicker] = {}
        self._summary_row = self.form.add_row(tr("columns"), chosen)
        self.form.add_wide(self.columns)
        self.columns.hide()

    def _add_split(self) -> None:
        self.split = QComboBox()
        for place, (_, text, explained) in enumerate(SPLITS):
            self.split.addItem(text)
            self.split.setItemData(place, explained, Qt.ItemDataRole.ToolTipRole)
        self.split.setAccessibleName(tr("Split"))
        self.split.setToolTip(tr("How rows are parted into training and validation"))
        self.split.activated.connect(self._choose_split)
        self.share = NumberField(
            tr("Validation share"),
            0.2,
            allowed=Allowed(low=0.0, high=1.0, high_open=True),
            check=self._check_share,
            explained=tr("The share of the rows that is kept for validation and never trained on. Default 0.2."),
        )
        self.share.value_changed.connect(lambda value: self._change(self.share, validation=value))
        self.parts = label("", "small", wrapped=True)
        self._split_row = self.form.add_row(tr("split"), self.split)
        self._share_row = self.form.add_row(tr("validation"), self.share)
        self.form.add_wide(self.parts)

    # showing

    def restore(self) -> None:
        """Show the document's data once more, whatever stands in the controls."""
        self._shown = ()
        self.refresh()

    def refresh(self) -> None:
        """Show the document's data; only if something it depends on is another one."""
        document = self.session.document
        depends = (document.data, document.graph, document.conventions, document.seed)
        if len(self._shown) == len(depends) and all(map(_is, self._shown, depends)):
            return
        moved_on = not all(map(_is, self._shown[:2], depends[:2]))  # another table, or another network
        self._shown = depends
        if self._is_offer and moved_on:
            self.notice.clear()
        self._show_table(document.data)
        self._show_columns(document)
        self._show_split(document.data)
        self.tell_problem()

    def _show_table(self, data: DataChoice | None) -> None:
        self.table.clear()
        self._acts = []
        if data is not None:
            name = data.table.file if isinstance(data.table, TableFile) else data.table.name or tr("this table")
            self._add_act("keep", name)
        else:
            self._add_act("keep", tr("none chosen"))
        if data is None or not _is_iris(data):
            self._add_act("iris", tr("Iris, which travels with nnviz"))
        self._add_act("open", tr("Open CSV…"))
        if data is not None:
            self._add_act("none", tr("No data"))
        known = data.table if data is not None and isinstance(data.table, Table) else None
        self.about.setText(table_words(known) if known else tr("Choose a table to train on") if data is None else "")
        self.about.setVisible(bool(self.about.text()))

    def _add_act(self, act: str, words: str) -> None:
        self._acts.append(act)
        self.table.addItem(words)

    def _show_columns(self, document: Document) -> None:
        """The columns of every node, where the network is in order and the table is at hand."""
        self.pickers = {}
        data, table = document.data, document.data.table if document.data else None
        inputs, targets = _widths(document)
        usable = data is not None and isinstance(table, Table) and bool(inputs or targets)
        self._summary_row.set_visible(usable)
        self.columns.setVisible(usable and self.unfold.isChecked())
        if data is None or not isinstance(table, Table) or not usable:
            return
        form = self._made_form(document, data, table, inputs, targets)
        self.replace_form(self._columns_rows, self._columns_form, form)
        tab_into(form, self.unfold)
        self._columns_form = form
        self.summary.setText(_summary(data, [*inputs], [*targets]))

    def _made_form(
        self, document: Document, data: DataChoice, table: Table, inputs: dict[str, int], targets: dict[str, int]
    ) -> PageForm:
        form = PageForm()
        for widths, chosen, role in ((inputs, data.inputs, tr("input")), (targets, data.targets, tr("target"))):
            for node, width in widths.items():
                name = document.graph.node(node).label
                words = tr("{role} {name}", role=role, name=name)
                picker = ColumnPicker(tr("Columns of {what}", what=words), table.columns, chosen.get(node, ()), width)
                picker.picked.connect(partial(self._pick, role == tr("target"), node))
                form.add_row(shortened(words, LONGEST_NAME), picker, words)
                self.pickers[node] = picker
        return form

    def _show_split(self, data: DataChoice | None) -> None:
        parted = data is not None and data.split.kind != "none"
        self._split_row.set_visible(data is not None)
        self._share_row.set_visible(parted)
        if data is not None:
            self.split.setCurrentIndex([kind for kind, _, _ in SPLITS].index(data.split.kind))
            self.share.set_value(data.split.validation)
        self.parts.setText(_parts_words(self.session.document))
        self.parts.setVisible(parted and bool(self.parts.text()))

    def tell_problem(self, error: NnvizError | None = None) -> None:
        """Say what is wrong with the data, and offer what mends it; that there is none only where it is in the way."""
        if self._is_offer and self.notice.text and error is None:
            return
        self._is_offer = False
        if error is None and self.session.document.data is not None:
            error = data_problem(self.session.document)
        if error is None:
            self.notice.clear()
        else:
            self.notice.tell(str(error), self._cures())

    def _cures(self) -> list[Offer]:
        data = self.session.document.data
        if data is None or not isinstance(data.table, Table):
            return []
        try:
            choice = fitted(self.session.document, data.table)
        except NnvizError:
            return [(tr("Choose the columns"), self._show_pickers)]
        return [(tr("Fill in the columns in order"), lambda: self.do(SetData(choice)))]

    # acts

    def open_csv(self, path: Path) -> None:
        """Learn from the table in a CSV file; what is wrong with it is said here."""
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            from nnviz.data.files import read_csv  # lazily: pandas takes half a second

            table = read_csv(path)
        except NnvizError as error:
            self._offer(str(error), [])
            return
        finally:
            QGuiApplication.restoreOverrideCursor()
        self.take_table(table)

    def take_table(self, table: Table) -> None:
        """Learn from a table, or say why it does not fit, and offer a network that would."""
        document = self.session.document
        try:
            choice = fitted(document, table)
        except NnvizError as error:
            self._offer_network(table, error)
        else:
            self._is_offer = False
            self.do(SetData(choice))

    def _offer_network(self, table: Table, error: NnvizError) -> None:
        """Say why a table does not fit, and offer a network for it, for targets that can be chosen."""
        choices = target_choices(table)
        if not choices or len(table.columns) < 2:
            self._offer(tr("The table needs two columns or more: one to learn from and one to be learned"), [])
            return
        has_network = bool(self.session.document.graph.nodes)
        told = str(error) if has_network else tr("There is no network yet to learn from this table.")
        targets = TargetChoice([", ".join(choice) for choice in choices])
        sizes = [sizes_for(table, choice) for choice in choices]
        make = (_network_words(sizes[0]), lambda: self._make_network(table, choices[targets.place]))
        adopt = (tr("Use it here all the same"), lambda: self._adopt(table))
        self._offer(told, [make, adopt], targets)
        offered = self.notice.offers[0]
        targets.chosen.connect(lambda place: offered.setText(_network_words(sizes[place])))

    def _offer(self, text: str, offers: list[Offer], extra: QWidget | None = None) -> None:
        self._is_offer = True
        self.notice.tell(text, offers, extra)

    def _make_network(self, table: Table, targets: tuple[str, ...]) -> None:
        try:
            document = network_for(table, targets, sizes_for(table, targets), seed=self.session.document.seed)
        except NnvizError as error:
            self._offer(str(error), [])
            return
        self.notice.clear()
        self.wants_document.emit(document)

    def _adopt(self, table: Table) -> None:
        self._is_offer = False
        self.do(SetData(adopted(self.session.document, table)))
        self._show_pickers()

    def _choose(self, place: int) -> None:
        act = self._acts[place]
        self.table.setCurrentIndex(0)
        if act == "iris":
            from nnviz.data.datasets import iris  # lazily: pandas takes half a second

            self.take_table(iris())
        elif act == "open":
            path = self._asker.open_file(self, tr("Open a table"), (TABLES,))
            if path is not None:
                self.open_csv(path)
        elif act == "none":
            self.do(SetData(None))

    def _toggle(self) -> None:
        self.columns.setVisible(self.unfold.isChecked() and bool(self.pickers))

    def _show_pickers(self) -> None:
        self.unfold.setChecked(True)
        self._toggle()

    def _pick(self, target: bool, node: str, names: tuple[str, ...]) -> None:
        data = self.session.document.data
        if data is None:
            return
        if target:
            self.do(SetData(replace(data, targets={**data.targets, node: names})))
        else:
            self.do(SetData(replace(data, inputs={**data.inputs, node: names})))

    def _choose_split(self, place: int) -> None:
        self._change(None, kind=SPLITS[place][0])

    def _check_share(self, share: float) -> None:
        data = self.session.document.data
        if data is not None:
            replace(data.split, validation=share)

    def _change(self, field: NumberField | None, **changes: object) -> None:
        data = self.session.document.data
        if data is not None:
            split: Split = replace(data.split, **changes)
            self.do(SetData(replace(data, split=split)), field)


class TargetChoice(QWidget):
    """What a new network is to learn.

    Signals
    -------
    chosen : the place of another choice.
    """

    chosen = Signal(int)

    def __init__(self, choices: list[str]) -> None:
        super().__init__()
        self.setAccessibleName(tr("What is to be learned"))
        self.list = QComboBox()
        self.list.addItems(choices)
        self.list.setAccessibleName(tr("What is to be learned"))
        self.list.setMinimumContentsLength(6)
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.currentIndexChanged.connect(self.chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2, GRID // 2, 0)
        row.setSpacing(GRID)
        row.addWidget(label(tr("to learn"), "muted"))
        row.addWidget(self.list, 1)

    @property
    def place(self) -> int:
        """The present choice."""
        return self.list.currentIndex()


def _is(one: object, other: object) -> bool:
    return one is other


def _is_iris(data: DataChoice) -> bool:
    return isinstance(data.table, Table) and (data.table.name, data.table.source) == ("iris", IRIS_SOURCE)


def _widths(document: Document) -> tuple[dict[str, int], dict[str, int]]:
    try:
        return widths_of(document)
    except NnvizError:
        return {}, {}


def _summary(data: DataChoice, inputs: list[str], targets: list[str]) -> str:
    """What is learned from what, on one line."""
    into = [name for node in inputs for name in data.inputs.get(node, ())]
    out = [name for node in targets for name in data.targets.get(node, ())]
    first = ", ".join(into) if len(into) <= 2 else tr("{n} columns", n=len(into))
    return f"{first or '–'} → {', '.join(out) or '–'}"


def _parts_words(document: Document) -> str:
    """How many rows each part has."""
    try:
        parts = parts_of(document)
    except NnvizError:
        return ""
    told = [tr("{n:,} training rows", n=len(parts.training)), tr("{n:,} validation", n=len(parts.validation))]
    if len(parts.test):
        told.append(tr("{n:,} test", n=len(parts.test)))
    return " · ".join(told)


def _network_words(sizes: str) -> str:
    return tr("Make a network {sizes} for it", sizes=sizes)
