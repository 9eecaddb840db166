"""From frozen values to JSON and strictly back, for files and for the crash journal alike.

msgspec does the work by the values' types. Here stand its two hooks for arrays, and the translation of its complaints
into errors that say place, expected and found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np

from nnviz.document.arrays import array_from_plain, array_to_plain
from nnviz.document.scan import line_and_column, scan
from nnviz.errors import FormatError, NnvizError
from nnviz.words import tr

Value = TypeVar("Value")
Hook = Callable[[type, object], object]
Step = str | int | None
"""One step of a path: a field or key, a place in a list, or None for a key that is not known yet."""

_SEARCHED = 8 * 2**20  # above, an error names the table but not the key, for looking would take too much memory


class Plain:
    """A value that says itself what stands in a file for it."""

    def to_plain(self) -> object:
        """What msgspec can write."""
        raise NotImplementedError

    @classmethod
    def from_plain(cls, plain: object) -> Plain:
        """Read it back; a ConfigError refuses what it cannot be."""
        raise NotImplementedError


def encode_hook(value: object) -> object:
    """What stands in a file for a value that msgspec does not know."""
    if isinstance(value, np.ndarray):
        return array_to_plain(value)
    if isinstance(value, Plain):
        return value.to_plain()
    raise TypeError(f"{type(value).__name__} has no place in a file")


def decode_hook(wanted: type, plain: object) -> object:
    """The value of a type that msgspec does not know."""
    if get_origin(wanted) is np.ndarray:
        return array_from_plain(plain)
    if issubclass(wanted, Plain):
        return wanted.from_plain(plain)
    raise TypeError(f"{wanted} has no place in a file")


def to_json(value: object) -> bytes:
    """``value`` as JSON on one line.

    Raises
    ------
    FormatError
        If it holds what no JSON text can, such as half of a character.
    """
    try:
        return msgspec.json.encode(value, enc_hook=encode_hook)
    except UnicodeEncodeError as error:
        raise half_character(error) from None


def half_character(error: UnicodeEncodeError) -> FormatError:
    """The refusal of a text that UTF-8 cannot write."""
    return FormatError(
        tr("A text holds half of a character"), expected=tr("text that UTF-8 can write"), found=ascii(error.object)
    )


class Reader(Generic[Value]):
    """Reads values of one type from JSON, strictly.

    Parameters
    ----------
    wanted : the type, a msgspec Struct or a union of them.
    hook : how types are read that msgspec does not know.
    """

    def __init__(self, wanted: Any, hook: Hook = decode_hook) -> None:
        self._wanted = wanted
        self._hook = hook
        self._decoder: msgspec.json.Decoder[Value] = msgspec.json.Decoder(wanted, dec_hook=hook)

    def read(self, data: bytes, where: str) -> Value:
        """The value that stands in ``data``.

        Raises
        ------
        FormatError
            If it is not the JSON of such a value; with its place.
        """
        check_utf8(data, where)
        scan(data, where)
        return self.parse(data, where)

    def parse(self, data: bytes, where: str) -> Value:
        """As :meth:`read`, for text that has been scanned."""
        try:
            return self._decoder.decode(data)
        except msgspec.ValidationError as error:
            raise self._refusal(error, data, where) from error
        except (msgspec.DecodeError, UnicodeError) as error:
            raise not_json(error, data, where) from error

    def _refusal(self, error: msgspec.ValidationError, data: bytes, where: str) -> FormatError:
        told, _, path = str(error).partition(" - at `$")
        steps = _steps(path.removesuffix("`"))
        if None in steps and len(data) <= _SEARCHED:
            steps = _with_keys(steps, msgspec.json.decode(data), self._wanted, self._hook)
        place = path_text(steps)
        place = f"{where}: {place}" if place else where
        cause = error.__cause__
        if isinstance(cause, NnvizError):
            return placed(cause, place)
        what, expected, found = _explained(told)
        return FormatError(what, where=place, expected=expected, found=found, hint=HINT)


HINT = tr("Correct the file at this place, or take an older copy of it")


def placed(error: NnvizError, where: str) -> FormatError:
    """The refusal of a document for an error that one of its parts makes."""
    told = error.what if error.where in ("", where) else f"{error.what} ({error.where})"
    return FormatError(
        told,
        where=where,
        expected=error.expected,
        found=error.found or error.where,
        hint=error.hint or HINT,
        ids=error.ids,
    )


def path_text(steps: list[Step]) -> str:
    """A path as a message shows it.

    >>> path_text(["graph", "nodes", 3, "kind"])
    'graph.nodes[3].kind'
    """
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + ("…" if step is None else _key_text(step))
    return text


def not_json(error: Exception, data: bytes, where: str) -> FormatError:
    """The refusal of what is empty, torn, or no JSON text at all; with line and column."""
    hint = tr("Take an older copy of the file")
    if not data.strip():
        return FormatError(
            tr("The file is empty"), where=where, expected=tr("a document"), found=tr("nothing"), hint=hint
        )
    position = re.search(r"\(byte (\d+)\)", str(error))
    offset = min(int(position[1]), len(data)) if position else len(data)
    if "trailing" in str(error):  # told of the place behind the first such character
        offset -= 1
    torn = position is None
    return FormatError(
        tr("The file ends too early") if torn else tr("The file is no readable document"),
        where=f"{where}, {line_and_column(data, offset)}",
        expected=_wanted_text(str(error)) if not torn else tr("the rest of the document"),
        found=tr("the end of the file") if torn else repr(data[offset : offset + 20].decode("utf-8", "replace")),
        hint=hint,
    )


def check_utf8(data: bytes, where: str) -> None:
    """Refuse bytes that are no text, such as a picture."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise FormatError(
            tr("The file is not text"),
            where=f"{where}, {line_and_column(data, error.start)}",
            expected=tr("a document in UTF-8"),
            found=tr("the byte {byte:#04x}", byte=data[error.start]),
            hint=tr("Choose a file that nnviz has saved"),
        ) from None


