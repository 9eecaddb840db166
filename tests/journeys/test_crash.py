"""However the window ends, no work is lost: closed while it trains, killed while it is edited, opened twice.

Real processes. ``NNVIZ_CLOSES`` sets how often it is closed while it trains (2; 100 before a release), ``NNVIZ_KILLS``
how often it is killed (100 of them make one of edits and one of training), ``NNVIZ_CHECKPOINT`` how many seconds there
are between two checkpoints (0.2; 10 in the application).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QWidget

from nnviz.document.arrays import same_arrays
from nnviz.document.codec import to_json
from nnviz.document.document import Document
from nnviz.document.edits import SetTitle
from nnviz.document.files import open_document, save_document
from nnviz.engine.optimizers import Adam
from nnviz.session.examples import example
from nnviz.session.session import Session
from nnviz.session.training import training_of
from tests.journeys.children import act, digest
from tests.journeys.conftest import Spawn, Start, end
from tests.journeys.processes import Process
from tests.ui.asking import ScriptedAsker
from tests.ui.running import ENDLESS, iris

CLOSES = int(os.environ.get("NNVIZ_CLOSES", "2"))
KILLS = int(os.environ.get("NNVIZ_KILLS", "100")) // 100
CHECKPOINT_SECONDS = float(os.environ.get("NNVIZ_CHECKPOINT", "0.2"))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills and forks as POSIX does")


@pytest.fixture(scope="module", autouse=True)
def closing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Closes the application while it trains, again and again, while the other tests run; the last one asks it."""
    folder = tmp_path_factory.mktemp("closing")
    save_document(iris(ENDLESS), folder / "iris.nnviz")
    process = Process(folder / "home", "children", "closes", folder / "iris.nnviz", CLOSES)
    yield process
    process.end()


class Heard(ScriptedAsker):
    """Also keeps what stands under a question."""

    def choose(self, parent: QWidget | None, text: str, detail: str, choices: Sequence[str]) -> int | None:
        answer = super().choose(parent, text, detail, choices)
        self.asked[-1] = detail
        return answer


RECOVER, DISCARD, LATER = 0, 1, None


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_in_the_middle_of_edits_it_loses_at_most_the_last_act(
    spawn: Spawn, start: Start, tmp_path: Path, seed: int
) -> None:
    file = tmp_path / "mazur.nnviz"
    save_document(example("mazur"), file)
    begun = datetime.now().replace(microsecond=0)
    process = spawn("children", "edits", file, seed)
    done = [process.line() for _ in range(Random(seed).randrange(3, 9))]
    done += process.kill()
    documents = replayed(file, seed, len(done) + 1)
    assert [each["done"] for each in done] == [digest(each) for each in documents[:-1]]

    (journal,) = process.journals.glob("*.journal")
    kept, told = journal.read_bytes(), []
    for answer in (LATER, RECOVER):
        asker = Heard(answer)
        window = start(asker=asker, journals=process.journals)
        told += asker.asked
        assert journal.exists() == (answer is LATER)
        if answer is LATER:
            assert journal.read_bytes() == kept
            end(window)
    recovered = window.session.document
    assert digest(recovered) in [digest(each) for each in documents[-2:]]
    assert (window.session.path, window.session.modified) == (file, True)
    assert_offer(told[0], recovered, begun)
    assert told[0] == told[1]

    (mine,) = process.journals.glob("*.journal")
    shutil.copy(mine, journal)  # as if this window were killed before its first act
    end(window)
    asker = Heard(DISCARD)
    end(start(asker=asker, journals=process.journals))
    assert recovered.title in asker.asked[0], "what was recovered and not saved is offered again"
    assert list(process.journals.glob("*.journal")) == []


def assert_offer(detail: str, document: Document, begun: datetime) -> None:
    """It tells what would come back, and from when."""
    content, time = detail.split(", last at ")
    graph = document.graph
    assert content.startswith(f"{document.title}: {len(graph.nodes)} nodes, {len(graph.edges)} edges, ")
    assert begun <= datetime.strptime(time, "%d %b %Y, %H:%M:%S") <= datetime.now()


