"""The examples in ``resources/examples`` are what ``packaging/examples.py`` makes, and do what they are for."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import nnviz
from nnviz.app import cli
from nnviz.data.datasets import bars
from nnviz.document.files import encode
from nnviz.session.computing import Focus, forward
from nnviz.session.examples import example, example_names, example_path
from nnviz.ui import welcome

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ["bars", "iris", "mazur", "pass", "xor"]


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


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_what_the_script_makes(name: str, maker: ModuleType) -> None:
    assert encode(maker.EXAMPLES[name]()) == example_path(name).read_bytes()


def test_every_example_is_listed_wherever_examples_are() -> None:
    assert example_names() == NAMES
    assert sorted(name for name, _, _ in welcome.EXAMPLES) == NAMES
    for listed in (cli._EXAMPLES, example.__doc__ or "", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert [name for name in NAMES if name not in listed] == []
    told = (ROOT / "resources" / "examples" / "SOURCE.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}.nnviz`" not in told] == []


def test_bars_are_told_apart_from_any_seed() -> None:
    document = example("bars")
    assert len(example_path("bars").read_bytes()) < 150_000
    for seed in range(3):
        *_, last = nnviz.train(document.with_(seed=seed)).reports
        assert last.metrics["accuracy"] > 0.95


def test_bars_it_has_never_seen_are_told_apart() -> None:
    trained = nnviz.train(example("bars")).document
    table = bars(100, seed=9)
    pictures = np.array([column.values for column in table.columns[:-1]]).T
    found = [int(np.argmax(nnviz.predict(trained, list(picture))["o"])) for picture in pictures]
    assert np.mean(found == table.columns[-1].values) > 0.95


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
