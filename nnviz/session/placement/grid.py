"""The grid of a placement: which nodes stand in which column, and which plates of targets stand among them."""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.session.diagram import Diagram, DiagramNode

ARROW = 24.0
"""Length of the arrowhead of a thin edge; thick ones have longer ones."""
CAPTION_GAP = 5.0
"""Space between a body and its captions."""
TURN = 60.0
"""Room beside a line of a folded network for the edge that leads to the next one."""
BETWEEN = 56.0
"""Room between two such lines for that edge."""


@dataclass(frozen=True, slots=True)
class Area:
    """The part of the frame that belongs to the network."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Breadth."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height."""
        return self.bottom - self.top


@dataclass(slots=True)
class Column:
    """Nodes of one layer from the top, and the nodes of other columns whose plates stand among them."""

    nodes: list[DiagramNode]
    plates: list[DiagramNode]


def columns_of(diagram: Diagram) -> dict[float, Column]:
    """The columns from the left; plates go to the column of the loss their node feeds, else to one of their own."""
    made: dict[float, Column] = {}
    for node in sorted(diagram.nodes, key=lambda node: (node.column, node.row, node.id)):
        made.setdefault(float(node.column), Column([], [])).nodes.append(node)
    losses = {node.id: node.column for node in diagram.nodes if node.shape == "loss"}
    fed: dict[str, list[int]] = {}
    for edge in diagram.edges:
        if edge.target in losses:
            fed.setdefault(edge.source, []).append(losses[edge.target])
    for node in [node for column in list(made.values()) for node in column.nodes if node.plates]:
        right = [column for column in fed.get(node.id, []) if column > node.column]
        home = float(min(right)) if right else node.column + 0.5
        made.setdefault(home, Column([], [])).plates.append(node)
    return dict(sorted(made.items()))


def edge_columns(diagram: Diagram) -> dict[str, tuple[int, int]]:
    """The columns of the two ends of every edge."""
    home = {node.id: node.column for node in diagram.nodes}
    return {edge.id: (home[edge.source], home[edge.target]) for edge in diagram.edges}
