"""Every command of the window, as data: menus, tool bar, shortcuts and their help are made from this list."""

from __future__ import annotations

from nnviz.ui.actions import Command
from nnviz.words import tr

FILE, EDIT, VIEW, WALK, TRAIN, HELP = tr("&File"), tr("&Edit"), tr("&View"), tr("&Walk"), tr("&Train"), tr("&Help")
THEME = f"{VIEW}/{tr('T&heme')}"
MENUS = (FILE, EDIT, VIEW, WALK, TRAIN, HELP)

TOOLS = (
    *("new", "open", "save", "|", "undo", "redo", "|", "draw-edges", "type-weights", "type-data", "|", "fit"),
    *("|", "export", "theme"),
)

REASONS = {
    "can_undo": tr("There is nothing to undo"),
    "can_redo": tr("There is nothing to redo"),
    "has_selection": tr("Select something first"),
    "has_nodes": tr("The canvas is empty"),
    "walking": tr("Begin a walkthrough first"),
    "updated": tr("Step to the update first"),
    "idle": tr("Stop the training first"),
    "training": tr("No training runs"),
    "area.has_expression": tr("Select an expression first"),
    "has_place": tr("No place was chosen by hand"),
}


def _theme(name: str, words: str) -> Command:
    """One of the looks there are to choose from."""
    return Command(f"theme-{name}", words, THEME, f"looks.{name}", checkable=True, checked=f"looks.is_{name}")


