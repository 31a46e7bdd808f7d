"""Two laptops that share a case, for the screens: one behind real widgets and its store's thread, one written by hand.

Entries travel through logs in memory (`tests.desktop.store.laptops`), as a round would bring them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from desktop.model.record import CaseKey
from desktop.store.migrate import open_store
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from desktop.tasks import OnChanged, StoreThread
from desktop.ui.models.network import Network
from desktop.ui.remembered import Remembered
from desktop.ui.views.screen import Desk, Screen
from tests.desktop.store.laptops import KEY, PRACTICE, Clock, Exchange, Laptop, shared_case

T = TypeVar("T")
ZONE = "Europe/London"


@dataclass
class Partners:
    """`mine`: the police laptop with a window; `theirs`: the hospital's store, on this thread."""

    qtbot: QtBot
    folder: Path
    key: CaseKey
    person: str
    shared: CaseKey
    tasks: StoreThread
    desk: Desk
    theirs: Store
    exchange: Exchange
    owner: QObject = field(default_factory=QObject)
    windows: list[QMainWindow] = field(default_factory=list)

    def ask(self, act: Callable[[Store], T]) -> T:
        """Do something with my store, on its own thread, and wait for it."""
        answers: list[T] = []
        self.tasks.change(act, answers.append, owner=self.owner)
        self.qtbot.waitUntil(lambda: bool(answers), timeout=10_000)
        return answers[0]

    def meet(self) -> None:
        """Everything either of us wrote reaches the other."""
        for _ in range(2):
            self.ask(lambda store: self.exchange.sync(store, rounds=1))
            self.exchange.sync(self.theirs, rounds=1)

    def show(self, screen: Screen, width: int) -> None:
        """Put a screen into a window, as the frame does: shown, told of commits, entered."""
        window = QMainWindow()
        window.setCentralWidget(screen)
        self.windows.append(window)
        self.qtbot.addWidget(window)
        self.tasks.changed.connect(screen.store_changed)
        window.resize(width, 800)
        window.show()
        window.activateWindow()
        screen.enter()

    def their_edit(self, kind: str, record: str, name: str, value: Any) -> None:
        """The partner edits a field with sight of what their laptop shows."""
        held = self.theirs.cases.records(self.shared)[kind, record].fields[name]
        self.theirs.cases.edit(self.shared, kind, record, name, value, held.shown_ids)


@contextmanager
def partners(
    qtbot: QtBot, folder: Path, before: Callable[[Store, CaseKey, str], None] | None = None
) -> Iterator[Partners]:
    """A case with a victim and a contact rule, shared with the hospital; both laptops are level."""
    mine, theirs, exchange = Laptop("p1", _made(folder / "mine")), Laptop("h1", _made(folder / "theirs")), Exchange()
    key, person, shared = shared_case(mine.store)
    if before is not None:
        before(mine.store, key, person)
    exchange.sync(mine.store, theirs.store)
    mine.close()
    identity, clock = SeatIdentity.of(PRACTICE.seats["p1"], PRACTICE.roster), Clock()

    def opened(changed: OnChanged) -> Store:
        database = open_store(folder / "mine" / "store.db", KEY)
        return Store.open(database, identity, clock, ZONE, local=ZoneInfo(ZONE), changed=changed)

    tasks = StoreThread(opened)
    with qtbot.waitCallback() as started:
        tasks.start(started)
    assert identity.seat is not None
    desk = Desk(
        tasks=tasks,
        network=Network(),
        clock=clock,
        zone=ZoneInfo(ZONE),
        remembered=Remembered(folder),
        seat=identity.seat_id,
        name=identity.seat.name,
        unit=identity.unit,
        unit_names={unit.id: unit.name for unit in PRACTICE.roster.units},
        agencies=tuple(dict.fromkeys(unit.agency for unit in PRACTICE.roster.units)),
    )
    try:
        yield Partners(qtbot, folder, key, person, shared, tasks, desk, theirs.store, exchange)
    finally:
        tasks.stop()
        theirs.close()


def said(root: QWidget) -> str:
    """Every text that any widget below `root` shows or tells a screen reader or a tooltip, shown or hidden."""
    words = []
    for widget in (root, *root.findChildren(QWidget)):
        words += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        words.append(str(getattr(widget, "text", str)()))
        words.append(str(getattr(widget, "toPlainText", str)()))
    return "\n".join(words)


def labels(root: QWidget) -> list[str]:
    """The labels in sight."""
    return [one.text() for one in root.findChildren(QLabel) if one.isVisible()]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
