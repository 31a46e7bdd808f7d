"""Laptops of the invented partnership for the store's tests: real encrypted files, and a log that carries envelopes."""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from desktop.model.record import CaseKey
from desktop.store.database import Observer
from desktop.store.migrate import open_store
from desktop.store.seat import SeatIdentity
from desktop.store.sharing import Chosen
from desktop.store.store import Store
from sync.change import Assign, Change, Seen, cid_of, encode
from sync.envelope import eid_of, seal_change, seal_key
from sync.identity import Roster
from sync.keys import Domain, SeatKeys, sign
from sync.protocol import Cursor, ItemResult, ItemStatus, LogPage, next_hash
from tests.sync.practice import Practice, found_practice

KEY = bytes(range(32))
EPOCH = "ab" * 16
START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday
RULE = {
    "level": "restricted",
    "channel": "call",
    "number": "07700 900123",
    "days": "12345",
    "from": "09:00",
    "to": "12:00",
}

PRACTICE = found_practice()
"""Founded once: keys are slow to make, and no test changes them."""


@dataclass
class Clock:
    """A clock that moves a minute with every look, so that no two acts share a time."""

    now: datetime = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@dataclass
class Laptop:
    """One seat's encrypted file."""

    seat: str
    folder: Path
    practice: Practice = PRACTICE
    roster: Roster | None = None
    clock: Clock = field(default_factory=Clock)
    spool: Path | None = None

    def __post_init__(self) -> None:
        self.path = self.folder / "store.db"
        self.store = self._open(create=not self.path.exists())

    def _open(self, *, create: bool, observer: Observer | None = None) -> Store:
        database = open_store(self.path, KEY, create=create, observer=observer)
        roster = self.roster or self.practice.roster
        return Store.open(
            database,
            SeatIdentity.of(self.practice.seats[self.seat], roster),
            self.clock,
            "Europe/London",
            spool=self.spool,
        )

    def reopen(self, *, roster: Roster | None = None, observer: Observer | None = None) -> Store:
        self.store.close()
        self.roster = roster or self.roster
        self.store = self._open(create=False, observer=observer)
        return self.store

    def close(self) -> None:
        self.store.close()


def laptop(seat: str = "p1", **kept: Any) -> Laptop:
    """A laptop in a folder of its own; close it with `discard`."""
    return Laptop(seat, Path(tempfile.mkdtemp(prefix="laptop-")), **kept)


def discard(*laptops: Laptop) -> None:
    for one in laptops:
        one.close()
        shutil.rmtree(one.folder)


@dataclass
class Log:
    """The log of one space as a server keeps it: contiguous, with its running hash."""

    epoch: str = EPOCH
    entries: list[bytes] = field(default_factory=list)
    hashes: list[str] = field(default_factory=lambda: [Cursor().log_hash])

    def push(self, *raws: bytes) -> None:
        for raw in raws:
            if raw not in self.entries:
                self.entries.append(raw)
                self.hashes.append(next_hash(self.hashes[-1], eid_of(raw)))

    def page(self, cursor: Cursor, most: int = 200) -> LogPage:
        entries = self.entries[cursor.seq : cursor.seq + most]
        return LogPage(
            self.epoch, cursor.seq + 1, tuple(entries), self.hashes[cursor.seq + len(entries)], len(self.entries)
        )


@dataclass
class Exchange:
    """A log per space, and what a round does with them."""

    logs: dict[str, Log] = field(default_factory=dict)

    def log(self, space: str) -> Log:
        return self.logs.setdefault(space, Log())

    def push(self, store: Store) -> None:
        for space in store.replica.spaces():
            while rows := store.replica.outgoing(space, 1 << 20):
                store.replica.mark_sent(space, [row.eid for row in rows])
                self.log(space).push(*(row.raw for row in rows))
                results = tuple(ItemResult(row.eid, ItemStatus.OK, seq=1) for row in rows)
                store.replica.take_results(space, results, b"receipt")

    def pull(self, store: Store, most: int = 200) -> None:
        for space in store.replica.spaces():
            log = self.log(space)
            while (cursor := store.replica.cursor(space)).seq < len(log.entries):
                store.replica.take_page(space, log.page(cursor, most))
            if log.entries:
                store.replica.note_contact(space, store.replica.cursor(space))

    def sync(self, *stores: Store, rounds: int = 2) -> None:
        for _ in range(rounds):
            for store in stores:
                self.push(store)
                self.pull(store)


@dataclass
class Writer:
    """A seat that writes envelopes by hand, the way a foreign or faulty client may."""

    keys: SeatKeys
    space: str
    space_key: bytes
    n: int = 0
    prev: str = ""

    def key_entry(self, tag: str) -> tuple[bytes, str, bytes]:
        return seal_key(self.space, tag, self.space_key)

    def change(self, tag: str, *sets: Assign, at: str = "2026-11-23T08:00:00+00:00") -> tuple[str, bytes]:
        """(cid, body) of a change."""
        self.n += 1
        body = encode(
            Change(
                self.space, tag, self.keys.seat_id, self.n, self.prev, Seen("", 0, "", ""), at, "UTC", "00" * 16, sets
            )
        )
        self.prev = cid_of(body)
        return self.prev, body

    def entry(self, tag: str, key_id: str, case_key: bytes, body: bytes) -> bytes:
        signature = sign(self.keys.sign_private, Domain.CHANGE, body)
        return seal_change(self.space, tag, key_id, case_key, body, signature)


def writer(seat: str, space: str, practice: Practice = PRACTICE) -> Writer:
    """A hand-writing seat of the practice partnership."""
    identity = SeatIdentity.of(practice.seats[seat], practice.roster)
    newest = identity.newest_space_key(practice.spaces[space])
    assert newest is not None
    return Writer(practice.seats[seat], practice.spaces[space], newest[1])


def shared_case(store: Store, *, share_space: str | None = None) -> tuple[CaseKey, str, CaseKey]:
    """A case with a victim and a contact rule, shared with health: (unit file, person, shared file)."""
    key = store.cases.new("Harbour 214", aim="lower the risk")
    person = store.cases.add_person(key, "victim", {"name": "Wren"})
    store.cases.add_record(key, "safe_contact", {"rule": RULE}, record=person)
    chosen = [Chosen("person", person), Chosen("party", person), Chosen("safe_contact", person)]
    space = share_space or PRACTICE.spaces["shared"]
    return key, person, store.cases.share(key, space, chosen, basis="danger to life")
