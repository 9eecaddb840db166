"""The parser of the command line: what it does not understand is told in a sentence, with the nearest name it knows."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from nnviz.errors import NnvizError
from nnviz.words import meant, one_of, tr


class UsageError(NnvizError):
    """A command line that is not understood; ``usage`` is a line on how the command is written."""

    usage = ""


class Parser(argparse.ArgumentParser):
    """A parser that refuses by raising a :class:`UsageError`, and of itself: a command tells of its own options."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """The options, and nothing besides: each command refuses itself what it does not know."""
        found, unknown = super().parse_known_args(args, namespace)
        option = next((word.partition("=")[0] for word in unknown if word.startswith("-")), "")
        if option:
            raise self._refusal(tr("There is no option {name}", name=option), hint=self._option_meant(option))
        if unknown:
            raise self._refusal(tr("There is a word too many"), found=unknown[0])
        return found, []

    def error(self, message: str) -> NoReturn:
        """Refuse in the words of argparse."""
        raise self._refusal(message[:1].upper() + message[1:])

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = list(map(str, action.choices))
        commands = not action.option_strings
        what = tr("There is no such command") if commands else tr("{name} does not take that", name=_name(action))
        raise self._refusal(what, expected=one_of(known), found=repr(value), hint=meant(str(value), known))

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        if action.type is int and not re.fullmatch(r"[+-]?[0-9]+", arg_string.strip()):
            what = tr("{name} takes a whole number", name=_name(action))
            raise self._refusal(what, found=repr(arg_string))
        return super()._get_value(action, arg_string)

    def _refusal(self, what: str, *, expected: str = "", found: str = "", hint: str = "") -> UsageError:
        refusal = UsageError(what, expected=expected, found=found, hint=hint)
        refusal.usage = self._short_usage()
        return refusal

    def _short_usage(self) -> str:
        """One line: what must be given, and where the rest is told."""
        formatter = argparse.HelpFormatter(self.prog, width=1000)
        formatter.add_usage(None, [each for each in self._actions if each.required or not each.option_strings], [])
        return tr("{usage}   (more: {prog} --help)", usage=formatter.format_help().strip(), prog=self.prog)

    def _option_meant(self, option: str) -> str:
        """The hint of the option that is nearest by its name, by what it takes or by what is said of it."""
        known: dict[str, str] = {}
        for action in self._actions:
            for said in (re.split(r"[,;:(]", action.help or "")[0], str(action.metavar or "")):
                known |= {said.lower().strip(): name for name in action.option_strings[-1:]}
        known |= {_spoken(name): name for action in self._actions for name in action.option_strings}
        close = get_close_matches(_spoken(option), known, 1)
        return tr("Perhaps {name} was meant", name=known[close[0]]) if close else ""


def _spoken(option: str) -> str:
    return option.strip("-").replace("-", " ").lower()


def _name(action: argparse.Action) -> str:
    names: Sequence[str] = action.option_strings or [str(action.metavar or action.dest)]
    return names[-1]
