"""What stands in a node or on a plate as a sign: of an operation, of a unit of a layer, of a term of a loss."""

from __future__ import annotations

from nnviz import numbers
from nnviz.engine.registry import OPERATIONS
from nnviz.errors import shortened
from nnviz.graph import Node
from nnviz.lowering.expression import shown_formula
from nnviz.lowering.kinds import KINDS, NORMALISED
from nnviz.lowering.opening import EXPRESSION
from nnviz.numbers import subscripted
from nnviz.session.diagram import Label
from nnviz.words import tr

LONGEST_SIGN = 26
"""Characters of a formula in its node; the tip and the inspector show all of it."""


def sign(node: Node) -> Label:
    """What stands in an operation: a parameter's name, the formula of an expression, else its sign."""
    if node.kind == EXPRESSION:
        return Label("name", brief(node))
    return Label("name", subscripted(node.label)) if node.kind == "parameter" else Label("operation", symbol(node))


def brief(node: Node) -> str:
    """As much of a formula as there is room for."""
    return shortened(shown_formula(node), LONGEST_SIGN) or "?"


def symbol(node: Node) -> str:
    """What stands in the circle of an operation: its sign, or the number of a constant."""
    kind = KINDS[node.kind]
    if node.kind == "constant":
        return numbers.given_text(float(kind.option(node, "value")))
    if node.kind in NORMALISED:
        return {"batch_norm": tr("batch norm"), "layer_norm": tr("layer norm")}[node.kind]
    return kind.words if node.kind in ("concatenate", "dropout", "flatten") else OPERATIONS[node.kind].symbol


def unit_name(label: str, unit: int) -> str:
    """A unit of a layer by its number, parted from one that the layer has in its name.

    >>> unit_name("h", 0), unit_name("x1", 0)
    ('h1', 'x1,1')
    """
    return f"{label},{unit + 1}" if label[-1:].isdigit() else f"{label}{unit + 1}"


def term_symbols(loss: Node, index: str, half: bool) -> str:
    """One term of a loss as symbols, where they are few: ``½(y₁−ŷ₁)²``."""
    y, prediction = subscripted(f"y{index}"), subscripted(f"ŷ{index}")
    return {
        "squared_error": f"{'½' if half else ''}({y}−{prediction})²",
        "absolute_error": f"|{y}−{prediction}|",
        "categorical_cross_entropy": f"−{y} ln {prediction}",
        "hinge": f"max(0, 1 − {y}·{prediction})",
    }.get(loss.kind, subscripted(f"ℒ{index}"))
