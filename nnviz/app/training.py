"""``nnviz train``: trains a document or a CSV file, with progress; Ctrl-C stops cleanly and saves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec

from nnviz.errors import ConfigError
from nnviz.numbers import read_number, value_text
from nnviz.words import tr

PATIENCE = 0.5
"""Seconds after which a wait is explained."""

if TYPE_CHECKING:
    from nnviz.document.document import Document
    from nnviz.learning.fit import Training
    from nnviz.learning.report import Report
    from nnviz.session.training import TrainingResult

_HELP = """\
what is trained:
  nnviz train bars -o trained.nnviz                   an example
  nnviz train my.nnviz -o trained.nnviz               a document, whatever its network, on the data it holds
  nnviz train my.nnviz --csv more.csv -o new.nnviz    the same on another table with columns of the same names
  nnviz train my.nnviz --csv other.csv --target y -o new.nnviz
                                                      on a table with columns of other names
  nnviz train --csv flowers.csv --target species --network 4-8-3 -o trained.nnviz
                                                      a new network of dense layers

examples:
  nnviz train iris -o trained.nnviz --plot loss.png
  nnviz train my.nnviz --optimizer adam --lr 0,01 --epochs 200 --validation 0.2 --patience 20 -o trained.nnviz

Training goes on from where the document stands. Ctrl-C stops after the current update and saves.
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    from nnviz.app.commands import add_network_options, command

    words = tr("train a document or an example, on its data or a CSV file, or a new network")
    parser = command(commands, "train", words, run, "")
    parser.epilog = _HELP
    parser.add_argument("file", metavar="FILE", nargs="?", help=tr("a .nnviz document or the name of an example"))
    table = parser.add_argument_group(tr("a table"))
    table.add_argument("--csv", metavar="CSV", help=tr("the table; its first line names the columns"))
    words = tr("the column to learn, several comma-separated (default: those that FILE learns)")
    table.add_argument("--target", metavar="COLUMNS", help=words)
    words = tr("the columns to learn from (default: all others; without --target those of FILE)")
    table.add_argument("--inputs", metavar="COLUMNS", help=words)
    network = parser.add_argument_group(tr("a new network, where there is no FILE"))
    words = tr("units of each dense layer, such as 4-8-3; any other network is given as FILE")
    network.add_argument("--network", metavar="SIZES", help=words)
    add_network_options(network, activation="tanh")
    _add_settings(parser.add_argument_group(tr("training (default: as the document says)")))
    parser.add_argument(
        "-o", "--output-file", required=True, metavar="FILE", help=tr("where the trained document goes")
    )
    parser.add_argument("--plot", metavar="PNG", help=tr("also draw the loss curve"))


def _add_settings(group: Any) -> None:
    names = tr("the rule, such as sgd, rmsprop or adam; any other word lists them all")
    group.add_argument("--optimizer", metavar="NAME", help=names)
    group.add_argument("--lr", type=read_number, metavar="RATE", help=tr("learning rate η"))
    group.add_argument("--momentum", type=read_number, metavar="MU", help=tr("momentum μ of the rule, 0 ≤ μ < 1"))
    words = tr("another setting of the rule, such as beta1=0.8 or nesterov=1; may be given again")
    group.add_argument("--set", action="append", metavar="FIELD=NUMBER", default=[], help=words)
    group.add_argument("--epochs", type=int, metavar="N", help=tr("passes over the training rows"))
    group.add_argument("--batch", type=int, metavar="N", help=tr("examples an update; 0 takes all"))
    group.add_argument("--l1", type=read_number, metavar="LAMBDA", help=tr("λ of λ Σ |w| over weights, proximal"))
    group.add_argument("--l2", type=read_number, metavar="LAMBDA", help=tr("λ of λ Σ w² over weights"))
    group.add_argument("--patience", type=int, metavar="N", help=tr("early stopping after N epochs without betterment"))
    words = tr("who trains: fast (compiled, where it covers the network) or clear (one operation at a time)")
    group.add_argument("--executor", choices=("fast", "clear"), help=words)
    group.add_argument("--precision", choices=("float64", "float32"), help=tr("the numbers of the run"))
    group.add_argument("--split", choices=("none", "random", "stratified"), help=tr("how validation rows are chosen"))
    group.add_argument("--validation", type=read_number, metavar="SHARE", help=tr("share of the rows (default 0.2)"))


