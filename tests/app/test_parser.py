"""What the command line does not understand: a sentence, the nearest name, one line of usage; code 2."""

from __future__ import annotations

import pytest

from nnviz.app.cli import main

TRAIN = "usage: nnviz train -o FILE [FILE]   (more: nnviz train --help)"
REFUSED = {
    "train iris --rates 0.1 -o x": ("There is no option --rates. Perhaps --lr was meant.", TRAIN),
    "train iris --learning-rate=0.1 -o x": ("There is no option --learning-rate. Perhaps --lr was meant.", TRAIN),
    "train iris --batch-size 4 -o x": ("There is no option --batch-size. Perhaps --batch was meant.", TRAIN),
    "train iris --hidden 5 -o x": ("There is no option --hidden.", TRAIN),
    "train iris --epochs ten -o x": ("--epochs takes a whole number. Found 'ten'.", TRAIN),
    "train iris": ("The following arguments are required: -o/--output-file.", TRAIN),
    "trian iris": (
        "There is no such command. Expected one of window, info, new, render, steps, gradients, tangents, train,"
        " predict, demo, found 'trian'. Perhaps train was meant.",
        "usage: nnviz COMMAND ...   (more: nnviz --help)",
    ),
    "info mazur xor": ("There is a word too many. Found xor.", "usage: nnviz info FILE   (more: nnviz info --help)"),
    "render mazur -o x.png --style slide": (
        "--style does not take that. Expected one of dark, high-contrast, light, print, slides, found 'slide'."
        " Perhaps slides was meant.",
        "usage: nnviz render -o PNG FILE   (more: nnviz render --help)",
    ),
}


@pytest.mark.parametrize("line", REFUSED)
def test_it_names_the_nearest_and_how_the_command_is_written(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    told, usage = REFUSED[line]
    assert main(line.split()) == 2
    assert capsys.readouterr().err.splitlines() == [f"nnviz: {told}", usage]


def test_every_command_tells_its_usage_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for name in ("window", "info", "new", "render", "steps", "gradients", "tangents", "train", "predict", "demo"):
        assert main([name, "--nothing-of-the-kind"]) == 2
        sentence, usage = capsys.readouterr().err.splitlines()
        assert sentence.startswith("nnviz: ")
        assert usage.startswith(f"usage: nnviz {name}")
        assert usage.endswith(f"(more: nnviz {name} --help)")
