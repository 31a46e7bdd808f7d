"""The one window: the entrance, the frame of an open store, or the neutral page; and what the window remembers.

Its title never says what is open. Leaves building the entrance, the store and the screens to the composition root,
which listens to `lock_wanted` and answers with `show_entrance`.
"""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut, QShowEvent, QWindow
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from desktop.i18n import tr
from desktop.ui.lock import IdleWatch, ShiftTaps
from desktop.ui.remembered import Remembered
from desktop.ui.widgets.focus import FocusRing

if TYPE_CHECKING:
    from desktop.ui.cover import CoverPage
    from desktop.ui.frame import Frame

TITLE = "Causeway"
COVER_TITLE = "Calendar"
START_WIDTH, START_HEIGHT = 1280, 720
LEAST_WIDTH, LEAST_HEIGHT = 640, 400


class Window(QMainWindow):
    """`lock_wanted` when a person, idleness or the cover asks; `theme_wanted` when the look is to change;
    `painted` once, after the window was painted for the first time; `closing` before the program ends.
    """

    lock_wanted = Signal()
    theme_wanted = Signal()
    painted = Signal()
    closing = Signal()

    def __init__(self, app: QApplication, remembered: Remembered) -> None:
        super().__init__()
        self.setObjectName("window")
        self._remembered = remembered
        self._stack = QStackedWidget()
        self._stack.setObjectName("window")
        self.setCentralWidget(self._stack)
        self._main: QWidget | None = None
        self._is_open = False
        self._is_painted = False
        self._idle = IdleWatch(self)
        self._idle.idle.connect(self.lock_wanted)
        self._taps = ShiftTaps(self, time.monotonic)
        self._taps.tapped.connect(self.cover)
        app.focusWindowChanged.connect(self._watch)
        self._cover_key = QShortcut(QKeySequence("F12"), self)
        self._cover_key.activated.connect(self.cover)
        self.setWindowTitle(TITLE)
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self.resize(START_WIDTH, START_HEIGHT)
        if not (geometry := remembered.state("geometry")).isEmpty():
            self.restoreGeometry(geometry)

    def show_entrance(self, entrance: QWidget) -> None:
        """Show first run or unlock. Under the cover it waits until the page is left."""
        self._idle.stop()
        self._is_open = False
        self._replace(entrance)

    def show_frame(self, frame: Frame, *, lock_minutes: int, cover_key: str) -> None:
        """Show the frame of an open store, and watch for idleness from now on."""
        self._cover_key.setKey(QKeySequence(cover_key))
        frame.asked.connect(self._asked)
        self._is_open = True
        self._make_cover()
        self._replace(frame)
        self._idle.start(lock_minutes)

    def main(self) -> QWidget | None:
        """What is shown, or would be were it not covered."""
        return self._main

    @property
    def covered(self) -> bool:
        """Whether the neutral page is in sight."""
        return "_cover" in self.__dict__ and self._stack.currentWidget() is self._cover

    def cover(self) -> None:
        """The neutral page at once; then what lies behind it is locked."""
        if self.covered:
            return
        self._cover.today(QDate.currentDate())
        self._stack.setCurrentWidget(self._cover)
        self.setWindowTitle(tr(COVER_TITLE))
        self._cover.setFocus()
        self.repaint()
        if self._is_open:
            self.lock_wanted.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watch(self.windowHandle())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self, self._after_first_paint)

    def _after_first_paint(self) -> None:
        """The ring looks at what holds the focused control, which takes a while the first time."""
        FocusRing(self)
        self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._remembered.keep("geometry", self.saveGeometry())
        self.closing.emit()
        event.accept()

    def _make_cover(self) -> None:
        """Made before the first screen stands, so that it shows at once, and while there is no other part yet whose
        Python half the making of a calendar could lose (seen with PySide 6.11).
        """
        self._cover.hide()

    @cached_property
    def _cover(self) -> CoverPage:
        from desktop.ui.cover import CoverPage  # noqa: PLC0415  a calendar: the unlock screen must not wait for it

        made = CoverPage()
        made.left.connect(self._uncover)
        self._stack.addWidget(made)
        return made

    def _watch(self, window: QWindow | None) -> None:
        """Every window that gets the keyboard tells of keys and of signs of life."""
        if window is not None:
            window.installEventFilter(self._idle)
            window.installEventFilter(self._taps)

    def _uncover(self) -> None:
        self.setWindowTitle(TITLE)
        if self._main is not None:
            self._stack.setCurrentWidget(self._main)
            self._main.setFocus()

    def _replace(self, main: QWidget) -> None:
        old, covered = self._main, self.covered and self._main is not None
        self._main = main
        self._stack.addWidget(main)
        if not covered:
            self._stack.setCurrentWidget(main)
            main.setFocus()
        if old is not None:
            if (focused := old.focusWidget()) is not None:
                focused.clearFocus()
            self._stack.removeWidget(old)
            old.deleteLater()

    def _asked(self, name: str) -> None:
        if name == "cover":
            self.cover()
        elif name == "lock":
            self.lock_wanted.emit()
        elif name == "theme":
            self.theme_wanted.emit()
