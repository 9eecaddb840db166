"""Kernels compiled for processors that this one is not: older ones without its wide registers. By ``make test-proofs``.

Each compiles all it needs in a process and a folder of its own, some 25 s.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from nnviz.engine.fast import codes
from nnviz.engine.fast.kernels.catalogue import KERNELS, module_of
from nnviz.learning.fast import FastTraining
from nnviz.learning.fit import Training
from tests.learning import test_same_bits
from tests.learning.test_fast import agree

NARROW = {"x86-64": ("ymm", "zmm"), "nehalem": ("ymm", "zmm"), "haswell": ("zmm",)}
"""Processors as LLVM names them, and registers that they have not: the first two know no AVX, the last no AVX-512."""


def compare() -> None:
    """Dense layers, dropout, softmax, products in registers and by BLAS: as the clear executor trains them."""
    for by, (kind, graph, precision, products) in test_same_bits.CARRIED.items():
        if kind is FastTraining:
            settings = replace(test_same_bits.SETTINGS["adam"], epochs=20, early_stopping=None)
            fast = test_same_bits.made("adam", by, settings=settings)
            assert (fast.executor, fast.products, fast.record().dtype) == ("fast", products, precision)
            clear = Training(
                fast.plan,
                test_same_bits.examples(graph, 23, 0),
                fast.settings,
                fast.parameters,
                seed=fast.seed,
                validation=test_same_bits.examples(graph, 9, 1),
                dropout={"drop": 0.3},
            )
            for each in (fast, clear):
                list(each)
                assert each.stopped == "finished"
            agree(clear, fast, {"float64": 1e-9, "float32": 1e-3}[precision])
    names = (f"{way}-{codes.PRODUCT}" for way in ("ahead", "back"))
    kernels = [KERNELS[name] for name in (*names, f"ahead-{codes.UNARY}", f"ahead-{codes.ROW}")]
    made = [module_of(each, "kernel", single=single) for each in kernels for single in (False, True)]
    code = [machine.emit_assembly(module) for machine, module in made]
    print(*(name for name in ("xmm", "ymm", "zmm") if any(f"%{name}" in each for each in code)))


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="compiles for x86 processors")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("processor", NARROW)
def test_a_processor_without_wide_registers_gives_the_same_numbers(processor: str, tmp_path: Path) -> None:
    script = "from tests.learning.processors import compare; compare()"
    environment = os.environ | {
        "NUMBA_CPU_NAME": processor,
        "NUMBA_CPU_FEATURES": "",
        "OPENBLAS_CORETYPE": "Haswell" if processor == "haswell" else "Nehalem",
        "NNVIZ_KERNELS": str(tmp_path),
        "PYTHONPATH": ".",
    }
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()
    assert not set(done.stdout.split()) & set(NARROW[processor])
