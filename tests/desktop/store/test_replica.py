"""The laptop's side of the round: pages whole or not at all, nothing lost to a refusal, a key, a restore or a copy."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from desktop.errors import KnownError
from desktop.store.packing import read_change
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from sync.change import Assign
from sync.client import Replica
from sync.envelope import eid_of
from sync.errors import SyncError
from sync.identity import KeyWrap, Roster
from sync.keys import Domain, hpke_seal, info_space, new_secret, space_key_name, verify
from sync.protocol import ItemResult, ItemStatus, LogPage
from tests.desktop.store.laptops import PRACTICE, Exchange, Laptop, Log, discard, laptop, writer

POLICE = PRACTICE.spaces["police"]
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


def texts(store: Store) -> set[str]:
    """The notes that are folded, whatever case they lie in."""
    rows = store.database.query(
        "SELECT c.body FROM record r JOIN change c ON c.id = r.once WHERE c.verdict = 'ok' AND r.kind = 'note'"
    )
    return {str(read_change(row[0]).set[0].value) for row in rows}


def test_it_is_what_the_round_asks_for(one: Laptop) -> None:
    replica: Replica = one.store.replica
    assert set(replica.spaces()) == {POLICE, PRACTICE.spaces["shared"]}
    signature = replica.sign_session(b"challenge")
    assert verify(PRACTICE.seats["p1"].sign_public, Domain.SESSION, b"challenge", signature)
    assert replica.server_key() is None
    replica.pin_server_key(b"k" * 32)
    replica.pin_server_key(b"x" * 32)
    assert replica.server_key() == b"k" * 32


def test_a_page_that_does_not_continue_changes_nothing(one: Laptop, two: Laptop) -> None:
    key = two.store.cases.new("Harbour 214")
    two.store.cases.add_record(key, "note", {"text": "x"})
    exchange = Exchange()
    exchange.push(two.store)
    page = exchange.log(POLICE).page(one.store.replica.cursor(POLICE))
    before = one.store.replica.cursor(POLICE)
    for wrong, code in (
        (msgspec.structs.replace(page, first_seq=2), "log.gap"),
        (msgspec.structs.replace(page, entries=page.entries[::-1]), "log.hash"),
        (msgspec.structs.replace(page, log_hash="00" * 32), "log.hash"),
        (msgspec.structs.replace(page, epoch=""), "log.epoch"),
    ):
        with pytest.raises(SyncError) as caught:
            one.store.replica.take_page(POLICE, wrong)
        assert caught.value.code == code
        assert one.store.replica.cursor(POLICE) == before
        assert one.store.cases.caseload() == []
    taken = one.store.replica.take_page(POLICE, page)
    assert (taken.entries, taken.changes, taken.bad) == (3, 2, 0)
    with pytest.raises(SyncError) as caught:
        one.store.replica.take_page(POLICE, msgspec.structs.replace(page, epoch="cd" * 16))
    assert caught.value.code == "log.epoch"


def test_keys_first_then_what_must_not_wait_then_the_rest_within_the_size(one: Laptop) -> None:
    key = one.store.cases.new("Harbour 214")
    person = one.store.cases.add_person(key, "victim", {"name": "Wren", "address": "a"})
    one.store.cases.edit(key, "person", person, "address_burnt", True)
    order = {item.id: item.what for item in one.store.queue.items()}
    rows = one.store.replica.outgoing(POLICE, 1 << 20)
    assert [order[row.eid] for row in rows] == ["key", "person", "case", "person"]
    small = one.store.replica.outgoing(POLICE, 1)
    assert [row.eid for row in small] == [rows[0].eid]
    one.store.replica.mark_sent(POLICE, [rows[0].eid])
    assert one.store.replica.outgoing(POLICE, 1) == small


def test_acked_stays_until_it_was_read_back_and_a_refusal_stays_until_somebody_decides(one: Laptop) -> None:
    key = one.store.cases.new("Harbour 214")
    one.store.cases.add_record(key, "note", {"text": "x"})
    rows = one.store.replica.outgoing(POLICE, 1 << 20)
    results = (
        ItemResult(rows[0].eid, ItemStatus.OK, seq=1),
        ItemResult(rows[1].eid, ItemStatus.DUP, seq=2),
        ItemResult(rows[2].eid, ItemStatus.REJECTED, code="quota"),
    )
    one.store.replica.take_results(POLICE, results, b"receipt")
    counts = one.store.replica.counts()
    assert (counts.pending, counts.acked, counts.refused) == (2, 2, 1)
    assert one.store.replica.outgoing(POLICE, 1 << 20) == ()
    log = Log()
    log.push(rows[0].raw, rows[1].raw)
    one.store.replica.take_page(POLICE, log.page(one.store.replica.cursor(POLICE)))
    (refused, delivered) = one.store.queue.items()
    assert (refused.state, refused.code) == ("refused", "quota")
    assert (delivered.state, delivered.what) == ("server", "case")
    assert one.store.queue.state().refused == 1
    assert one.store.queue.retry(refused.id)
    assert not one.store.queue.retry(refused.id)
    assert [row.eid for row in one.store.replica.outgoing(POLICE, 1 << 20)] == [rows[2].eid]


def test_a_restored_server_gets_back_what_it_lost(one: Laptop, two: Laptop) -> None:
    exchange = Exchange()
    key = one.store.cases.new("Harbour 214")
    exchange.sync(one.store, two.store)
    two.store.cases.add_record(key, "note", {"text": "kept"})
    exchange.sync(two.store, one.store)
    before = one.store.ledger.fold_hash(POLICE)
    restored = Log("cd" * 16)
    held = one.store.replica.held_eids(POLICE, "", 1000)
    assert len(held) == 3
    assert list(held) == sorted(held)
    assert one.store.replica.held_eids(POLICE, held[0], 1) == held[1:2]
    one.store.replica.requeue_missing(POLICE, held)
    one.store.replica.requeue_missing(POLICE, held)
    one.store.replica.restart_space(POLICE, restored.epoch)
    exchange.logs[POLICE] = restored
    exchange.sync(one.store)
    assert one.store.replica.counts().pending == 0
    fresh = laptop("p2")
    exchange.pull(fresh.store)
    assert fresh.store.ledger.fold_hash(POLICE) == before == one.store.ledger.fold_hash(POLICE)
    assert texts(fresh.store) == {"kept"}
    discard(fresh)


def test_an_acked_row_that_the_restored_log_lacks_is_sent_again(one: Laptop) -> None:
    one.store.cases.new("Harbour 214")
    rows = one.store.replica.outgoing(POLICE, 1 << 20)
    results = tuple(ItemResult(row.eid, ItemStatus.OK, seq=1) for row in rows)
    one.store.replica.take_results(POLICE, results, b"receipt")
    one.store.replica.restart_space(POLICE, "cd" * 16)
    assert one.store.replica.outgoing(POLICE, 1 << 20) == rows
    assert one.store.replica.cursor(POLICE).epoch == "cd" * 16


def test_a_receipt_for_what_the_log_lacks_at_its_end_is_not_believed(one: Laptop) -> None:
    one.store.cases.new("Harbour 214")
    rows = one.store.replica.outgoing(POLICE, 1 << 20)
    results = tuple(ItemResult(row.eid, ItemStatus.OK, seq=1) for row in rows)
    one.store.replica.take_results(POLICE, results, b"receipt")
    one.store.replica.note_contact(POLICE, one.store.replica.cursor(POLICE))
    assert one.store.replica.outgoing(POLICE, 1 << 20) == rows
    assert one.store.replica.cursor(POLICE).seq == 0


def test_what_does_not_open_is_kept_and_tried_again_when_its_key_comes(one: Laptop) -> None:
    hand = writer("p2", "police")
    raw_key, key_id, secret = hand.key_entry(TAG)
    _, first = hand.change(TAG, Assign("note", None, "text", "waits for its key"))
    _, second = hand.change(TAG, Assign("note", None, "text", "opens"))
    entry = hand.entry(TAG, key_id, secret, first)
    log = Log()
    log.push(entry, b"not an envelope", entry[:-2] + b"\0\0")
    taken = one.store.replica.take_page(POLICE, log.page(one.store.replica.cursor(POLICE)))
    assert (taken.changes, taken.bad) == (0, 3)
    assert one.store.queue.state().bad == 3
    log.push(raw_key, hand.entry(TAG, key_id, secret, second))
    taken = one.store.replica.take_page(POLICE, log.page(one.store.replica.cursor(POLICE)))
    assert (taken.changes, taken.bad) == (2, 0)
    assert texts(one.store) == {"waits for its key", "opens"}
    assert one.store.queue.state().bad == 2


def test_forged_replayed_and_foreign_entries_are_put_aside(one: Laptop) -> None:
    hand, shared = writer("p2", "police"), writer("p2", "shared")
    raw_key, key_id, secret = hand.key_entry(TAG)
    _, body = hand.change(TAG, Assign("note", None, "text", "forged"))
    forged = writer("p1", "police").entry(TAG, key_id, secret, body)  # another seat's signature over the same body
    other_key, other_id, other_secret = shared.key_entry(TAG)
    _, elsewhere = shared.change(TAG, Assign("note", None, "text", "replayed"))
    replayed = shared.entry(TAG, other_id, other_secret, elsewhere)
    log = Log()
    log.push(raw_key, forged, other_key, replayed)
    taken = one.store.replica.take_page(POLICE, log.page(one.store.replica.cursor(POLICE)))
    assert (taken.changes, taken.bad) == (0, 3)
    codes = [row[0] for row in one.store.database.query("SELECT code FROM bad_entry ORDER BY id")]
    assert codes == ["entry.signature", "entry.space", "entry.space"]


def test_a_seat_that_is_not_yet_known_waits_and_is_folded_when_it_is(one: Laptop) -> None:
    roster = PRACTICE.roster
    without = msgspec.structs.replace(roster, seats=tuple(seat for seat in roster.seats if seat.name != "p2"))
    one.reopen(roster=without)
    hand = writer("p2", "police")
    raw_key, key_id, secret = hand.key_entry(TAG)
    _, body = hand.change(TAG, Assign("case", "case", "code_name", "Willow 009"))
    _, forged = hand.change(TAG, Assign("case", "case", "aim", "forged"))
    log = Log()
    log.push(raw_key, hand.entry(TAG, key_id, secret, body), writer("p1", "police").entry(TAG, key_id, secret, forged))
    taken = one.store.replica.take_page(POLICE, log.page(one.store.replica.cursor(POLICE)))
    assert (taken.changes, taken.bad) == (2, 0)
    assert one.store.cases.caseload() == []
    assert one.store.queue.state().waiting == 2
    store = one.reopen(roster=roster)
    assert [row.code_name for row in store.cases.caseload()] == ["Willow 009"]
    assert store.search.find("willow")
    assert store.cases.file(store.cases.caseload()[0].key).header.aim == ""
    store = one.reopen(roster=roster)
    assert store.cases.file(store.cases.caseload()[0].key).header.aim == ""


def rekeyed(roster: Roster) -> Roster:
    """The list after the police space's key was made anew."""
    key = new_secret()
    wraps = tuple(
        KeyWrap(unit.id, space_key_name(key), hpke_seal(unit.seal_key, key, info=info_space(POLICE)))
        for unit in roster.units
        if unit.name == "police"
    )
    return msgspec.structs.replace(
        roster, space_wraps={**roster.space_wraps, POLICE: roster.space_wraps[POLICE] + wraps}
    )


