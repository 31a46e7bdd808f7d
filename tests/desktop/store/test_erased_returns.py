"""Nothing that was erased returns: by a page again, another epoch, a stick, the spool, a key that comes late, or a
server that asks for what it lacks. What came is counted, and the rest of the case stands.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.edits import Begun
from desktop.store.erasing import KIND
from desktop.store.store import Store
from sync.acts import Erase, PolicySet
from sync.change import Assign
from sync.control import ERASE_LEADS
from sync.envelope import new_pack
from sync.records import SpaceKind
from tests.desktop.store.laptops import KEY, Exchange, Log, Writer, shared_case
from tests.desktop.store.raw_pages import raw_bytes
from tests.desktop.store.test_erased_traces import tell
from tests.desktop.store.unit_laptops import TreeServer, UnitLaptop, of_district
from tests.sync.founded import District, district


class Unit:
    """The laptops of one unit, who share one computer's spool if `spool` is given."""

    def __init__(self, made: District, space: str, spool: Path) -> None:
        self.made, self.space, self.spool = made, space, spool
        self.laptops: dict[str, UnitLaptop] = {}

    def __call__(self, seat: str) -> Store:
        if seat not in self.laptops:
            self.laptops[seat] = of_district(self.made, seat, spool=self.spool)
        return self.laptops[seat].store

    def erased(self, key: CaseKey, *seats: str) -> bytes:
        """Leads erase a file; these seats hear of it."""
        raw = self.made.say("rowan", key.space, Erase((key.tag,)))
        for seat in seats:
            tell(self(seat), key.space, raw)
            self(seat).follow_trees()
        return raw

    def pages(self, seat: str) -> bytes:
        return raw_bytes(self.laptops[seat].folder / "store.db", KEY)


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    made = district()
    found = Unit(made, made.space(SpaceKind.UNIT, "alder", "police"), tmp_path / "spool")
    yield found
    for laptop in found.laptops.values():
        laptop.discard()


def held(store: Store, key: CaseKey) -> int:
    """What of a file is held in any table that could show it."""
    row = store.database.value("SELECT id FROM tag WHERE tag = ?", (key.tag,))
    return sum(
        int(store.database.value(f"SELECT count(*) FROM {table} WHERE tag = ?", (row,)))  # noqa: S608  our own words
        for table in ("change", "record", "outbox", "case_key", "case_row")
    ) + int(store.database.value("SELECT count(*) FROM bad_entry WHERE tag = ?", (key.tag,)))


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(KnownError) as caught:
        act()
    return caught.value.code


def late(store: Store) -> int:
    (one,) = store.erasing.erased()
    return one.late


def test_the_same_log_in_another_epoch_brings_nothing_back_and_counts_nothing_twice(unit: Unit) -> None:
    alder, birch, exchange = unit("alder"), unit("birch"), Exchange()
    key = alder.cases.new("Quicksilver 12")
    other = alder.cases.new("Harbour 214")
    exchange.sync(alder, birch)
    unit.erased(key, "alder", "birch")
    old = exchange.logs[unit.space]
    restored = Log(epoch="cd" * 16)
    restored.push(*old.entries)
    exchange.logs[unit.space] = restored
    for store in (alder, birch):
        store.replica.restart_space(unit.space, restored.epoch)
        exchange.pull(store)
        store.replica.retry_aside(unit.space)
        assert held(store, key) == 0
        assert late(store) == 0, "these entries were held and went with the file"
        assert [row.key for row in store.cases.caseload()] == [other]
        assert store.replica.counts().pending == 0
    assert alder.ledger.fold_hash(unit.space) == birch.ledger.fold_hash(unit.space)
    for seat in ("alder", "birch"):
        assert b"Quicksilver" not in unit.pages(seat)


def test_a_server_that_asks_for_what_it_lacks_gets_nothing_of_it(unit: Unit) -> None:
    alder, exchange = unit("alder"), Exchange()
    key = alder.cases.new("Quicksilver 12")
    exchange.sync(alder)
    unit.erased(key, "alder")
    everything = alder.replica.held_eids(unit.space, "", 1000)
    assert everything, "the ids stay"
    alder.replica.restart_space(unit.space, "cd" * 16)
    alder.replica.requeue_missing(unit.space, everything)
    assert alder.replica.outgoing(unit.space, 1 << 20) == ()


