"""The real program with one profile open, offscreen, for measuring what a person waits for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from desktop.app import Causeway, Outfit
from desktop.crypto.keychain import Keychain
from desktop.demo.laptop import Laptop, make_laptop, no_keyring
from desktop.demo.partnership import Founded, found
from desktop.seating import Seated
from desktop.store.store import Store
from desktop.ui.frame import Frame
from desktop.ui.models.entrance import Unlocked
from sync.identity import Roster

ZONE = "Europe/Berlin"
PATIENCE_SECONDS = 60.0
WAKE_MS = 5


def now() -> datetime:
    return datetime.now(UTC)


def no_server(_address: str, _roster: Roster) -> NoReturn:
    raise AssertionError("this part asks no server")


def laptop(folder: Path) -> tuple[Laptop, Founded]:
    """A police laptop without a server."""
    founded = found()
    return make_laptop(folder, "alder", "Desk one", Seated(founded.seats["alder"], founded.roster)), founded


def filled(one: Laptop, fill: Callable[[Store], None]) -> None:
    """Write into the laptop's store while no window has it open."""
    store = one.open(now, ZONE)
    try:
        fill(store)
    finally:
        store.close()


class Paints(QObject):
    """Counts the repaints of a window, at its own door: on every event of the program it would cost what it counts."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.count = 0
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.UpdateRequest:
            self.count += 1
        return super().eventFilter(watched, event)


@contextmanager
def program(one: Laptop) -> Iterator[tuple[QApplication, Causeway, Frame]]:
    """The program, unlocked."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    outfit = Outfit(one.data, no_server, Keychain(no_keyring), now, ZONE)
    causeway = Causeway(app, outfit)
    causeway.start()
    causeway.window.resize(1440, 900)
    try:
        causeway.enter(Unlocked(one.profile, one.store_key))
        until(app, lambda: causeway.session is not None and causeway.session.frame is not None)
        assert causeway.session is not None
        assert causeway.session.frame is not None
        yield app, causeway, causeway.session.frame
    finally:
        causeway.close()
        causeway.window.close()


def until(app: QApplication, true: Callable[[], object]) -> None:
    """Work off events until something holds. Between them the loop sleeps, as the program's own does: turning round and
    round it would take Python's lock away from the thread that is waited for.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    waking = QTimer(app, interval=WAKE_MS)
    waking.start()
    loop = QEventLoop()
    while not true():
        loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        assert time.monotonic() < deadline, "it never came"
    waking.stop()
    waking.deleteLater()