def test_what_was_sealed_under_an_older_key_is_sealed_anew_before_it_is_sent(one: Laptop) -> None:
    key = one.store.cases.new("Harbour 214")
    before = one.store.replica.outgoing(POLICE, 1 << 20)
    newer = rekeyed(PRACTICE.roster)
    store = one.reopen(roster=newer)
    after = store.replica.outgoing(POLICE, 1 << 20)
    assert len(after) == 3  # the old key entry, the new one, the change
    assert before[1].eid not in {row.eid for row in after}
    reader = laptop("p2", roster=newer)
    exchange = Exchange()
    exchange.push(store)
    exchange.pull(store)
    assert store.replica.counts().pending == 0
    exchange.pull(reader.store)
    assert [row.key for row in reader.store.cases.caseload()] == [key]
    discard(reader)


def test_a_key_of_the_space_that_arrives_later_opens_what_was_kept_aside(one: Laptop) -> None:
    newer = rekeyed(PRACTICE.roster)
    other = laptop("p2", roster=newer)
    other.store.cases.new("Willow 009")
    exchange = Exchange()
    exchange.push(other.store)
    exchange.pull(one.store)
    assert one.store.cases.caseload() == []
    assert one.store.queue.state().bad == 2
    store = one.reopen(roster=newer)
    assert [row.code_name for row in store.cases.caseload()] == ["Willow 009"]
    assert store.queue.state().bad == 0
    discard(other)


