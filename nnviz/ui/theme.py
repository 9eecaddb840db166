"""The look of the window: palette, type and style sheet, following the system's scheme or one that was chosen.

The style sheet is ``resources/styles/window.qss``. There ``@name`` is a colour of :class:`~nnviz.ui.palette.Palette`,
``@icon(name, colour)`` the file of an icon in a colour, and every length in pixels over 1 grows with the theme's scale.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from nnviz import resources
from nnviz.canvas import fonts
from nnviz.errors import ConfigError
from nnviz.session import style as styles
from nnviz.ui import icons
from nnviz.ui.palette import Palette, palette
from nnviz.words import tr

SYSTEM = "system"
SCHEMES = ("light", "dark", "high-contrast")
"""The styles made for a screen; ``slides`` and ``print`` are for pictures only."""

GRID = 8
"""All distances in the window are multiples or halves of it, in device-independent pixels."""
BODY, SMALL = 13, 12
"""Type sizes in device-independent pixels."""
SMALLEST_SCALE, LARGEST_SCALE = 0.8, 3.0

_LENGTH = re.compile(r"(?<![\w.#-])(\d+(?:\.\d+)?)px")
_COLOUR = re.compile(r"@(\w+)")
_ICON = re.compile(r"@icon\(([\w-]+), *(\w+)\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Theme(QObject):
    """The look in force; one object an application.

    Parameters
    ----------
    application : what is to be dressed.
    choice : ``"system"`` to follow the system's scheme live, or one of :data:`SCHEMES`.
    scale : size of type and of all that holds it; 1 is 13 pixels.

    Signals
    -------
    changed : the new :class:`~nnviz.ui.palette.Palette`, after everything has been dressed in it.
    """

    changed = Signal(object)

    def __init__(self, application: QApplication, choice: str = SYSTEM, scale: float = 1.0) -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        self._scale = scale
        self._folder = QTemporaryDir()
        self._family = fonts.load()
        self._check(choice, scale)
        application.setStyle(QStyleFactory.create("Fusion"))
        application.styleHints().colorSchemeChanged.connect(self._follow)
        self._tell_system()
        self._palette = self._wanted()
        self._apply()

    @property
    def choice(self) -> str:
        """What was chosen: ``"system"`` or a scheme."""
        return self._choice

    @property
    def scale(self) -> float:
        """Size of type and of all that holds it; 1 is 13 pixels."""
        return self._scale

    @property
    def palette(self) -> Palette:
        """The colours in force."""
        return self._palette

    def choose(self, choice: str) -> None:
        """Follow the system (``"system"``) or stay with one of :data:`SCHEMES`.

        Raises
        ------
        ConfigError
            If there is no such scheme.
        """
        self._check(choice, self._scale)
        self._choice = choice
        self._tell_system()
        self._refresh()

    def zoom(self, scale: float) -> None:
        """Set type and all that holds it to ``scale`` times 13 pixels.

        Raises
        ------
        ConfigError
            If the scale is not one the window can be read in.
        """
        self._check(self._choice, scale)
        if scale != self._scale:
            self._scale = scale
            self._apply()

    def px(self, length: float) -> int:
        """``length`` device-independent pixels at the scale in force, for what no style sheet can set."""
        return round(length * self._scale)

    def detach(self) -> None:
        """Stop following the system and take the look off again, for an application that goes on without it."""
        self._application.styleHints().colorSchemeChanged.disconnect(self._follow)
        self._application.setStyleSheet("")
        self._folder.remove()
        self.setParent(None)

    @staticmethod
    def _check(choice: str, scale: float) -> None:
        if choice != SYSTEM and choice not in SCHEMES:
            raise ConfigError(tr("There is no such theme"), expected=", ".join((SYSTEM, *SCHEMES)), found=repr(choice))
        if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
            wanted = tr("{low} to {high}", low=SMALLEST_SCALE, high=LARGEST_SCALE)
            raise ConfigError(tr("Type cannot be set to this size"), expected=wanted, found=str(scale))

    def _tell_system(self) -> None:
        """Have title bars and the system's own dialogs in the chosen scheme too, where the system can do that."""
        if self._choice == SYSTEM:
            wanted = Qt.ColorScheme.Unknown
        else:
            wanted = Qt.ColorScheme.Dark if scheme(self._choice).dark else Qt.ColorScheme.Light
        self._application.styleHints().setColorScheme(wanted)

    def _follow(self, scheme: Qt.ColorScheme) -> None:
        if self._choice == SYSTEM:
            self._refresh()

    def _refresh(self) -> None:
        wanted = self._wanted()
        if wanted != self._palette:
            self._palette = wanted
            self._apply()

    def _wanted(self) -> Palette:
        dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return scheme(("dark" if dark else "light") if self._choice == SYSTEM else self._choice)

    def _apply(self) -> None:
        icons.set_palette(self._palette)
        self._application.setFont(self._font())
        self._application.setPalette(qt_palette(self._palette))
        self._application.setStyleSheet(style_sheet(self._palette, self._scale, self._folder.path()))
        self.changed.emit(self._palette)

    def _font(self) -> QFont:
        font = QFont(self._family)
        font.setPixelSize(self.px(BODY))
        return font


