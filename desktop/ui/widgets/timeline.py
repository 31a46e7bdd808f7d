"""What happened in a case, newest first: day, sign, what, who, and where the record is."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import RADIUS, SIZES
from desktop.ui.widgets.layout import Part, clear, column, line
from desktop.ui.widgets.painted import Brush, PaintedButton, text_height, text_width
from desktop.ui.widgets.travel import WHERE


@dataclass(frozen=True)
class Event:
    """One line of a timeline, in the caller's words. `state` is a key of `travel.WHERE`, or empty."""

    key: str
    day: str
    text: str
    who: str
    icon: str = "circle"
    tone: str = "muted"
    state: str = ""
    where: str = ""


class TimelineRow(PaintedButton):
    """One event; opening it is the row's act."""

    def __init__(self, event: Event) -> None:
        said = (event.day, event.text, event.who, event.where)
        super().__init__(", ".join(part for part in said if part), 44)
        self._event = event
        self.setToolTip(event.text)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        below = text_height("caption") + 3 if self._narrow(width) and self._event.where else 0
        return text_height("small") + text_height("caption") + 12 + below

    def sizeHint(self) -> QSize:
        return QSize(260, self.heightForWidth(max(self.width(), 260)))

    def minimumSizeHint(self) -> QSize:
        return QSize(180, self.heightForWidth(max(self.width(), 180)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        event, width = self._event, self.width()
        with Brush(self) as brush:
            if self.underMouse() or self.hasFocus():
                ground = "accent_soft" if self.hasFocus() else "hover"
                brush.panel(QRectF(self.rect()), ground, None, RADIUS.m)
            top, small, caption = 5, text_height("small"), text_height("caption")
            day = brush.theme.px(54)
            brush.text(QRect(6, top, day, small), event.day, "caption", "muted")
            side = brush.theme.px(SIZES.icon)
            brush.icon(6 + day, top + (small - side) // 2, event.icon, event.tone, SIZES.icon)
            left = 6 + day + side + 10
            right = width - 8
            if event.where and not self._narrow(width):
                right -= self._paint_where(brush, right, (self.height() - caption) // 2, end=True) + 12
            brush.text(QRect(left, top, right - left, small), event.text, "small", "text")
            brush.text(QRect(left, top + small + 2, right - left, caption), event.who, "caption", "muted")
            if event.where and self._narrow(width):
                self._paint_where(brush, left, top + small + caption + 5, end=False)

    def _paint_where(self, brush: Brush, edge: int, top: int, *, end: bool) -> int:
        """Where the record is, ending (or starting) at `edge`; the width it took."""
        icon, tone = WHERE.get(self._event.state, ("circle", "muted"))
        side, height = brush.theme.px(SIZES.icon_s), text_height("caption")
        whole = side + 6 + text_width(self._event.where, "caption") + 2
        start = edge - whole if end else edge
        brush.icon(start, top + (height - side) // 2, icon, tone, SIZES.icon_s)
        room = min(whole - side - 6, self.width() - start - side - 8)
        brush.text(QRect(start + side + 6, top, room, height), self._event.where, "caption", tone)
        return whole

    def _narrow(self, width: int) -> bool:
        return width < current_theme().px(460)


class Timeline(QWidget):
    """Events one below the other. `opened(key)` when one is chosen."""

    opened = Signal(str)

    def __init__(self, events: Sequence[Event] = ()) -> None:
        super().__init__()
        self._column = column(space=0)
        self.setLayout(self._column)
        self.show_events(events)

    def show_events(self, events: Sequence[Event]) -> None:
        """Show these events in this order."""
        clear(self._column)
        parts: list[Part] = []
        for event in events:
            made = TimelineRow(event)
            made.clicked.connect(lambda _checked=False, key=event.key: self.opened.emit(key))
            parts += [line(), made] if parts else [made]
        for part in parts:
            if isinstance(part, QWidget):
                self._column.addWidget(part)
