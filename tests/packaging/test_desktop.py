"""What a desktop is told of nnviz: the entry of the menu, the type of its documents, the icon of both."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path
from xml.etree import ElementTree

from nnviz import resources
from nnviz.app.cli import _parser
from nnviz.session.examples import example_path

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
SPACE = "{http://www.freedesktop.org/standards/shared-mime-info}"


def entry() -> configparser.SectionProxy:
    read = configparser.RawConfigParser()
    read.optionxform = str  # type: ignore[assignment, method-assign]  # replaced on purpose
    read.read(PACKAGING / "nnviz.desktop", encoding="utf-8")
    return read["Desktop Entry"]


def mime_type() -> ElementTree.Element:
    (found,) = ElementTree.parse(PACKAGING / "nnviz-mime.xml").getroot()
    return found


def child(name: str) -> ElementTree.Element:
    found = mime_type().find(SPACE + name)
    assert found is not None, name
    return found


def test_the_entry_opens_what_the_type_names() -> None:
    assert entry()["MimeType"] == f"{mime_type().get('type')};"
    document = example_path("xor")
    assert document.match(child("glob").get("pattern", ""))
    program, *arguments = [str(document) if word == "%f" else word for word in shlex.split(entry()["Exec"])]
    assert program == "nnviz"
    assert _parser().parse_args(arguments).files == [str(document)]
    assert _parser().parse_args(arguments[:-1]).files == []  # %f is nothing where the menu starts it


def test_both_name_the_icon_there_is() -> None:
    assert child("icon").get("name") == entry()["Icon"]
    assert resources.path("icons", f"{entry()['Icon']}.svg").is_file()
