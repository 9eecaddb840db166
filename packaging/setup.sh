#!/bin/sh
# Makes .venv with everything nnviz and its checks need. Does nothing when nothing has changed since the last time.
# `setup.sh screen` instead makes sure that Qt can show a window on this screen, however .venv was made.
# `setup.sh app` makes sure of what `make app` needs beyond Python packages.
# `setup.sh bench` makes .venv/bench, with the contenders of `make bench`.
# Asks no questions: what cannot be installed is named in one line, with exit code 1.
set -eu
cd "$(dirname "$0")/.."
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
VENV=.venv
STAMP=$VENV/.nnviz-setup

refuse() {
    echo "nnviz: $*" >&2
    exit 1
}

recent_enough() { # COMMAND
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if recent_enough "$python"; then
            echo "$python"
            return
        fi
    done
    refuse "Python 3.11 or newer is needed, found $(${PYTHON:-python3} --version 2>/dev/null || echo none)."
}

as_root() { # prints the prefix that makes a command run as root; fails where that is not permitted
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        echo sudo -n env
    else
        return 1
    fi
}

known_to_apt() { # PACKAGE
    apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'
}

# Each argument is one package, or several names for it separated by |, as Debian and Ubuntu renamed some.
apt_install() { # WHY PACKAGE...
    why=$1
    shift
    line="$why; please install: $(echo "$*" | sed 's/[^ ]*|//g')"
    command -v apt-get >/dev/null 2>&1 || refuse "$line"
    root=$(as_root) || refuse "$line"
    if [ -z "${APT_UPDATED:-}" ]; then
        echo "nnviz: asking apt for its list of packages"
        $root DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null >/dev/null || true
        APT_UPDATED=1
    fi
    chosen=
    for names in "$@"; do
        for name in $(echo "$names" | tr '|' ' '); do
            if known_to_apt "$name"; then
                chosen="$chosen $name"
                break
            fi
        done
    done
    [ -n "$chosen" ] || refuse "$line"
    echo "nnviz: installing$chosen"
    # shellcheck disable=SC2086  # a list of words on purpose
    $root DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $chosen </dev/null >/dev/null ||
        refuse "$line"
}

# What the virtual environment depends on: the three files, and the place, which its scripts carry.
wanted() {
    cat pyproject.toml packaging/constraints.txt packaging/setup.sh | cksum
    pwd
}

make_venv() { # PYTHON
    if ! "$1" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        apt_install "$1 cannot make virtual environments" "python$version-venv|python3-venv"
    fi
    "$1" -m venv --clear $VENV
}

usable_venv() {
    recent_enough $VENV/bin/python && $VENV/bin/python -m pip --version >/dev/null 2>&1 &&
        grep -qxF "$(pwd)" $STAMP.place 2>/dev/null
}

qt_starts() {
    QT_QPA_PLATFORM=offscreen $VENV/bin/python -c \
        'from PySide6 import QtGui, QtSvg, QtTest, QtWidgets; QtWidgets.QApplication([])' >/dev/null 2>&1
}

if [ "${1:-}" = screen ]; then
    xcb=$(ldd $VENV/lib/python3*/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so 2>/dev/null || true)
    if [ -n "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ] && echo "$xcb" | grep -q 'not found'; then
        apt_install "The window needs libraries of the system" libxcb-cursor0 libxcb-icccm4 libxcb-image0 \
            libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 \
            libxkbcommon-x11-0 libx11-xcb1
    fi
    exit 0
fi
if [ "${1:-}" = app ]; then
    library=$($VENV/bin/python -c 'import sysconfig; print(sysconfig.get_config_var("INSTSONAME") or "")')
    version=$($VENV/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! command -v objdump >/dev/null 2>&1 || ! $VENV/bin/python -c "import ctypes; ctypes.CDLL('$library')" 2>/dev/null; then
        apt_install "The application cannot be built" binutils "libpython$version"
    fi
    exit 0
fi
if [ "${1:-}" = bench ]; then
    command -v cc >/dev/null 2>&1 || apt_install "The benchmark has a contender in C" gcc libc6-dev
    [ -x $VENV/bench/bin/python ] || $VENV/bin/python -m venv $VENV/bench
    # PyTorch by its version, so that a build without CUDA can be had where one lies on disk.
    $VENV/bench/bin/python -m pip install --quiet -c packaging/constraints.txt \
        -e . torch==2.13.0 jax scikit-learn micrograd </dev/null
    exit 0
fi
if [ -f $STAMP ] && [ "$(wanted)" = "$(cat $STAMP)" ] && recent_enough $VENV/bin/python; then
    exit 0
fi
python=$(find_python)
if ! usable_venv; then
    echo "nnviz: making $VENV with $($python --version)"
    make_venv "$python"
    pwd >$STAMP.place
fi
rm -f $STAMP
echo "nnviz: installing packages into $VENV (the first time this takes some minutes)"
$VENV/bin/python -m pip install --quiet -e '.[test,dev]' -c packaging/constraints.txt </dev/null
if ! qt_starts; then
    apt_install "Qt cannot start without its system libraries" \
        libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 'libglib2.0-0t64|libglib2.0-0'
    qt_starts || refuse "Qt does not start: $(QT_QPA_PLATFORM=offscreen $VENV/bin/python -c \
        'from PySide6 import QtGui, QtSvg, QtTest, QtWidgets; QtWidgets.QApplication([])' 2>&1 | tail -n 1)"
fi
wanted >$STAMP
echo "nnviz: ready"
