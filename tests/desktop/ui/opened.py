"""A real program for tests: profiles and stores in a temporary folder, real threads, invented cases, a still clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeVar

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import Causeway, Outfit
from desktop.crypto.keychain import Keychain
from desktop.crypto.vault import Cost
from desktop.demo.cases import demo_cases
from desktop.demo.partnership import found
from desktop.profiles import Profile, Profiles
from desktop.seating import Seated, keep_seat, read_seat
from desktop.store.store import Store
from desktop.ui.frame import Frame
from desktop.ui.models.entrance import Unlocked
from sync.identity import Roster

PASSPHRASE = "lantern harbour meadow quarry"
NOW = datetime(2026, 11, 23, 9, 42, tzinfo=UTC)
ZONE = "Europe/London"
CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)
"""Stretching is proven with the vault; here it would only be slow."""
T = TypeVar("T")


def no_keyring() -> NoReturn:
    raise LookupError


def no_server(_address: str, _roster: Roster) -> NoReturn:
    raise AssertionError("these tests ask no server")


@dataclass
class House:
    """One laptop: its folder, its one profile, and what it takes to open it."""

    folder: Path
    profile: Profile
    store_key: bytes
    keychain: Keychain

    def outfit(self, **other: object) -> Outfit:
        facts: dict[str, object] = {
            "data": self.folder,
            "connect": no_server,
            "keychain": self.keychain,
            "clock": lambda: NOW,
            "zone": ZONE,
            "cost": CHEAP,
        }
        return Outfit(**(facts | other))  # type: ignore[arg-type]  # a test may change any of them

    def with_store(self, act: Callable[[Store], T]) -> T:
        """Do something with the store while nobody else has it open."""
        database = self.profile.open_store(self.store_key)
        seated = read_seat(database)
        store = Store.open(database, seated.identity(), lambda: NOW, ZONE)
        try:
            return act(store)
        finally:
            store.close()


def make_house(folder: Path, *, server: str = "") -> House:
    """A laptop of R. Alder, Police, with an empty caseload."""
    founded = found()
    return make_seated_house(folder, Seated(founded.seats["alder"], founded.roster, server))


def make_seated_house(folder: Path, seated: Seated) -> House:
    """A laptop with this seat."""
    keychain = Keychain(no_keyring)
    made = Profiles(keychain, folder).create("Desk one", PASSPHRASE, cost=CHEAP)
    database = made.profile.open_store(made.store_key)
    keep_seat(database, seated)
    database.close()
    return House(folder, made.profile, made.store_key, keychain)


def fill(store: Store, count: int = 12) -> None:
    """Invented cases, in the unit's own file."""
    for case in demo_cases(NOW, count=count):
        key = store.cases.new(case.code_name, **case.fields)
        for one in case.writings:
            if one.kind != "agreed_grade":
                store.cases.add_record(key, one.kind, one.fields, one.record)


def start(qtbot: QtBot, house: House, **other: object) -> Causeway:
    """The program at its entrance."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    causeway = Causeway(app, house.outfit(**other))
    qtbot.addWidget(causeway.window, before_close_func=lambda _window: causeway.close())
    causeway.start()
    return causeway


def opened(qtbot: QtBot, house: House, **other: object) -> tuple[Causeway, Frame]:
    """The program with the profile open, at Today."""
    causeway = start(qtbot, house, **other)
    with qtbot.waitSignal(causeway.opened, timeout=10_000):
        causeway.enter(Unlocked(house.profile, house.store_key))
    assert causeway.session is not None
    assert causeway.session.frame is not None
    return causeway, causeway.session.frame


def named(widget: QWidget) -> str:
    """What a screen reader says of a widget."""
    return widget.accessibleName() or getattr(widget, "text", str)()
