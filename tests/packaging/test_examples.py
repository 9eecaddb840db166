"""The examples in ``resources/examples`` are what ``packaging/examples.py`` makes, and do what they are for."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import nnviz
from nnviz.document.files import encode
from nnviz.session.computing import Focus, forward
from nnviz.session.examples import example, example_names, example_path

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The script, imported by its path: packaging is no package."""
    spec = importlib.util.spec_from_file_location("make_examples", ROOT / "packaging" / "examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["iris", "mazur", "pass", "xor"])
def test_the_file_is_what_the_script_makes(name: str, maker: ModuleType) -> None:
    assert encode(maker.EXAMPLES[name]()) == example_path(name).read_bytes()


def test_there_are_four_examples() -> None:
    assert example_names() == ["iris", "mazur", "pass", "xor"]


def test_will_i_pass_predicts_a_tenth_and_is_wrong_by_081() -> None:
    document = example("pass")
    assert nnviz.predict(document, [4, 5])["o1"][0] == 0.1
    assert forward(document).loss == pytest.approx(0.81, rel=1e-12)
    half = document.with_(conventions=nnviz.Conventions(half=True))
    assert forward(half).loss == pytest.approx(0.405, rel=1e-12)


def test_xor_is_solved() -> None:
    document = example("xor")
    answers = [nnviz.predict(document, row)["o1"][0] for row in ([0, 0], [0, 1], [1, 0], [1, 1])]
    assert answers == [0, 1, 1, 0]
    assert forward(document, Focus("all")).loss == 0


def test_the_worked_example_reaches_the_known_error() -> None:
    trained = nnviz.train(example("mazur")).document
    assert forward(trained).loss == pytest.approx(3.510187782978859e-05, rel=1e-12)
    outputs = np.concatenate(list(nnviz.predict(trained, [0.05, 0.10]).values()))
    np.testing.assert_allclose(outputs, [0.01591362044355068, 0.9840642735146238], rtol=1e-12)
