"""One focus ring for a window: two pixels, three outside the control that has the keyboard, never cut off silently.

Parts that frame their own current row (tables, lists) carry the property `noring`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import RADIUS

_REACH = 4
"""Pixels outside the control."""
_PLACE = QEvent.Type(QEvent.registerEventType())
_MOVES = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide}


class FocusRing(QWidget):
    """Make one per window, after its content: `FocusRing(window)`. It follows the focus, scrolling and resizing."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        self._watched: list[QWidget] = []
        self._asked = False
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)
            self._follow(None, app.focusWidget())

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if not self._asked and event.type() in _MOVES:
            self.ask_place()  # many parts move at once
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == _PLACE:
            self._place()
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(current_theme().colour("focus"), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS.m + 3, RADIUS.m + 3)
        painter.end()

    def ask_place(self) -> None:
        """Find the ring's place again before the next painting."""
        if not self._asked:
            self._asked = True
            QCoreApplication.postEvent(self, QEvent(_PLACE))

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        for widget in self._watched:
            if shiboken6.isValid(widget):  # a page that was rebuilt takes its focused control with it
                widget.removeEventFilter(self)
        self._watched = []
        window = self._window
        if now is None or now is window or not window.isAncestorOf(now) or now.property("noring"):
            self.hide()
            return
        chain: QWidget | None = now
        while chain is not None and chain is not window:
            chain.installEventFilter(self)
            self._watched.append(chain)
            chain = chain.parentWidget()
        self._place()

    def _place(self) -> None:
        self._asked = False
        target = self._watched[0] if self._watched else None
        if target is None or not shiboken6.isValid(target) or not target.isVisible():
            self.hide()
            return
        window = self._window
        around = QRect(target.mapTo(window, QPoint(0, 0)), target.size()).adjusted(-_REACH, -_REACH, _REACH, _REACH)
        around &= self._room(target, window)
        if around == self.geometry() and self.isVisible():
            return
        self.setVisible(not around.isEmpty())
        self.setGeometry(around)
        self.raise_()

    @staticmethod
    def _room(target: QWidget, window: QWidget) -> QRect:
        """Where the ring may be drawn: inside the window and the scroll areas that hold the control."""
        room = window.rect()
        above = target.parentWidget()
        while above is not None and above is not window:
            holder = above.parentWidget()
            if isinstance(holder, QAbstractScrollArea) and holder.viewport() is above:
                room &= QRect(above.mapTo(window, QPoint(0, 0)), above.size())
            above = holder
        return room


@contextmanager
def ring_lifted(window: QWidget) -> Iterator[None]:
    """Take the ring off while a long page scrolls: what lies under another part Qt paints anew instead of moving it.

    What waits to be painted is painted first, for the same reason.
    """
    ring = window.findChild(FocusRing, options=Qt.FindChildOption.FindDirectChildrenOnly)
    if ring is not None:
        ring.hide()
    QApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))
    yield
    if ring is not None:
        ring.ask_place()
