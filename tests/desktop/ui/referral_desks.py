"""Two desks of the practice partnership, police and health: real stores on their own threads, a log between them."""

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPlainTextEdit, QWidget

from desktop.demo.partnership import HEALTH, POLICE, Founded, found
from desktop.forms.xlsform.importer import ImportResult, import_workbook
from desktop.model.record import CaseKey
from desktop.packs import install_shipped
from desktop.paths import resources_root
from desktop.store.migrate import open_store
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from desktop.tasks import OnChanged, StoreThread
from desktop.ui.models.network import Network
from desktop.ui.models.referral_answers import open_session
from desktop.ui.models.referral_page import begin
from desktop.ui.remembered import Remembered
from desktop.ui.views.screen import Desk
from tests.desktop.store.laptops import Exchange

T = TypeVar("T")
KEY = bytes(range(32))
ZONE = "Europe/London"
NOW = datetime(2026, 11, 23, 10, 58, tzinfo=UTC)  # a Monday
ADDRESS = "Old mill lane 3"
NUMBER = "01632 960114"
RULE = {
    "level": "restricted",
    "channel": "mobile",
    "number": NUMBER,
    "days": "12345",
    "from": "09:00",
    "to": "12:00",
    "who_may_answer": "only she herself",
    "if_another_answers": "say it is about a library book",
    "voicemail": "no",
    "sms": "no",
    "letter": "no",
    "email": "no",
    "verified_on": "2026-11-16",
    "expires": "2027-05-16",
}
ANSWERS = {
    "urgency": "today",
    "reply_by": "2026-11-24",
    "has_others": "no",
    "aim": "victim",
    "needs": "health advice",
    "needs_more": "An injury check, and someone to talk with.",
    "consent": "yes",
    "agreed": "Told in her language. Agreed to what is listed, and to nothing else.",
    "restrictions": "not_before not_tell",
    "not_before": "2026-11-24",
    "not_tell": "Flint",
    "removed": "Where she lives, and his record.",
}
CARDS: Mapping[str, Mapping[str, Any]] = {
    POLICE: {"relay": "R. Alder", "phone": "01632 960100", "duty_phone": "01632 960101"},
    HEALTH: {
        "relay": "S. Linden",
        "deputy": "I. Yew",
        "duty_phone": "01632 960200",
        "hours": [{"days": "12345", "from": "08:00", "to": "18:00"}],
    },
}


@functools.cache
def converted(data: bytes, name: str) -> ImportResult:
    """A shipped sheet is converted once for all tests."""
    return import_workbook(data, name, isolated=False)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Table:
    """One member at a desk."""

    member: str
    founded: Founded
    folder: Path
    clock: Clock
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.sit()

    def sit(self) -> None:
        """Open the file on a thread of its own, as after an unlock."""
        self.tasks = StoreThread(self._open)
        ready = threading.Event()
        self.tasks.start(_nothing)
        self.tasks.step(lambda _store: ready.set()).result(20)
        assert ready.is_set()
        roster = self.founded.roster
        seat = roster.seat(self.founded.seats[self.member].seat_id)
        assert seat is not None
        self.desk = Desk(
            tasks=self.tasks,
            network=Network(),
            clock=self.clock,
            zone=ZoneInfo(ZONE),
            remembered=Remembered(self.folder),
            seat=seat.id,
            name=seat.name,
            unit=seat.unit,
            unit_names={unit.id: unit.name for unit in roster.units},
            agencies=tuple(unit.agency for unit in roster.units),
        )

    def _open(self, changed: OnChanged) -> Store:
        path = self.folder / "store.db"
        database = open_store(path, KEY, create=not path.exists())
        identity = SeatIdentity.of(self.founded.seats[self.member], self.founded.roster)
        store = Store.open(database, identity, self.clock, ZONE, local=ZoneInfo(ZONE), changed=changed)
        install_shipped(store.form_versions, resources_root() / "forms", convert=converted)
        return store

    def do(self, act: Callable[[Store], T]) -> T:
        """Something with the store, from the test's thread."""
        return self.tasks.step(act).result(20)

    def rise(self) -> None:
        """Close the file."""
        self.tasks.stop()


def _nothing() -> None:
    """Nobody waits for the opening but the first step."""


