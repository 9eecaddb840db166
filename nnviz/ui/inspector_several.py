"""The inspector's page of several nodes and edges: how many, and what can be done with all of them."""

from __future__ import annotations

from collections import Counter

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnviz.document.connect import is_weighted
from nnviz.document.edits import RemoveParts, SetOptions, ShareWeight, Together
from nnviz.graph import Edge, Node
from nnviz.lowering.kinds import KINDS, OptionSpec
from nnviz.session.annotations import Annotator
from nnviz.session.session import Session
from nnviz.ui import icons
from nnviz.ui.inspector_page import Page
from nnviz.ui.inspector_parts import PageHeader, QuietCombo
from nnviz.ui.kind_words import choice_words, kind_words, option_name, option_tip
from nnviz.ui.theme import GRID
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import button, label
from nnviz.words import tr


class SeveralPage(Page):
    """Shows a selection of two parts or more.

    Parameters
    ----------
    ids : what is selected.
    """

    def __init__(self, session: Session, ids: tuple[str, ...]) -> None:
        super().__init__(session)
        self.ids = ids
        self._header = PageHeader(icons.icon("select", "accent"))
        self._kinds = label("", "muted", wrapped=True)
        self.form.add_wide(self._kinds)
        self.options: dict[str, QuietCombo] = {}
        self._make_options()
        self._make_actions()
        self.lay_out(self._header)

    # what it is about

    @property
    def nodes(self) -> list[Node]:
        """The selected nodes."""
        graph = self.session.document.graph
        return [graph.by_id[id] for id in self.ids if id in graph.by_id]

    @property
    def edges(self) -> list[Edge]:
        """The selected edges."""
        graph = self.session.document.graph
        return [graph.edges_by_id[id] for id in self.ids if id in graph.edges_by_id]

    @property
    def weighted(self) -> list[Edge]:
        """Those of them that carry weights."""
        return [edge for edge in self.edges if is_weighted(self.session.document.graph, edge.target)]

    def fits(self) -> bool:
        """While all of them are there."""
        return len(self.nodes) + len(self.edges) == len(self.ids)

    def _common(self) -> list[OptionSpec]:
        """The options with choices that all selected nodes have that have any."""
        kinds = {node.kind: KINDS[node.kind] for node in self.nodes}
        specs = [{spec.name: spec for spec in kind.options if spec.choices} for kind in kinds.values()]
        having = [options for options in specs if options]
        return [spec for name, spec in having[0].items() if all(name in other for other in having)] if having else []

    # its parts

    def _make_options(self) -> None:
        common = self._common()
        if common:
            having = sum(_has(node, common[0].name) for node in self.nodes)
            self.form.add_heading(tr("All {n} neurons", n=having) if having > 1 else tr("Options"))
        for spec in common:
            choices = [(choice, choice_words(choice)) for choice in spec.choices]
            combo = QuietCombo(option_name(spec), choices, option_tip(spec))
            combo.setPlaceholderText(tr("different"))
            combo.activated.connect(lambda index, name=spec.name: self._set_all(name))
            self.options[spec.name] = combo
            self.form.add_row(option_name(spec), combo, option_tip(spec))

    def _make_actions(self) -> None:
        self.form.add_heading(tr("What to do"))
        self.share = button(tr("Share one weight"), self._share)
        self.share.setToolTip(plain_tip(tr("All selected edges use the weight of the first one; sizes must agree")))
        self.part = button(tr("Separate weights"), self._part)
        self.part.setToolTip(plain_tip(tr("Each edge gets a weight of its own, with the number they shared")))
        self.remove = button(tr("Delete all"), lambda: self.attempt(RemoveParts(self.ids)))
        self.remove.setToolTip(plain_tip(tr("Removes the selected nodes and edges, and edges that end at them")))
        stack = QWidget()
        rows = QVBoxLayout(stack)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        for each in (self.share, self.part, self.remove):
            rows.addWidget(each)
        self.form.add_wide(stack)

    def _set_all(self, name: str) -> None:
        choice = self.options[name].key
        nodes = [node for node in self.nodes if _has(node, name)]
        edits = tuple(SetOptions(node.id, {name: choice}) for node in nodes)
        self.attempt(Together(edits, tr("Change {name} of {n} nodes", name=name, n=len(edits))))

    def _share(self) -> None:
        edges = self.weighted
        self.attempt(ShareWeight(tuple(edge.id for edge in edges), edges[0].key))

    def _part(self) -> None:
        self.attempt(ShareWeight(tuple(edge.id for edge in self.weighted)))

    # what it shows

    def refresh(self, annotator: Annotator) -> None:
        """Show counts and common options as they are now."""
        nodes, edges, weighted = self.nodes, self.edges, self.weighted
        told = [tr("{n} nodes", n=len(nodes)) if len(nodes) != 1 else tr("1 node")] if nodes else []
        told += [tr("{n} edges", n=len(edges)) if len(edges) != 1 else tr("1 edge")] if edges else []
        self._header.tell(tr("{n} selected", n=len(self.ids)), " · ".join(told))
        counted = Counter(kind_words(node.kind).name for node in nodes)
        kinds = [f"{count} × {name}" for name, count in counted.items()]
        self._kinds.setText(", ".join(kinds))
        self._kinds.setVisible(bool(kinds))
        for name, combo in self.options.items():
            values = {str(KINDS[node.kind].option(node, name)) for node in nodes if _has(node, name)}
            combo.show_key(values.pop() if len(values) == 1 else "")
        shared = any(edge.shared for edge in weighted)
        self.share.setVisible(len(weighted) > 1 and len({edge.key for edge in weighted}) > 1)
        self.part.setVisible(shared)


def _has(node: Node, option: str) -> bool:
    return any(spec.name == option for spec in KINDS[node.kind].options)
