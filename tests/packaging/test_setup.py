"""The set-up script on machines that lack something, played with stand-ins for python, apt-get, sudo and id."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the script is for POSIX shells")

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "setup.sh"
TOOLS = ["sh", "cat", "cksum", "cp", "dirname", "env", "grep", "mkdir", "rm", "sed", "tail", "tr", "touch", "true"]

# Each stand-in notes its call in `calls`; files in the machine's folder say what is wrong with it.
PYTHON = """#!/bin/sh
echo "python $*" >>"$MACHINE/calls"
case "$*" in
    *"version_info < "*) [ ! -e "$MACHINE/old-python" ] ;;
    *"import ensurepip"*) [ ! -e "$MACHINE/no-venv" ] ;;
    *"%d.%d"*) echo 3.12 ;;
    --version) if [ -e "$MACHINE/old-python" ]; then echo "Python 3.9.2"; else echo "Python 3.12.4"; fi ;;
    "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip install"*) [ ! -e "$MACHINE/no-network" ] ;;
    *QApplication*) [ ! -e "$MACHINE/no-qt-libraries" ] || { echo "ImportError: libEGL.so.1" >&2; exit 1; } ;;
esac
"""
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$MACHINE/calls"
case "$*" in
    install*venv*) rm -f "$MACHINE/no-venv" ;;
    install*libegl1*) rm -f "$MACHINE/no-qt-libraries" ;;
    install*libxcb-cursor0*) rm -f "$MACHINE/no-x11-libraries" ;;
esac
"""
APT_CACHE = """#!/bin/sh
case "$2" in
    libglib2.0-0) echo "  Candidate: (none)" ;;
    *) echo "  Candidate: 1.0" ;;
esac
"""
LDD = """#!/bin/sh
echo "	libm.so.6 => /lib/libm.so.6"
if [ -e "$MACHINE/no-x11-libraries" ]; then echo "	libxcb-cursor.so.0 => not found"; fi
"""
X11_LIBRARIES = (
    "libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 "
    "libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libxkbcommon-x11-0 libx11-xcb1"
)
LIBRARIES = "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1"


