"""The commands of the command line: their options, and what each calls. Everything heavy is loaded when it runs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nnviz.errors import ConfigError, FileError
from nnviz.numbers import checked_digits, exact_text, read_number
from nnviz.words import tr

if TYPE_CHECKING:
    from nnviz.document.document import Document
    from nnviz.session.computing import Focus

Commands = Any  # argparse gives its collection of commands no public name


def add_all(commands: Commands) -> None:
    """Add every command to a parser."""
    _add_window(commands)
    _add_info(commands)
    _add_new(commands)
    _add_render(commands)
    _add_steps(commands)
    from nnviz.app import demo, derivatives, training  # here, since they use what stands above

    derivatives.add(commands)
    training.add(commands)
    _add_predict(commands)
    demo.add(commands)


def command(
    commands: Commands, name: str, words: str, run: Callable[[argparse.Namespace], None], example: str
) -> argparse.ArgumentParser:
    """A command with its help, which ends in an example."""
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=words,
        description=words[:1].upper() + words[1:] + ".",
        epilog=f"example: {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.set_defaults(run=run)
    return made


def opened(name: str, *, table: bool = True) -> Document:
    """The document of that file, with its table if wished, or the example of that name where there is no such file."""
    from nnviz.document.files import open_document
    from nnviz.session.examples import example, example_names
    from nnviz.session.opening import open_whole

    if not Path(name).exists():
        if name in example_names():
            return example(name)
        if not Path(name).suffix:
            raise FileError(
                tr("There is no such file"),
                where=name,
                hint=tr("Give a .nnviz file, or the name of an example: {names}", names=", ".join(example_names())),
            )
    return open_whole(name) if table else open_document(name)


def add_focus(parser: argparse.ArgumentParser, *, of: bool = True) -> None:
    """The options that choose which rows numbers belong to and, unless ``of`` is off, what is differentiated."""
    rows = parser.add_mutually_exclusive_group()
    rows.add_argument("--example", type=int, default=1, metavar="N", help=tr("numbers of example N (default 1)"))
    rows.add_argument("--batch", type=int, metavar="N", help=tr("numbers of training batch N"))
    rows.add_argument("--all", action="store_true", help=tr("numbers over all training examples"))
    rows.add_argument("--inputs", metavar="NUMBERS", help=tr("numbers of a row of your own, such as '4 5'"))
    if of:
        parser.add_argument(
            "--of", metavar="NODE", help=tr("differentiate this node in place of J, such as h1 or o[2]")
        )
    else:
        parser.set_defaults(of=None)
    words = tr("as in training: dropout on, batch normalisation over the rows shown")
    parser.add_argument("--train-mode", action="store_true", help=words)


def focus_of(options: argparse.Namespace, document: Document) -> Focus:
    """The focus that the options ask for."""
    from nnviz.lowering.targets import read_target
    from nnviz.session.computing import Focus

    mode: Literal["train", "evaluate"] = "train" if options.train_mode else "evaluate"
    of = read_target(document.graph, options.of)
    if options.inputs is not None:
        return Focus("typed", 0, mode, tuple(map(read_number, options.inputs.split())), of)
    if options.all:
        return Focus("all", 0, mode, of=of)
    if options.batch is not None:
        return Focus("batch", options.batch - 1, mode, of=of)
    return Focus("example", options.example - 1, mode, of=of)


def writable(path: str, *, suffix: str = "") -> Path:
    """The path of an output, refused before any work is done: no folder, no permission, another kind of file.

    Parameters
    ----------
    suffix : what its name must end in; it is added to a name without one. So no table is overwritten by mistake.
    """
    from nnviz.document.atomic import check_suffix

    place = Path(path)
    if suffix:
        check_suffix(place, suffix)
    if place.is_dir() or not place.parent.is_dir():
        raise FileError(
            tr("The output cannot be written there"),
            where=str(place),
            expected=tr("a file name in an existing folder"),
            found=tr("a folder") if place.is_dir() else tr("no folder {folder}", folder=place.parent),
            hint=tr("Add a file name") if place.is_dir() else tr("Make the folder first, or choose another place"),
        )
    whole = place.with_suffix(suffix) if suffix and not place.suffix else place
    if not os.access(whole if whole.exists() else place.parent, os.W_OK):
        denied = tr("There is no permission to write there")
        raise FileError(denied, where=str(whole), hint=tr("Choose another place"))
    return whole


def print_json(value: object) -> None:
    """One JSON document with all digits."""
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def print_advice(document: Document) -> None:
    """Hints on what can be computed, but hardly as it was meant; beside the output, for they are no part of it."""
    from nnviz.session.advice import advice

    for hint in advice(document):
        print(tr("hint: {hint}", hint=hint), file=sys.stderr)


def plain(numbers: Any) -> Any:
    """An array as JSON: a single number as such, else nested lists in its shape."""
    return float(numbers.reshape(())) if numbers.size == 1 else numbers.tolist()


# window


def _add_window(commands: Commands) -> None:
    parser = command(commands, "window", tr("open the window"), _window, "nnviz window my.nnviz")
    parser.add_argument("files", metavar="FILE", nargs="*", help=tr("a document or a table"))
    parser.add_argument(
        "--snapshot", metavar="PNG", help=tr("write a picture of the window and close it; needs no screen")
    )
    parser.add_argument("--step", type=int, metavar="N", help=tr("with step N of the walkthrough in that picture"))


def _window(options: argparse.Namespace) -> None:
    if options.snapshot is not None:
        _snapshot(options)
        return
    if options.step is not None:
        raise ConfigError(tr("--step belongs to --snapshot"), hint=tr("Add --snapshot window.png"))
    from nnviz.app.cli import check_screen

    check_screen()
    from nnviz.app.gui import run  # after the check: Qt aborts where its libraries are missing

    code = run(options.files)
    if code:
        raise SystemExit(code)


def _snapshot(options: argparse.Namespace) -> None:
    place = writable(options.snapshot, suffix=".png")
    document = opened(options.files[0] if options.files else "mazur")
    if options.step is not None:
        _check_step(document, options.step)
    from nnviz.app.gui import snapshot  # after all checks: a refusal need not wait for Qt

    snapshot(place, document, options.step)
    print(place)


def _check_step(document: Document, step: int) -> None:
    from nnviz.session.walkthrough import walkthrough

    total = len(walkthrough(document).steps)
    if not 1 <= step <= total:
        raise ConfigError(tr("There is no such step"), expected=tr("1 to {total}", total=total), found=str(step))


# info


def _add_info(commands: Commands) -> None:
    parser = command(commands, "info", tr("tell what a document holds"), _info, "nnviz info mazur")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument(
        "--memory", action="store_true", help=tr("what the optimizer remembers of each weight, and its effective rate")
    )
    parser.add_argument("--json", action="store_true", help=tr("as JSON"))


def _info(options: argparse.Namespace) -> None:
    from nnviz.app.memory import memory_json, print_memory, state_of
    from nnviz.app.summary import summary

    if options.memory:
        state = state_of(opened(options.file))
        print_json(memory_json(state)) if options.json else print_memory(state)
        return
    facts = summary(opened(options.file, table=False))
    if options.json:
        print_json(facts)
        return
    for name, fact in facts.items():
        shown = "; ".join(map(str, fact)) if isinstance(fact, list) else str(fact)
        print(f"{name:12} {shown}")


# new


def _add_new(commands: Commands) -> None:
    parser = command(
        commands,
        "new",
        tr("make a network from its layer sizes"),
        _new,
        "nnviz new 2-3-1 --activation identity --bias none --inputs '4 5' --targets 1 -o pass.nnviz",
    )
    parser.add_argument("network", metavar="SIZES", help=tr("units of each layer, such as 2-4-1"))
    add_network_options(parser)
    parser.add_argument(
        "--weights",
        metavar="CSV",
        help=tr("weights row by row: rows = from, columns = to, an empty line between layers"),
    )
    parser.add_argument("--inputs", metavar="NUMBERS", help=tr("one example to compute with, such as '4 5'"))
    parser.add_argument("--targets", metavar="NUMBERS", help=tr("its targets, such as '1'"))
    parser.add_argument("-o", "--output-file", required=True, metavar="FILE", help=tr("where the document goes"))


def add_network_options(parser: Any, activation: str = "sigmoid") -> None:
    """The options that describe a new network, for a parser or a group of one."""
    from nnviz.lowering.kinds import ACTIVATIONS, BIAS_MODES, KINDS

    losses = [kind.name for kind in KINDS.values() if kind.family == "loss"]
    parser.add_argument("--activation", choices=ACTIVATIONS, help=tr("of hidden units (default {g})", g=activation))
    parser.add_argument(
        "--output", choices=ACTIVATIONS, help=tr("activation of the last layer (default: what fits the loss)")
    )
    parser.add_argument("--loss", choices=losses, help=tr("default: what fits the data, else squared_error"))
    parser.add_argument("--bias", choices=BIAS_MODES, help=tr("default trained"))
    parser.add_argument("--seed", type=int, help=tr("of everything random (default 0)"))


def _new(options: argparse.Namespace) -> None:
    from nnviz.document.build import new, parse_layers
    from nnviz.document.files import save_document
    from nnviz.document.weights import read_weights

    place = writable(options.output_file, suffix=".nnviz")
    document = new(
        options.network,
        activation=options.activation or "sigmoid",
        output=options.output or "identity",
        loss=options.loss or "squared_error",
        bias=options.bias or "trained",
        seed=options.seed or 0,
        weights=None if options.weights is None else read_weights(options.weights, parse_layers(options.network)),
    )
    document = _with_example(document, options.inputs, options.targets)
    save_document(document, place)
    print(tr("{place}: {network} with {n} parameters", place=place, network=options.network, n=_count(document)))
    print_advice(document)


def _with_example(document: Document, inputs: str | None, targets: str | None) -> Document:
    """The document with one example to compute with, if one was given."""
    if inputs is None and targets is None:
        return document
    from nnviz.document.edits import SetData
    from nnviz.session.typed_table import places, typed_data

    cells = [*(inputs or "").split(), *(targets or "").split()]
    wanted = [name for _, name, _ in places(document)]
    if len(cells) != len(wanted):
        raise ConfigError(
            tr("The example does not fit the network"),
            expected=tr("{n} numbers: --inputs and --targets for {names}", n=len(wanted), names=", ".join(wanted)),
            found=str(len(cells)),
        )
    return SetData(typed_data(document, [cells])).apply(document)


def _count(document: Document) -> int:
    return sum(array.size for array in document.parameters.values())


# render


def _add_render(commands: Commands) -> None:
    from nnviz.session.style import names

    parser = command(
        commands,
        "render",
        tr("draw a network with its numbers as a PNG"),
        _render,
        "nnviz render mazur -o net.png --show weight,gradient --width 1920 --transparent",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("-o", "--output-file", required=True, metavar="PNG", help=tr("where the picture goes"))
    parser.add_argument(
        "--show",
        metavar="PARTS",
        help=tr(
            "comma-separated: weight, gradient, value, preactivation, delta, bias, target, legend, print (default all"
            " these), node_gradient for the derivative by the value of each node"
        ),
    )
    parser.add_argument("--style", choices=names(), default="slides", help=tr("the look (default slides)"))
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--width", type=int, metavar="PIXELS", help=tr("width of the image (default 1920)"))
    size.add_argument("--scale", type=float, metavar="FACTOR", help=tr("2 gives 3840 pixels"))
    parser.add_argument("--transparent", action="store_true", help=tr("no background"))
    _add_digits(parser)
    add_focus(parser)


def _add_digits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--digits",
        type=int,
        metavar="N",
        help=tr("significant digits of all numbers, 2 to 17, which is all (default: values 4, gradients 3)"),
    )


def _render(options: argparse.Namespace) -> None:
    document, place = opened(options.file), writable(options.output_file, suffix=".png")
    from nnviz.canvas.publish import render
    from nnviz.session.drawing import SHOW

    show = SHOW if options.show is None else tuple(part.strip() for part in options.show.split(",") if part.strip())
    render(
        document,
        place,
        show=show,
        style=options.style,
        focus=focus_of(options, document),
        width=options.width,
        scale=options.scale,
        transparent=options.transparent,
        digits=options.digits,
    )
    print(place)


# steps


def _add_steps(commands: Commands) -> None:
    from nnviz.session.style import names

    parser = command(
        commands,
        "steps",
        tr("tell forward, loss, backward and update step by step"),
        _steps,
        "nnviz steps mazur --frames out",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--json", action="store_true", help=tr("as JSON, with LaTeX and all digits"))
    parser.add_argument("--frames", metavar="FOLDER", help=tr("also write every step as a numbered PNG of equal frame"))
    parser.add_argument("--width", type=int, metavar="PIXELS", help=tr("width of the frames (default 1920)"))
    parser.add_argument(
        "--style", choices=names(), default="slides", help=tr("the look of the frames (default slides)")
    )
    _add_digits(parser)
    add_focus(parser)


def _steps(options: argparse.Namespace) -> None:
    from nnviz.session.walkthrough import walkthrough

    digits, document = checked_digits(options.digits), opened(options.file)
    walk = walkthrough(document, focus_of(options, document))
    if options.frames is not None:
        from nnviz.app.demo import made_folder
        from nnviz.canvas.publish import write_frames

        folder = made_folder(options.frames)
        written = write_frames(walk, folder, style=options.style, width=options.width, digits=digits)
        if not options.json:
            print(tr("{n} frames in {folder}", n=len(written), folder=folder))
    if options.json:
        print_json([_step_json(step, digits) for step in walk.steps])
    elif options.frames is None:
        for number, step in enumerate(walk.steps, 1):
            print(f"{number:3}  {tr(step.phase):9} {step.title}")
            for line in step.formulas:
                print(f"{'':15}{line.symbols()}\n{'':15}{line.numbers(digits=digits)}")


def _step_json(step: Any, digits: int | None) -> dict[str, object]:
    return {
        "phase": step.phase,
        "node": step.node,
        "title": step.title,
        "explanation": step.explanation,
        "formulas": [
            {
                "symbols": line.symbols(),
                "numbers": line.numbers(digits=digits),
                "latex": line.symbols(latex=True),
                "latex_numbers": line.numbers(latex=True, digits=digits),
                "value": _number(line.value),
            }
            for line in step.formulas
        ],
        "incoming": None if step.incoming is None else plain(step.incoming),
        "local": None if step.local is None else plain(step.local),
        "outgoing": {key: plain(numbers) for key, numbers in step.outgoing.items()},
        "lit": list(step.lit),
    }


def _number(value: Any) -> object:
    return value if isinstance(value, float) else plain(value)


# predict


def _add_predict(commands: Commands) -> None:
    parser = command(
        commands, "predict", tr("what a network answers to one row of inputs"), _predict, "nnviz predict pass 4 5"
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("values", metavar="VALUE", nargs="+", help=tr("one for each input unit, in order"))
    parser.add_argument("--json", action="store_true", help=tr("as JSON"))


def _predict(options: argparse.Namespace) -> None:
    from nnviz.session.answers import answers

    document = opened(options.file)
    found = answers(document, [read_number(value) for value in options.values])
    if options.json:
        print_json([{"name": one.name, "value": one.value, "likely": one.likely} for one in found])
        return
    for one in found:
        print(f"{one.name} = {exact_text(one.value)}" + (f"   {tr('← most likely')}" if one.likely else ""))
