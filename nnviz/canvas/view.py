"""The canvas: a widget that shows a diagram, is panned and zoomed, and turns gestures into wishes.

It paints and computes no number. A gesture becomes an interaction object (:mod:`nnviz.canvas.interactions`), which
ends in a signal that says what is wished; whoever listens makes an edit of it, and shows the new diagram.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from PySide6.QtCore import QEvent, QMimeData, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from nnviz.canvas import interactions
from nnviz.canvas.fonts import FontMeasure
from nnviz.canvas.hits import HitMap, owner
from nnviz.canvas.layer import Kept, Layer
from nnviz.canvas.marks import paint_marks
from nnviz.session.diagram import Diagram
from nnviz.session.picture import Box, Line, Picture, Polyline, Raster, Text
from nnviz.session.placement.free import MARGIN, FreeLayout, Point, free_items, free_layout, live_picture
from nnviz.session.placement.live import LivePicture
from nnviz.session.style import Style
from nnviz.words import tr

KIND_MIME = "application/x-nnviz-kind"
"""What a palette drags: the name of a node's kind."""

MIN_ZOOM, MAX_ZOOM = 0.05, 4.0
STEP = 1.2
REST_MS = 140
HANDLE = 15.0
CROWDED = 300
"""Edges beyond which moving pictures are painted as drafts, and strokes follow newer numbers a little later."""


