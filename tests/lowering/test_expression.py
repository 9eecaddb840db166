"""Formulas of nodes: what is read, what names mean, which sizes meet, and what is refused in words with the place."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.data.choice import DataChoice
from nnviz.document.document import Document, settled
from nnviz.errors import ConfigError, GraphError, NnvizError, ShapeError
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering import problems, shapes
from nnviz.lowering.explain.inside import MOST_TOLD
from nnviz.lowering.expression import DEEPEST, EXAMPLE, FUNCTIONS, read_formula
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.opening import expression_shape
from nnviz.lowering.targets import Target
from nnviz.session.computing import Focus, backward, forward
from nnviz.session.derivatives import check_gradients, gradients
from nnviz.session.walkthrough import walkthrough
from tests.lowering.drawings import circuit
from tests.networks import table


def of(formula: str, **values: float) -> Document:
    """An expression of parameters, which is J."""
    return circuit(values, ("f", "expression", tuple(values), {"formula": formula}))


# what is read


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("x", 3.0),
        ("x*y + sin(z)", 3 * -2 + math.sin(0.5)),
        ("x·y − z", -6.5),
        ("x × y ÷ z", -12.0),
        ("x–y", 5.0),
        ("-x^2", -9.0),
        ("−x²", -9.0),
        ("2^x^2", 512.0),
        ("2**-x", 0.125),
        ("x-y-z", 4.5),
        ("x/y/z", -3.0),
        ("x/(y/z)", -0.75),
        ("1/3*x", 1 / 3 * 3),
        ("x³", 27.0),
        ("√x·√(x)", math.sqrt(3) ** 2),
        ("|y| + |x*y|", 8.0),
        ("max(x, y, z) - min(x, y, z)", 5.0),
        ("ln(exp(z)) + log(exp(z))", 1.0),
        ("σ(z) - sigmoid(z) + relu(y) + softplus(0*x)", math.log(2)),
        ("square(y) + abs(y) + sqrt(4*x^0)", 8.0),
        ("sum(x) + mean(y)", 1.0),
        ("cos(0*x) + tanh(0*x) + exp(0*x)", 2.0),
        ("1e-3*x + .5", 0.503),
        ("\u0663*x", 9.0),
        ("  x\t+ \u00a0y ", 1.0),
        ("+x", 3.0),
        ("--x", 3.0),
        ("2*-x", -6.0),
        ("x + 0*y^2^3", 3.0),
    ],
)
def test_what_is_read(formula: str, value: float) -> None:
    named = {gate.name for gate in read_formula(formula)}
    names = {name: number for name, number in {"x": 3.0, "y": -2.0, "z": 0.5}.items() if name in named}
    assert forward(of(formula, **names)).loss == pytest.approx(value, rel=1e-14)


def test_terms_in_a_row_are_one_operation_and_a_long_row_goes_on_in_another() -> None:
    assert [gate.kind for gate in read_formula("a + b + c")] == ["name", "name", "name", "add"]
    assert [gate.kind for gate in read_formula("a + b - c*a*b")].count("multiply") == 1
    many = read_formula("*".join("x" * 100))
    assert [len(gate.operands) for gate in many if gate.kind == "multiply"] == [32, 32, 32, 7]


def test_a_minus_goes_into_its_number_and_a_number_into_its_power() -> None:
    kinds = {text: [gate.kind for gate in read_formula(text)] for text in ("-2*x", "x^-1", "x^2", "-2^2*x", "x^(1/2)")}
    assert kinds["-2*x"] == ["constant", "name", "multiply"]
    assert kinds["x^-1"] == ["name", "power"]
    assert kinds["x^2"] == ["name", "square"]
    assert kinds["-2^2*x"] == ["constant", "square", "negate", "name", "multiply"]
    assert kinds["x^(1/2)"] == ["name", "constant", "constant", "divide", "power"]
    assert read_formula("x^-1.5")[-1].number == -1.5


def test_functions_are_kinds_of_nodes() -> None:
    assert {function.kind for function in FUNCTIONS.values()} <= KINDS.keys()


# what names mean


def graph_of(formula: str, *sources: Node) -> Graph:
    edges = tuple(Edge(f"e{place}", source.id, "f") for place, source in enumerate(sources, 1))
    return Graph((*sources, Node("f", "expression", options={"formula": formula})), edges)


def problem_of(formula: str, *sources: Node) -> NnvizError | None:
    return next(iter(problems(graph_of(formula, *sources))), None)


X, HOURS, ODD = Node("x1", "input"), Node("x2", "input", "hours"), Node("x3", "input", "h 1")


@pytest.mark.parametrize("formula", ["x1", "x₁", "2*x1 + x₁"])
def test_a_node_is_named_by_its_id(formula: str) -> None:
    assert problem_of(formula, X) is None


@pytest.mark.parametrize("formula", ["hours", "x2", "hours + x2"])
def test_a_node_is_named_by_its_label_or_its_id(formula: str) -> None:
    assert problem_of(formula, HOURS) is None


def test_a_label_may_have_accents_and_low_digits() -> None:
    assert problem_of("ŷ₁ + y\u03021", Node("o", "input", "ŷ1")) is None
    assert problem_of("exp(ŷ₁)", Node("o", "input", "ŷ₁")) is None


def test_the_id_wins() -> None:
    graph = graph_of("a + b", Node("a", "input", "b"), Node("b", "input", "c"))
    document = settled(Document(graph=graph))
    assert forward(document, Focus("typed", values=(1.0, 10.0))).value("f").item() == 11.0
    told = problem_of("a + a", Node("a", "input", "b"), Node("b", "input", "a"))
    assert told is not None
    assert "b is connected to f, but its formula does not name it" in str(told)


def test_a_function_s_name_may_be_a_node_too() -> None:
    assert forward(of("sin(sin)*max", sin=0.5, max=2.0)).loss == pytest.approx(2 * math.sin(0.5))


# sizes

VECTOR = {"x": ("a", "b", "c"), "w": ("d",), "p": ("a", "b")}


def wide(formula: str, *names: str) -> Document:
    """An expression of inputs of three units, of one, of two, and of parameters."""
    sources = tuple(Node(name, "input", options={"units": len(VECTOR[name])}) for name in names if name in VECTOR)
    own = tuple(Node(name, "parameter") for name in names if name not in VECTOR)
    graph = graph_of(formula, *sources, *own)
    graph = Graph((*graph.nodes, Node("J", "objective")), (*graph.edges, Edge("last", "f", "J")))
    columns = table(a=[1.0, 4.0], b=[2.0, 5.0], c=[6.0, 0.5], d=[10.0, 20.0])
    return settled(Document(graph=graph, data=DataChoice(columns, {node.id: VECTOR[node.id] for node in sources}, {})))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("2*x + 1/4", [[2.25, 4.25, 12.25], [8.25, 10.25, 1.25]]),
        ("sum(2*x) + 1", [[19.0], [20.0]]),
        ("mean(x)", [[3.0], [9.5 / 3]]),
        ("sum(3) + sum(x)", [[12.0], [12.5]]),
        ("max(x, 2^2)", [[4.0, 4.0, 6.0], [4.0, 5.0, 4.0]]),
    ],
)
def test_a_number_has_as_many_units_as_what_it_meets(formula: str, expected: list[list[float]]) -> None:
    document = wide(formula, "x")
    np.testing.assert_allclose(forward(document, Focus("all")).value("f"), expected, rtol=1e-14)
    assert shapes(document.graph)["f"] == (len(expected[0]),)


def test_what_meets_must_have_as_many_units() -> None:
    assert forward(wide("sum(x)*w", "x", "w"), Focus("all")).value("f").tolist() == [[90.0], [190.0]]
    told = problems(wide("p*2 + exp(x)", "x", "p").graph)[0]
    assert isinstance(told, ShapeError)
    assert "What meets here differs in size: “▸p*2 + exp(x)”" in str(told)
    assert "found 2, 3" in str(told)


@pytest.mark.parametrize("rows", [Focus("all"), Focus("typed", values=(1.0, 2.0, 6.0, 10.0))], ids=["all", "one"])
def test_a_single_unit_meets_each_of_several(rows: Focus) -> None:
    document = wide("max(w*v + 1, x)*v/sum(x) - v", "x", "w", "v")
    document = document.with_(parameters={"v": np.array([0.4])})
    trace = forward(document, rows)
    x, w = trace.value("x"), trace.value("w")
    expected = np.maximum(0.4 * w + 1, x) * 0.4 / x.sum(axis=1, keepdims=True) - 0.4
    np.testing.assert_allclose(trace.value("f"), expected, rtol=1e-14)
    assert max(each.error for each in check_gradients(document, rows)) < 1e-7
    steps = walkthrough(document, rows).steps
    for line in (line for step in steps for line in step.formulas):
        np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12, atol=1e-12, err_msg=line.whole())
    back = next(step for step in steps if step.phase == "backward" and step.node == "f")
    assert any("Σ" in line.symbols() for line in back.formulas)
    np.testing.assert_allclose(back.outgoing["v"].sum(), gradients(document, rows)["v"], rtol=1e-12)


def test_units_must_stand_in_a_line() -> None:
    graph = graph_of("2*x1", X)
    assert expression_shape(graph, graph.node("f"), {"x1": (4,)}) == (4,)
    assert expression_shape(graph, graph.node("f"), {}) is None
    with pytest.raises(ShapeError, match=r"A formula works on units in a line, not on x1.*found 3×8"):
        expression_shape(graph, graph.node("f"), {"x1": (3, 8)})


# refusals

REFUSED = [
    ("2*", "The formula is not finished: “2*▸”", 3),
    ("x y", "There is no sign between these two: “x ▸y”", 3),
    ("2x", "For a product write *", 2),
    ("sin x", "A function has parentheses: sin(x)", 5),
    ("x + * y", "Something is missing here: “x + ▸* y”", 5),
    ("sin()", "Something is missing here", 5),
    ("()", "Something is missing here", 2),
    ("foo(x)", "There is no function foo: “▸foo(x)” (node f, character 1). Expected one of exp, ln, log, sqrt", 1),
    ("x + sni(x)", "Perhaps sin was meant", 5),
    ("sin(x, y)", "sin has 2 arguments here: “▸sin(x, y)” (node f, character 1). Expected 1.", 1),
    ("sum(x, y)", "sum has 2 arguments here", 1),
    (f"max({','.join('x' * 33)})", "max has 33 arguments here", 1),
    ("(x + y", "A parenthesis or a bar is not closed: “(x + y▸”", 7),
    ("|x", "A parenthesis or a bar is not closed", 3),
    ("x + y)", "There is no ( for this )", 6),
    ("1,5*x", "Write a decimal number with a point, such as 1.5", 2),
    ("1.5.2*x", "There is more than one decimal point", 4),
    ("x + \U0001f600", "This cannot stand in a formula: “x + ▸\U0001f600”", 5),
    ("½*x", "This cannot stand in a formula", 1),
    ("x & y", "This cannot stand in a formula: “x ▸& y”", 3),
    ("x = y", "This cannot stand in a formula", 3),
    ("x % 2", "This cannot stand in a formula", 3),
    ("x\0", "This cannot stand in a formula: “x▸\ufffd”", 2),
    ("1e999*x", "This number is too large", 1),
    ("x*1e-999", "This number is too close to 0", 3),
    ("x^²", "Something is missing here", 3),
    ("(" * 1000, "Too many operations stand within one another", DEEPEST + 1),
    ("-" * 999 + "x", "Too many operations stand within one another", DEEPEST + 1),
    ("√" * 999 + "x", "Too many operations stand within one another", None),
    ("|" * 1000, "Too many operations stand within one another", None),
    ("sin(" * 180 + "x" + ")" * 180, "Too many operations stand within one another", None),
    ("x^" * 400 + "x", "Too many operations stand within one another", None),
    ("x/" * 400 + "x", "Too many operations stand within one another", None),
    ("x-" * 400 + "x", "Too many operations stand within one another", None),
    ("x" * 1001, "Expected a text of at most 1,000 characters", None),
    ("__import__('os').system('true')", "This cannot stand in a formula: “__import__(▸'os')", 12),
    ("__import__(x)", "There is no function __import__", 1),
    ("x.__class__", "There is more than one decimal point", None),
    ("[x for x in x]", "This cannot stand in a formula", 1),
    ("lambda: x", "This cannot stand in a formula", 7),
]


@pytest.mark.parametrize(("formula", "words", "character"), REFUSED, ids=[text[:20] for text, _, _ in REFUSED])
def test_what_is_no_formula_is_refused_with_the_place(formula: str, words: str, character: int | None) -> None:
    told = problem_of(formula, Node("x", "input"), Node("y", "input"))
    assert isinstance(told, ConfigError)
    assert words in str(told)
    assert told.ids == ("f",)
    assert told.where.startswith("node f")
    if character is not None:
        assert told.where == f"node f, character {character}"


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("", f"f has no formula (node f). Write for example {EXAMPLE}"),
        ("   ", "f has no formula"),
        ("3", "The formula of f names nothing that comes in"),
        ("x1 + q", "q is not connected to f: “x1 + ▸q” (node f, character 6). Expected one of x1, hours, x3"),
        ("x1 + hour", "Perhaps hours was meant"),
        ("x1 + sin", "A function has parentheses: sin(x)"),
        ("x1 + f", "Draw an edge from f to it"),
        ("x1 + hours", "x3 is connected to f, but its formula does not name it (node f). Write x3 into the formula"),
    ],
)
def test_a_formula_that_does_not_go_with_what_is_connected_is_a_problem(formula: str, words: str) -> None:
    told = problem_of(formula, X, HOURS, ODD)
    assert isinstance(told, GraphError | ConfigError)
    assert words in str(told)
    assert told.ids == ("f",)


def test_two_of_one_name_must_be_told_apart() -> None:
    told = problem_of("h", Node("a", "input", "h"), Node("b", "input", "h"))
    assert "h may mean a, b: “▸h” (node f, character 1). Write an id instead" in str(told)
    assert problem_of("a + b", Node("a", "input", "h"), Node("b", "input", "h")) is None


def test_a_long_name_is_shortened_in_a_message() -> None:
    assert len(str(problem_of("a" * 900, X))) < 300


@given(st.text(alphabet="xy12.,+-*/^²√|() sinmaxσ\U0001f600'=_", max_size=40))
def test_any_text_is_a_formula_or_refused_in_words(text: str) -> None:
    for told in problems(graph_of(text, Node("x", "input"), Node("y", "input"))):
        assert told.ids == ("f",)
        assert "\n" not in str(told)


def test_the_longest_formulas_are_computed_and_told() -> None:
    longest = ["*".join("x" * 500), "+".join("x" * 500), "x+sin(" * 31 + "x" + ")" * 31, f"max({','.join('x' * 32)})"]
    for text in longest:
        document = of(text, x=1.0)
        assert max(each.error for each in check_gradients(document)) < 1e-5
        for step in walkthrough(document).steps:
            assert all(line.whole() and line.whole(latex=True) for line in step.formulas)


# what is told


def test_a_step_for_each_phase_tells_every_operation() -> None:
    walk = walkthrough(of("x*y + sin(z)", x=3.0, y=-4.0, z=0.0))
    value, back = (step for step in walk.steps if step.node == "f")
    assert [line.whole() for line in value.formulas] == [
        "f = x · y + sin(z) = 3 · (−4) + sin(0) = −12.00",
        "u₁ = x · y = 3 · (−4) = −12.00",
        "u₂ = sin(z) = sin(0) = 0",
        "f = u₁ + u₂ = −12 + 0 = −12.00",
    ]
    assert [line.whole() for line in back.formulas] == [
        "∂J/∂u₁ = ∂J/∂f · 1 = 1 · 1 = 1.000",
        "∂J/∂u₂ = ∂J/∂f · 1 = 1 · 1 = 1.000",
        "∂J/∂z = ∂J/∂u₂ · cos(z) = 1 · cos(0) = 1.000",
        "∂J/∂x = ∂J/∂u₁ · y = 1 · (−4) = −4.000",
        "∂J/∂y = ∂J/∂u₁ · x = 1 · 3 = 3.000",
    ]
    assert {key: array.item() for key, array in back.outgoing.items()} == {"x": -4.0, "y": 3.0, "z": 1.0}


def test_an_input_used_twice_gets_the_sum_over_its_uses() -> None:
    told = [line.whole() for step in walkthrough(of("x*x + x", x=3.0)).steps for line in step.formulas]
    assert "∂J/∂x = ∂J/∂f · 1 + ∂J/∂u₁ · x + ∂J/∂u₁ · x = 1 · 1 + 1 · 3 + 1 · 3 = 7.000" in told


def test_a_share_is_told_as_one() -> None:
    document = circuit({"x": 3.0}, ("f", "expression", "x", {"formula": "x^2"}), ("g", "multiply", "fx"))
    lines = [line for step in walkthrough(document).steps for line in step.formulas]
    told = [line.whole() for line in lines]
    assert "∂J/∂x via f = ∂J/∂f · 2 · x = 3 · 2 · 3 = 18.00" in told
    assert gradients(document)["x"].item() == 27.0
    for line in lines:
        np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12)


def test_a_source_may_be_called_like_an_operation_inside() -> None:
    told = [line.whole() for step in walkthrough(of("u1*2 + u2", u1=3.0, u2=1.0)).steps for line in step.formulas]
    assert "u₁(f) = u₁ · 2 = 3 · 2 = 6.000" in told


def test_of_many_operations_the_formula_alone_is_told() -> None:
    long = " + ".join(f"sin({number}*x)" for number in range(MOST_TOLD))
    value, back = (step for step in walkthrough(of(long, x=0.5)).steps if step.node == "f")
    assert len(value.formulas) == len(back.formulas) == 1
    assert "Open it to see each operation" in value.explanation
    assert back.formulas[0].evaluate() == pytest.approx(back.formulas[0].value, rel=1e-12)


def test_what_is_not_known_yet_is_a_dash_and_then_known() -> None:
    walk = walkthrough(of("x*y + sin(z)", x=3.0, y=-4.0, z=0.0))
    before, after = (next(n for n in walk.annotator(at).all() if n.target == "f").number for at in (-1, 0))
    assert (before, after) == (None, -12.0)


def test_the_numbers_inside_can_be_asked_for() -> None:
    trace = forward(of("2*x + 1", x=3.0))
    assert (trace.value("f.u1").item(), trace.value("f.c1").item()) == (6.0, 2.0)
    assert trace.gradient("f.u1").item() == 1.0  # type: ignore[union-attr]  # there is one: all is computed


def test_it_can_be_differentiated_itself_and_by_everything_it_reads() -> None:
    document = of("2*x*y + sin(x)", x=3.0, y=-4.0)
    assert gradients(document, of="f", by="y")["y"].item() == 6.0  # type: ignore[union-attr]  # there is one: all is computed
    steps = list(backward(forward(document, Focus(of=Target("f")))))
    lines = [line for step in steps for line in step.formulas]
    assert "∂f/∂y = ∂f/∂u₁ · 2 · x = 1 · 2 · 3 = 6.000" in [line.whole() for line in lines]
    for line in lines:
        np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12)
