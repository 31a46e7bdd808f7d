"""Watching for what hides a case: idleness, and three lone taps of Shift.

Both watch the system's windows (`QWindow`), where keyboard and pointer arrive once, and not the hundreds of events that
every answer causes among the widgets. Leaves the neutral page to `cover`, and locking to the window.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

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
    """`idle` fires when nobody touched keyboard or pointer for some minutes, in any window it filters."""

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
