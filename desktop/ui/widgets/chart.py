"""A few labelled bars for the lead's review: ink beyond the target, hollow within it; each bar opens its list."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import RADIUS
from desktop.ui.widgets.layout import row
from desktop.ui.widgets.painted import Brush, PaintedButton, Picture, text_height, text_width


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its value, and whether it lies beyond the target."""

    name: str
    value: int
    beyond: bool = False


class BarButton(PaintedButton):
    """One bar over its name, its value on top."""

    def __init__(self, bar: Bar, highest: int) -> None:
        super().__init__(f"{bar.name}: {bar.value}", 180)
        self._bar, self._highest = bar, max(highest, 1)

    def natural_width(self) -> int:
        return max(text_width(self._bar.name, "caption") + 8, 44)

    def paintEvent(self, _event: QPaintEvent) -> None:
        name, value = text_height("caption"), text_height("small_strong")
        base, width = self.height() - name - 8, self.width()
        high = (base - value - 8) * self._bar.value / self._highest
        with Brush(self) as brush:
            if self.underMouse() or self.hasFocus():
                brush.panel(QRectF(self.rect()), "hover", None, RADIUS.s)
            painter, theme = brush.painter, brush.theme
            bar = QRectF(5.5, base - high + 0.5, width - 11, high)
            painter.setPen(QPen(theme.colour("text" if self._bar.beyond else "line_control"), 1))
            painter.setBrush(theme.colour("text" if self._bar.beyond else "sunken"))
            painter.drawRect(bar)
            painter.setPen(theme.colour("text"))
            painter.setFont(theme.font("small_strong"))
            above = QRectF(0, bar.y() - value - 3, width, value)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, str(self._bar.value))
            painter.setPen(theme.colour("muted"))
            painter.setFont(theme.font("caption"))
            painter.drawText(QRect(0, base + 6, width, name), Qt.AlignmentFlag.AlignCenter, self._bar.name)


class BarsChart(Picture):
    """Bars on one base line, with a dashed line after the bar number `target`. `opened(number)` opens a bar's list.

    The target and the figures' numerator and denominator are told in words beside the chart by the caller.
    """

    opened = Signal(int)

    def __init__(self, bars: Sequence[Bar], *, target: int | None = None) -> None:
        super().__init__("; ".join(f"{bar.name}: {bar.value}" for bar in bars))
        self._target = target
        highest = max((bar.value for bar in bars), default=1)
        self.bars = [BarButton(bar, highest) for bar in bars]
        for number, made in enumerate(self.bars):
            made.clicked.connect(lambda _checked=False, which=number: self.opened.emit(which))
        self.setLayout(row(*self.bars, space=0))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(280, current_theme().px(180))

    def paintEvent(self, _event: QPaintEvent) -> None:
        with Brush(self) as brush:
            base = self.height() - text_height("caption") - 7
            brush.painter.setPen(QPen(brush.theme.colour("line_control"), 1))
            brush.painter.drawLine(QPointF(0, base), QPointF(self.width(), base))
            if self._target is not None and self._target < len(self.bars):
                edge = self.bars[self._target].x()
                brush.painter.setPen(QPen(brush.theme.colour("text"), 1, Qt.PenStyle.DashLine))
                brush.painter.drawLine(QPointF(edge, 2), QPointF(edge, base))
