"""Random formulas as trees: printed as text, and computed by the scalar judge without reading any text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hypothesis import strategies as st

from tests.oracle.scalar import CALLED, Scalar, lifted


class Tree(NamedTuple):
    """``head`` is a name, a number, a sign (``neg`` for a minus before) or a function; leaves have no parts."""

    head: str
    parts: tuple[Tree, ...] = ()


NAMES = ("x", "y", "z")
SIGNS = {"+": ("+",), "-": ("-", "−"), "*": ("*", "·", "×"), "/": ("/", "÷"), "^": ("^", "**")}
RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "^": 4}
SMOOTH = ("sin", "cos", "tanh", "sigmoid", "softplus", "square", "relu", "abs")


def name_or_number() -> st.SearchStrategy[Tree]:
    numbers = st.sampled_from(["2", "0.5", "1.25", "3", "1e-1", ".75"])
    return st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), numbers).map(Tree)


def _grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    two = st.tuples(inner, inner)
    squared = inner.map(lambda tree: Tree("^", (tree, Tree("2"))))
    above = squared.map(lambda tree: Tree("+", (Tree("1"), tree)))  # where a root, a logarithm, a quotient is safe
    return st.one_of(
        st.builds(Tree, st.sampled_from(["+", "-", "*"]), two),
        st.builds(Tree, st.just("/"), st.tuples(inner, above)),
        st.builds(lambda base, power: Tree("^", (base, Tree(power))), inner, st.sampled_from(["2", "3"])),
        st.builds(lambda base, power: Tree("^", (base, power)), above, inner.map(lambda tree: Tree("tanh", (tree,)))),
        st.builds(lambda tree: Tree("neg", (tree,)), inner),
        st.builds(lambda function, tree: Tree(function, (tree,)), st.sampled_from(SMOOTH), inner),
        st.builds(lambda function, tree: Tree(function, (tree,)), st.sampled_from(["ln", "sqrt"]), above),
        st.builds(lambda tree: Tree("exp", (Tree("tanh", (tree,)),)), inner),
        st.builds(Tree, st.sampled_from(["max", "min"]), st.lists(inner, min_size=1, max_size=3).map(tuple)),
    )


def trees() -> st.SearchStrategy[Tree]:
    """Trees in which a name stands."""
    whole = st.recursive(name_or_number(), _grown, max_leaves=12)
    return st.builds(lambda name, tree: Tree("+", (Tree(name), tree)), st.sampled_from(NAMES), whole)


def names(tree: Tree) -> Iterator[str]:
    if tree.head in NAMES:
        yield tree.head
    for part in tree.parts:
        yield from names(part)


def printed(tree: Tree, pick: st.DataObject) -> str:
    """The tree as text, with parentheses only where they are needed, and signs and spaces as anybody may type them."""
    if not tree.parts:
        return tree.head
    if tree.head not in RANKS:
        return f"{tree.head}({', '.join(printed(part, pick) for part in tree.parts)})"
    if tree.head == "neg":
        return "-" + _bound(tree.parts[0], RANKS["neg"], pick)
    left, right = tree.parts
    rank = RANKS[tree.head]
    space = pick.draw(st.sampled_from(["", " "]))
    sign = pick.draw(st.sampled_from(SIGNS[tree.head]))
    # What stands to the left of a power, or to the right of any other sign, must bind more closely.
    closer = (rank + 1, RANKS["neg"]) if tree.head == "^" else (rank, rank + 1)
    return f"{_bound(left, closer[0], pick)}{space}{sign}{space}{_bound(right, closer[1], pick)}"


def _bound(tree: Tree, rank: int, pick: st.DataObject) -> str:
    text = printed(tree, pick)
    return f"({text})" if tree.parts and RANKS.get(tree.head, 9) < rank else text


def computed(tree: Tree, known: Mapping[str, Scalar]) -> Scalar:
    """The number of a tree, with its way back."""
    if not tree.parts:
        return known[tree.head] if tree.head in known else Scalar(float(tree.head))
    parts = [computed(part, known) for part in tree.parts]
    match tree.head:
        case "+":
            return parts[0] + parts[1]
        case "-":
            return parts[0] - parts[1]
        case "*":
            return parts[0] * parts[1]
        case "/":
            return parts[0] / parts[1]
        case "neg":
            return -parts[0]
        case "^":
            return parts[0] ** (float(tree.parts[1].head) if not tree.parts[1].parts else parts[1])
        case _:
            return lifted(CALLED[tree.head](*parts))


def is_tame(number: Scalar) -> bool:
    """Whether everything it is made of is of a size at which rounding is small."""
    waiting, seen = [number], set()
    while waiting:
        here = waiting.pop()
        if not math.isfinite(here.value) or abs(here.value) > 1e6:
            return False
        fresh = [origin for origin, _ in here.origins if id(origin) not in seen]
        seen |= {id(origin) for origin in fresh}
        waiting += fresh
    return True
