"""What a faulty or hostile partner, server or moment may do: it is put aside or shown, and takes nothing else along."""

import secrets
from collections.abc import Iterator

import msgspec
import pytest

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.sharing import Chosen
from desktop.store.store import Store
from sync.change import MAX_OVER, Assign
from sync.envelope import eid_of, seal_change
from sync.keys import Domain, sign
from sync.protocol import Cursor, LogPage
from tests.desktop.store.laptops import PRACTICE, RULE, Exchange, Laptop, Log, discard, laptop, writer

POLICE = PRACTICE.spaces["police"]
SHARED = PRACTICE.spaces["shared"]
TAG = "c3" * 16


@pytest.fixture
def one() -> Iterator[Laptop]:
    made = laptop("p1")
    yield made
    discard(made)


@pytest.fixture
def two() -> Iterator[Laptop]:
    made = laptop("p2")
    yield made
    discard(made)


def notes(store: Store) -> list[str]:
    key = CaseKey(POLICE, TAG)
    return sorted(str(record.get("text")) for (kind, _), record in store.cases.records(key).items() if kind == "note")


def take(store: Store, log: Log, space: str = POLICE) -> None:
    while (cursor := store.replica.cursor(space)).seq < len(log.entries):
        store.replica.take_page(space, log.page(cursor))


def test_a_write_that_failed_leaves_no_place_behind_for_another_space(one: Laptop) -> None:
    key = CaseKey(SHARED, TAG)
    store = one.store
    with pytest.raises(KnownError, match="not_allowed"):
        store.ledger.write(key, [Assign("review", None, "text", "no home in a shared space")])
    hand, shared = writer("p2", "police"), writer("p2", "shared")
    for space, by in ((POLICE, hand), (SHARED, shared)):
        raw_key, key_id, secret = by.key_entry(TAG)
        _, body = by.change(TAG, Assign("note", None, "text", space))
        log = Log()
        log.push(raw_key, by.entry(TAG, key_id, secret, body))
        take(store, log, space)
    rows = store.database.query("SELECT s.space, t.tag FROM space s JOIN tag t ON t.space = s.id ORDER BY s.id")
    assert [tuple(row) for row in rows] == [(POLICE, TAG), (SHARED, TAG)]


def test_a_person_taken_out_while_another_edits_stays_in_dispute(one: Laptop, two: Laptop) -> None:
    exchange = Exchange()
    key = one.store.cases.new("Harbour 214")
    child = one.store.cases.add_person(key, "child", {"name": "Wren"})
    exchange.sync(one.store, two.store)
    shown = one.store.cases.records(key)["party", child].fields
    two.store.cases.edit(key, "party", child, "present", None, shown["present"].shown_ids)
    exchange.sync(one.store, two.store)  # the removal arrives while the first is still typing
    one.store.cases.edit(key, "party", child, "note", "lives with her aunt", ())
    exchange.sync(one.store, two.store)
    for store in (one.store, two.store):
        present = store.cases.records(key)["party", child].fields["present"]
        assert (present.value, present.contested) == (True, True)
    one.store.cases.edit(key, "party", child, "note", "since May", ())
    assert one.store.cases.records(key)["party", child].fields["present"].contested


def test_deciding_a_field_of_an_incident_says_that_it_is_there(one: Laptop, two: Laptop) -> None:
    exchange = Exchange()
    key = one.store.cases.new("Harbour 214")
    incident = one.store.cases.add_record(key, "incident", {"account": "first", "present": True})
    exchange.sync(one.store, two.store)
    shown = one.store.cases.records(key)["incident", incident].fields
    one.store.cases.edit(key, "incident", incident, "account", "here", shown["account"].shown_ids)
    two.store.cases.edit(key, "incident", incident, "account", "there", shown["account"].shown_ids)
    exchange.sync(one.store, two.store)
    (view,) = one.store.conflicts.open()
    one.store.conflicts.resolve(view, "here and there", "both happened")
    now = two.store.cases.records(key)["incident", incident].fields["present"]
    two.store.cases.edit(key, "incident", incident, "present", None, now.shown_ids)
    exchange.sync(one.store, two.store)
    assert one.store.cases.records(key)["incident", incident].fields["present"].contested


