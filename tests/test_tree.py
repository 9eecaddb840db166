"""What the tree of sources must be like: no code run from files, small modules, docstrings, a light import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = sorted((ROOT / "nnviz").rglob("*.py"))
SHIPPED = PACKAGE + sorted((ROOT / "packaging").rglob("*.py"))

FORBIDDEN_IMPORTS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve"}
FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec"),
    *("yaml.load", "yaml.unsafe_load", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    *("joblib.load", "pandas.read_pickle", "pd.read_pickle", "torch.load"),
}


def dangers(source: str) -> list[str]:
    """Each place in ``source`` that could run code found in a file, as ``line: what``."""
    return [f"{line}: {what}" for node in ast.walk(ast.parse(source)) for line, what in _dangers_of(node)]


def _dangers_of(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        names = []
    for name in names:
        if name.split(".")[0] in FORBIDDEN_IMPORTS or name in FORBIDDEN_CALLS:
            yield getattr(node, "lineno", 0), f"import of {name}"
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called in FORBIDDEN_CALLS or called.endswith(".__reduce__"):
            yield node.lineno, called
        for keyword in node.keywords:
            if keyword.arg in {"shell", "allow_pickle"} and ast.unparse(keyword.value) != "False":
                yield node.lineno, f"{called}({keyword.arg}=…)"


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_runs_code_from_a_file(file: Path) -> None:
    assert dangers(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import cloudpickle as c",
        "from os import system",
        "from yaml import load",
        "eval('1')",
        "exec(text)",
        "yaml.load(file)",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "subprocess.run('ls', shell=flag)",
        "numpy.load(file, allow_pickle=True)",
    ],
)
def test_the_gate_sees_the_danger(source: str) -> None:
    assert dangers(source)


def test_the_gate_lets_harmless_code_pass() -> None:
    assert dangers("import re\nre.compile('x')\nnumpy.load(f, allow_pickle=False)\nrun(['ls'], shell=False)") == []


@pytest.mark.parametrize("file", PACKAGE, ids=lambda file: str(file.relative_to(ROOT)))
def test_modules_are_small_and_say_what_they_are_for(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 600
    assert ast.get_docstring(ast.parse(source)), "a module without a docstring"


def test_there_is_no_module_outside_the_package() -> None:
    assert {file.name for file in ROOT.glob("*.py")} == set()


HEAVY = {"PySide6", "shiboken6", "networkx", "pandas", "sklearn", "numba", "pyqtgraph"}


def test_importing_nnviz_is_light() -> None:
    code = f"import sys, nnviz; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_network_that_a_window_begins_with_is_computed_without_scipy() -> None:
    code = "import sys, nnviz; nnviz.forward(nnviz.open(sys.argv[1])); print('scipy' in sys.modules)"
    first = str(ROOT / "resources" / "examples" / "mazur.nnviz")
    done = subprocess.run([sys.executable, "-c", code, first], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
