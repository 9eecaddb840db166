"""The judge is judged: by hand-worked numbers, before it judges the engine."""

from __future__ import annotations

import math

import pytest

from tests.oracle.scalar import Scalar, activated, exp, inverse, log, loss_terms


def test_a_fork_adds_up() -> None:
    a, b = Scalar(-2.0), Scalar(3.0)
    f = (a * b) * (a + b)
    f.backward()
    assert (f.value, a.gradient, b.gradient) == (-6.0, -3.0, -8.0)


def test_a_number_added_to_itself() -> None:
    a = Scalar(3.0)
    (a + a).backward()
    assert a.gradient == 2.0


def test_a_neuron() -> None:
    x, w = (Scalar(2.0), Scalar(0.0)), (Scalar(-3.0), Scalar(1.0))
    (o,) = activated("tanh", [x[0] * w[0] + x[1] * w[1] + 6.8813735870195432])
    o.backward()
    assert o.value == pytest.approx(math.sqrt(0.5), rel=1e-15)
    assert [x[0].gradient, x[1].gradient, w[0].gradient] == pytest.approx([-1.5, 0.5, 1.0], rel=1e-14)


def test_a_fraction() -> None:
    x, y = Scalar(3.0), Scalar(-4.0)
    (s,), (t,) = activated("sigmoid", [y]), activated("sigmoid", [x])
    f = (x + s) * inverse(t + (x + y) * (x + y))
    f.backward()
    assert f.value == pytest.approx(1.5456448841066441, rel=1e-15)
    assert [x.gradient, y.gradient] == pytest.approx([2.0595697955721652, 1.5922327514838093], rel=1e-14)


def test_exponential_logarithm_and_losses() -> None:
    x = Scalar(0.1)
    (term,) = loss_terms("binary_cross_entropy", [x], [1.0], False)
    term.backward()
    assert (term.value, x.gradient) == (pytest.approx(2.3025850929940455), pytest.approx(-10.0))
    assert log(exp(Scalar(1.5))).value == pytest.approx(1.5)
    assert loss_terms("squared_error", [Scalar(0.1)], [1.0], True)[0].value == pytest.approx(0.405)
