"""The tray of refused entries: whatever the server answers, nothing is deleted, nothing stands in another's way."""

from collections.abc import Iterator

import pytest

from desktop.errors import KnownError
from desktop.model.queue import QueueStage
from desktop.store.store import Store
from sync.change import Assign
from sync.envelope import eid_of
from sync.errors import Refused, RetryLater
from sync.keys import Domain, sign, sign_public_of
from sync.protocol import (
    EMPTY_LOG_HASH,
    Cursor,
    ItemResult,
    ItemStatus,
    LogPage,
    NetCall,
    NetReply,
    PushAnswer,
    PushBatch,
    Receipt,
    SignedReceipt,
    SpaceHead,
    SpaceHeads,
    decode,
    encode,
)
from tests.desktop.store.laptops import PRACTICE, Exchange, Laptop, discard, laptop, shared_case
from tests.sync.driver import drive

POLICE, SHARED = PRACTICE.spaces["police"], PRACTICE.spaces["shared"]
SERVER = bytes(range(32))
STATUSES = sorted(set(range(400, 600)) - {401, 429, 503})
EPOCH = "ab" * 16


@pytest.fixture
def police() -> Iterator[Laptop]:
    made = laptop("p1")
    made.store.replica.pin_server_key(sign_public_of(SERVER))
    yield made
    discard(made)


class OneGuilty:
    """A server that refuses whatever batch holds the guilty entry, with this status, and takes everything else."""

    def __init__(self, seat: str, guilty: frozenset[str], status: int) -> None:
        self.seat, self.guilty, self.status = seat, guilty, status
        self.taken: set[str] = set()

    def perform(self, call: NetCall) -> NetReply:
        if call.path == "/v1/session":
            return NetReply(200, {}, b"\x81\xa9challenge\xc4\x01x")
        if call.path == "/v1/session/answer":
            return NetReply(200, {}, b"\x82\xa5token\xa1t\xa7seconds\x64")
        if call.path == "/v1/spaces":
            heads = tuple(SpaceHead(space, Cursor(EPOCH)) for space in (POLICE, SHARED))
            return NetReply(200, {}, encode(SpaceHeads("s", heads)))
        if call.method == "GET":
            return NetReply(200, {}, encode(LogPage(EPOCH, 1, (), EMPTY_LOG_HASH, 0)))
        eids = tuple(eid_of(raw) for raw in decode(PushBatch, call.body or b"").entries)
        if self.guilty & set(eids):
            raise Refused(f"http.{self.status}", status=self.status)
        self.taken.update(eids)
        return self._receipted(call.path.split("/")[3], eids)

    def _receipted(self, space: str, eids: tuple[str, ...]) -> NetReply:
        body = encode(Receipt(space, EPOCH, self.seat, "2026", tuple((eid, 1) for eid in eids)))
        signed = encode(SignedReceipt(body, sign(SERVER, Domain.RECEIPT, body)))
        results = tuple(ItemResult(eid, ItemStatus.OK, seq=1) for eid in eids)
        return NetReply(200, {}, encode(PushAnswer(results, signed)))


def rows(store: Store) -> dict[str, str]:
    return {row[0]: row[1] for row in store.database.query("SELECT eid, state FROM outbox")}


def test_no_status_on_one_item_or_on_the_whole_deletes_a_row_or_stops_the_other_space(police: Laptop) -> None:
    """All of 400 … 599; on the k-th entry of a batch and on every batch of a space."""
    key, _, shared = shared_case(police.store)
    for number in range(6):
        police.store.cases.add_record(key, "note", {"text": f"inside {number}"})
    police.store.ledger.write(shared, [Assign("note", None, "text", "shared")])
    before = set(rows(police.store))
    of_police = [row.eid for row in police.store.replica.outgoing(POLICE, 1 << 20)]
    of_shared = {row.eid for row in police.store.replica.outgoing(SHARED, 1 << 20)}
    for status in STATUSES:
        for guilty in (frozenset({of_police[status % len(of_police)]}), frozenset(of_police)):
            server = OneGuilty(police.store.replica.seat_id, guilty, status)
            drive(police.store.replica, server.perform)
            after = rows(police.store)
            assert set(after) == before, status
            assert of_shared <= server.taken, "what one space is refused stops no other"
            states = {after[eid] for eid in guilty}
            if status in {400, 413, 422}:
                assert states == {"refused"}
                assert server.taken == before - guilty, "the poisoned item blocks nothing"
            else:
                assert states <= {"queued", "sent"}, "due again in the next round"
            with police.store.database.transaction():
                police.store.database.execute("UPDATE outbox SET state = 'queued', code = '', receipt = NULL")


def test_a_server_that_is_busy_or_forgets_the_session_keeps_every_row_due(police: Laptop) -> None:
    police.store.cases.new("Harbour 214")
    before = rows(police.store)
    for error in (RetryLater("server.busy", 1.0), Refused("session.refused", status=401)):

        def perform(call: NetCall, error: Exception = error) -> NetReply:
            raise error

        drive(police.store.replica, perform)
        assert rows(police.store) == before


def refuse(store: Store, space: str, code: str = "quota") -> str:
    """The note of a space is refused; its id."""
    (eid,) = [item.id for item in store.queue.items() if (item.space, item.what) == (space, "note")]
    store.replica.take_results(space, (ItemResult(eid, ItemStatus.REJECTED, code),), b"")
    return eid


def test_the_leads_are_told_what_a_refused_entry_says(police: Laptop) -> None:
    key, _, shared = shared_case(police.store)
    police.store.ledger.write(shared, [Assign("note", None, "text", "she moved on Friday")])
    eid = refuse(police.store, SHARED)
    assert [item.handed for item in police.store.queue.items() if item.id == eid] == [False]
    told = police.store.queue.hand_to_leads(eid)
    (item,) = [item for item in police.store.queue.items() if item.id == eid]
    assert (item.state, item.handed) == (QueueStage.REFUSED, True)
    exchange = Exchange()
    exchange.sync(police.store)
    lead = laptop("p2")
    exchange.pull(lead.store)
    record = lead.store.cases.records(key)["refused_entry", told]
    assert (record.fields["code"].value, record.fields["space"].value) == ("quota", SHARED)
    assert record.fields["said"].value == [["note", None, "text", "she moved on Friday"]]
    assert police.store.queue.retry(eid), "and it can still be tried again"
    discard(lead)
    outsider = laptop("h1")
    exchange.sync(outsider.store)
    assert "she moved on Friday" not in str(outsider.store.cases.records(shared))
    discard(outsider)


def test_what_cannot_be_told_says_why(police: Laptop) -> None:
    police.store.cases.new("Harbour 214")
    with pytest.raises(KnownError) as refused:
        police.store.queue.hand_to_leads("ab" * 32)
    assert refused.value.code == "queue.not_refused"
    key_entry = police.store.replica.outgoing(POLICE, 1)[0].eid
    police.store.replica.take_results(POLICE, (ItemResult(key_entry, ItemStatus.REJECTED, "quota"),), b"")
    with pytest.raises(KnownError) as refused:
        police.store.queue.hand_to_leads(key_entry)
    assert refused.value.code == "queue.nothing_to_tell"