def test_a_decided_contact_rule_has_nothing_undecided(one: Laptop, two: Laptop) -> None:
    exchange = Exchange()
    key = one.store.cases.new("Harbour 214")
    person = one.store.cases.add_record(key, "safe_contact", {"rule": RULE})
    exchange.sync(one.store, two.store)
    shown = one.store.cases.records(key)["safe_contact", person].fields["rule"].shown_ids
    for at, store in enumerate((one.store, two.store)):
        store.cases.edit(key, "safe_contact", person, "rule", {**RULE, "number": f"0770090012{at}"}, shown)
    exchange.sync(one.store, two.store)
    (view,) = one.store.conflicts.open()
    assert view.stands["undecided"] == ["number"]
    one.store.conflicts.resolve(view, view.stands, "neither number is safe")
    decided = one.store.cases.records(key)["safe_contact", person].fields["rule"].value
    assert "undecided" not in decided
    assert decided["number"] is None
    one.store.cases.edit(key, "safe_contact", person, "rule", view.stands, view.shown_ids)
    assert "undecided" not in one.store.cases.records(key)["safe_contact", person].fields["rule"].value


def test_more_values_than_one_list_may_name_are_all_named(one: Laptop) -> None:
    key = CaseKey(POLICE, TAG)
    log = Log()
    hand = writer("p2", "police")
    raw_key, key_id, secret = hand.key_entry(TAG)
    log.push(raw_key)
    for at in range(MAX_OVER + 6):
        _, body = hand.change(TAG, Assign("case", "case", "aim", f"aim {at}"), Assign("party", "w", "present", True))
        log.push(hand.entry(TAG, key_id, secret, body))
    take(one.store, log)
    (view,) = one.store.conflicts.open()
    one.store.cases.edit(key, "case", "case", "aim", "one aim", view.shown_ids)
    assert one.store.cases.records(key)["case", "case"].fields["aim"].value == "one aim"
    assert one.store.conflicts.open() == ()
    one.store.cases.edit(key, "party", "w", "note", "can still be edited")
    assert one.store.cases.records(key)["party", "w"].get("note") == "can still be edited"


def without(name: str) -> tuple[object, ...]:
    return tuple(seat for seat in PRACTICE.roster.seats if seat.name != name)


def test_a_forged_twin_of_a_change_does_not_keep_the_true_one_out(one: Laptop) -> None:
    one.reopen(roster=msgspec.structs.replace(PRACTICE.roster, seats=without("p2")))
    hand = writer("p2", "police")
    raw_key, key_id, secret = hand.key_entry(TAG)
    _, body = hand.change(TAG, Assign("note", None, "text", "the true one"))
    twin = writer("p1", "police").entry(TAG, key_id, secret, body)
    log = Log()
    log.push(raw_key, twin, hand.entry(TAG, key_id, secret, body))
    take(one.store, log)
    assert notes(one.reopen(roster=PRACTICE.roster)) == ["the true one"]


def test_a_forged_twin_that_came_first_gives_way_when_the_seat_is_known(one: Laptop) -> None:
    one.reopen(roster=msgspec.structs.replace(PRACTICE.roster, seats=without("p2")))
    hand = writer("p2", "police")
    raw_key, key_id, secret = hand.key_entry(TAG)
    _, body = hand.change(TAG, Assign("note", None, "text", "the true one"))
    log = Log()
    log.push(raw_key, writer("p1", "police").entry(TAG, key_id, secret, body))
    take(one.store, log)
    store = one.reopen(roster=PRACTICE.roster)
    assert notes(store) == []
    log.push(hand.entry(TAG, key_id, secret, body))
    take(store, log)
    assert notes(store) == ["the true one"]


def test_a_change_found_forged_hides_nothing_any_longer(one: Laptop, two: Laptop) -> None:
    one.reopen(roster=msgspec.structs.replace(PRACTICE.roster, seats=without("h1")))
    hand = writer("p2", "shared")
    raw_key, key_id, secret = hand.key_entry(TAG)
    first, body = hand.change(TAG, Assign("case", "case", "aim", "hers"))
    stranger = writer("h1", "shared")
    forged_id, forged = stranger.change(TAG, Assign("case", "case", "aim", "forged", ((first, 0),)))
    _, over = hand.change(TAG, Assign("case", "case", "aim", "after", ((forged_id, 0),)))
    signature = sign(PRACTICE.seats["p1"].sign_private, Domain.CHANGE, forged)
    log = Log()
    log.push(
        raw_key,
        hand.entry(TAG, key_id, secret, body),
        seal_change(SHARED, TAG, key_id, secret, forged, signature),
        hand.entry(TAG, key_id, secret, over),
    )
    take(one.store, log, SHARED)
    take(two.store, log, SHARED)
    assert one.reopen(roster=PRACTICE.roster).ledger.fold_hash(SHARED) == two.store.ledger.fold_hash(SHARED)


