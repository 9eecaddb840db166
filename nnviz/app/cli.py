"""The command line: ``nnviz COMMAND …``. It parses, calls the library, prints; it computes nothing itself."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence

import nnviz
from nnviz.app.parser import Parser, UsageError
from nnviz.errors import NnvizError, SetupError
from nnviz.hints import read_in
from nnviz.words import tr

REFUSED, INTERRUPTED, BROKEN = 2, 130, 1

_EXAMPLES = """\
examples:
  nnviz                                         open the window (where there is a screen)
  nnviz render mazur -o net.png                 the 2-2-2 network with all its numbers
  nnviz render mazur -o net.png --show weight,gradient --width 3840 --transparent
  nnviz steps mazur                             forward, loss, backward, update with formulas
  nnviz gradients mazur --check --json          every ∂J/∂w, against central differences
  nnviz gradients mazur --of o1 --by x1         ∂ of a node by an input, weight or node
  nnviz tangents mazur --by w1                  ∂ of every node by one number
  nnviz new 2-4-1 -o my.nnviz                   a network to begin with
  nnviz train bars -o trained.nnviz             any document or example
  nnviz train --csv flowers.csv --target species --network 4-8-3 -o trained.nnviz
  nnviz predict trained.nnviz 5.1 3.5 1.4 0.2   what it answers to one row
  nnviz info trained.nnviz

FILE is a .nnviz document, or the name of an example: mazur, pass, xor, iris, bars.
Numbers may have a dot or a comma (0.25, 0,25) or be fractions (1/4).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code: 0 done, 2 refused, 130 interrupted, 1 a fault of nnviz."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _speak_utf8()
    if not given and has_screen():
        given = ["window"]
    with read_in("command"):
        return _guarded(_with_minus_signs(given))


def has_screen() -> bool:
    """Whether a window can be shown here; asked without loading Qt."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def check_screen() -> None:
    """Refuse in a sentence where Qt would abort: without a screen, or on X11 without libraries that a bare Linux lacks.

    Raises
    ------
    SetupError
        Naming the packages to install, or what can be done without a screen.
    """
    if os.environ.get("QT_QPA_PLATFORM"):
        return
    if not has_screen():
        raise SetupError(tr("There is no screen to open a window on"), hint=_NO_SCREEN_HINT)
    x11 = sys.platform.startswith("linux") and not os.environ.get("WAYLAND_DISPLAY")
    missing = [name for name in _X11_LIBRARIES if not _loads(name)] if x11 else []
    if missing:
        packages = " ".join(_X11_LIBRARIES[name] for name in missing)
        hint = tr("On Debian and Ubuntu: apt-get install {packages}", packages=packages)
        raise SetupError(tr("The window needs libraries of the system"), found=", ".join(missing), hint=hint)


_NO_SCREEN_HINT = tr("A picture of it needs none: nnviz window --snapshot window.png")
_X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
}


def _loads(library: str) -> bool:
    from ctypes import CDLL  # lazily: only the window asks

    try:
        CDLL(library)
    except OSError:
        return False
    return True


def _guarded(given: list[str]) -> int:
    try:
        options = _parser().parse_args(given)
        if hasattr(options, "run"):
            options.run(options)
        else:
            _parser().print_help()
        sys.stdout.flush()
    except NnvizError as error:
        print(f"nnviz: {error}", file=sys.stderr)
        if isinstance(error, UsageError):
            print(error.usage, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print(tr("nnviz: interrupted"), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read along has left: no second error
        return 0
    except ImportError as error:
        missing = SetupError(tr("A part of the installation cannot be loaded"), found=str(error), hint=_IMPORT_HINT)
        print(f"nnviz: {missing}", file=sys.stderr)
        return REFUSED
    except Exception as error:  # noqa: BLE001  (the last net: no traceback reaches a user, the log keeps it)
        return _fault(error)
    return 0


_IMPORT_HINT = tr(
    "Install nnviz again; on Linux, Qt also needs the packages libegl1, libgl1, libxkbcommon0, libdbus-1-3"
)


def _fault(error: Exception) -> int:
    from nnviz.session.log import write_fault  # lazily: only a fault needs a log

    place = write_fault(error)
    print(
        tr("nnviz: an unexpected error: {error}. Details are in {log}", error=repr(error), log=place), file=sys.stderr
    )
    return BROKEN


def _speak_utf8() -> None:
    """Let ∂ and ŷ through where the terminal's own encoding would refuse them."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and (stream.encoding or "").lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="replace")


def _with_minus_signs(given: list[str]) -> list[str]:
    """Values such as -1/3 as numbers, which a parser would take for options."""
    if given[:1] != ["predict"]:
        return given
    return [re.sub(r"^-(?=[\d.,])", "−", word) for word in given]


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="nnviz",
        description=tr("Build a neural network, see it whole, and check it number by number."),
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"nnviz {nnviz.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    from nnviz.app import commands as known  # the functions behind the names; cheap, they load what they need

    known.add_all(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
