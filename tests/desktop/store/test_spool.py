"""The spool of a computer: what one profile wrote is read by the next, whatever else lies in the folder."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.store.lying import MOST_ITEMS, unsent
from desktop.store.spool import Spool
from desktop.store.spool_round import SpoolSending, Ticket, deliver, pause
from desktop.store.spooling import Spooling
from desktop.store.store import Store
from sync.change import Assign
from sync.envelope import eid_of
from sync.errors import Refused, RetryLater
from sync.keys import Domain, sign, sign_public_of
from sync.protocol import (
    ItemResult,
    ItemStatus,
    NetCall,
    NetReply,
    PushAnswer,
    PushBatch,
    Receipt,
    SignedReceipt,
    decode,
    encode,
)
from sync.records import SpaceKind
from tests.desktop.store.laptops import PRACTICE, Exchange, Laptop, discard, laptop, writer

POLICE, SHARED = PRACTICE.spaces["police"], PRACTICE.spaces["shared"]
TAG = "c3" * 16


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def night(root: Path) -> Iterator[Laptop]:
    made = laptop("p1", spool=root)
    yield made
    discard(made)


@pytest.fixture
def day(root: Path) -> Iterator[Laptop]:
    made = laptop("p2", spool=root)
    yield made
    discard(made)


def spooling(one: Laptop) -> Spooling:
    assert one.store.spooling is not None
    return one.store.spooling


def settle(one: Laptop) -> int:
    """Until there is nothing more to do; how many changes were new here."""
    changes = 0
    while (step := spooling(one).settle()).more:
        changes += step.changes
    return changes + step.changes


def names(store: Store) -> list[str]:
    return sorted(row.code_name for row in store.cases.caseload())


def test_the_next_person_reads_what_lies_there_and_nothing_of_it_is_queued_twice(
    night: Laptop, day: Laptop, root: Path
) -> None:
    key = night.store.cases.new("Harbour 214")
    night.store.cases.add_record(key, "note", {"text": "by night"})
    settle(night)
    assert unsent(root) == {row.eid for row in night.store.replica.outgoing(POLICE, 1 << 20)}
    assert settle(day) == 2
    assert names(day.store) == ["Harbour 214"]
    assert day.store.replica.counts().pending == 0
    assert settle(day) == 0
    assert day.store.ledger.fold_hash(POLICE) == night.store.ledger.fold_hash(POLICE)


def test_what_lies_there_confirms_nothing_that_waits(night: Laptop) -> None:
    """Its own entries in the spool are no word of the server."""
    night.store.cases.new("Harbour 214")
    settle(night)
    settle(night)
    assert night.store.replica.counts().pending == 2
    night.store.replica.take_loose(
        POLICE, [row.raw for row in night.store.replica.outgoing(POLICE, 1 << 20)], queue=True
    )
    assert night.store.replica.counts().pending == 2


def test_closing_the_profile_lays_down_everything_that_waits(night: Laptop, root: Path) -> None:
    key = night.store.cases.new("Harbour 214")
    with night.store.database.transaction():
        for number in range(250):
            night.store.ledger.write_inside(key, [Assign("note", None, "text", str(number))])
    waiting = {row[0] for row in night.store.database.query("SELECT eid FROM outbox")}
    assert len(waiting) == 252
    night.reopen()
    assert unsent(root) == waiting


@pytest.mark.parametrize("reader", ["author", "colleague"])
def test_an_item_goes_when_its_author_or_a_reader_has_read_it_back(
    night: Laptop, day: Laptop, root: Path, reader: str
) -> None:
    night.store.cases.new("Harbour 214")
    settle(night)
    settle(day)
    exchange = Exchange()
    exchange.push(night.store)
    settle(night)
    assert unsent(root) == frozenset(), "the server has given its receipt"
    assert len(spooling(night).spool.lying()) == 2
    one = night if reader == "author" else day
    exchange.pull(one.store)
    settle(one)
    assert spooling(night).spool.lying() == {}


def test_what_was_read_back_under_another_name_goes_too(night: Laptop, day: Laptop) -> None:
    """Sealed anew, a change travels under another eid; what lies in the spool under the first is then done with."""
    night.store.cases.new("Harbour 214")
    settle(night)
    settle(day)
    sealed_anew(night.store)
    exchange = Exchange()
    exchange.sync(night.store)
    exchange.pull(day.store)
    settle(day)
    assert spooling(day).spool.lying() == {}
    assert names(day.store) == ["Harbour 214"]


def sealed_anew(store: Store) -> None:
    with store.database.transaction():
        for row in store.database.query("SELECT id, change FROM outbox WHERE change IS NOT NULL"):
            again = store.replica._resending.sealed(row["change"])
            assert again is not None
            store.replica._outbox.reseal(row["id"], *again)


def test_what_was_sealed_anew_lies_there_once(night: Laptop, root: Path) -> None:
    night.store.cases.new("Harbour 214")
    settle(night)
    sealed_anew(night.store)
    settle(night)
    settle(night)
    assert unsent(root) == {row[0] for row in night.store.database.query("SELECT eid FROM outbox")}


def test_a_refused_item_leaves_the_spool_and_is_counted_beside_it(night: Laptop, root: Path) -> None:
    night.store.cases.new("Harbour 214")
    settle(night)
    key, change = night.store.replica.outgoing(POLICE, 1 << 20)
    night.store.replica.take_results(POLICE, (ItemResult(change.eid, ItemStatus.REJECTED, "quota"),), b"")
    settle(night)
    assert unsent(root) == {key.eid}
    assert spooling(night).unsent() == (frozenset({key.eid}), 1)


def test_entries_of_a_space_of_named_seats_never_enter(night: Laptop, day: Laptop, root: Path) -> None:
    kinds = {space.id: space for space in night.store.seat.spaces.values()}
    night.store.cases.new("Harbour 214")
    key = night.store.cases.new("Willow 009")
    named = msgspec.structs.replace(kinds[POLICE], kind=SpaceKind.RESTRICTED)
    night.store.seat.__dict__["spaces"] = {**kinds, POLICE: named}
    settle(night)
    assert unsent(root) == frozenset()
    assert spooling(night).unsent() == (frozenset(), 4)
    raws = [row.raw for row in night.store.replica.outgoing(POLICE, 1 << 20)]
    spooling(night).spool.put([(eid_of(raw), raw) for raw in raws], 0)
    day.store.seat.__dict__["spaces"] = {**kinds, POLICE: named}
    assert settle(day) == 0, "nor is it read from there, whoever laid it down"
    assert key.space == POLICE


def test_hostile_content_is_passed_over_and_stops_nothing(night: Laptop, day: Laptop, root: Path) -> None:
    night.store.cases.new("Harbour 214")
    settle(night)
    folder = spooling(night).spool.folder
    secret = root.parent / "elsewhere"
    secret.write_bytes(b"not to be read")
    (folder / ("ab" * 32)).write_bytes(b"not what its name says")
    (folder / ("cd" * 32)).symlink_to(secret)
    (folder / ("ef" * 32)).mkdir()
    os.mkfifo(folder / ("12" * 32))
    (folder / ("34" * 32)).write_bytes(b"\0" * 300_000)
    (folder / "..%2f..%2fetc").write_bytes(b"x")
    (folder / "AB").write_bytes(b"x")
    hand = writer("h1", "shared")
    key_entry, key_id, case_key = hand.key_entry(TAG)
    foreign = hand.entry(TAG, key_id, case_key, hand.change(TAG, Assign("note", None, "text", "of health"))[1])
    spooling(night).spool.put([(eid_of(raw), raw) for raw in (key_entry, foreign, foreign[:-2] + b"\0\0")], 0)
    assert settle(day) == 2
    assert names(day.store) == ["Harbour 214"]
    assert secret.read_bytes() == b"not to be read"
    assert day.store.queue.state().bad == 0
    assert set(spooling(day).spool.lying()) >= {eid_of(key_entry), eid_of(foreign)}


@given(st.binary(max_size=600))
def test_no_file_whatever_its_bytes_gets_further_than_its_hash(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder))
        (Path(folder) / eid_of(raw)).write_bytes(raw)
        assert spool.read(eid_of(raw)) is None
        assert spool.lying() == {}


def test_a_full_spool_takes_no_more_and_the_outbox_keeps_everything(root: Path) -> None:
    spool = Spool(root)
    assert spool.put([("ab" * 32, b"x")], MOST_ITEMS) == 0
    assert spool.put([("ab" * 32, b"x"), ("cd" * 32, b"y")], MOST_ITEMS - 1) == 1
    assert list(spool.lying()) == ["ab" * 32]


def test_a_folder_that_cannot_be_written_costs_nobody_a_word(root: Path) -> None:
    root.write_bytes(b"a file where the folder should be")
    one = laptop("p1", spool=root)
    one.store.cases.new("Harbour 214")
    assert settle(one) == 0
    assert spooling(one).unsent() == (frozenset(), 2)
    discard(one)


def test_what_a_crash_left_half_written_is_cleared_after_a_while(root: Path) -> None:
    spool = Spool(root)
    spool.put([("ab" * 32, b"x")], 0)
    fresh, old = root / ".new-1", root / ".new-2"
    for path in (fresh, old):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    assert list(spool.lying()) == ["ab" * 32]
    assert fresh.exists()
    assert not old.exists()


def test_an_own_entry_that_this_file_never_wrote_betrays_a_copy(night: Laptop) -> None:
    hand = writer("p1", "police")
    key_entry, key_id, case_key = hand.key_entry(TAG)
    entry = hand.entry(TAG, key_id, case_key, hand.change(TAG, Assign("note", None, "text", "in the other branch"))[1])
    night.store.cases.new("Harbour 214")
    spooling(night).spool.put([(eid_of(raw), raw) for raw in (key_entry, entry)], 0)
    assert settle(night) == 1
    assert night.store.ledger.copied


def receipted(eids: tuple[str, ...], rejected: frozenset[str], space: str) -> NetReply:
    """As a server answers a batch."""
    results = tuple(
        ItemResult(eid, ItemStatus.REJECTED, "quota") if eid in rejected else ItemResult(eid, ItemStatus.OK, seq=seq)
        for seq, eid in enumerate(eids, 1)
    )
    held = tuple((item.eid, item.seq) for item in results if item.status is ItemStatus.OK)
    body = encode(Receipt(space, "ab" * 16, TICKET.seat_id, "2026-11-23T10:00:00+00:00", held))
    signed = encode(SignedReceipt(body, sign(SERVER_PRIVATE, Domain.RECEIPT, body)))
    return NetReply(200, {}, encode(PushAnswer(results, signed)))


SERVER_PRIVATE = bytes(range(32))
TICKET = Ticket("token", "ab" * 16, sign_public_of(SERVER_PRIVATE))


def batch(call: NetCall) -> tuple[str, ...]:
    return tuple(eid_of(raw) for raw in decode(PushBatch, call.body or b"").entries)


@pytest.fixture
def ten(night: Laptop) -> Spool:
    """A case with notes: twelve entries."""
    key = night.store.cases.new("Harbour 214")
    for number in range(10):
        night.store.cases.add_record(key, "note", {"text": str(number)})
    settle(night)
    return spooling(night).spool


def test_no_status_takes_a_file_away(ten: Spool) -> None:
    lying = ten.lying()
    for status in set(range(400, 600)) - {429, 503}:

        def perform(_call: NetCall, status: int = status) -> NetReply:
            raise Refused("http", status=status)

        done = deliver(SpoolSending(ten), TICKET, perform)
        assert (done.entries, done.over) == (0, status == 401)
        assert ten.lying() == lying


def test_a_guilty_entry_is_found_by_halving_and_stops_nobody(ten: Spool) -> None:
    guilty = sorted(ten.lying())[3]

    def perform(call: NetCall) -> NetReply:
        if guilty in batch(call):
            raise Refused("message.form", status=400)
        return receipted(batch(call), frozenset(), POLICE)

    sending = SpoolSending(ten)
    assert deliver(sending, TICKET, perform).entries == 11
    assert [eid for eid, sent in ten.lying().items() if not sent] == [guilty]
    assert sending.waiting() == []


def test_an_item_that_is_rejected_stays_and_a_false_receipt_marks_nothing(ten: Spool) -> None:
    first = min(ten.lying())
    assert deliver(SpoolSending(ten), TICKET, lambda call: receipted(batch(call), frozenset(), "5a" * 16)).entries == 0
    assert not any(ten.lying().values())
    done = deliver(SpoolSending(ten), TICKET, lambda call: receipted(batch(call), frozenset({first}), POLICE))
    assert done.entries == 11
    assert [eid for eid, sent in ten.lying().items() if not sent] == [first]


def test_a_server_that_asks_to_wait_is_waited_for(ten: Spool) -> None:
    def perform(_call: NetCall) -> NetReply:
        raise RetryLater("server.busy", 40.0)

    assert deliver(SpoolSending(ten), TICKET, perform).retry_after == 40.0
    assert pause(1, 0.5, 40.0) == 40.0