@dataclass
class Two:
    """Police and health, and what lies between them."""

    police: Table
    health: Table
    exchange: Exchange

    def sync(self) -> None:
        """Until both hold all."""
        for _ in range(2):
            for table in (self.police, self.health):
                table.do(self.exchange.push)
                table.do(self.exchange.pull)

    def unit(self, agency: str) -> str:
        return self.police.founded.unit_id(agency)


def two_desks(folder: Path) -> Iterator[Two]:
    """Two desks with a directory."""
    founded, clock = found(), Clock()
    two = Two(
        Table("alder", founded, folder / "police", clock),
        Table("linden", founded, folder / "health", clock),
        Exchange(),
    )
    try:
        two.police.do(lambda store: store.directory.put_own(CARDS[POLICE]))
        two.health.do(lambda store: store.directory.put_own(CARDS[HEALTH]))
        two.sync()
        yield two
    finally:
        two.police.rise()
        two.health.rise()


def harbour(store: Store, *, grade: str = "high", contact: bool = True) -> CaseKey:
    """The case that is referred: a victim whose address is protected, a perpetrator, a child, an order."""
    key = store.cases.new("Harbour 214", aim="lower the risk to the victim")
    wren = {"name": "Wren Teixeira", "born": "1991", "language": "Portuguese"}
    person = store.cases.add_person(key, "victim", wren | {"address": ADDRESS, "address_protected": True})
    store.cases.add_person(key, "perpetrator", {"name": "Flint Teixeira", "born": "1987"})
    store.cases.add_person(key, "child", {"name": "Pip", "born": "2020"})
    if contact:
        store.cases.add_record(key, "safe_contact", {"person": person, "rule": RULE}, person)
    store.cases.add_record(
        key, "incident", {"on": "2026-11-16", "incident_kind": "pushed", "account": "Pushed against a wall."}, "i1"
    )
    store.cases.add_record(key, "assessment", assessment(grade))
    for code, label in (("strangulation", "Strangulation"), ("firearm", "Firearm")):
        store.cases.add_record(key, "flag", {"label": label, "raised": True}, code)
    order = {
        "order_kind": "Barring order",
        "starts": "2026-11-14",
        "ends": "2026-11-27",
        "conditions": "Not within 200 m",
    }
    store.cases.add_record(key, "order", order, "o1")
    store.cases.add_record(key, "note", {"note_kind": "opinion", "text": "I doubt the neighbour's account."})
    return key


def assessment(grade: str) -> dict[str, Any]:
    """A signed assessment as the risk record writes it."""
    return {
        "form": "risk-record",
        "form_version": "1",
        "tool": "Partnership risk record",
        "tool_result": {"score": 11, "band": grade, "grade": grade, "answered": 19, "possible": 19},
        "grade": grade,
        "reason": "as the record shows",
        "victim_view": "More afraid than in summer.",
        "circumstances": {"freely": "yes"},
        "lines": [{"code": "q1", "label": "Injury", "answer": "yes"}],
        "on": (NOW - timedelta(days=7)).isoformat(),
    }


def filled(store: Store, key: CaseKey, unit: str, clock: Clock, **other: str) -> str:
    """A referral whose form is filled in; the draft's id."""
    zone = ZoneInfo(ZONE)
    draft = begin(store, key, unit, clock, zone)
    held = store.drafts.load(draft)
    assert held is not None
    session = open_session(store.form_versions.by_hash(held.head.form_hash), held.answers, clock, zone)
    refs = {ref.rsplit("/", 1)[-1]: ref for ref in session.draft().values}
    for name, value in (ANSWERS | other).items():
        session.set_value(refs[name], value)
    store.drafts.restate(draft, session.draft().values)
    return draft


def labels_of(widget: QWidget) -> str:
    """Every word a person could read or hear on a screen."""
    words = [child.accessibleName() + " " + child.accessibleDescription() for child in widget.findChildren(QWidget)]
    words += [child.text() for child in widget.findChildren(QLabel)]
    words += [child.text() for child in widget.findChildren(QAbstractButton)]
    words += [child.text() for child in widget.findChildren(QLineEdit)]
    words += [child.toPlainText() for child in widget.findChildren(QPlainTextEdit)]
    return " ".join(words)