def run(options: argparse.Namespace) -> None:
    """Train, save, and tell what came out."""
    from nnviz.app.commands import print_advice, writable
    from nnviz.document.files import save_document

    place = writable(options.output_file, suffix=".nnviz")
    plot = None if options.plot is None else writable(options.plot, suffix=".png")
    _check_source(options)
    document = _with_settings(_source(options), options)
    print_advice(document)
    result = train_with_progress(document)
    save_document(result.document, place)
    print(tr("saved {place}", place=place))
    if plot is not None:
        from nnviz.canvas.publish import write_loss_curve

        write_loss_curve(result.run, plot, title=document.title)
        print(tr("drew {place}", place=plot))
    if result.error is not None:
        raise result.error


def _check_source(options: argparse.Namespace) -> None:
    if not options.file and not options.csv:
        raise ConfigError(tr("There is nothing to train"), hint=NOTHING_TO_TRAIN)
    names = ("network", "activation", "output", "loss", "bias", "seed")
    idle = [f"--{name}" for name in names if getattr(options, name) is not None]
    if options.file and idle:
        raise ConfigError(
            tr("A document has its network already"),
            found=", ".join(idle),
            hint=tr("Leave these options out, or give --csv instead of a file"),
        )
    idle = [f"--{name}" for name in ("target", "inputs") if getattr(options, name) is not None]
    if not options.csv and idle:
        raise ConfigError(
            tr("Columns belong to a table"),
            found=", ".join(idle),
            hint=tr("Add --csv TABLE, or leave these options out"),
        )
    if not options.file and not (options.target and options.network):
        raise ConfigError(
            tr("A table alone is not enough"),
            expected=tr("--target COLUMN and --network SIZES, or a FILE to be trained on it"),
            hint=tr("For example: --target species --network 4-8-3"),
        )


NOTHING_TO_TRAIN = tr(
    "Give a document or an example: nnviz train iris -o trained.nnviz; or a table:"
    " nnviz train --csv TABLE --target COLUMN --network 4-8-3 -o trained.nnviz"
)


def _source(options: argparse.Namespace) -> Document:
    """What is to be trained: a document, with another table if one is named, or a new network on a table."""
    from nnviz.app.commands import opened

    if not options.csv:
        return opened(options.file)
    if not options.file:
        return _new_network(options)
    from nnviz.data.files import read_csv
    from nnviz.session.data import use_data

    target, inputs = _names(options.target), _names(options.inputs)
    return use_data(opened(options.file, table=False), read_csv(options.csv), target=target, inputs=inputs)


def _new_network(options: argparse.Namespace) -> Document:
    from nnviz.data.files import read_csv
    from nnviz.engine.optimizers import Adam
    from nnviz.learning.settings import TrainingSettings
    from nnviz.session.from_table import network_for

    document = network_for(
        read_csv(options.csv),
        _names(options.target) or [],
        options.network,
        inputs=_names(options.inputs) or [],
        activation=options.activation or "tanh",
        output=options.output,
        loss=options.loss,
        bias=options.bias or "trained",
        seed=options.seed or 0,
    )
    return document.with_(training=TrainingSettings(optimizer=Adam(lr=0.01), epochs=200, batch_size=16))


