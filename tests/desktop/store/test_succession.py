"""A profile that was copied: both files go on, nothing is told twice, and a new seat takes over from the old one."""

import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.seating import read_seat
from desktop.store.migrate import open_store
from desktop.store.store import Store
from sync.change import Assign
from sync.enrolment import write_request
from sync.keys import SeatKeys
from tests.desktop.store.laptops import KEY, PRACTICE, Clock, discard, laptop, writer
from tests.desktop.store.test_enrolling import Desk, Partnership, names


@pytest.fixture
def unit() -> Iterator[Partnership]:
    made = Partnership()
    yield made
    for desk in made.desks:
        desk.discard()


def reopened(folder: Path) -> Store:
    database = open_store(folder / "store.db", KEY)
    return Store.open(database, read_seat(database).identity(), Clock(), "Europe/London")


def joined(unit: Partnership) -> Desk:
    rowan = unit.join(unit.lead.enrolling.invite())
    unit.post(rowan)
    (request,) = unit.lead.enrolling.requests("en")
    unit.lead.enrolling.approve(request.invitation)
    unit.sync()
    return unit.desks[-1]


def copied(unit: Partnership, desk: Desk) -> Desk:
    """The same profile put back from a copy, on another disk."""
    desk.store.close()
    other = Desk.__new__(Desk)
    other.folder = Path(tempfile.mkdtemp(prefix="copy-"))
    shutil.copytree(desk.folder, other.folder, dirs_exist_ok=True)
    desk.store, other.store = reopened(desk.folder), reopened(other.folder)
    unit.desks.append(other)
    return other


def test_a_copy_goes_on_under_a_new_seat_and_the_old_one_closes_itself(unit: Partnership) -> None:
    desk = joined(unit)
    desk.store.cases.new("Before the copy")
    unit.sync()
    copy = copied(unit, desk)
    old = desk.store.seat.seat_id
    assert copy.store.seat.seat_id == old
    desk.store.cases.new("In the first file")
    copy.store.cases.new("In the second file")
    unit.sync()
    assert copy.store.ledger.copied or desk.store.ledger.copied
    unit.sync()
    found_out = [one for one in (desk, copy) if one.store.ledger.copied]
    for one in found_out:
        assert one.store.seat.successor is not None
        key = one.store.cases.new(f"Written by {one.folder.name}")
        assert key.tag in {row.key.tag for row in one.store.cases.caseload()}, "its writer sees it at once"
    unit.sync()
    everything = {"Before the copy", "In the first file", "In the second file"}
    assert everything <= set(names(unit.lead)), "signed bytes stay signed and are sent"
    assert not {name for name in names(unit.lead) if name.startswith("Written by")}, "not before a lead's word"

    asked = unit.lead.succession.requests()
    assert {request.replaces for request in asked} == {old}
    assert {request.name for request in asked} == {"M. Rowan"}
    assert len(asked) == len(found_out)
    for request in asked:
        unit.lead.succession.approve(request)
    unit.sync()
    unit.sync()
    assert unit.lead.succession.requests() == ()
    chain = unit.lead.belonging.own_chain
    assert chain is not None
    assert old in chain.closed
    expected = everything | {f"Written by {one.folder.name}" for one in found_out}
    for one in unit.desks:
        assert set(names(one.store)) == expected, "nothing of either file was lost with the old seat"
        assert one.store.replica.counts().pending == 0
    for one in found_out:
        assert one.store.seat.seat_id != old
        assert not one.store.ledger.copied
        again = reopened_seat(one)
        assert again == one.store.seat.seat_id
        one.store.cases.new("Under the new seat")
    unit.sync()
    assert "Under the new seat" in names(unit.lead)


def test_a_copy_that_comes_late_finds_the_old_seat_closed_and_goes_on_all_the_same(unit: Partnership) -> None:
    desk = joined(unit)
    copy = copied(unit, desk)
    unit.desks.remove(copy)
    copy.store.cases.new("Written in the drawer")
    copy.store.replica.take_loose(copy.store.seat.unit_space, bundle_of(desk), queue=False)
    assert copy.store.seat.successor is not None
    desk.store.replica.take_loose(desk.store.seat.unit_space, bundle_of(copy), queue=False)
    unit.sync()
    (asked,) = unit.lead.succession.requests()
    unit.lead.succession.approve(asked)
    unit.sync()
    unit.sync()
    unit.desks.append(copy)
    unit.sync()
    assert (asked.closed, copy.store.replica.counts().refused) == (False, 0)
    (late,) = unit.lead.succession.requests()
    assert late.closed
    unit.lead.succession.approve(late)
    unit.sync()
    unit.sync()
    assert unit.lead.succession.requests() == ()
    copy.store.cases.new("Under the late seat")
    unit.sync()
    assert "Under the late seat" in names(unit.lead)
    assert reopened_seat(copy) == copy.store.seat.seat_id


def bundle_of(desk: Desk) -> list[bytes]:
    """A new case of this file, as a bundle carries it."""
    desk.store.cases.new(f"In {desk.folder.name}")
    return [row.raw for row in desk.store.replica.outgoing(desk.store.seat.unit_space, 1 << 20)]


def reopened_seat(desk: Desk) -> str:
    """Which seat the profile has at its next opening."""
    desk.store.close()
    desk.store = reopened(desk.folder)
    return desk.store.seat.seat_id


def test_in_a_fixed_list_a_copy_writes_nothing_more_and_says_so() -> None:
    """A practice partnership has no place for a new seat."""
    one = laptop("p1")
    hand = writer("p1", "police")
    key_entry, key_id, secret = hand.key_entry("c3" * 16)
    entry = hand.entry("c3" * 16, key_id, secret, hand.change("c3" * 16, Assign("note", None, "text", "x"))[1])
    one.store.replica.take_loose(PRACTICE.spaces["police"], [key_entry, entry], queue=False)
    assert one.store.ledger.stopped
    with pytest.raises(KnownError) as refused:
        one.store.cases.new("Harbour 214")
    assert refused.value.code == "store.copied"
    assert one.store.succession.requests() == ()
    discard(one)


def test_only_a_request_signed_by_the_seat_that_asks_reaches_a_lead(unit: Partnership) -> None:
    rowan = joined(unit)
    forged = write_request(SeatKeys.generate(), unit_of(unit), member_name="M. Rowan", device="x", rules=1)
    for said in (b64encode(forged).decode(), "nonsense", b64encode(b"x" * 200).decode()):
        sets = [Assign("seat_request", None, "request", said), Assign("seat_request", None, "replaces", "ab" * 16)]
        rowan.store.ledger.write(CaseKey(rowan.store.seat.unit_space, "c3" * 16), sets)
    unit.sync()
    with unit.lead.database.transaction():
        unit.lead.database.execute("UPDATE change SET verdict = 'waiting' WHERE what = 'seat_request'")
    assert unit.lead.succession.requests() == ()


def unit_of(unit: Partnership) -> str:
    chain = unit.lead.belonging.own_chain
    assert chain is not None
    return chain.unit
