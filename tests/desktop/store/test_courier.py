"""The courier between real stores: no server, or one that comes back later; cut files, strangers, copies."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.errors import KnownError
from desktop.store.courier import Incoming, Taken
from desktop.store.store import Store
from sync.change import Assign
from sync.envelope import Kind, PackReader, Record, eid_of, new_pack
from tests.desktop.store.laptops import PRACTICE, Exchange, Laptop, discard, laptop, shared_case, writer

POLICE, HEALTH, SHARED = (PRACTICE.spaces[name] for name in ("police", "health", "shared"))
UNIT = {unit.name: unit.id for unit in PRACTICE.roster.units}
TAG = "c3" * 16


@pytest.fixture
def police() -> Iterator[Laptop]:
    made = laptop("p1")
    yield made
    discard(made)


@pytest.fixture
def health() -> Iterator[Laptop]:
    made = laptop("h1")
    yield made
    discard(made)


def packed(store: Store, *units: str, only: str = "") -> bytes:
    """One file with everything that these units lack."""
    plan = store.courier.plan([UNIT[unit] for unit in units], only=only)
    writer = store.courier.begin(plan, new_pack(), 1)
    data = writer.begin() + b"".join(writer.add(record) for record in store.courier.first(plan))
    while plan.left:
        data += b"".join(writer.add(record) for record in store.courier.next(plan))
    return data + store.courier.finish(plan, writer)


def take(store: Store, data: bytes) -> Taken:
    incoming = store.courier.incoming()
    incoming.feed(data)
    while incoming.waiting:
        store.courier.take(incoming)
    return store.courier.note_end(incoming)


def inside(store: Store, data: bytes) -> list[Record]:
    reader: PackReader = store.courier.incoming().reader
    return reader.feed(data)


def test_a_stick_brings_what_no_line_has_brought(police: Laptop, health: Laptop) -> None:
    key, _, shared = shared_case(police.store)
    police.store.cases.add_record(key, "note", {"text": "stays inside"})
    data = packed(police.store, "health")
    assert b"Harbour" not in data
    taken = take(health.store, data)
    assert (taken.ending, taken.writer_name, taken.faulty, taken.held) == ("", "p1", 0, 0)
    assert [row.key for row in health.store.cases.caseload()] == [shared]
    assert health.store.ledger.fold_hash(SHARED) == police.store.ledger.fold_hash(SHARED)
    kinds = [record.kind for record in inside(health.store, data)]
    assert kinds == sorted(kinds)
    assert {record.name for record in inside(health.store, data)} == {SHARED}, "nothing of the unit's own file"


def test_what_came_without_a_number_goes_on_its_way_from_here_and_is_read_back_by_everybody(
    police: Laptop, health: Laptop
) -> None:
    shared_case(police.store)
    assert take(health.store, packed(police.store, "health")).queued > 0
    exchange = Exchange()
    exchange.sync(health.store)
    assert health.store.replica.counts().pending == 0
    exchange.pull(police.store)
    exchange.sync(police.store, health.store)
    assert (police.store.replica.counts().pending, police.store.queue.state().bad) == (0, 0)
    cids = [row[0] for row in police.store.database.query("SELECT cid FROM change")]
    assert len(cids) == len(set(cids))


def test_what_is_in_the_log_already_is_not_queued(police: Laptop, health: Laptop) -> None:
    exchange = Exchange()
    shared_case(police.store)
    exchange.sync(police.store, health.store)
    taken = take(health.store, packed(police.store, "health"))
    assert (taken.changes, taken.queued) == (0, 0)
    assert health.store.replica.counts().pending == 0


def test_the_answer_carries_only_what_is_missing(police: Laptop, health: Laptop) -> None:
    _, person, shared = shared_case(police.store)
    first = packed(police.store, "health")
    take(health.store, first)
    health.store.cases.edit(shared, "person", person, "name", "Wren Hale", _shown(health.store, shared, person))
    answer = packed(health.store, "police")
    assert len([one for one in inside(police.store, answer) if one.kind is Kind.ENTRY]) >= 1
    take(police.store, answer)
    assert _name(police.store, shared, person) == "Wren Hale"
    again = packed(police.store, "health")
    assert [one for one in inside(health.store, again) if one.kind is Kind.ENTRY] == []


def _shown(store: Store, shared: object, person: str) -> tuple[tuple[str, int], ...]:
    return store.cases.records(shared)["person", person].fields["name"].shown_ids  # type: ignore[arg-type]  # a case key


def _name(store: Store, shared: object, person: str) -> object:
    return store.cases.records(shared)["person", person].fields["name"].value  # type: ignore[arg-type]  # a case key


@dataclass(frozen=True)
class Full:
    """A file of a few chunks, and how many changes it holds."""

    data: bytes = field(repr=False)
    count: int


@pytest.fixture(scope="module")
def full() -> Iterator[Full]:
    made = laptop("p1")
    _, _, shared = shared_case(made.store)
    with made.store.database.transaction():
        for number in range(400):
            made.store.ledger.write_inside(shared, [Assign("note", None, "text", f"note {number} " + "x" * 200)])
    count = made.store.database.value(
        "SELECT count(*) FROM change c JOIN tag t ON t.id = c.tag JOIN space s ON s.id = t.space WHERE s.space = ?",
        (SHARED,),
    )
    yield Full(packed(made.store, "health"), count)
    discard(made)


@settings(max_examples=8, deadline=None)
@given(share=st.floats(0, 1))
def test_whatever_is_cut_off_the_prefix_is_kept_and_it_says_so(full: Full, share: float) -> None:
    data, count = full.data, full.count
    one = laptop("h1")
    try:
        taken = take(one.store, data[: int(share * (len(data) - 1))])
        assert taken.ending == "courier.cut"
        assert taken.writer == ""
        assert taken.changes <= count
        assert taken.faulty == taken.held == 0, "keys come first"
        rest = take(one.store, data)
        assert (rest.ending, taken.changes + rest.changes) == ("", count)
    finally:
        discard(one)


@settings(max_examples=8, deadline=None)
@given(place=st.floats(0.2, 1), bit=st.integers(0, 7))
def test_a_damaged_file_gives_what_stands_before_the_damage(full: Full, place: float, bit: int) -> None:
    data = bytearray(full.data)
    data[int(place * (len(data) - 1))] ^= 1 << bit
    one = laptop("h1")
    try:
        taken = take(one.store, bytes(data))
        assert taken.ending in {"courier.damaged", "courier.cut"}
        assert taken.changes <= full.count
        assert taken.writer == ""
        assert one.store.queue.state().bad == 0
    finally:
        discard(one)


def test_a_file_for_others_is_said_to_be_one(police: Laptop, health: Laptop) -> None:
    police.store.cases.new("Harbour 214")
    data = packed(police.store, "police")
    with pytest.raises(KnownError) as refused:
        take(health.store, data)
    assert refused.value.code == "courier.not_for_us"
    colleague = laptop("p2")
    assert take(colleague.store, data).changes == 1
    discard(colleague)


def test_an_entry_without_its_key_is_held_and_not_queued(police: Laptop, health: Laptop) -> None:
    shared_case(police.store)
    records = inside(health.store, packed(police.store, "health"))
    incoming: Incoming = health.store.courier.incoming()
    incoming.waiting = [record for record in records if record.kind is Kind.ENTRY]
    health.store.courier.take(incoming)
    assert (incoming.taken.changes, incoming.taken.queued) == (0, 0)
    assert incoming.taken.held > 0
    incoming.waiting = [record for record in records if record.kind is Kind.KEY]
    health.store.courier.take(incoming)
    assert health.store.ledger.fold_hash(SHARED) == police.store.ledger.fold_hash(SHARED)


def test_forged_foreign_and_replayed_entries_leave_no_trace(health: Laptop) -> None:
    hand, forger = writer("p1", "shared"), writer("p2", "shared")
    raw_key, key_id, secret = hand.key_entry(TAG)
    _, body = hand.change(TAG, Assign("case", "case", "aim", "forged"))
    forged = forger.entry(TAG, key_id, secret, body)
    incoming = health.store.courier.incoming()
    incoming.waiting = [
        Record(Kind.KEY, SHARED, raw_key),
        Record(Kind.ENTRY, SHARED, forged),
        Record(Kind.ENTRY, SHARED, b"nothing"),
        Record(Kind.ENTRY, HEALTH, forged),
        Record(Kind.ENTRY, POLICE, forged),
        Record(Kind.CHAIN, "ab" * 16, b"nothing"),
    ]
    health.store.courier.take(incoming)
    assert (incoming.taken.changes, incoming.taken.faulty, incoming.taken.chains) == (0, 3, 0)
    assert health.store.queue.state().bad == 0
    assert health.store.cases.caseload() == []


def test_an_own_entry_that_this_file_never_wrote_betrays_a_copy(police: Laptop) -> None:
    hand = writer("p1", "police")
    raw_key, key_id, secret = hand.key_entry(TAG)
    _, body = hand.change(TAG, Assign("note", None, "text", "of the other branch"))
    incoming = police.store.courier.incoming()
    entry = hand.entry(TAG, key_id, secret, body)
    incoming.waiting = [Record(Kind.KEY, POLICE, raw_key), Record(Kind.ENTRY, POLICE, entry)]
    police.store.courier.take(incoming)
    assert police.store.ledger.copied
    assert eid_of(entry) in {row.eid for row in police.store.replica.outgoing(POLICE, 1 << 20)}, "and is sent on"


def test_one_refused_item_goes_alone_with_the_keys_of_its_case(police: Laptop, health: Laptop) -> None:
    _, _, shared = shared_case(police.store)
    police.store.cases.add_record(shared, "note", {"text": "refused"})
    item = police.store.replica.outgoing(SHARED, 1 << 20)[-1]
    data = packed(police.store, "health", only=item.eid)
    records = inside(health.store, data)
    assert [record.data for record in records if record.kind is Kind.ENTRY] == [item.raw]
    assert take(health.store, data).changes == 1