def replayed(file: Path, seed: int, count: int) -> list[Document]:
    """The document after each of the acts that the process does."""
    session, random, found = Session(open_document(file), file), Random(seed), []
    for _ in range(count):
        act(random, session)
        found.append(session.document)
    session.close()
    return found


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_in_the_middle_of_a_run_it_loses_at_most_what_came_after_the_checkpoint(
    spawn: Spawn, start: Start, tmp_path: Path, seed: int
) -> None:
    file, document = tmp_path / "mazur.nnviz", example("mazur")
    save_document(document.with_(training=replace(document.training, optimizer=Adam(), epochs=ENDLESS)), file)
    process = spawn("children", "trains", file, CHECKPOINT_SECONDS)
    told = [process.line()]
    wanted = CHECKPOINT_SECONDS * Random(seed).uniform(2, 6)
    while told[-1]["at"] < told[0]["at"] + wanted:
        told.append(process.line())
    told += process.kill()

    asker = Heard(RECOVER)
    document = start(asker=asker, journals=process.journals).session.document
    assert asker.asked[0].endswith("; a training was running")
    saved_at = max(each["at"] for each in told if each["step"] <= document.state.step)
    longest_gap = max(later["at"] - sooner["at"] for sooner, later in pairwise(told))
    lost = told[-1]["at"] - saved_at
    print(f"after {told[-1]['at'] - told[0]['at']:.2f} s of training and {told[-1]['step']} updates {lost:.2f} s lost")
    assert lost <= CHECKPOINT_SECONDS + 2 * longest_gap
    assert_trained(document, open_document(file))


def assert_trained(document: Document, before: Document) -> None:
    """Weights and state are, bit for bit, those of a run that nobody interrupted."""
    training = training_of(before, slice_seconds=0.0)
    for _ in range(document.state.step):
        next(training)
    assert document.state.step > 0
    assert same_arrays(document.parameters, training.parameters)
    assert to_json(document.state) == to_json(training.state)


def test_the_second_window_on_one_file_is_warned(spawn: Spawn, start: Start, tmp_path: Path) -> None:
    file = tmp_path / "mazur.nnviz"
    save_document(example("mazur"), file)
    first = spawn("children", "holds", file)
    assert first.line() == {"open": str(file)}
    locked, before = f"“{file.name}” is open in another window.", file.read_bytes()

    asker = ScriptedAsker(False)
    window = start(file, asker=asker, journals=first.journals)
    assert asker.asked == [locked]
    assert window.session.path is None, "it was not opened after all"
    asker.answers = [True, False]
    window.open_path(file)
    window.session.do(SetTitle("from the second"))
    window.built.run("save")
    assert asker.asked == [locked] * 3
    assert file.read_bytes() == before
    assert window.session.modified
    asker.answers = [True]
    window.built.run("save")
    assert open_document(file).title == "from the second"
    assert asker.asked == [locked] * 4

    first.kill()
    window.session.do(SetTitle("alone"))
    window.built.run("save")
    assert open_document(file).title == "alone"
    assert asker.asked == [locked] * 4, "the lock of a process that is gone is taken over"


@pytest.mark.timeout(60 + 10 * CLOSES)
def test_closed_while_it_trains_it_ends_cleanly(closing: Process) -> None:
    told = closing.rest()
    assert len(told) == CLOSES
    assert [each for each in told if each["code"] != 0 or each["seconds"] is None] == []
    assert [*closing.home.rglob("*.journal"), *closing.home.rglob("*.lock")] == []
    seconds = sorted(each["seconds"] for each in told)
    print(f"{CLOSES} closed; gone after {seconds[CLOSES // 2]:.2f} s (half of them), {seconds[-1]:.2f} s (the slowest)")
