"""Makes all reference numbers anew with PyTorch, in a temporary place, and compares them with those that are stored.

Run by a Python that has PyTorch (``make test-oracle``). Each ``NAME.json`` here is made by ``NAME.py PLACE``. Numbers
may differ by 1e-9 relative, weights after many updates by 1e-7; everything else must be the same.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
TOLERANCES = {"optimizers": 1e-7}
TOLERANCE = 1e-9
ROUNDING = 1e-15
"""Absolute: what is left where two numbers near 1 were subtracted."""


def differences(stored: object, made: object, tolerance: float, place: str = "") -> Iterator[str]:
    """Each place where two trees of JSON are not the same."""
    if isinstance(stored, dict) and isinstance(made, dict) and stored.keys() == made.keys():
        for key in stored.keys() - {"made_by"}:
            yield from differences(stored[key], made[key], tolerance, f"{place}.{key}")
    elif isinstance(stored, list) and isinstance(made, list) and len(stored) == len(made):
        for index, (one, other) in enumerate(zip(stored, made, strict=True)):
            yield from differences(one, other, tolerance, f"{place}[{index}]")
    elif not _alike(stored, made, tolerance):
        yield f"{place}: stored {str(stored)[:60]}, now {str(made)[:60]}"


def _alike(stored: object, made: object, tolerance: float) -> bool:
    if isinstance(stored, float) and isinstance(made, float):
        both_unknown = math.isnan(stored) and math.isnan(made)
        return both_unknown or math.isclose(stored, made, rel_tol=tolerance, abs_tol=ROUNDING)
    return type(stored) is type(made) and not isinstance(stored, dict | list) and stored == made


def main() -> int:
    wrong = 0
    for name in sorted(place.stem for place in HERE.glob("*.json")):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / f"{name}.json"
            subprocess.run([sys.executable, str(HERE / f"{name}.py"), str(place)], check=True)
            made = json.loads(place.read_bytes())
        stored = json.loads((HERE / f"{name}.json").read_bytes())
        found = list(differences(stored, made, TOLERANCES.get(name, TOLERANCE)))
        print(f"{name}: {made['made_by']}, {len(found)} differences from the stored numbers ({stored['made_by']})")
        print("".join(f"  {each}\n" for each in found[:20]), end="")
        wrong += len(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