def test_entries_behind_many_that_never_open_open_when_their_key_comes(one: Laptop) -> None:
    hand = writer("p2", "police")
    raw_key, key_id, secret = hand.key_entry(TAG)
    good = [hand.entry(TAG, key_id, secret, hand.change(TAG, Assign("note", None, "text", f"{at:03}"))[1])
            for at in range(230)]  # fmt: skip
    never = [
        seal_change(POLICE, TAG, secrets.token_hex(16), secrets.token_bytes(32), decode_again(hand), b"\0" * 64)
        for _ in range(230)
    ]
    log = Log()
    log.push(*never, *good, raw_key)
    take(one.store, log)
    assert notes(one.store) == [f"{at:03}" for at in range(230)]


def decode_again(hand: object) -> bytes:
    """A body that is well formed and of this file."""
    _, body = writer("p2", "police").change(TAG, Assign("note", None, "text", "never opens"))
    return body


def test_a_server_that_says_erased_does_not_empty_the_outbox(one: Laptop) -> None:
    one.store.cases.new("Harbour 214")
    rows = one.store.replica.outgoing(POLICE, 1 << 20)
    log = Log()
    log.push(*(row.raw for row in rows))
    full = log.page(Cursor())
    nulled = LogPage(full.epoch, 1, (None,) * len(rows), full.log_hash, full.head, tuple(row.eid for row in rows))
    one.store.replica.take_page(POLICE, nulled)
    assert {item.id for item in one.store.queue.items()} >= {row.eid for row in rows}
    assert {(item.state, item.code) for item in one.store.queue.items()} == {("refused", "entry.erased")}


def test_a_body_that_was_withheld_is_read_when_it_is_given_after_all(one: Laptop) -> None:
    hand = writer("p2", "police")
    raw_key, key_id, secret = hand.key_entry(TAG)
    log = Log()
    log.push(raw_key, hand.entry(TAG, key_id, secret, hand.change(TAG, Assign("note", None, "text", "withheld"))[1]))
    full = log.page(Cursor())
    nulled = LogPage(full.epoch, 1, (raw_key, None), full.log_hash, 2, (eid_of(log.entries[1]),))
    one.store.replica.take_page(POLICE, nulled)
    assert notes(one.store) == []
    one.store.replica.restart_space(POLICE, log.epoch)
    take(one.store, log)
    assert notes(one.store) == ["withheld"]


def test_a_record_named_before_its_founding_change_in_one_batch_is_shown(one: Laptop) -> None:
    hand = writer("p2", "police")
    raw_key, key_id, secret = hand.key_entry(TAG)
    cid, founding = hand.change(TAG, Assign("note", None, "text", "here"))
    _, naming = hand.change(TAG, Assign("note", cid, "text", "overwritten"))
    log = Log()
    log.push(raw_key, hand.entry(TAG, key_id, secret, naming), hand.entry(TAG, key_id, secret, founding))
    take(one.store, log)
    assert notes(one.store) == ["here"]


def test_a_protected_address_is_shared_only_where_it_is_named(one: Laptop) -> None:
    key = one.store.cases.new("Harbour 214")
    fields = {"name": "Wren", "address": "4 Mill Lane", "address_protected": True, "car": "red", "car_burnt": True}
    person = one.store.cases.add_person(key, "victim", fields)
    shared = one.store.cases.share(key, SHARED, [Chosen("person", person)], basis="danger to life")
    row = one.store.database.value("SELECT id FROM tag WHERE tag = ?", (shared.tag,))
    rows = one.store.database.query(
        "SELECT v.field FROM record r JOIN value v ON v.record = r.id WHERE r.tag = ? AND r.kind = 'person'", (row,)
    )
    assert {"name"} <= {found[0] for found in rows}
    assert not {"address", "car"} & {found[0] for found in rows}


def test_a_referral_to_one_partner_reaches_no_third(one: Laptop) -> None:
    roster = PRACTICE.roster
    third = msgspec.structs.replace(roster.units[1], id="77" * 16, name="support", agency="support")
    wider = tuple(
        msgspec.structs.replace(space, units=(*space.units, third.id)) if space.id == SHARED else space
        for space in roster.spaces
    )
    store = one.reopen(roster=msgspec.structs.replace(roster, units=(*roster.units, third), spaces=wider))
    key = store.cases.new("Harbour 214")
    with pytest.raises(KnownError, match="no_shared_file"):
        store.referrals.send(key, roster.units[1].id, {"safe_contact": RULE}, basis="danger to life")