def _names(text: str | None) -> list[str] | None:
    """The columns of an option; None where it is not given."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def _with_settings(document: Document, options: argparse.Namespace) -> Document:
    """The document with the settings that the options change."""
    from nnviz.learning.settings import EarlyStopping
    from nnviz.session.data import learns_classes, parted

    changed: dict[str, Any] = {"epochs": options.epochs, "batch_size": options.batch}
    changed |= {name: getattr(options, name) for name in ("l1", "l2", "executor", "precision")}
    changed["optimizer"] = _optimizer(document, options)
    changed["early_stopping"] = None if options.patience is None else EarlyStopping(patience=options.patience)
    given = {name: value for name, value in changed.items() if value is not None}
    document = document.with_(training=msgspec.structs.replace(document.training, **given))
    data = document.data
    if data is not None:
        split = parted(data.split, options.split, options.validation, by_class=learns_classes(data))
        document = document.with_(data=msgspec.structs.replace(data, split=split))
    return document


def _optimizer(document: Document, options: argparse.Namespace) -> object | None:
    from nnviz.engine.optimizers import RULES, tag_of

    now = document.training.optimizer
    if options.optimizer not in (None, *RULES):
        expected = tr("one of {choices}", choices=", ".join(RULES))
        raise ConfigError(tr("There is no such optimizer"), expected=expected, found=options.optimizer)
    rule = now if options.optimizer in (None, tag_of(type(now))) else RULES[options.optimizer]()
    given = {name: getattr(options, name) for name in ("lr", "momentum") if getattr(options, name) is not None}
    given |= dict(map(_setting, options.set))
    switches = {each.field: each.allowed is None for each in rule.row.settings}
    unknown = next((name for name in given if name not in switches), None)
    if unknown is not None:
        what = tr("{rule} has no setting {name}", rule=rule.row.name, name=unknown)
        raise ConfigError(what, expected=tr("one of {choices}", choices=", ".join(switches)), found=unknown)
    return msgspec.structs.replace(
        rule, **{name: bool(value) if switches[name] else value for name, value in given.items()}
    )


def _setting(text: str) -> tuple[str, float]:
    name, equals, number = text.partition("=")
    if not equals:
        raise ConfigError(tr("This is no setting of an optimizer"), expected="FIELD=NUMBER", found=text)
    return name.strip(), read_number(number)


def train_with_progress(document: Document) -> TrainingResult:
    """Train a document with a progress bar; Ctrl-C ends the run after the current update, and what came out is kept."""
    from nnviz.session.training import TrainingResult, trained, training_of

    training = training_of(document, slice_seconds=0.1, going=_telling())
    if training.notice:
        print(training.notice, file=sys.stderr)
    begun = perf_counter()
    last = _followed(training)
    seconds = perf_counter() - begun
    result = TrainingResult(trained(document, training), training.record(), (last,) if last else (), training.error)
    print(_outcome(result) if last is not None else tr("not begun"))
    way = tr("compiled") if training.executor == "fast" else tr("step by step")
    print(tr("{seconds:.1f} s, {way}", seconds=seconds, way=way), file=sys.stderr)
    return result


def _telling() -> Callable[[int, int], bool]:
    """Says, on a screen, why nothing moves yet, where kernels that were never used have to be compiled."""
    begun = perf_counter()

    def tell(done: int, total: int) -> bool:
        if sys.stderr.isatty() and perf_counter() - begun > PATIENCE:
            words = tr("compiling, once on this machine: {done} of {total}", done=done + 1, total=total)
            print(f"\r{words}", end="\n" if done == total - 1 else "", file=sys.stderr, flush=True)
        return True

    return tell


def _followed(training: Training) -> Report | None:
    """Carry a run to its end, showing how far it is; gives its last report with an epoch's figures."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from nnviz.session.training import stopping_on_interrupt

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn(tr("left")),
        TimeRemainingColumn(),
    )
    last: Report | None = None
    with stopping_on_interrupt(training), Progress(*columns, transient=True) as bar:
        task = bar.add_task(tr("training"), total=1.0)
        for report in training:
            last = report if report.finished or last is None else last
            bar.update(task, completed=report.progress, description=_figures(last))
    return last


def _figures(report: Report) -> str:
    told = [tr("epoch {epoch} of {epochs}", epoch=report.epoch, epochs=report.epochs)]
    told.append(tr("J = {loss}", loss=value_text(report.loss)))
    if report.penalty:
        told.append(tr("penalty {penalty}", penalty=value_text(report.penalty)))
    if report.validation is not None:
        told.append(tr("validation {loss}", loss=value_text(report.validation)))
    told += [tr("{name} {value}", name=name, value=f"{value:.1%}") for name, value in report.metrics.items()]
    return " · ".join(told)


def _outcome(result: TrainingResult) -> str:
    """How the run ended and how good what it left is: the sentence of the window, and the penalty of its weights."""
    from nnviz.engine.workspace import flatten
    from nnviz.learning.update import Update
    from nnviz.session.figures import figures
    from nnviz.session.progress import at_once, ended_sentence

    document = result.document
    told = ended_sentence(result.run, document.state.epoch, figures(document), before_update=at_once(document))
    weights = flatten(document.plan, document.parameters)[: document.plan.trained_size]
    penalty = Update(document.plan, document.training).penalty(weights)
    return told + (tr(" · penalty {penalty}", penalty=value_text(penalty)) if penalty else "")