def test_a_copied_store_is_recognised_and_stops_writing_and_loses_nothing(one: Laptop, tmp_path: Path) -> None:
    key = one.store.cases.new("Harbour 214")
    exchange = Exchange()
    exchange.sync(one.store)
    one.store.close()
    shutil.copytree(one.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("*.lock", "*-shm"))
    one.store = one._open(create=False)
    one.store.cases.add_record(key, "note", {"text": "written on the original"})
    exchange.sync(one.store)
    copy = Laptop("p1", tmp_path / "copy")
    copy.store.cases.add_record(key, "note", {"text": "written on the copy"})
    assert not copy.store.ledger.copied
    exchange.sync(copy.store)
    assert copy.store.queue.state().copied
    assert texts(copy.store) == {"written on the original", "written on the copy"}
    with pytest.raises(KnownError) as caught:
        copy.store.cases.new("Another")
    assert caught.value.code == "store.copied"
    draft = copy.store.drafts.begin("risk", "1", "00")
    copy.store.drafts.save_answer(draft, "/a", "kept")
    exchange.sync(one.store)
    assert texts(one.store) == {"written on the original", "written on the copy"}
    copy.close()


def test_a_second_case_key_is_kept_beside_the_first_and_both_open(one: Laptop, two: Laptop) -> None:
    exchange = Exchange()
    tag_key = one.store.cases.new("Harbour 214")
    two.store.ledger.write(tag_key, [Assign("note", None, "text", "under another key")])
    exchange.sync(one.store, two.store)
    for made in (one, two):
        assert made.store.database.value("SELECT count(*) FROM case_key") == 2
        assert texts(made.store) == {"under another key"}
    one.store.cases.add_record(tag_key, "note", {"text": "a"})
    two.store.cases.add_record(tag_key, "note", {"text": "b"})
    exchange.sync(one.store, two.store)
    assert texts(one.store) == texts(two.store) == {"under another key", "a", "b"}