def test_a_bundle_of_one_who_has_not_heard_brings_nothing_back(unit: Unit) -> None:
    alder, birch, exchange = unit("alder"), unit("birch"), Exchange()
    key = alder.cases.new("Quicksilver 12")
    exchange.sync(alder, birch)
    birch.ledger.write(key, [Assign("note", None, "text", "written meanwhile")])
    unit.erased(key, "alder")
    police = unit.made.units["police"]
    plan = birch.courier.plan([police])
    writer = birch.courier.begin(plan, new_pack(), 1)
    data = writer.begin() + b"".join(writer.add(record) for record in birch.courier.first(plan))
    while plan.left:
        data += b"".join(writer.add(record) for record in birch.courier.next(plan))
    data += birch.courier.finish(plan, writer)
    incoming = alder.courier.incoming()
    incoming.feed(data)
    while incoming.waiting:
        alder.courier.take(incoming)
    taken = alder.courier.note_end(incoming)
    assert (taken.ending, taken.changes, taken.queued, taken.faulty) == ("", 0, 0, 0)
    assert held(alder, key) == 0
    assert late(alder) >= 1
    assert alder.replica.counts().pending == 0


def test_the_spool_brings_nothing_back_and_is_cleared_of_it(unit: Unit) -> None:
    alder, birch, exchange = unit("alder"), unit("birch"), Exchange()
    key = alder.cases.new("Quicksilver 12")
    exchange.sync(alder, birch)
    birch.ledger.write(key, [Assign("note", None, "text", "by the night shift")])
    settle(birch)
    unit.erased(key, "alder")
    assert alder.spooling is not None
    assert alder.spooling.spool.lying()
    settle(alder)
    settle(alder)
    assert held(alder, key) == 0
    assert late(alder) == 1
    assert alder.spooling.spool.lying() == {}


def settle(store: Store) -> None:
    assert store.spooling is not None
    while store.spooling.settle().more:
        pass


def test_a_key_that_comes_late_opens_nothing_of_it(unit: Unit) -> None:
    alder = unit("alder")
    key = alder.cases.new("Quicksilver 12")
    newest = alder.seat.newest_space_key(unit.space)
    assert newest is not None
    hand = Writer(unit.made.seats["birch"], unit.space, newest[1])
    wrap, key_id, secret = hand.key_entry(key.tag)
    _, body = hand.change(key.tag, Assign("note", None, "text", "Quicksilver by hand"))
    alder.replica.take_loose(unit.space, [hand.entry(key.tag, key_id, secret, body)], queue=False)
    assert alder.queue.state().bad == 1
    unit.erased(key, "alder")
    assert alder.replica.take_loose(unit.space, [wrap], queue=True).changes == 0
    assert alder.replica.retry_aside(unit.space) == 0
    assert held(alder, key) == 0
    assert b"Quicksilver" not in unit.pages("alder")


def test_the_writer_is_told_what_was_dropped_until_he_has_read_it(unit: Unit) -> None:
    alder, birch, exchange = unit("alder"), unit("birch"), Exchange()
    key = alder.cases.new("Quicksilver 12")
    exchange.sync(alder, birch)
    heard: list[frozenset[str]] = []
    for number in range(3):
        birch.ledger.write(key, [Assign("note", None, "text", f"note {number}")])
    birch.database.on_changed = lambda changed: heard.append(changed.kinds)
    unit.erased(key, "birch")
    assert any(KIND in kinds for kinds in heard)
    (told,) = birch.erasing.untold()
    assert (told.key, told.changes, told.unsent, told.late) == (key, 4, 3, 0)
    assert refused(lambda: birch.ledger.write(key, [Assign("note", None, "text", "more")])) == "write.erased"
    birch.erasing.put_away(key)
    assert birch.erasing.untold() == ()
    assert [one.key for one in birch.erasing.erased()] == [key]


def test_a_laptop_that_never_held_it_says_nothing(unit: Unit) -> None:
    birch = unit("birch")
    unit.erased(CaseKey(unit.space, "ab" * 16), "birch")
    assert birch.erasing.untold() == ()
    assert len(birch.erasing.erased()) == 1


