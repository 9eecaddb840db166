"""BLAS's matrix product with somebody who is told of every call."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest

from nnviz.engine.fast.blas import gemm

_Routine = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 13)


class Watched:
    """Stands in the place of scipy's product for runs that begin while ``monkeypatch`` holds.

    Attributes
    ----------
    calls : how many products it has made.
    told : called before each with its number, from 1.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.told: Callable[[int], None] = lambda call: None
        self._routines = {single: self._watching(_Routine(gemm(single=single))) for single in (False, True)}
        monkeypatch.setattr("nnviz.learning.fast.gemm", self._address)

    def _address(self, *, single: bool) -> int:
        address = ctypes.cast(self._routines[single], ctypes.c_void_p).value
        assert address
        return address

    def _watching(self, routine: Callable[..., None]) -> Callable[..., None]:
        def called(*given: int) -> None:
            self.calls += 1
            self.told(self.calls)
            routine(*given)

        return _Routine(called)
