"""The inspector's page of a convolution: beside what a node has, its kernel as grids."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from nnviz.document.edits import SetParameter
from nnviz.engine.arrays import Shape
from nnviz.graph import Node
from nnviz.lowering.lower import kernel_key
from nnviz.session.annotations import Annotator
from nnviz.session.blocks import Block
from nnviz.session.drawing import norm
from nnviz.session.session import Session
from nnviz.ui.inspector_node import NodePage
from nnviz.ui.inspector_parts import Reading
from nnviz.ui.inspector_words import PlaceNames
from nnviz.ui.kernel_table import KernelTable
from nnviz.ui.weight_table import MatrixCells
from nnviz.words import tr


class KernelPage(NodePage):
    """Shows one convolution."""

    def __init__(self, session: Session, node: str) -> None:
        self.kernel: KernelTable | None = None
        super().__init__(session, node)
        self._built = self._kernel_shape()

    def fits(self) -> bool:
        """While the node fits, and its kernel has the same shape."""
        return super().fits() and self._kernel_shape() == self._built

    def _kernel_shape(self) -> Shape:
        """The shape of the kernel, () while it is not known."""
        kernel = self.session.document.parameters.get(kernel_key(self._node()))
        return () if kernel is None else kernel.shape

    def _make_numbers(self, node: Node) -> None:
        if self._kernel_shape():
            self._make_kernel(node)
        super()._make_numbers(node)

    def _make_kernel(self, node: Node) -> None:
        self.norm = Reading("‖W‖", "", tr("The root of the sum of the squares of all weights of the kernel"))
        tip, size = tr("The root of the sum of the squares of all ∂{goal}/∂W", goal=self.goal), f"‖∂{self.goal}/∂W‖"
        self.gradient_norm = Reading(size, "gradient", tip)
        self.form.add_row("‖W‖", self.norm)
        self.form.add_row(size, self.gradient_norm)
        graph = self.session.document.graph
        source = ", ".join(graph.node(edge.source).label for edge in graph.into(node.id))
        self.kernel = KernelTable(self.session.annotator(), kernel_key(node), source, node.label)
        self.kernel.weights_wished.connect(self._take_weights)
        self.kernel.pair_wished.connect(self.reload)
        self.form.add_wide(self.kernel)

    def _take_weights(self, values: NDArray[np.float64]) -> None:
        if self.kernel is not None:
            key = kernel_key(self._node())
            weights = np.array(self.session.document.parameters[key])
            weights[self.kernel.pair] = values
            self.attempt(SetParameter(key, weights))

    def refresh(self, annotator: Annotator) -> None:
        """Show name, options and numbers as they are now."""
        super().refresh(annotator)
        key = kernel_key(self._node())
        if self.kernel is not None and key in annotator.parameters:
            self.norm.show_number(norm(annotator.parameters[key]))
            self.gradient_norm.show_number(norm(annotator.gradient(key)))
            self.kernel.show_numbers(annotator)


def kernel_cells(block: Block, annotator: Annotator, turned: bool) -> MatrixCells:
    """A kernel as a table: from the places of its window (channel, row, column) to the channels that go out."""
    node = block.targets[0]
    weights = block.weights(annotator)
    return MatrixCells(
        weights,
        block.gradient(annotator),
        PlaceNames(tr("window"), block.window),
        PlaceNames(node.label, weights.shape[1:]),
        partial(block.name, annotator),
        turned,
        goal=annotator.goal,
    )
