"""A result on its scale, and the sum written out. Drawn in ink and hatching: a scale is not a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.widgets.layout import clear
from desktop.ui.widgets.painted import Brush, Picture, text_height, text_width
from desktop.ui.widgets.text import label


@dataclass(frozen=True)
class Scale:
    """A sum on its scale: `value`, what it `could` be if every don't-know were yes, the `top`, and the bands as
    (first value, words), rising. Until it is `settled` no band is the one reached.
    """

    value: float
    could: float
    top: float
    bands: tuple[tuple[float, str], ...] = ()
    settled: bool = True


class ScaleBar(Picture):
    """Ink to the sum, hatching to what it could be; the bands’ names below, the one reached in bold once certain."""

    def __init__(self, scale: Scale) -> None:
        super().__init__("")
        self._scale = scale
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_scale(scale)

    def show_scale(self, scale: Scale) -> None:
        """Another sum."""
        self._scale = scale
        words = self.tr("{0} of {1}").format(_number(scale.value), _number(scale.top))
        if scale.could > scale.value:
            words = self.tr("{0}, could be {1}").format(words, _number(scale.could))
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, 2 * text_height("caption") + current_theme().px(14) + 16)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        with Brush(self) as brush:
            top, height = text_height("caption") + 4, brush.theme.px(14)
            self._paint_track(brush, top, height)
            self._paint_figures(brush)
            self._paint_bands(brush, top, height)

    def _x(self, value: float) -> float:
        return 1 + (self.width() - 2) * max(0.0, min(1.0, value / max(self._scale.top, 1e-9)))

    def _paint_track(self, brush: Brush, top: int, height: int) -> None:
        painter, theme = brush.painter, brush.theme
        brush.panel(QRectF(1, top, self.width() - 2, height), "sunken", "line_control", 3)
        here, could = self._x(self._scale.value), self._x(self._scale.could)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("text"))
        painter.drawRoundedRect(QRectF(1, top, here - 1, height), 3, 3)
        if could > here:
            painter.save()
            painter.setClipRect(QRectF(here, top + 1, could - here, height - 2))
            painter.setPen(QPen(theme.colour("text"), 1.5))
            for start in range(int(here) - height, int(could) + height, 5):
                painter.drawLine(QPointF(start, top + height), QPointF(start + height, top))
            painter.restore()
            painter.setPen(QPen(theme.colour("text"), 1))
            painter.drawLine(QPointF(could, top), QPointF(could, top + height))

    def _paint_figures(self, brush: Brush) -> None:
        value, height = _number(self._scale.value), text_height("caption")
        wide = text_width(value, "caption_strong") + 4
        here = round(self._x(self._scale.value))
        left = max(0, min(here - wide, self.width() - wide))
        brush.text(QRect(left, 0, wide, height), value, "caption_strong", "text")
        if self._scale.could > self._scale.value:
            words = self.tr("could be {0}").format(_number(self._scale.could))
            room = text_width(words, "caption") + 4
            start = round(self._x(self._scale.could)) + 4
            start = max(left + wide + 8, min(start, self.width() - room))
            brush.text(QRect(start, 0, room, height), words, "caption", "muted")

    def _paint_bands(self, brush: Brush, top: int, height: int) -> None:
        scale, painter = self._scale, brush.painter
        if not scale.bands:
            return
        edges = [first for first, _words in scale.bands[1:]] + [scale.top + 1]
        for number, ((first, words), after) in enumerate(zip(scale.bands, edges, strict=True)):
            left, right = self._x(first), self._x(min(after, scale.top))
            if number:
                painter.setPen(QPen(brush.theme.colour("line_control"), 1))
                painter.drawLine(QPointF(left, top - 3), QPointF(left, top + height + 3))
            here = scale.settled and first <= scale.value < after
            role, tone = ("caption_strong", "text") if here else ("caption", "subtle")
            font = brush.theme.font(role)
            painter.setFont(font)
            painter.setPen(brush.theme.colour(tone))
            room = QRectF(left, top + height + 5, right - left, text_height("caption"))
            wide = text_width(words, role)
            if wide > room.width():
                middle = room.center().x()
                middle = max(wide / 2, min(middle, self.width() - wide / 2))
                room = QRectF(middle - wide / 2 - 1, room.y(), wide + 2, room.height())
            if here or wide <= right - left + 4:
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)


@dataclass(frozen=True)
class SumLine:
    """One line of the arithmetic: what is counted, and the sum as text; `strong` for lines that count."""

    words: str
    sum: str
    strong: bool = False


class Arithmetic(QWidget):
    """The sum, line by line, so that anyone can follow it."""

    def __init__(self, lines: Sequence[SumLine] = ()) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(5)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(0, 1)
        self.show_lines(lines)

    def show_lines(self, lines: Sequence[SumLine]) -> None:
        """Show these lines."""
        clear(self._grid)
        for number, item in enumerate(lines):
            tone = "text" if item.strong else "muted"
            self._grid.addWidget(label(item.words, "small", tone, wrap=True), number, 0)
            figure = label(item.sum, "small_strong" if item.strong else "small", tone)
            figure.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(figure, number, 1)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"
