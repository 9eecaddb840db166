"""``nnviz window --snapshot`` and what is told where no window can be opened. Each window has a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nnviz.app import cli
from nnviz.document.files import save_document
from tests.networks import mazur

SCREEN = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "QT_LOGGING_RULES")


def in_new_home(command: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run where there is no screen, for a user who has never used nnviz."""
    kept = {name: value for name, value in os.environ.items() if name not in SCREEN and not name.startswith("XDG_")}
    home.mkdir()
    return subprocess.run(
        [sys.executable, *command], env=kept | {"HOME": str(home)}, cwd=home.parent, capture_output=True, text=True
    )


def size(picture: Path) -> tuple[int, int]:
    header = picture.read_bytes()[:24]
    assert header.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")


@pytest.mark.skipif(sys.platform != "linux", reason="a home elsewhere is not told by HOME")
def test_a_snapshot_needs_no_screen_shows_the_document_and_leaves_nothing_behind(tmp_path: Path) -> None:
    save_document(mazur(), tmp_path / "worked.nnviz")
    pictures = {}
    for name, arguments in {"a": ["worked.nnviz"], "b": ["worked.nnviz", "--step", "14"], "c": ["iris"]}.items():
        home, picture = tmp_path / name, tmp_path / f"{name}.png"
        done = in_new_home(["-m", "nnviz", "window", *arguments, "--snapshot", picture.name], home)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{picture.name}\n", "")
        assert list(home.iterdir()) == []
        assert size(picture) == (1480, 940)
        pictures[name] = picture.read_bytes()
    assert len(set(pictures.values())) == 3


ICON = """\
import sys
from pathlib import Path
from nnviz.app.gui import snapshot
from nnviz.session.examples import example
from PySide6.QtWidgets import QApplication

snapshot(Path(sys.argv[1]), example("mazur"))
for side in (16, 256):
    image = QApplication.windowIcon().pixmap(side, side).toImage()
    print(image.width(), *(image.pixelColor(side * x // 64, side * y // 64).name() for x, y in ((16, 32), (32, 32))))
"""


def test_the_window_has_the_icon_in_its_two_colours(tmp_path: Path) -> None:
    done = in_new_home(["-c", ICON, str(tmp_path / "window.png")], tmp_path / "home")
    assert done.stdout == "16 #12629f #b04f00\n256 #12629f #b04f00\n", done.stderr


REFUSALS = {
    "another kind of file": (["--snapshot", "{dir}/table.csv"], ".png"),
    "no folder": (["--snapshot", "{dir}/none/window.png"], "none"),
    "no such document": (["{dir}/none.nnviz", "--snapshot", "{dir}/window.png"], "none.nnviz"),
    "a table": (["{dir}/table.csv", "--snapshot", "{dir}/window.png"], "table.csv"),
    "no such step": (["--snapshot", "{dir}/window.png", "--step", "24"], "1 to 23"),
    "a step of no picture": (["--step", "3"], "--snapshot"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_snapshot_is_refused_in_one_sentence_and_nothing_is_written(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    arguments, words = REFUSALS[name]
    assert cli.main(["window", *(argument.format(dir=tmp_path) for argument in arguments)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("nnviz: ")
    assert words in told
    assert told.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize("screen", [False, True])
def test_where_no_window_can_open_one_line_tells_why(
    screen: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SCREEN:
        monkeypatch.delenv(name, raising=False)
    if screen:
        monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(cli, "_loads", lambda library: library not in {"libxcb-cursor.so.0", "libX11-xcb.so.1"})
    assert cli.main(["window"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.endswith("apt-get install libxcb-cursor0 libx11-xcb1.\n" if screen else "--snapshot window.png.\n")
