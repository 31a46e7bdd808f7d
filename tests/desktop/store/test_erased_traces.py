"""After an erasure no byte of the file is left on the laptop: every page is decrypted, used or free, and so is the WAL.

Canaries lie in every kind of place before; the same search finds them all then, and none afterwards.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.model.record import CaseKey
from desktop.store.edits import Begun
from desktop.store.migrate import backup_path, open_store
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from sync.acts import Erase
from sync.change import Assign
from sync.envelope import eid_of, parse
from sync.keys import SeatKeys
from sync.protocol import ItemResult, ItemStatus
from sync.records import SpaceKind
from tests.desktop.store.laptops import KEY, Exchange, Writer
from tests.desktop.store.raw_pages import raw_bytes
from tests.desktop.store.unit_laptops import NOBODY, UnitLaptop, of_district
from tests.sync.founded import District, district

SLICE = 24
"""Bytes of a compressed or sealed body that name it without doubt."""


@pytest.fixture
def made() -> District:
    return district()


@pytest.fixture
def space(made: District) -> str:
    return made.space(SpaceKind.UNIT, "alder", "police")


@pytest.fixture
def alder(made: District, space: str, tmp_path: Path) -> Iterator[UnitLaptop]:
    laptop = of_district(made, "alder", spool=tmp_path / "spool")
    yield laptop
    laptop.discard()


@pytest.fixture
def birch(made: District, space: str) -> Iterator[UnitLaptop]:
    laptop = of_district(made, "birch")
    yield laptop
    laptop.discard()


def plant(made: District, alder: UnitLaptop, birch: UnitLaptop) -> CaseKey:
    """A file with a canary in every kind of place; returns where it lives."""
    store, exchange = alder.store, Exchange()
    key = store.cases.new("Codenamecanary")
    person = store.cases.add_person(key, "victim", {"name": "Personcanary"})
    shown = store.cases.records(key)["person", person].fields["name"].shown_ids
    store.cases.edit(key, "person", person, "name", "Overwrittencanary", shown)
    store.cases.add_record(key, "note", {"text": "Notecanary " * 2000})  # over several pages
    exchange.sync(store, birch.store)
    birch.store.ledger.write(key, [Assign("note", None, "text", "Quarantinecanary")])
    exchange.sync(birch.store, store)
    store.stewarding.close_seat(made.id("birch"), {})
    _by_strangers(store, key)
    store.ledger.write(key, [Assign("note", None, "text", "Refusedcanary")])
    (eid,) = [item.id for item in store.queue.items() if item.code == "" and item.what == "note"][:1]
    store.replica.take_results(key.space, (ItemResult(eid, ItemStatus.REJECTED, "quota"),), b"")
    store.ledger.write(key, [Assign("note", None, "text", "Outboxcanary")])
    draft = store.drafts.begin("risk", "1", "00", key.ref, context={"shown": "Contextcanary"})
    store.drafts.save_answer(draft, "/risk/why", "Draftcanary")
    store.edits.keep([key.ref], Begun("header", {"aim": "Editcanary"}))
    store.audit.append("print", key.ref, "Auditcanary")
    store.audit.append("print", person, "Auditpersoncanary")
    assert store.spooling is not None
    while store.spooling.settle().more:
        pass
    return key


def _by_strangers(store: Store, key: CaseKey) -> None:
    """One entry without its key is put aside, one of a seat that nobody has enrolled waits."""
    newest = store.seat.newest_space_key(key.space)
    assert newest is not None
    stranger = Writer(SeatKeys.generate(), key.space, newest[1])
    raw, key_id, secret = stranger.key_entry(key.tag)
    _, body = stranger.change(key.tag, Assign("note", None, "text", "Waitingcanary"))
    store.replica.take_loose(key.space, [raw, stranger.entry(key.tag, key_id, secret, body)], queue=False)
    _, other_id, other = stranger.key_entry(key.tag)
    _, body = stranger.change(key.tag, Assign("note", None, "text", "Asidecanary"))
    store.replica.take_loose(key.space, [stranger.entry(key.tag, other_id, other, body)], queue=False)


WORDS = tuple(
    f"{place}canary".encode()
    for place in ("Codename", "Person", "Overwritten", "Draft", "Audit", "Auditperson")
)  # fmt: skip
"""Those that lie in the file in clear; the others are compressed or sealed, and found by their bytes."""


def slices(store: Store, key: CaseKey) -> dict[str, set[bytes]]:
    """What names each compressed or sealed body of a file, by place."""
    row = store.database.value("SELECT id FROM tag WHERE tag = ?", (key.tag,))
    places = {
        "change": "SELECT body FROM change WHERE tag = :row",
        "change signature": "SELECT signature FROM change WHERE tag = :row",
        "value": "SELECT content FROM value WHERE length(content) >= 12"
        " AND record IN (SELECT id FROM record WHERE tag = :row)",
        "key": "SELECT secret FROM case_key WHERE tag = :row",
        "outbox": "SELECT raw FROM outbox WHERE tag = :row",
        "bad entry": "SELECT raw FROM bad_entry WHERE :row > 0",
        "draft": "SELECT context FROM draft WHERE :row > 0",
        "edit": "SELECT body FROM edit WHERE :row > 0",
    }
    cells = {place: [bytes(one[0]) for one in store.database.query(sql, {"row": row})] for place, sql in places.items()}
    assert all(cells.values())
    return {place: {part for cell in held for part in _parts(cell)} for place, held in cells.items()}


def _parts(cell: bytes) -> list[bytes]:
    if len(cell) <= 3 * SLICE:
        return [cell[-SLICE:]]
    return [cell[at : at + SLICE] for at in range(SLICE, len(cell) - SLICE, 1024)] + [cell[-2 * SLICE : -SLICE]]


def left(data: bytes, found: dict[str, set[bytes]]) -> set[str]:
    """The places of which some byte string is in `data`."""
    return {place for place, parts in found.items() if any(part in data for part in parts)} | {
        word.decode() for word in WORDS if word in data or word.lower() in data
    }


def erase(made: District, laptop: UnitLaptop, key: CaseKey) -> None:
    """The entry that leads signed comes by a page, while the laptop is at work."""
    tell(laptop.store, key.space, made.say("rowan", key.space, Erase((key.tag,))))
    laptop.store.follow_trees()


def tell(store: Store, space: str, raw: bytes) -> None:
    with store.database.transaction():
        store.database.insert(
            "INSERT INTO tree_entry (tree, entry, on_server, raw) SELECT id, ?, 1, ? FROM tree WHERE tree = ?",
            (eid_of(raw), raw, space),
        )


def spooled(folder: Path, key: CaseKey) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if parse(path.read_bytes()).tag == key.tag]


def test_canaries_of_every_place_are_found_before_and_none_after(
    made: District, alder: UnitLaptop, birch: UnitLaptop, tmp_path: Path
) -> None:
    key = plant(made, alder, birch)
    path = alder.folder / "store.db"
    shutil.copy(path, backup_path(path, 7))
    verdicts = {row[0] for row in alder.store.database.query("SELECT DISTINCT verdict FROM change")}
    assert verdicts >= {"ok", "waiting", "quarantined"}
    assert alder.store.queue.state().refused == 1
    assert alder.store.search.find("Overwrittencanary")
    found = slices(alder.store, key)
    assert left(raw_bytes(path, KEY), found) == found.keys() | {word.decode() for word in WORDS}
    assert spooled(tmp_path / "spool", key)

    erase(made, alder, key)
    assert left(raw_bytes(path, KEY), found) == set()
    assert not spooled(tmp_path / "spool", key)
    assert not backup_path(path, 7).exists()
    assert alder.store.cases.caseload() == []
    assert not alder.store.search.find("Overwrittencanary")
    assert alder.store.drafts.list() == []
    assert alder.store.edits.list() == ()
    assert alder.store.audit.verify().sound
    assert alder.store.database.verify() == 0
    state = alder.store.queue.state()
    assert (state.pending, state.refused, state.bad, state.waiting) == (0, 0, 0, 0)


def test_killed_at_any_statement_the_file_is_erased_whole_at_the_latest_by_the_next_opening(
    made: District, alder: UnitLaptop, birch: UnitLaptop, tmp_path: Path
) -> None:
    """What lies on the disk at each statement is what a kill leaves there; each such state is opened again."""
    key = plant(made, alder, birch)
    other = alder.store.cases.new("Harbour 214")
    found = slices(alder.store, key)
    tell(alder.store, key.space, made.say("rowan", key.space, Erase((key.tag,))))
    states: list[Path] = []

    def keep(number: int, _sql: str) -> None:
        folder = tmp_path / f"at {number}"
        folder.mkdir()
        for name in ("store.db", "store.db-wal"):
            if (alder.folder / name).exists():
                shutil.copy(alder.folder / name, folder / name)
        states.append(folder)

    alder.store.database._observer = keep
    alder.store.follow_trees()
    alder.store.database._observer = None
    assert len(states) > 20
    for folder in states:
        assert_erased_at_opening(alder, folder / "store.db", key, other, found)


def assert_erased_at_opening(
    alder: UnitLaptop, path: Path, key: CaseKey, other: CaseKey, found: dict[str, set[bytes]]
) -> None:
    database = open_store(path, KEY)
    held = database.value("SELECT count(*) FROM change c JOIN tag t ON t.id = c.tag WHERE t.tag = ?", (key.tag,))
    done = database.value("SELECT count(*) FROM erased")
    assert (held == 0) == (done == 1), "whole, or not at all"
    store = Store.open(database, SeatIdentity(alder.keys, NOBODY, {}), alder.clock, "Europe/London")
    try:
        assert left(raw_bytes(path, KEY), found) == set()
        assert [row.key for row in store.cases.caseload()] == [other]
        assert [told.key for told in store.erasing.erased()] == [key]
        assert database.verify() == 0
    finally:
        store.close()
        shutil.rmtree(path.parent)