def commands() -> tuple[Command, ...]:
    """All of them, in the order of the menus."""
    return (
        Command(
            "new",
            tr("&New…"),
            FILE,
            "files.new",
            ("Ctrl+N",),
            "new",
            explained=tr("An empty canvas, a network by its sizes, an example, or a file"),
        ),
        Command(
            "open",
            tr("&Open…"),
            FILE,
            "files.open",
            ("Ctrl+O",),
            "open",
            explained=tr("A .nnviz document or a CSV table"),
        ),
        Command("save", tr("&Save"), FILE, "files.save", ("Ctrl+S",), "save", opens_group=True),
        Command("save-as", tr("Save &as…"), FILE, "files.save_as", ("Ctrl+Shift+S",)),
        Command(
            "export",
            tr("&Export picture…"),
            FILE,
            "export_picture",
            ("Ctrl+E",),
            "export",
            needs=("has_nodes",),
            opens_group=True,
        ),
        Command("quit", tr("&Quit"), FILE, "close", ("Ctrl+Q",), opens_group=True),
        Command("undo", tr("&Undo"), EDIT, "undo", ("Ctrl+Z",), "undo", needs=("can_undo", "idle")),
        Command("redo", tr("&Redo"), EDIT, "redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", needs=("can_redo", "idle")),
        Command(
            "delete",
            tr("&Delete"),
            EDIT,
            "delete_selection",
            ("Delete", "Backspace"),
            "delete",
            needs=("has_selection",),
            opens_group=True,
            commits=False,
        ),
        Command("select-all", tr("Select &all"), EDIT, "select_all", ("Ctrl+A",), needs=("has_nodes",)),
        Command(
            "connect",
            tr("&Connect to…"),
            EDIT,
            "connect_by_keyboard",
            ("Ctrl+L",),
            "edge",
            needs=("has_selection",),
            explained=tr("Choose a target for an edge from the selected node"),
        ),
        Command(
            "draw-edges",
            tr("Draw &edges"),
            EDIT,
            "set_drawing_edges",
            ("Ctrl+D",),
            "edge",
            checkable=True,
            checked="drawing_edges",
            explained=tr("While on, a press on a node draws an edge from it"),
        ),
        Command(
            "open-expression",
            tr("Open into o&perations"),
            EDIT,
            "area.open_expressions",
            ("Ctrl+Shift+O",),
            "expression",
            needs=("area.has_expression", "idle"),
            explained=tr("Replaces an expression by the operations of its formula, with the same numbers"),
        ),
        Command("fit", tr("&Fit"), VIEW, "fit", ("Ctrl+0",), "fit", explained=tr("Show the whole network")),
        Command("zoom-in", tr("Zoom &in"), VIEW, "zoom_in", ("Ctrl++", "Ctrl+="), "zoom-in"),
        Command("zoom-out", tr("Zoom &out"), VIEW, "zoom_out", ("Ctrl+-",), "zoom-out"),
        Command(
            "layout",
            tr("Auto &layout"),
            VIEW,
            "auto_layout",
            ("Ctrl+Shift+L",),
            "layout",
            needs=("has_place",),
            explained=tr("Forget the places chosen by hand"),
        ),
        Command(
            "more-digits",
            tr("&More digits"),
            VIEW,
            "area.focus.more_digits",
            ("Ctrl+.",),
            explained=tr("In all numbers of canvas, pictures and walkthrough; rounded for display only"),
            opens_group=True,
        ),
        Command("fewer-digits", tr("F&ewer digits"), VIEW, "area.focus.fewer_digits", ("Ctrl+,",)),
        Command("larger", tr("Lar&ger type"), VIEW, "looks.larger", ("Ctrl+Alt+=",), opens_group=True),
        Command("smaller", tr("S&maller type"), VIEW, "looks.smaller", ("Ctrl+Alt+-",)),
        _theme("system", tr("As the &system has it")),
        _theme("light", tr("&Light")),
        _theme("dark", tr("&Dark")),
        _theme("contrast", tr("High &contrast")),
        Command("theme", tr("Light or &dark"), THEME, "looks.switch", ("Ctrl+T",), "theme", opens_group=True),
        Command(
            "step-forward", tr("Step &forward"), WALK, "walk.step_forward", ("F10",), "step-forward", needs=("idle",)
        ),
        Command("step-back", tr("Step &back"), WALK, "walk.step_back", ("F9",), "step-back", needs=("walking",)),
        Command("finish-phase", tr("Finish &phase"), WALK, "walk.finish_phase", ("F11",), "last", needs=("idle",)),
        Command("walk-start", tr("To the &start"), WALK, "walk.to_start", ("Shift+F9",), "first", needs=("idle",)),
        Command("walk-end", tr("To the &end"), WALK, "walk.to_end", ("Shift+F10",), needs=("idle",)),
        Command(
            "leave-walk", tr("&Leave the walkthrough"), WALK, "walk.leave", ("Shift+F11",), "stop", needs=("walking",)
        ),
        Command("keep-update", tr("&Keep the update"), WALK, "walk.keep_update", ("Ctrl+F11",), needs=("updated",)),
        Command("next-example", tr("&Next example"), WALK, "next_example", ("Ctrl+Right",), opens_group=True),
        Command("previous-example", tr("&Previous example"), WALK, "previous_example", ("Ctrl+Left",)),
        Command(
            "differentiate",
            tr("&Differentiate…"),
            WALK,
            "differentiating.choose",
            ("Ctrl+Shift+D",),
            needs=("has_nodes",),
            explained=tr("Choose a node whose ∂ is shown in the place of J's"),
            opens_group=True,
        ),
        Command("train", tr("&Train or pause"), TRAIN, "train_or_pause", ("F5",), "play"),
        Command("stop", tr("&Stop"), TRAIN, "stop_training", ("Shift+F5",), "stop", needs=("training",)),
        Command("one-update", tr("&One update"), TRAIN, "one_update", ("F6",), needs=("idle",)),
        Command(
            "type-weights",
            tr("Type &weights…"),
            TRAIN,
            "type_weights",
            ("Ctrl+W",),
            "weights",
            needs=("has_nodes", "idle"),
            explained=tr("A table of the weights for each layer, also where it is drawn neuron by neuron"),
            opens_group=True,
        ),
        Command(
            "type-data",
            tr("Type &data…"),
            TRAIN,
            "type_data",
            ("Ctrl+I",),
            "table",
            needs=("has_nodes", "idle"),
            explained=tr("A row for each example: inputs and targets"),
        ),
        Command(
            "reset-weights",
            tr("&Reset to the first weights"),
            TRAIN,
            "reset_weights",
            ("Ctrl+R",),
            "reset",
            needs=("idle",),
            opens_group=True,
        ),
        Command("new-seed", tr("New s&eed"), TRAIN, "new_seed", ("Ctrl+Shift+R",), "dice", needs=("idle",)),
        Command("find", tr("&Find a command…"), HELP, "find_command", ("Ctrl+K",), "search"),
        Command("shortcuts", tr("&Shortcuts"), HELP, "show_shortcuts", ("F1",), "keyboard"),
        Command("about", tr("&About nnviz"), HELP, "show_about", icon="information", opens_group=True),
    )