def test_an_erased_body_is_counted_and_a_checkpoint_changes_nothing(one: Laptop) -> None:
    log = Log()
    log.push(secrets.token_bytes(40))
    full = log.page(one.store.replica.cursor(POLICE))
    erased = LogPage(full.epoch, 1, (None,), full.log_hash, 1, erased=_eids(full))
    taken = one.store.replica.take_page(POLICE, erased)
    assert (taken.entries, taken.bad) == (1, 0)
    assert one.store.replica.held_eids(POLICE, "", 10) == _eids(full)


def _eids(page: LogPage) -> tuple[str, ...]:
    return tuple(eid_of(raw) for raw in page.entries if raw is not None)


def test_contact_is_noted_only_where_the_log_was_read_to_its_end(one: Laptop) -> None:
    assert one.store.queue.state().last_contact == ""
    one.store.cases.new("Harbour 214")
    exchange = Exchange()
    exchange.push(one.store)
    head = exchange.log(POLICE).page(one.store.replica.cursor(POLICE))
    ahead = msgspec.structs.replace(one.store.replica.cursor(POLICE), seq=head.last_seq)
    one.store.replica.note_contact(POLICE, ahead)
    assert one.store.queue.state().last_contact == ""
    exchange.pull(one.store)
    assert one.store.queue.state().as_of.keys() == {POLICE}


def test_identity_before_enrolment_reads_and_writes_no_space(one: Laptop) -> None:
    stranger = SeatIdentity.of(type(PRACTICE.seats["p1"]).generate(), PRACTICE.roster)
    assert (stranger.seat, stranger.unit, stranger.unit_space, dict(stranger.spaces)) == (None, "", "", {})