def scaled(length: float) -> int:
    """``length`` pixels at the size of type in force."""
    size = QGuiApplication.font().pixelSize()
    return round(length * size / BODY) if size > 0 else round(length)


def fitting(width: float, height: float) -> QSize:
    """A size of a dialog, grown with the type as far as the screen has room for it."""
    room = QGuiApplication.primaryScreen().availableSize()
    return QSize(scaled(width), scaled(height)).boundedTo(room * 0.9)


@cache
def scheme(name: str) -> Palette:
    """The colours of a window in the style called ``name``."""
    return palette(styles.style(name))


def set_state(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet asks for, such as ``refused``, and dress the widget anew if it changed."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def qt_palette(colours: Palette) -> QPalette:
    """The same colours for what no style sheet reaches: text selections, links, the base of Fusion."""
    made = QPalette()
    role = QPalette.ColorRole
    for each, colour in {
        role.Window: colours.panel,
        role.WindowText: colours.text,
        role.Base: colours.field,
        role.AlternateBase: colours.panel,
        role.Text: colours.text,
        role.PlaceholderText: colours.muted,
        role.Button: colours.panel,
        role.ButtonText: colours.text,
        role.BrightText: colours.loss,
        role.ToolTipBase: colours.tip,
        role.ToolTipText: colours.on_tip,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.gradient,
        role.Light: colours.hover,
        role.Midlight: colours.line,
        role.Mid: colours.line,
        role.Dark: colours.control,
        role.Shadow: colours.line,
    }.items():
        made.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
        made.setColor(QPalette.ColorGroup.Disabled, each, QColor(colours.disabled))
    return made


@cache
def template() -> str:
    """The style sheet as it is written, without its comments."""
    return _COMMENT.sub("", resources.path("styles", "window.qss").read_text(encoding="utf-8"))


def style_sheet(colours: Palette, scale: float = 1.0, folder: str = "") -> str:
    """The style sheet in ``colours`` at ``scale``; the icons it names are written into ``folder``.

    Raises
    ------
    ConfigError
        If the sheet names a colour or an icon that does not exist.
    """
    named = colours.colours()
    sheet = _ICON.sub(lambda found: _icon_file(found[1], _colour(named, found[2]), folder), template())
    sheet = _COLOUR.sub(lambda found: _colour(named, found[1]), sheet)
    return _LENGTH.sub(lambda found: f"{_scaled(float(found[1]), scale)}px", sheet)


def _colour(named: dict[str, str], name: str) -> str:
    if name not in named:
        raise ConfigError(tr("There is no such colour"), expected=", ".join(named), found=repr(name))
    return named[name]


def _scaled(length: float, scale: float) -> int:
    return round(length) if length <= 1 else round(length * scale)


def _icon_file(name: str, colour: str, folder: str) -> str:
    """Write one icon as SVG, once; without a folder, or where nothing can be written, the sheet does without it."""
    if not folder:
        return "none"
    file = Path(folder) / f"{name}-{colour[1:]}.svg"
    box = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"'
    try:
        if not file.exists():
            file.write_text(f'<svg {box}><path fill="{colour}" d="{icons.outlines()[name]}"/></svg>', encoding="utf-8")
    except OSError:
        return "none"
    return f'url("{file.as_posix()}")'
