"""``nnviz gradients`` and ``nnviz tangents``: derivatives with all digits, of J or of any node, in both directions."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnviz.numbers import NOT_COMPUTED, exact_text
from nnviz.words import tr

if TYPE_CHECKING:
    from nnviz.session.computing import Trace


def add(commands: object) -> None:
    """Add both commands to the parser."""
    _add_gradients(commands)
    _add_tangents(commands)


def _add_gradients(commands: object) -> None:
    from nnviz.app.commands import add_focus, command

    parser = command(
        commands,
        "gradients",
        tr("print ∂J/∂w of every weight, or ∂ of any node, with all digits"),
        _gradients,
        "nnviz gradients mazur --of o1 --by h1 --check",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument(
        "--by",
        action="append",
        metavar="NAME",
        help=tr("by this weight, input or node in place of all trained weights (with --of: and inputs); repeatable"),
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help=tr("compare with central differences"))
    how.add_argument(
        "--second", metavar="NUMBER", help=tr("second derivatives, by this number first, such as w5, x[2] or w1[1,2]")
    )
    how.add_argument(
        "--shares", action="store_true", help=tr("what data, L1 and L2 add to each, and each edge of a shared weight")
    )
    parser.add_argument("--json", action="store_true", help=tr("as JSON"))
    add_focus(parser)


def _gradients(options: argparse.Namespace) -> None:
    from nnviz.app.commands import focus_of, opened, plain, print_json
    from nnviz.app.shares import tell_shares
    from nnviz.session.derivatives import asked_slots, check_gradients, differentiated, nothing, second_derivatives

    document = opened(options.file)
    focus = focus_of(options, document)
    if options.shares:
        tell_shares(document, focus, options)
        return
    trace = differentiated(document, focus, by=options.by)
    slots, name = asked_slots(trace, options.by), trace.plan.goal_name
    found = (
        second_derivatives(document, options.second, focus, and_by=options.by)
        if options.second
        else {key: trace.gradient_at(slot) for key, slot in slots.items()}
    )
    checks = {check.key: check for check in check_gradients(document, focus, by=options.by)} if options.check else {}
    reasons = _reasons(trace, slots, found, options.second)
    if options.json:
        told: dict[str, object] = {"loss": trace.goal} if focus.of is None else {"of": name, "value": trace.goal}
        told |= {"by": options.second} if options.second else {}
        told["second_derivatives" if options.second else "gradients"] = _as_json(found)
        told |= {"missing": reasons} if reasons else {}
        told |= {"note": nothing(trace)} if nothing(trace) else {}
        if checks:
            told["check"] = {
                key: {"numeric": plain(check.numeric), "error": check.error} for key, check in checks.items()
            }
        print_json(told)
        return
    print(f"{name} = {exact_text(trace.goal)}")
    top = f"∂²{name}/∂{options.second}" if options.second else f"∂{name}/"
    for key, numbers in found.items():
        _print_gradient(trace, top, key, numbers, reasons.get(key, ""), checks.get(key))
    if nothing(trace):
        print(nothing(trace))
    if options.check:
        print(_verdict([check.error for check in checks.values()]) if checks else tr("There is nothing to compare"))


def _reasons(trace: Trace, slots: Mapping[str, int], found: Mapping[str, Any], second: str | None) -> dict[str, str]:
    """Why there is no number, by what there is none for; of a second derivative it may lie at the first number."""
    from nnviz.session.computing import require_goal
    from nnviz.session.derivatives import missing

    goal, name = require_goal(trace), trace.plan.goal_name
    return {
        key: missing(trace.plan, slots[key], goal, name)
        if second is None or trace.gradient_at(slots[key]) is None
        else tr("{goal} does not depend on {by}", goal=name, by=second)
        for key, numbers in found.items()
        if numbers is None
    }


def _as_json(found: Mapping[str, Any]) -> dict[str, object]:
    from nnviz.app.commands import plain

    return {key: None if numbers is None else plain(numbers) for key, numbers in found.items()}


def _print_gradient(trace: Trace, top: str, key: str, numbers: Any, reason: str, check: Any) -> None:
    """One weight or node with its value and its derivative; of several numbers a table."""
    weights = trace.document.parameters.get(key)
    by = "w" if weights is not None else key
    value = f"w = {exact_text(weights.item()):24} " if weights is not None and weights.size == 1 else ""
    if numbers is None:
        row = f"{key:8} {value}{top}∂{by} = {NOT_COMPUTED}   {reason}"
    elif numbers.size == 1:
        row = f"{key:8} {value}{top}∂{by} = {exact_text(numbers.item())}"
    else:
        row = f"{key:8} {' × '.join(map(str, numbers.shape))}"
    print(row + (f"   {tr('check: off by {error}', error=f'{check.error:.1e}')}" if check else ""))
    if numbers is not None and numbers.size > 1:
        _print_table(numbers)


def _print_table(numbers: Any) -> None:
    for row in numbers.reshape(-1, numbers.shape[-1]):
        print(" " * 9 + "  ".join(f"{number:.17g}" for number in row))


def _verdict(errors: list[float]) -> str:
    worst, limit = max(errors, default=0.0), 1e-7
    told = tr("all agree with central differences") if worst <= limit else tr("NOT all agree with central differences")
    return tr(
        "{told}: largest deviation {worst} (at most {limit} is agreement)", told=told, worst=f"{worst:.1e}", limit=limit
    )


def _add_tangents(commands: object) -> None:
    from nnviz.app.commands import add_focus, command

    parser = command(
        commands,
        "tangents",
        tr("print ∂ of every node by one number, in the direction of the forward pass"),
        _tangents,
        "nnviz tangents mazur --by w1",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument(
        "--by", required=True, metavar="NUMBER", help=tr("a weight, input or node, such as w1, x[2] or w1[1,2]")
    )
    parser.add_argument("--json", action="store_true", help=tr("as JSON"))
    add_focus(parser, of=False)


def _tangents(options: argparse.Namespace) -> None:
    from nnviz.app.commands import focus_of, opened, print_json
    from nnviz.session.derivatives import tangents

    document = opened(options.file)
    found = tangents(document, options.by, focus_of(options, document))
    if options.json:
        print_json({"by": options.by, "tangents": _as_json(found)})
        return
    for node, numbers in found.items():
        single = numbers is not None and numbers.size == 1
        shown = NOT_COMPUTED if numbers is None else exact_text(numbers.item()) if single else ""
        print(f"∂{node}/∂{options.by} = {shown}" if numbers is None or single else f"∂{node}/∂{options.by}")
        if not single and numbers is not None:
            _print_table(numbers)
