"""Thousands of spoiled documents: each is a document all the same, or refused with an error of our own. No code runs.

``NNVIZ_MUTATIONS`` sets how many (5,000; 100,000 before a release).
"""

from __future__ import annotations

import base64
import copy
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, get_args

import msgspec
import numpy as np
import pytest

from nnviz.document.codec import field_types
from nnviz.document.files import decode, encode
from nnviz.document.forms import DocumentForm
from nnviz.errors import FormatError
from tests.document.makers import HOSTILE, NUMBERS, a_document, random_document, refusal

COUNT = int(os.environ.get("NNVIZ_MUTATIONS", "5000"))
PARTS = 10

FORBIDDEN = {"exec", "compile", "open", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "marshal.loads"}
FORBIDDEN |= {"pickle.find_class", "ctypes.dlopen", "socket.connect", "os.remove", "os.rename", "os.mkdir"}

_heard: list[str] | None = None


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if _heard is not None and event in FORBIDDEN:
        _heard.append(f"{event}{arguments!r:.200}")


@pytest.fixture(scope="module", autouse=True)
def _audit() -> None:
    """An audit hook cannot be taken off again; it listens only where it is wanted."""
    sys.addaudithook(_listen)
    _look_up_fields(DocumentForm)


def _look_up_fields(wanted: Any) -> None:
    """Look up the types of all fields there are, which happens once a process."""
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        for inner in field_types(wanted).values():
            _look_up_fields(inner)
    for inner in get_args(wanted):
        _look_up_fields(inner)


@contextmanager
def nothing_runs() -> Iterator[None]:
    global _heard
    _heard = []
    try:
        yield
        assert _heard == []
    finally:
        _heard = None


def test_the_hook_hears() -> None:
    with pytest.raises(AssertionError), nothing_runs():
        compile("1", "x", "eval")


def check(data: bytes) -> bool:
    """Whether ``data`` is a document; if not, the refusal must be whole, and if so, it must come back."""
    with nothing_runs():
        told = refusal(decode, data, "net.nnviz")
        if told is not None:
            assert isinstance(told, FormatError)
            assert told.what
            assert told.where.startswith("net.nnviz")
            assert len(str(told)) < 2000
            return False
        again = encode(decode(data, "net.nnviz"))
        assert encode(decode(again, "x")) == again
        return True


def seeds() -> list[bytes]:
    return [encode(a_document()), *(encode(random_document(Random(seed), 15)) for seed in range(5))]


SEEDS = seeds()


# Bytes

BITS = [
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\x00", b"\xff", b"-", b"NaN", b"1e999", b"null", b"\\ud800"),
    *(
        b"true",
        b'"id"',
        b"0",
        b"9" * 30,
        b"[" * 70,
        b"{" * 70,
        b"\n",
        b'{"a":1,"a":2}',
        b"/*",
        b"1e-999",
        b"\xed\xa0\x80",
    ),
]


def spoiled_bytes(random: Random, data: bytes) -> bytes:
    spoiled = bytearray(data)
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        place = random.randrange(len(spoiled) + 1)
        length = random.choice([0, 1, 1, 5, 50])
        kind = random.randrange(5)
        if kind == 0:
            spoiled[place : place + length] = random.choice(BITS)
        elif kind == 1 and place < len(spoiled):
            spoiled[place] ^= 1 << random.randrange(8)
        elif kind == 2:
            del spoiled[place : place + length]
        elif kind == 3:
            other = random.randrange(len(spoiled) + 1)
            spoiled[place:place] = spoiled[other : other + length]
        else:
            del spoiled[place:]
        if not spoiled:
            break
    return bytes(spoiled)


# Trees


def spoiled_tree(random: Random, data: bytes) -> bytes:
    tree = json.loads(data)
    for _ in range(random.choice([1, 1, 1, 2, 4])):
        _spoil(random, tree)
    return json.dumps(tree, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every holder in a tree with every key or index in it."""
    found = []
    waiting = [tree]
    while waiting:
        holder = waiting.pop()
        for key in range(len(holder)) if isinstance(holder, list) else holder:
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])
    return found


def _spoil(random: Random, tree: Any) -> None:
    places = _places(tree)
    if not places:
        return
    holder, key = random.choice(places)
    kind = random.randrange(6)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif kind == 2 and isinstance(holder, dict):
        holder[random.choice(["id", "shared", "name", "w1", "h1.b", random.choice(HOSTILE)])] = holder.pop(key)
    elif kind == 3:
        other, name = random.choice(places)
        holder[key] = (
            copy.deepcopy(other[name]) if name in other or (isinstance(other, list) and name < len(other)) else 0
        )
    else:
        holder[key] = _value(random)


def _value(random: Random) -> Any:
    raw = base64.b64encode(np.array([random.choice([*NUMBERS, float("nan"), float("inf")])]).tobytes()).decode()
    return random.choice(
        [
            *(None, True, False, 0, 1, -1, 2**63, 2**64 - 1, -(2**63), 1.5, 10**25),
            *("", "h1", "w1", "x1", "loss", "sgd", random.choice(HOSTILE), "\ud800"),
            *([], {}, [[]], [0.0], [[0.0]], [[["deep"]]], {"a": {"b": {}}}, {"shape": [1, 1], "float64": raw}),
            *({"shape": [10**9, 10**9], "float64": raw}, random.choice(NUMBERS), [1.0] * 65, {"where": "file"}),
        ]
    )


@pytest.mark.parametrize("part", range(PARTS))
def test_spoiled_bytes(part: int) -> None:
    random = Random(part)
    passed = sum(check(spoiled_bytes(random, random.choice(SEEDS))) for _ in range(COUNT // 2 // PARTS))
    assert passed < COUNT // 2 // PARTS, "the mutator spoils nothing"


@pytest.mark.parametrize("part", range(PARTS))
def test_spoiled_trees(part: int) -> None:
    random = Random(1000 + part)
    passed = sum(check(spoiled_tree(random, random.choice(SEEDS))) for _ in range(COUNT // 2 // PARTS))
    assert 0 < passed < COUNT // 2 // PARTS, "the mutator spoils nothing, or everything"
