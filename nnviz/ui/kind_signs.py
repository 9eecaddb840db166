"""Icons made of a sign: of an operation the one that the canvas writes in its circle, of others a short one."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QIconEngine, QPainter, QPainterPath, QPixmap, QTransform

from nnviz.canvas.fonts import FAMILY
from nnviz.engine.registry import OPERATIONS
from nnviz.ui import icons

LONGEST = 3
"""Letters of a sign that can be read at the size of an icon."""
_OWN = {
    "constant": "c",
    "parameter": "w",
    "mean": "x̄",
    "log_softmax": "ln p",
    "batch_norm": "BN",
    "layer_norm": "LN",
    "huber": "δ",
    "categorical_cross_entropy": "−ln",
    "categorical_cross_entropy_logits": "lnΣ",
    "objective": "J",
}
_WIDE, _HIGH, _SIZE = 22.0, 14.0, 19.0
"""The most that a sign may be on the grid of icons, and the size of type it has where it is short."""


def kind_sign(kind: str) -> str:
    """The sign of a kind that is told from others by it; empty where there is none so short."""
    if kind in _OWN:
        return _OWN[kind]
    row = OPERATIONS.get(kind)
    return row.symbol if row is not None and len(row.symbol) <= LONGEST else ""


def sign_icon(sign: str, ink: str = "text") -> QIcon:
    """A sign as an icon, in a colour of the palette in force."""
    return QIcon(_SignEngine(sign, ink))


def outline(sign: str) -> QPainterPath:
    """A sign as an outline, in the middle of the grid of icons."""
    font = QFont(FAMILY)
    font.setBold(True)
    font.setPixelSize(round(_SIZE))
    path = QPainterPath()
    path.addText(0.0, 0.0, font, sign)
    box = path.boundingRect()
    scale = min(1.0, _WIDE / max(box.width(), 1.0), _HIGH / max(box.height(), 1.0))
    middle = icons.GRID / 2
    path.translate(-box.center())
    return QTransform.fromTranslate(middle, middle).scale(scale, scale).map(path)


class _SignEngine(QIconEngine):
    """Paints one sign in the ink that the theme has now."""

    def __init__(self, sign: str, ink: str) -> None:
        super().__init__()
        self._sign, self._ink = sign, ink

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(QRectF(rect).center() - QRectF(0, 0, side, side).center())
        painter.scale(side / icons.GRID, side / icons.GRID)
        colour = QColor(icons.colour("disabled" if mode == QIcon.Mode.Disabled else self._ink))
        painter.fillPath(outline(self._sign), colour)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        if made.isNull():  # asked for by a part with no room at all
            return made
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _SignEngine(self._sign, self._ink)