def _wanted_text(told: str) -> str:
    found = re.search(r"expected (.+?) \(byte", told)
    return found[1] if found else tr("JSON")


# The words of msgspec, in ours

_TYPES: Mapping[str, str] = {
    "int": tr("a whole number"),
    "float": tr("a number"),
    "str": tr("a text"),
    "bool": tr("true or false"),
    "null": tr("null"),
    "object": tr("an object"),
    "array": tr("a list"),
}


def _explained(told: str) -> tuple[str, str, str]:
    """What is wrong, expected and found, from a message such as "Expected `int`, got `str`"."""
    if match := re.fullmatch(r"Expected `(.+)`, got `(.+)`", told):
        return tr("This is of the wrong type"), _types_text(match[1]), _types_text(match[2])
    if match := re.fullmatch(r"Expected `array` (of .+)", told):
        return tr("This list has the wrong length"), tr("a list {length}", length=match[1]), tr("another length")
    if match := re.fullmatch(r"Object missing required field `(.+)`", told):
        return tr("A field is missing"), match[1], tr("no such field")
    if match := re.fullmatch(r"Object contains unknown field `(.*)`", told, re.DOTALL):
        return tr("There is a field that does not belong here"), tr("the fields that nnviz knows"), match[1]
    if match := re.fullmatch(r"Invalid (?:enum )?value (.+)", told, re.DOTALL):
        return tr("This is none of the choices"), tr("one of the names that nnviz knows"), match[1]
    return tr("This cannot be used"), tr("what the format allows"), told


def _types_text(names: str) -> str:
    return tr(" or ").join(_TYPES.get(name, name) for name in names.split(" | "))


# Paths


def _steps(path: str) -> list[Step]:
    """The steps of a path such as ``.graph.nodes[3].options[...]``."""
    found: list[Step] = []
    for field, index in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", path):
        found.append(field or (None if index == "..." else int(index)))
    return found


def _key_text(key: str) -> str:
    return key if re.fullmatch(r"[\w.]{1,64}", key) else repr(key)


def _with_keys(steps: list[Step], tree: Any, wanted: Any, hook: Hook) -> list[Step]:
    """The steps with their unknown keys filled in: the first key whose value cannot be read."""
    told: list[Step] = []
    for step in steps:
        wanted, tree_type = _member(wanted, step, tree), wanted
        if step is None and wanted is not None:
            step = next((key for key, value in tree.items() if not _reads(value, wanted, hook)), None)
        told.append(step)
        if wanted is None or tree_type is None or step is None:
            return told + steps[len(told) :]
        tree = tree[step]
    return told


def _reads(plain: object, wanted: Any, hook: Hook) -> bool:
    try:
        msgspec.convert(plain, wanted, dec_hook=hook)
    except msgspec.ValidationError:
        return False
    return True


def _member(wanted: Any, step: Step, plain: object) -> Any:
    """The type of what a step leads to; None where that is not told."""
    choices = get_args(wanted) if get_origin(wanted) in (Union, UnionType) else (wanted,)
    for choice in choices:
        origin, inner = get_origin(choice), get_args(choice)
        if step is None and origin in (dict, Mapping):
            return inner[1]
        if isinstance(step, int) and origin is tuple:
            return inner[0] if inner[-1] is Ellipsis else inner[step]
        if isinstance(step, str) and _has_field(choice, step, plain):
            return field_types(choice)[step]
    return None


@cache
def field_types(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The types of a struct's fields. Kept, for looking them up evaluates our annotations, which are texts."""
    return get_type_hints(struct)


def _has_field(choice: Any, field: str, plain: object) -> bool:
    """Whether ``plain``, read as ``choice``, is a struct with such a field."""
    if not (isinstance(choice, type) and issubclass(choice, msgspec.Struct) and field in choice.__struct_fields__):
        return False
    config = choice.__struct_config__
    return config.tag is None or not isinstance(plain, dict) or plain.get(config.tag_field) == config.tag
