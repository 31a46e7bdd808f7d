"""A log that went back: announced by the operator, by nobody, or contradicted by the server's own receipts."""

from collections.abc import Iterator

import msgspec
import pytest

from desktop.store.rollbacks import Proof, Rollback, Verdict
from desktop.store.store import Store
from sync.keys import Domain, sign, sign_public_of
from sync.protocol import Cursor, ItemResult, ItemStatus, Receipt, SignedReceipt, encode
from sync.restored import RestoredSpace, RestoreNotice, Restores, sign_notice
from tests.desktop.store.laptops import EPOCH, PRACTICE, Exchange, Laptop, discard, laptop

POLICE = PRACTICE.spaces["police"]
SERVER, OPERATOR, STRANGER = (bytes([one] * 32) for one in (1, 2, 3))
AFTER, LATER = "cd" * 16, "ef" * 16


@pytest.fixture
def one() -> Iterator[Laptop]:
    """A laptop that has read a log with a case in it."""
    made = laptop("p1")
    made.store.replica.pin_server_key(sign_public_of(SERVER))
    made.store.cases.new("Harbour 214")
    Exchange().sync(made.store)
    made.store.rollbacks.take_notices(told())
    yield made
    discard(made)


def told(*notices: bytes, operator: bytes = OPERATOR) -> bytes:
    return encode(Restores(sign_public_of(operator), notices))


def notice(before: str, after: str, operator: bytes = OPERATOR) -> bytes:
    spaces = (RestoredSpace(POLICE, Cursor(before, 9), Cursor(after, 1)),)
    return sign_notice(RestoreNotice("2026-11-23T07:00:00Z", "2026-11-22T23:00:00Z", spaces), operator)


def restored(store: Store, epoch: str = AFTER) -> None:
    """As the round does when it finds another epoch and the server lacks everything."""
    store.replica.requeue_missing(POLICE, store.replica.held_eids(POLICE, "", 1000))
    store.replica.restart_space(POLICE, epoch)


def only(store: Store) -> Rollback:
    (line,) = store.rollbacks.lines()
    return line.rollback


def test_an_announced_restore_says_when_and_how_much_was_put_back(one: Laptop) -> None:
    assert not one.store.rollbacks.asks_for_notices()
    restored(one.store)
    assert only(one.store).verdict is Verdict.OPEN
    assert one.store.rollbacks.asks_for_notices()
    one.store.rollbacks.take_notices(told(notice(EPOCH, LATER), notice(LATER, AFTER)))
    found = only(one.store)
    assert (found.verdict, found.put_back, found.restored_at) == (Verdict.ANNOUNCED, 2, "2026-11-23T07:00:00Z")
    assert found.backup_at == "2026-11-22T23:00:00Z"
    assert not one.store.rollbacks.asks_for_notices()
    one.store.rollbacks.put_away(one.store.rollbacks.lines()[0].key)
    assert one.store.rollbacks.lines() == ()


@pytest.mark.parametrize(
    "answer",
    [
        told(),
        told(notice(AFTER, LATER)),
        told(notice(EPOCH, AFTER, STRANGER)),
        told(notice(EPOCH, AFTER, STRANGER), operator=STRANGER),
        b"nonsense",
        None,
    ],
    ids=["none", "of another", "forged", "of another operator", "nonsense", "no such route"],
)
def test_what_nobody_answers_for_is_said_to_be_so(one: Laptop, answer: bytes | None) -> None:
    restored(one.store)
    one.store.rollbacks.take_notices(answer)
    assert only(one.store).verdict is Verdict.UNANNOUNCED


def test_a_log_that_changed_within_its_epoch_is_never_a_restore(one: Laptop) -> None:
    restored(one.store, EPOCH)
    one.store.rollbacks.take_notices(told(notice(EPOCH, EPOCH)))
    assert only(one.store).verdict is Verdict.UNANNOUNCED


def receipt(*items: tuple[str, int], key: bytes = SERVER) -> bytes:
    body = encode(Receipt(POLICE, EPOCH, "00" * 16, "2026", items))
    return encode(SignedReceipt(body, sign(key, Domain.RECEIPT, body)))


def keep(store: Store, raw: bytes) -> None:
    store.replica.take_results(POLICE, (ItemResult("00" * 32, ItemStatus.OK, seq=1),), raw)


@pytest.mark.parametrize(
    ("first", "second", "forked"),
    [
        ((("aa" * 32, 5),), (("bb" * 32, 5),), True),
        ((("aa" * 32, 5),), (("aa" * 32, 6),), True),
        ((("aa" * 32, 5),), (("aa" * 32, 5), ("bb" * 32, 6)), False),
    ],
    ids=["two entries, one number", "one entry, two numbers", "said twice"],
)
def test_two_receipts_that_contradict_each_other_prove_a_fork(
    one: Laptop, first: tuple[tuple[str, int], ...], second: tuple[tuple[str, int], ...], forked: bool
) -> None:
    keep(one.store, receipt(*first))
    restored(one.store, EPOCH)
    keep(one.store, receipt(*second))
    keep(one.store, receipt(("cc" * 32, 5), key=STRANGER))
    one.store.rollbacks.judge_forks()
    assert (only(one.store).verdict is Verdict.FORK) is forked
    proof = msgspec.json.decode(one.store.rollbacks.proof(one.store.rollbacks.lines()[0].key), type=Proof)
    assert proof.contradicting == ((receipt(*first), receipt(*second)) if forked else ())
    assert proof.server_key == sign_public_of(SERVER).hex()
    assert "Harbour" not in str(proof)


def test_a_receipt_for_what_the_log_lacks_is_red(one: Laptop) -> None:
    one.store.cases.new("Willow 009")
    rows = one.store.replica.outgoing(POLICE, 1 << 20)
    results = tuple(ItemResult(row.eid, ItemStatus.OK, seq=1) for row in rows)
    one.store.replica.take_results(POLICE, results, receipt(*((row.eid, 1) for row in rows)))
    one.store.replica.note_contact(POLICE, one.store.replica.cursor(POLICE))
    assert (only(one.store).verdict, only(one.store).put_back) == (Verdict.UNANNOUNCED, len(rows))


def test_a_laptop_that_never_read_the_log_sees_nothing(one: Laptop) -> None:
    fresh = laptop("p2")
    fresh.store.replica.restart_space(POLICE, AFTER)
    assert fresh.store.rollbacks.lines() == ()
    discard(fresh)
