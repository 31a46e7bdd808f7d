"""Watching for what hides a case: idleness, the cover key, three lone taps of Shift; and the neutral page itself.

The cover shows at once and in silence. Behind it the profile is locked: what was typed is kept in its draft, and
leaving the page asks for the passphrase. Leaves locking to the window.
"""

from collections.abc import Callable

from PySide6.QtCore import QDate, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QToolButton, QWidget

from desktop.i18n import tr
from desktop.ui.theme.theme import current_theme
from desktop.ui.widgets.layout import column, row

MINUTE_MS = 60_000
TAPS = 3
TAP_SECONDS = 0.8
"""Between two taps of Shift at most; Shift held to write a capital is followed by another key and counts as none."""
_SIGNS_OF_LIFE = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
}


class IdleWatch(QObject):
    """`idle` fires when nobody touched keyboard or pointer for some minutes. Watches the whole application."""

    idle = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.idle)

    def start(self, minutes: int) -> None:
        """Watch from now on, for this many minutes (at least one)."""
        self._timer.start(max(1, minutes) * MINUTE_MS)

    def stop(self) -> None:
        """Watch no longer: there is nothing to hide."""
        self._timer.stop()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _SIGNS_OF_LIFE and self._timer.isActive():
            self._timer.start()
        return False


class ShiftTaps(QObject):
    """`tapped` fires on three lone taps of Shift. `seconds` gives a monotonic clock."""

    tapped = Signal()

    def __init__(self, parent: QObject, seconds: Callable[[], float]) -> None:
        super().__init__(parent)
        self._seconds = seconds
        self._count = 0
        self._lone = False
        self._last = 0.0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and not event.isAutoRepeat():
            if event.type() == QEvent.Type.KeyPress:
                self._press(event.key())
            elif event.type() == QEvent.Type.KeyRelease and event.key() == Qt.Key.Key_Shift:
                self._release()
        return False

    def _press(self, key: int) -> None:
        self._lone = key == Qt.Key.Key_Shift
        if not self._lone:
            self._count = 0

    def _release(self) -> None:
        now = self._seconds()
        if not self._lone:
            return
        self._lone = False
        self._count = self._count + 1 if self._count and now - self._last <= TAP_SECONDS else 1
        self._last = now
        if self._count == TAPS:
            self._count = 0
            self.tapped.emit()


class CoverPage(QWidget):
    """A page that says nothing: a month. `left` on Escape or Enter; a click turns the month like any calendar."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.calendar = QCalendarWidget()
        self.calendar.setAccessibleName(tr("Calendar"))
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        for child in self.calendar.findChildren(QWidget):
            if child.focusPolicy() != Qt.FocusPolicy.NoFocus and not child.accessibleName():
                child.setAccessibleName(child.text() if isinstance(child, QToolButton) else tr("Calendar"))
            child.installEventFilter(self)
        self.setLayout(column(None, (row(None, (self.calendar, 8), None), 8), None, margins=24))
        self.setFocusProxy(self.calendar)

    def today(self, date: QDate) -> None:
        """Show the month of `date`."""
        theme = current_theme()
        weekend = QTextCharFormat()
        weekend.setForeground(theme.colour("muted"))
        for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.calendar.setWeekdayTextFormat(day, weekend)
        self.calendar.setMinimumSize(theme.px(300), theme.px(280))
        self.calendar.setMaximumSize(theme.px(720), theme.px(480))
        self.calendar.setSelectedDate(date)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        return self._leaves(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._leaves(event):
            super().keyPressEvent(event)

    def _leaves(self, event: QEvent) -> bool:
        keys = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in keys:
            self.left.emit()
            return True
        return False
