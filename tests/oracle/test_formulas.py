"""Random formulas: their text is read as it was meant, their gradients are the judge's, opened they keep every bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnviz.document.document import Document
from nnviz.document.edits import OpenExpression
from nnviz.engine import clear
from nnviz.lowering.kinds import KINDS
from nnviz.session.computing import forward
from nnviz.session.derivatives import gradients
from nnviz.session.walkthrough import walkthrough
from tests.lowering.drawings import circuit
from tests.oracle.graphs import Case, random_case
from tests.oracle.scalar import Scalar
from tests.oracle.trees import Tree, computed, is_tame, names, printed, trees

numbers = st.floats(-2.0, 2.0).map(lambda number: round(number, 3))


@given(tree=trees(), x=numbers, y=numbers, z=numbers, pick=st.data())
@settings(max_examples=100, deadline=None)
def test_a_formula_is_read_as_it_was_meant_and_kept_when_opened(
    tree: Tree, x: float, y: float, z: float, pick: st.DataObject
) -> None:
    known = {name: Scalar(value) for name, value in zip("xyz", (x, y, z), strict=True)}
    judged = computed(tree, known)
    assume(is_tame(judged))
    judged.backward()
    used = sorted(set(names(tree)))
    text = printed(tree, pick)
    document = circuit({name: known[name].value for name in used}, ("f", "expression", used, {"formula": text}))
    assert forward(document).loss == pytest.approx(judged.value, rel=1e-11, abs=1e-11), text
    found = gradients(document)
    for name in used:
        assert found[name].item() == pytest.approx(known[name].gradient, rel=1e-8, abs=1e-8), (text, name)
    _check_lines(document)
    opened = OpenExpression("f").apply(document)
    assert not any(node.kind == "expression" for node in opened.graph.nodes)
    assert bits(opened) == bits(document)


def _check_lines(document: Document) -> None:
    for step in walkthrough(document).steps:
        for line in step.formulas:
            np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-9, atol=1e-10, err_msg=line.whole())


def bits(document: Document) -> tuple[float, dict[str, bytes]]:
    return forward(document).loss, {key: array.tobytes() for key, array in gradients(document).items()}


WITH_FORMULAS = [
    seed
    for seed in range(140)
    if any(node.kind == "expression" for node in random_case(seed, every_kind=True).graph.nodes)
]


@pytest.mark.parametrize("seed", WITH_FORMULAS)
def test_opened_in_any_network_it_is_computed_by_the_same_plan(seed: int) -> None:
    case = random_case(seed, every_kind=True)
    document = Document(graph=case.graph, parameters=case.parameters, conventions=case.conventions)
    for node in case.graph.nodes:
        if node.kind == "expression":
            document = OpenExpression(node.id).apply(document)
    opened = replace(case, graph=document.graph)
    assert {node.kind for node in opened.graph.nodes} <= KINDS.keys() - {"expression"}
    assert every_number(opened) == every_number(case)


def every_number(case: Case) -> list[bytes]:
    """All numbers of both passes, place by place."""
    workspace = case.workspace()
    clear.forward(workspace)
    clear.backward(workspace)
    return [view.tobytes() for view in workspace.views]


def test_there_are_many_such_networks() -> None:
    assert len(WITH_FORMULAS) >= 8
