"""The frame round every screen once a store is open: rail, top bar, notice, the screen in sight and the way back.

Screens ask for places; the frame builds each from the makers it was given, keeps it while it lies on the way back and
destroys it afterwards. Leaves entering, cover and lock to the window.
"""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.tasks import Failure
from desktop.ui.actions import Act, acts
from desktop.ui.notices import Notice, notice_of
from desktop.ui.views.screen import Desk, Place, Screen, Screens, Way
from desktop.ui.widgets.layout import column, row

NARROW = 1000
"""Logical pixels at 100 % below which the rail and side panels fold."""


class Frame(QWidget):
    """Rail, top bar, notice and screens. `asked(name)` fires for acts that are the window's (lock, cover, theme)."""

    asked = Signal(str)

    def __init__(self, desk: Desk, screens: Screens, home: Place) -> None:
        super().__init__()
        self.desk = desk
        self._makers = screens
        self._way = Way()
        self._open: dict[Place, Screen] = {}
        self._stack = QStackedWidget()
        self.setLayout(row((holder_column(self._stack), 1), space=0))
        desk.tasks.changed.connect(self._store_changed)
        desk.tasks.failed.connect(self._failed)
        self._keys = [self._shortcut(one) for one in acts() if one.keys]
        self.open(home)

    def open(self, place: Place) -> None:
        """Go to `place`; it is the place itself that returns on the way back, with what was typed still there."""
        self._leave()
        self._way.go(place)
        self._show()

    def back(self) -> None:
        """Return to the place before this one, if there is one."""
        if len(self._way.places) < 2:
            return
        self._leave()
        self._way.back()
        self._show()

    def screen(self) -> Screen:
        """The screen in sight."""
        return self._open[self.place()]

    def place(self) -> Place:
        """The place in sight."""
        return self._way.places[-1]

    def close_all(self) -> None:
        """Hand over what is in hand and destroy every screen: the store is about to be closed."""
        self._leave()
        for screen in self._open.values():
            screen.deleteLater()
        self._open = {}

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._way.places and self.place() in self._open:
            self.screen().fold(self._narrow())

    def _narrow(self) -> bool:
        return self.width() < NARROW

    def _leave(self) -> None:
        here = self._way.here
        if here is not None and here in self._open:
            self._open[here].leave()

    def _show(self) -> None:
        place = self.place()
        screen = self._open.get(place)
        if screen is None:
            screen = self._makers[place.screen](self.desk, place)
            screen.go.connect(self.open)
            screen.back.connect(self.back)
            screen.notice.connect(self.show_notice)
            self._stack.addWidget(screen)
            self._open[place] = screen
        self._stack.setCurrentWidget(screen)
        screen.fold(self._narrow())
        screen.enter()
        if (first := screen.first_focus()) is not None:
            first.setFocus()
        self._forget()

    def _forget(self) -> None:
        for place in [each for each in self._open if each not in self._way.places]:
            gone = self._open.pop(place)
            self._stack.removeWidget(gone)
            gone.deleteLater()

    def show_notice(self, notice: Notice) -> None:
        """Show a notice above the screen."""

    def _failed(self, failure: Failure) -> None:
        self.show_notice(notice_of(failure))

    def _store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        if self._open:
            self.screen().store_changed(kinds, ids)

    def _shortcut(self, one: Act) -> QShortcut:
        shortcut = QShortcut(QKeySequence(one.keys), self)
        shortcut.activated.connect(lambda: self._do(one))
        return shortcut

    def _do(self, one: Act) -> None:
        if one.screen:
            self.open(Place.of(one.screen))
        elif one.name == "back":
            self.back()
        else:
            self.asked.emit(one.name)


def holder_column(stack: QStackedWidget) -> QWidget:
    """The stack with what stands above it."""
    widget = QWidget()
    widget.setLayout(column((stack, 1), space=0))
    return widget