@pytest.mark.parametrize("which", ["shared", "unit"])
def test_the_other_half_of_a_case_stands(unit: Unit, which: str) -> None:
    alder = unit("alder")
    shared_space = unit.made.space(SpaceKind.SHARED, "alder", "police", "health")
    for raw in unit.made.raws[shared_space]:
        with alder.database.transaction():
            alder.database.execute("INSERT OR IGNORE INTO tree (tree, kind) VALUES (?, 'space')", (shared_space,))
        tell(alder, shared_space, raw)
    alder.follow_trees()
    key, person, shared = shared_case(alder, share_space=shared_space)
    gone, stays = (shared, key) if which == "shared" else (key, shared)
    unit.erased(gone, "alder")
    assert held(alder, gone) == 0
    (line,) = alder.cases.caseload()
    assert line.key == stays
    file = alder.cases.file(stays)
    assert file.header.key == stays
    if which == "shared":
        alder.cases.add_record(key, "note", {"text": "the unit works on"})
        alder.ledger.write(key, [Assign("link", None, "shared", {"space": shared.space, "tag": shared.tag})])
        assert alder.cases.file(key).header.code_name == "Harbour 214"
    assert alder.cases.records(stays)
    assert alder.today.items(unit.laptops["alder"].clock()) is not None
    assert alder.conflicts.open() is not None
    assert person
    again = unit.laptops["alder"].reopen()
    assert [row.key for row in again.cases.caseload()] == [stays]


def test_where_two_leads_are_needed_the_first_asks_and_the_second_agrees(unit: Unit) -> None:
    unit.made.say("alder", unit.space, PolicySet(ERASE_LEADS, "2"))
    alder, rowan, exchange, server = unit("alder"), unit("rowan"), Exchange(), TreeServer()
    key = alder.cases.new("Quicksilver 12")
    exchange.sync(alder, rowan)
    alder.erasing.erase(key)
    server.sync(alder, rowan)
    assert alder.erasing.meant() == ()
    for store in (alder, rowan):
        assert [row.key for row in store.cases.caseload()] == [key]
        assert store.erasing.asked() == (key,)
    alder.erasing.erase(key)
    server.sync(alder, rowan)
    assert rowan.erasing.asked() == (key,), "the same lead twice is one lead"
    rowan.erasing.erase(key)
    server.sync(rowan, alder)
    for store in (alder, rowan):
        assert store.cases.caseload() == []
        assert store.erasing.asked() == ()
        assert held(store, key) == 0


def test_a_freeze_is_seen_on_every_laptop_and_an_erased_file_says_so(unit: Unit) -> None:
    alder, birch, exchange, server = unit("alder"), unit("birch"), Exchange(), TreeServer()
    key = alder.cases.new("Quicksilver 12")
    exchange.sync(alder, birch)
    alder.erasing.freeze(key)
    assert not alder.cases.file(key).header.frozen, "it waits for the server"
    server.sync(alder, birch)
    assert [store.cases.file(key).header.frozen for store in (alder, birch)] == [True, True]
    alder.erasing.unfreeze(key)
    server.sync(alder, birch)
    assert [store.cases.file(key).header.frozen for store in (alder, birch)] == [False, False]
    unit.erased(key, "birch")
    assert refused(lambda: birch.cases.file(key)) == "case.erased"


def test_an_editor_and_a_form_that_were_open_keep_nothing_afterwards(unit: Unit) -> None:
    birch = unit("birch")
    key = birch.cases.new("Harbour 214")
    draft = birch.drafts.begin("risk", "1", "00", key.ref)
    birch.drafts.save_answer(draft, "/a", "Quicksilver one")
    begun = Begun("header", {"aim": "Quicksilver two"})
    birch.edits.keep([key.ref], begun)
    unit.erased(key, "birch")
    assert refused(lambda: birch.edits.keep([key.ref], begun)) == "write.erased"
    assert refused(lambda: birch.drafts.save_answer(draft, "/a", "Quicksilver one more")) == "draft.gone"
    assert refused(lambda: birch.drafts.begin("risk", "1", "00", key.ref)) == "write.erased", "as undo would"
    assert birch.drafts.list() == []
    assert birch.edits.list() == ()
    assert b"Quicksilver" not in unit.pages("birch")
