"""Machine code of the kernels on disk: where it lies, whether it is whole, and how it gets into this process.

LLVM loads it in a millisecond each; numba, which made it, is not needed for that.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import RLock
from typing import Final

import platformdirs
from llvmlite import __version__ as llvmlite_version  # type: ignore[import-untyped]  # llvmlite has no types
from llvmlite import binding

from nnviz.version import VERSION

DAYS_KEPT = 30
SUFFIX = ".kernel"
_MATHS = ("sin", "cos", "pow", "erfc", "exp", "log", "sqrt", "fma")
LIBRARY: Final = ("memset", "memcpy", "memmove", *_MATHS, *(f"{name}f" for name in _MATHS))
"""What kernels may call of the C library."""
_DIGEST = 16
_EDITION = re.compile(r"edition-[0-9a-f]{16}")
_LOCK = RLock()


class TornError(Exception):
    """A kernel could not be had: what is on disk is torn, or this machine cannot load it."""


def _edition() -> str:
    """A name for these sources, this LLVM and this processor, for which machine code is made."""
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    told = [os.environ.get(name, "") for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")]
    told += [VERSION, llvmlite_version, binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()]
    text = b"".join(each.read_bytes() for each in sources) + "\n".join(told).encode()
    return f"edition-{blake2b(text, digest_size=8).hexdigest()}"


@cache
def folder() -> Path:
    """The folder of this edition, marked as used today; a passing one where that cannot be written.

    The variable NNVIZ_KERNELS may name the folder that it lies in; else that is in the user's cache.
    """
    home = Path(
        os.environ.get("NNVIZ_KERNELS") or Path(platformdirs.user_cache_dir("nnviz", appauthor=False)) / "kernels"
    )
    place = home / _edition()
    try:
        if not place.exists():
            sweep(home)
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            os.utime(place)
    except OSError:
        home = Path(tempfile.mkdtemp(prefix="nnviz-kernels-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        place = home / _edition()
        place.mkdir()
    return place


def sweep(home: Path) -> None:
    """Remove the editions that nobody has used for a month; what else lies there stays."""
    for place in home.iterdir() if home.exists() else ():
        old = time.time() - place.stat().st_mtime > DAYS_KEPT * 86_400
        if old and _EDITION.fullmatch(place.name) and place.is_dir():
            shutil.rmtree(place, ignore_errors=True)


def file_of(name: str, *, single: bool) -> Path:
    """Where a kernel for float32 or float64 lies."""
    return folder() / f"{symbol_of(name, single=single)}{SUFFIX}"


def symbol_of(name: str, *, single: bool) -> str:
    """The name of a kernel among those of a process."""
    return f"nnviz-{name}-{'f32' if single else 'f64'}"


def keep(name: str, code: bytes, *, single: bool) -> None:
    """Write the machine code of a kernel, behind a digest; a reader sees all of it or nothing."""
    file = file_of(name, single=single)
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(_digest(code) + code)
    Path(written).replace(file)


def is_whole(name: str, *, single: bool) -> bool:
    """Whether a kernel lies on disk as it was written."""
    return bool(_code(name, single=single))


def _code(name: str, *, single: bool) -> bytes:
    try:
        held = file_of(name, single=single).read_bytes()
    except OSError:
        return b""
    code = held[_DIGEST:]
    return code if held[:_DIGEST] == _digest(code) else b""


@cache
def address_of(name: str, *, single: bool) -> int:
    """The address of a kernel that lies on disk.

    Raises
    ------
    TornError
        If it does not, is torn, or needs what this machine lacks.
    """
    code = _code(name, single=single)
    if not code:
        raise TornError(f"the kernel {name} is missing or torn")
    with _LOCK:
        engine = _engine()
        engine.add_object_file(binding.ObjectFileRef.from_data(code))
        engine.finalize_object()
        _engines.append(engine)
        return int(engine.get_function_address(symbol_of(name, single=single)))


_engines: list[binding.ExecutionEngine] = []
"""Machine code lives as long as these."""

_KERNEL: Final = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * 5, *[ctypes.c_int64] * 3)


def callable_at(address: int) -> Callable[..., float]:
    """A kernel as Python calls it: five addresses and three numbers; the interpreter is free meanwhile."""
    return _KERNEL(address)


def _digest(code: bytes) -> bytes:
    return blake2b(code, digest_size=_DIGEST).digest()


def _engine() -> binding.ExecutionEngine:
    _prepare()
    machine = binding.Target.from_default_triple().create_target_machine(jit=True)
    return binding.create_mcjit_compiler(binding.parse_assembly(""), machine)


@cache
def _prepare() -> None:
    """Make LLVM ready, and sure that it finds the C library: it ends the process over a name that it does not find."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    library = ctypes.CDLL("ucrtbase" if os.name == "nt" else None)
    for name in LIBRARY:
        if binding.address_of_symbol(name) is None:
            if not hasattr(library, name):
                raise TornError(f"this machine has no {name}")
            binding.add_symbol(name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)
