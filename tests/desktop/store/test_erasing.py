"""After an erasure nothing of the file is left on a laptop, nothing of it comes back, and the other files stand."""

from collections.abc import Callable, Iterator

import pytest

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.database import Database
from desktop.store.packing import unpack
from desktop.store.store import Store
from sync.acts import Erase, Freeze, RolesChanged
from sync.identity import Role
from sync.protocol import TreeKind, TreePage
from sync.records import SpaceKind
from sync.replica import TreeRef
from tests.desktop.store.laptops import EPOCH, Exchange
from tests.desktop.store.unit_laptops import UnitLaptop, of_district, seeded
from tests.sync.founded import District, district

WORD = "Quicksilver"

Laptops = Callable[[str], UnitLaptop]


@pytest.fixture
def made() -> District:
    return district()


@pytest.fixture
def space(made: District) -> str:
    return made.space(SpaceKind.UNIT, "alder", "police")


@pytest.fixture
def open_for(made: District, space: str) -> Iterator[Laptops]:
    opened: dict[str, UnitLaptop] = {}

    def open_one(seat: str) -> UnitLaptop:
        return opened.setdefault(seat, of_district(made, seat))

    yield open_one
    for laptop in opened.values():
        laptop.discard()


def everything(database: Database) -> str:
    """All that a person with the key could read: every cell of every table, bodies unpacked."""
    tables = [row[0] for row in database.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found: list[str] = []
    for table in tables:
        if table == "search" or table.startswith("sqlite_"):
            continue
        for row in database.query(f"SELECT * FROM {table}"):  # noqa: S608  names from the schema itself
            for cell in tuple(row):
                found.append(repr(cell))
                if isinstance(cell, bytes):
                    try:
                        found.append(repr(unpack(cell)))
                    except Exception:  # noqa: BLE001, S112  not a packed body
                        continue
    return "\n".join(found)


def write(store: Store) -> CaseKey:
    key = store.cases.new(f"{WORD} 12")
    store.cases.add_record(key, "note", {"text": f"{WORD} at the mill"})
    draft = store.drafts.begin("note", "1", "hash", key.ref)
    assert draft
    return key


def test_nothing_of_an_erased_file_is_left_and_the_others_stand(
    made: District, space: str, open_for: Laptops, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    truncate = Database.checkpoint

    def checkpoint(database: Database) -> None:
        truncate(database)
        sizes.append(database.path.with_name(f"{database.path.name}-wal").stat().st_size)

    monkeypatch.setattr(Database, "checkpoint", checkpoint)
    alder, rowan = open_for("alder").store, open_for("rowan").store
    server, exchange = seeded(alder, rowan), Exchange()
    key, other = write(alder), alder.cases.new("Harbour 214")
    exchange.sync(alder, rowan)
    for store in (alder, rowan):
        assert WORD in everything(store.database)
        assert store.search.find(WORD)
    alder.erasing.erase(key)
    assert WORD in everything(alder.database)  # it waits for the server
    assert [each.act for each in alder.erasing.meant()] == ["erase"]
    server.sync(alder, rowan)
    assert alder.erasing.meant() == ()
    for store in (alder, rowan):
        assert WORD not in everything(store.database)
        assert not store.search.find(WORD)
        assert [row.code_name for row in store.cases.caseload()] == ["Harbour 214"]
        assert [each.key for each in store.erasing.erased()] == [key]
        assert store.cases.file(other).header.code_name == "Harbour 214"
    assert sizes == [0, 0]  # on both laptops the pages of before went from the write-ahead log too


def test_nothing_erased_comes_back_by_any_way(made: District, space: str, open_for: Laptops) -> None:
    alder, birch = open_for("alder").store, open_for("birch").store
    server, exchange = seeded(alder, birch), Exchange()
    key = write(alder)
    exchange.sync(alder, birch)
    late = birch.cases.add_record(key, "note", {"text": f"{WORD} again"})  # written before the erasure arrived
    assert late
    alder.erasing.erase(key)
    server.sync(alder)
    exchange.sync(birch, alder)  # the log still brings all of it
    assert WORD not in everything(alder.database)
    fresh = open_for("rowan").store
    seeded(fresh)
    server.sync(fresh)
    exchange.sync(fresh)
    assert WORD not in everything(fresh.database)
    server.sync(birch)
    (told,) = birch.erasing.erased()
    assert told.changes > 0
    assert WORD not in everything(birch.database)
    exchange.sync(birch, alder, fresh, rounds=2)
    for store in (alder, birch, fresh):
        assert WORD not in everything(store.database)
        assert store.cases.caseload() == []
    with pytest.raises(KnownError) as caught:
        birch.cases.add_record(key, "note", {"text": "more"})
    assert caught.value.code == "write.erased"


def test_a_laptop_that_was_away_erases_before_it_shows_anything(made: District, space: str, open_for: Laptops) -> None:
    laptop = open_for("birch")
    key = write(laptop.store)
    made.say("alder", space, Erase((key.tag,)))
    with laptop.store.database.transaction():  # as a courier, or another profile's round, may have left it
        laptop.store.database.insert(
            "INSERT INTO tree_entry (tree, entry, on_server, raw) SELECT id, ?, 1, ? FROM tree WHERE tree = ?",
            ("ee" * 32, made.raws[space][-1], space),
        )
    again = laptop.reopen()
    assert again.cases.caseload() == []
    assert WORD not in everything(again.database)
    (told,) = again.erasing.erased()
    assert told.unsent > 0


def test_a_frozen_file_is_not_erased_also_when_the_freeze_is_news(
    made: District, space: str, open_for: Laptops
) -> None:
    alder = open_for("alder").store
    server = seeded(alder)
    key = write(alder)
    alder.erasing.erase(key)
    server.held[TreeKind.SPACE, space].append(made.say("rowan", space, Freeze((key.tag,))))
    trees = alder.replica.trees
    assert trees is not None
    held = server.held[TreeKind.SPACE, space]
    trees.take(TreeRef(TreeKind.SPACE, space), TreePage(EPOCH, len(held), (held[-1],), len(held), ""))
    server.sync(alder)
    (meant,) = alder.erasing.meant()
    assert meant.code == "control.refused"
    assert [row.code_name for row in alder.cases.caseload()] == [f"{WORD} 12"]
    alder.erasing.withdraw(meant.row)
    with pytest.raises(KnownError) as caught:
        alder.erasing.erase(key)
    assert caught.value.code == "erase.frozen"
    alder.erasing.unfreeze(key)
    server.sync(alder)
    alder.erasing.erase(key)
    server.sync(alder)
    assert alder.cases.caseload() == []


def test_only_a_lead_erases(made: District, space: str, open_for: Laptops) -> None:
    birch = open_for("birch").store
    key = write(birch)
    for act in (birch.erasing.erase, birch.erasing.freeze, birch.erasing.unfreeze):
        with pytest.raises(KnownError) as caught:
            act(key)
        assert caught.value.code == "erase.not_allowed"
    assert birch.erasing.meant() == ()


def test_who_lost_the_right_meanwhile_is_told(made: District, space: str, open_for: Laptops) -> None:
    rowan = open_for("rowan").store
    server = seeded(rowan)
    key = write(rowan)
    rowan.erasing.erase(key)
    member = made.chain("police").seats[made.id("rowan")].member
    raw = made.say_in_chain("alder", RolesChanged(member, (Role.PRACTITIONER,)))
    trees = rowan.replica.trees
    assert trees is not None
    held = len(made.raws[made.units["police"]])
    trees.take(TreeRef(TreeKind.UNIT, made.units["police"]), TreePage(EPOCH, held, (raw,), held, ""))
    server.sync(rowan)
    assert [row.code_name for row in rowan.cases.caseload()] == [f"{WORD} 12"]
    assert [(each.act, each.code) for each in rowan.erasing.meant()] == [("erase", "control.refused")]