class NetworkView(QWidget):
    """Shows one diagram.

    Signals
    -------
    moved(dict) : nodes were put elsewhere: document id to (x, y).
    connect_wished(source, target) : an edge was drawn.
    selection_wished(ids) : these parts were clicked or framed.
    opened(id) : a part was double-clicked or Enter was pressed on it.
    kind_dropped(kind, x, y) : a node's kind was dropped there.
    files_dropped(paths) : files were dropped on the canvas.
    told(text) : a sentence for the status line, such as why an edge is not possible.
    """

    moved = Signal(object)
    connect_wished = Signal(str, str)
    selection_wished = Signal(tuple)
    opened = Signal(str)
    kind_dropped = Signal(str, float, float)
    files_dropped = Signal(list)
    told = Signal(str)

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Canvas"))
        self.setAccessibleDescription(tr("The network; Tab goes from part to part, arrow keys move what is selected"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.look = style
        self.diagram = Diagram((), ())
        self.selection: tuple[str, ...] = ()
        self.drawing_edges = False
        self.allowed_targets: Callable[[str], set[str]] = lambda source: set()
        self.refusal: Callable[[str, str], str] = lambda source, target: ""
        self.about: Callable[[str], str] = lambda id: ""
        self.whole: Callable[[], Diagram] = lambda: self.diagram
        self.hovered = ""
        self.zoom, self.origin = 1.0, QPointF(0.0, 0.0)
        self._measure = FontMeasure()
        self._layout: FreeLayout | None = None
        self._live: LivePicture | None = None
        self._behind: Diagram | None = None
        self._strokes, self._boxes, self._maps, self._type = Layer(), Layer(), Layer(), Layer()
        self._marks, self._still = Kept(), Kept()
        self.hits = HitMap((), {})
        self._interaction: interactions.Interaction | None = None
        self._fitted = True
        self._moving = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._come_to_rest)

    # showing

    def show_diagram(self, diagram: Diagram, *, relayout: bool = True) -> None:
        """Show a diagram; ``relayout`` False keeps every place and only changes texts, colours and fading."""
        same_parts = _parts(diagram) == _parts(self.diagram)
        self.diagram = diagram
        if relayout or not same_parts or self._layout is None:
            self._place({node.id: node.position for node in diagram.nodes if node.position is not None})
        else:
            self._redraw()

    def show_newer(self, diagram: Diagram, *, running: bool = False) -> bool:
        """Show newer numbers of the diagram that is shown, whose edges need no labels unless they are ``plated``.

        Gives False, and shows nothing, where nodes have other lines than before.

        While a training is ``running``, or where edges are very many, strokes follow some seven times a second: to
        paint them takes longer than all type, and their widths are seldom watched.
        """
        if self._layout is None or _lines(diagram) != _lines(self.diagram):
            return False
        if self._live is None:
            self._live = live_picture(self._layout, self.diagram, self.look, self._measure)
        self._type.show(self._live.texts(diagram))
        self._behind = diagram
        if not self.isVisible() or not (running or self._crowded):
            self._catch_up()
        elif not self._rest.isActive():
            self._rest.start()
        self.update()
        return True

    def _catch_up(self) -> None:
        """Strokes and heat maps follow the newer numbers."""
        if self._live is not None and self._behind is not None:
            self._strokes.show(self._live.strokes(self._behind))
            self._maps.show(self._live.rasters(self._behind))
            self._behind = None

    @property
    def plated(self) -> frozenset[str]:
        """The drawn edges whose labels are shown."""
        edges = () if self._layout is None else self._layout.layout.edges
        return frozenset(edge.id for edge in edges if edge.plate is not None)

    def place_overlay(self, positions: Mapping[str, Point]) -> None:
        """Show nodes elsewhere while they are dragged; nothing is wished yet."""
        self.diagram = self.whole()
        placed = dict(self.centres)
        placed.update(positions)
        self._place(placed, quick=True)

    def _place(self, positions: Mapping[str, Point], quick: bool = False) -> None:
        like = self._layout if quick else None
        self._layout = free_layout(self.diagram, self.look, self._measure, positions, like=like)
        self._redraw()
        self.hits = HitMap(self.picture.items, self._layout.centres)
        if self._fitted and not quick and not self._in_view():
            self.fit()

    def _redraw(self) -> None:
        assert self._layout is not None
        items = free_items(self._layout, self.diagram, self.look, self._measure)
        self._live = self._behind = None
        self._strokes.show(tuple(item for item in items if isinstance(item, Line | Polyline)))
        self._boxes.show(tuple(item for item in items if isinstance(item, Box)))
        self._maps.show(tuple(item for item in items if isinstance(item, Raster)))
        self._type.show(tuple(item for item in items if isinstance(item, Text)))
        self.update()

    def set_look(self, style: Style) -> None:
        """Show the same in another style."""
        self.look = style
        self.diagram = self.whole()
        if self._layout is not None:
            self._place({node.id: node.position for node in self.diagram.nodes if node.position is not None})

    def select(self, ids: tuple[str, ...]) -> None:
        """Mark these parts."""
        self.selection = ids
        self.update()

    @property
    def centres(self) -> Mapping[str, Point]:
        """Where the centre of each drawn node stands, by diagram id."""
        return {} if self._layout is None else self._layout.centres

    @property
    def picture(self) -> Picture:
        """The display list as it is painted, in pixels at 100 %."""
        layers = (self._strokes, self._boxes, self._maps, self._type)
        return Picture(1.0, 1.0, None, tuple(item for layer in layers for item in layer.items))

    def positions(self) -> dict[str, Point]:
        """Where each node of the document stands: its centre, or the middle of its units."""
        gathered: dict[str, list[Point]] = {}
        for id, centre in self.centres.items():
            gathered.setdefault(owner(id), []).append(centre)
        return {
            id: (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
            for id, points in gathered.items()
        }

    # zoom and pan

    def to_scene(self, at: QPointF) -> QPointF:
        """A place of the widget in pixels at 100 %."""
        return (at - self.origin) / self.zoom

    def to_widget(self, x: float, y: float) -> QPointF:
        """A place at 100 % on the widget."""
        return QPointF(x, y) * self.zoom + self.origin

    def fit(self) -> None:
        """Show everything, as large as it goes, at most at 100 %."""
        if self._layout is None or not self.width() or not self.height():
            return
        left, top, right, bottom = self._layout.bounds
        self.zoom = max(MIN_ZOOM, min(self.width() / (right - left), self.height() / (bottom - top), 1.0))
        middle = QPointF(left + right, top + bottom) / 2 * self.zoom
        self.origin = QPointF(self.width(), self.height()) / 2 - middle
        self._fitted = True
        self.update()

    def _in_view(self) -> bool:
        """Whether all that is drawn can be seen: then an edit moves nothing else."""
        assert self._layout is not None
        left, top, right, bottom = self._layout.bounds
        shown = QRectF(self.to_widget(left, top), self.to_widget(right, bottom))
        return QRectF(self.rect()).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).contains(shown)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom about a place of the widget, by default its middle."""
        at = at if at is not None else QPointF(self.width(), self.height()) / 2
        wanted = max(MIN_ZOOM, min(self.zoom * factor, MAX_ZOOM))
        self.origin = at - (at - self.origin) * (wanted / self.zoom)
        self.zoom = wanted
        self._fitted = False
        self._move()

    def pan_by(self, way: QPointF) -> None:
        """Move what is shown."""
        self.origin += way
        self._fitted = False
        self._move()

    def _move(self) -> None:
        self._moving = self._crowded
        if self._moving:
            self._rest.start()
        self.update()

    @property
    def _crowded(self) -> bool:
        return len(self.diagram.edges) > CROWDED

    def _come_to_rest(self) -> None:
        self._moving = False
        self._catch_up()
        self.update()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground, picture, and the marks of selection, hover and gesture."""
        painter = QPainter(self)
        if self._moving:
            painter.fillRect(self.rect(), QColor(self.look.ground))
        painter.save()
        painter.translate(self.origin)
        painter.scale(self.zoom, self.zoom)
        self._paint_picture(painter)
        self._paint_handle(painter)
        if self._interaction is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._interaction.paint(painter)
        painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(QColor(self.look.positive), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        if not self.diagram.nodes:
            painter.setPen(QColor(self.look.muted))
            hint = tr("Drag a block here, or double-click one in the list of blocks")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, hint)

    def _paint_picture(self, painter: QPainter) -> None:
        """Strokes, boxes, heat maps, type: the order of every picture. Newer numbers change type; the rest stays."""
        if self._moving:
            self._paint_marks(painter)
            for layer in (self._strokes, self._boxes):
                layer.paint(painter, draft=True)
            self._maps.paint(painter, draft=True)
        else:
            still = (self._marked(), self._strokes.items, self._boxes.items, self._maps.items)
            self._still.paint(painter, self, still, self._paint_still, QColor(self.look.ground))
            self._type.paint(painter)

    def _paint_still(self, painter: QPainter) -> None:
        """All but the type."""
        if self.selection or self.hovered:
            self._marks.paint(painter, self, self._marked(), self._paint_marks)
        for layer in (self._strokes, self._boxes):
            layer.paint_kept(painter, self)
        self._maps.paint(painter)

    def _marked(self) -> tuple[object, ...]:
        """What halos depend on."""
        return self.selection, self.hovered, self.hits, self.look

    def _paint_marks(self, painter: QPainter) -> None:
        """Halos behind what is selected or hovered."""
        paint_marks(painter, self.hits, self.look, self.selection, self.hovered)

    def handle_at(self, node: str) -> QPointF | None:
        """Where the handle stands from which an edge is drawn out of a node; None for a node that gives nothing."""
        body = self.hits.body(node)
        if body is None or any(each.id == node and each.shape == "loss" for each in self.diagram.nodes):
            return None
        return QPointF(body.right() + HANDLE, body.center().y())

    def _paint_handle(self, painter: QPainter) -> None:
        for node in self.diagram.nodes:
            if owner(node.id) == self.hovered and self._interaction is None:
                at = self.handle_at(node.id)
                if at is not None:
                    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                    painter.setPen(QPen(QColor(self.look.ground), 3))
                    painter.setBrush(QColor(self.look.positive))
                    painter.drawEllipse(at, HANDLE, HANDLE)
                    painter.drawLine(at - QPointF(7, 0), at + QPointF(7, 0))
                    painter.drawLine(at - QPointF(0, 7), at + QPointF(0, 7))

    # gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._interaction = interactions.begin(self, event)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the gesture, or show what is under the pointer."""
        if self._interaction is not None:
            self._interaction.move(event)
            self.update()
        else:
            self._hover(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if self._interaction is not None:
            ended, self._interaction = self._interaction, None
            ended.release(event)
            self.update()

    def cancel_gesture(self) -> None:
        """Give up the gesture; nothing is wished."""
        if self._interaction is not None:
            ended, self._interaction = self._interaction, None
            ended.cancel()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the part under the pointer."""
        found = self.hits.at(self.to_scene(event.position()), 8 / self.zoom)
        if found:
            self.opened.emit(owner(found))

    def _hover(self, at: QPointF) -> None:
        scene = self.to_scene(at)
        found = self._near_handle(scene) or owner(self.hits.at(scene, 8 / self.zoom))
        if found != self.hovered:
            self.hovered = found
            self.setToolTip("")
            QToolTip.hideText()
            if found:
                self.setToolTip(self.about(found))
            self.update()

    def _near_handle(self, scene: QPointF) -> str:
        """The hovered node stays hovered on the way to its handle."""
        for node in self.diagram.nodes:
            if owner(node.id) == self.hovered and self.on_handle(node.id, scene, 2.2):
                return self.hovered
        return ""

    def on_handle(self, node: str, scene: QPointF, reach: float = 1.3) -> bool:
        """Whether a place lies on the handle of a node."""
        at = self.handle_at(node)
        return at is not None and (scene - at).manhattanLength() <= reach * HANDLE

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer; with Shift, or two fingers on a pad, pan."""
        if not event.pixelDelta().isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.pan_by(QPointF(event.pixelDelta()))
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan_by(QPointF(event.angleDelta().y() + event.angleDelta().x(), 0) / 2)
        else:
            self.zoom_by(STEP ** (event.angleDelta().y() / 120), event.position())

    def hideEvent(self, event: QHideEvent) -> None:
        """Wait for nothing that nobody sees."""
        self._rest.stop()
        self._come_to_rest()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered."""
        self.hovered = ""
        self.update()

    # keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tab from part to part, arrows to move, Enter to open, Escape to give up."""
        way = _ARROWS.get(Qt.Key(event.key()))
        if way is not None and self.selection:
            self._nudge(way, 1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 20)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selection:
            self.opened.emit(self.selection[0])
        elif event.key() == Qt.Key.Key_Escape:
            self.cancel_gesture()
            self.selection_wished.emit(())
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tab walks through the parts before it leaves the canvas."""
        if event.type() == QEvent.Type.KeyPress:
            key = cast(QKeyEvent, event)
            if key.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and self._walk(key.key() == Qt.Key.Key_Tab):
                return True
        return super().event(event)

    def _walk(self, onward: bool) -> bool:
        drawn = [node.id for node in self.diagram.nodes] + [edge.id for edge in self.diagram.edges]
        parts = list(dict.fromkeys(map(owner, drawn)))
        if not parts:
            return False
        here = parts.index(self.selection[0]) if self.selection and self.selection[0] in parts else None
        there = (0 if onward else len(parts) - 1) if here is None else here + (1 if onward else -1)
        if not 0 <= there < len(parts):
            return False
        self.selection_wished.emit((parts[there],))
        return True

    def _nudge(self, way: Point, far: float) -> None:
        at = self.positions()
        moved = {id: (at[id][0] + far * way[0], at[id][1] + far * way[1]) for id in self.selection if id in at}
        if moved:
            self.moved.emit({**at, **moved})

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus ring and give up a gesture."""
        self.update()

    # drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take blocks of the palette, and files."""
        data: QMimeData = event.mimeData()
        if data.hasFormat(KIND_MIME) or data.hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the block there, or hand on the files."""
        data = event.mimeData()
        if data.hasFormat(KIND_MIME):
            at = self.to_scene(event.position())
            self.kind_dropped.emit(bytes(data.data(KIND_MIME).data()).decode(), at.x(), at.y())
        else:
            self.files_dropped.emit([url.toLocalFile() for url in data.urls() if url.isLocalFile()])
        event.acceptProposedAction()

    # size

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep showing everything until somebody zooms."""
        if self._fitted:
            self.fit()

    def sizeHint(self) -> QSize:
        """A slide's proportions."""
        return QSize(960, 540)


_ARROWS: dict[Qt.Key, Point] = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}


def _parts(diagram: Diagram) -> tuple[tuple[object, ...], ...]:
    """What decides where things stand: parts, their ends, places, and how many lines they carry."""
    nodes = tuple((n.id, n.shape, n.column, n.row, n.position) for n in diagram.nodes)
    edges = tuple((edge.id, edge.source, edge.target, len(edge.labels)) for edge in diagram.edges)
    return nodes, edges, _lines(diagram)


def _lines(diagram: Diagram) -> tuple[tuple[object, ...], ...]:
    """How many lines nodes carry, and how large heat maps."""
    return tuple(
        (
            len(node.inside),
            len(node.captions),
            [(heat.rows, heat.columns) for heats in node.heats for heat in heats.maps],
        )
        for node in diagram.nodes
    )