class Machine:
    """A machine that has the tools of ``TOOLS``, a python3, and what else a test gives it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.bin = place / "bin"
        self.checkout = place / "check out"  # a space, as in many a user's folder
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool)))
        self.give("python3", PYTHON)
        self.give("id", "#!/bin/sh\necho 1000\n")
        self.give("ldd", LDD)
        (self.checkout / "packaging").mkdir(parents=True)
        shutil.copy(SCRIPT, self.checkout / "packaging")
        (self.checkout / "pyproject.toml").write_text("[project]\n")
        (self.checkout / "packaging" / "constraints.txt").touch()

    def give(self, name: str, script: str) -> None:
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def give_apt(self, *, user: str) -> None:
        self.give("apt-get", APT_GET)
        self.give("apt-cache", APT_CACHE)
        if user == "root":
            self.give("id", "#!/bin/sh\necho 0\n")
        else:
            self.give("sudo", '#!/bin/sh\n[ "$1" = -n ] && shift && exec "$@"\n')

    def has(self, trouble: str) -> None:
        (self.place / trouble).touch()

    def setup(self, *arguments: str, **screen: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.bin), "MACHINE": str(self.place), "HOME": os.environ.get("HOME", "/")}
        command = [str(self.bin / "sh"), str(self.checkout / "packaging" / "setup.sh"), *arguments]
        return subprocess.run(
            command, env=environment | screen, cwd=self.place, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    def calls(self, word: str) -> list[str]:
        return [line for line in (self.place / "calls").read_text().splitlines() if word in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_second_call_does_nothing(machine: Machine) -> None:
    first, second = machine.setup(), machine.setup()
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout.endswith("nnviz: ready\n")
    assert second.stdout == second.stderr == ""
    assert len(machine.calls("pip install")) == len(machine.calls("-m venv")) == 1


@pytest.mark.parametrize("file", ["pyproject.toml", "packaging/constraints.txt", "packaging/setup.sh"])
def test_a_change_installs_again_into_the_same_environment(machine: Machine, file: str) -> None:
    machine.setup()
    with (machine.checkout / file).open("a") as changed:
        changed.write("# changed\n")
    assert machine.setup().returncode == 0
    assert len(machine.calls("pip install")) == 2
    assert len(machine.calls("-m venv")) == 1


def test_a_moved_checkout_gets_a_new_environment(machine: Machine) -> None:
    machine.setup()
    machine.checkout = machine.checkout.rename(machine.place / "moved")
    assert machine.setup().returncode == 0
    assert len(machine.calls("-m venv")) == 2


def test_an_older_python_is_refused_in_one_sentence(machine: Machine) -> None:
    machine.has("old-python")
    refused = machine.setup()
    assert refused.returncode == 1
    assert refused.stderr == "nnviz: Python 3.11 or newer is needed, found Python 3.9.2.\n"
    assert not (machine.checkout / ".venv").exists()


def test_a_newer_python_beside_an_old_one_is_found(machine: Machine) -> None:
    machine.give("python3.12", PYTHON)
    machine.give("python3", "#!/bin/sh\nexit 1\n")
    assert machine.setup().returncode == 0


def test_a_failed_download_is_tried_again_next_time(machine: Machine) -> None:
    machine.has("no-network")
    assert machine.setup().returncode != 0
    (machine.place / "no-network").unlink()
    assert machine.setup().returncode == 0
    assert len(machine.calls("-m venv")) == 1


@pytest.mark.parametrize("user", ["root", "sudo"])
def test_a_missing_venv_is_installed_where_permitted(machine: Machine, user: str) -> None:
    machine.give_apt(user=user)
    machine.has("no-venv")
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert machine.calls("apt-get install") == ["apt-get install -qq -y --no-install-recommends python3.12-venv"]


@pytest.mark.parametrize("apt", [True, False])
def test_a_missing_venv_is_named_where_not_permitted(machine: Machine, apt: bool) -> None:
    if apt:
        machine.give_apt(user="sudo")
        machine.give("sudo", "#!/bin/sh\nexit 1\n")
    machine.has("no-venv")
    refused = machine.setup()
    assert refused.returncode == 1
    assert refused.stderr == "nnviz: python3 cannot make virtual environments; please install: python3-venv\n"


def test_missing_libraries_of_qt_are_installed_under_the_names_apt_knows(machine: Machine) -> None:
    machine.give_apt(user="root")
    machine.has("no-venv")
    machine.has("no-qt-libraries")
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert machine.calls("apt-get install")[1].endswith(f"{LIBRARIES} libglib2.0-0t64")
    assert len(machine.calls("apt-get update")) == 1


def test_missing_libraries_of_qt_are_named_where_not_permitted(machine: Machine) -> None:
    machine.has("no-qt-libraries")
    refused = machine.setup()
    assert refused.returncode == 1
    assert refused.stderr == (
        f"nnviz: Qt cannot start without its system libraries; please install: {LIBRARIES} libglib2.0-0\n"
    )
    (machine.place / "no-qt-libraries").unlink()
    assert machine.setup().returncode == 0


def test_if_the_libraries_do_not_help_qt_has_the_last_word(machine: Machine) -> None:
    machine.give_apt(user="root")
    machine.give("apt-get", "#!/bin/sh\n")
    machine.has("no-qt-libraries")
    assert machine.setup().stderr == "nnviz: Qt does not start: ImportError: libEGL.so.1\n"


def test_libraries_of_the_screen_are_installed_though_the_set_up_without_it_is_done(machine: Machine) -> None:
    machine.give_apt(user="root")
    machine.has("no-x11-libraries")
    assert machine.setup().returncode == 0
    assert machine.calls("apt-get install") == []
    for _ in range(2):
        done = machine.setup("screen", DISPLAY=":0")
        assert done.returncode == 0, done.stderr
    assert machine.calls("apt-get install") == [f"apt-get install -qq -y --no-install-recommends {X11_LIBRARIES}"]


def test_libraries_of_the_screen_are_named_where_not_permitted(machine: Machine) -> None:
    machine.has("no-x11-libraries")
    refused = machine.setup("screen", DISPLAY=":0")
    assert refused.returncode == 1
    assert refused.stderr == f"nnviz: The window needs libraries of the system; please install: {X11_LIBRARIES}\n"


@pytest.mark.parametrize("screen", [{}, {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}])
def test_another_screen_than_x11_needs_no_libraries(machine: Machine, screen: dict[str, str]) -> None:
    machine.has("no-x11-libraries")
    done = machine.setup("screen", **screen)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
