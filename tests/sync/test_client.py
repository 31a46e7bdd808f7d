"""The round against the real server: batch sizes, refusals, sessions, lying servers, and what it asks of the line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.change import Assign
from sync.client import (
    FIRST_BATCH_BYTES,
    MAX_MISSES,
    Carry,
    NetCall,
    NetReply,
    Progress,
    backoff,
    long_poll,
)
from sync.envelope import EntryKind, parse
from sync.errors import Refused, RetryLater, Unreachable
from sync.protocol import (
    ItemResult,
    LogPage,
    PushAnswer,
    PushBatch,
    SignedReceipt,
    decode,
    encode,
)
from sync.server.app import Doorbell, make_app
from sync.server.settings import Settings, found_server, open_server
from tests.sync.driver import InProcess, drive
from tests.sync.memory_replica import MemoryReplica
from tests.sync.practice import found_practice

TAG = "71" * 16
PRACTICE = found_practice()
SHARED = PRACTICE.spaces["shared"]

Twist = Callable[[NetReply], NetReply]


class Line:
    """The line to a real server in this process: counts calls, and does to a push or a page what a test wants."""

    def __init__(self, net: InProcess) -> None:
        self.net = net
        self.calls: list[NetCall] = []
        self.before_push: Callable[[PushBatch], object] = lambda _: None
        self.after: dict[str, Twist] = {}

    def perform(self, call: NetCall) -> NetReply:
        self.calls.append(call)
        push = _is_push(call)
        if push and call.body is not None:
            self.before_push(decode(PushBatch, call.body))
        reply = self.net.perform(call)
        kind = "push" if push else "page" if call.path.endswith("/log") else call.path
        twist = self.after.get(kind)
        return twist(reply) if twist else reply

    @property
    def pushed(self) -> list[int]:
        """How many entries each push carried."""
        return [len(decode(PushBatch, call.body).entries) for call in self.calls if _is_push(call) and call.body]

    def count(self, path: str) -> int:
        return sum(call.path == path for call in self.calls)


def _is_push(call: NetCall) -> bool:
    return call.method == "POST" and call.path.endswith("/log")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    found_server(tmp_path / "server", PRACTICE.roster.to_bytes(), Settings("x"))
    server = open_server(tmp_path / "server")
    net = InProcess(make_app(server, Doorbell()))
    yield Line(net)
    net.close()
    server.storage.close()


@pytest.fixture
def laptop() -> MemoryReplica:
    return MemoryReplica(PRACTICE.roster, PRACTICE.seats["p1"])


def _write(laptop: MemoryReplica, count: int) -> set[str]:
    return {laptop.write(SHARED, TAG, Assign("case", "r", f"f{number}", number)) for number in range(count)}


def test_batches_begin_small_and_double(line: Line, laptop: MemoryReplica) -> None:
    _write(laptop, 300)
    sizes: list[int] = []
    line.before_push = lambda batch: sizes.append(sum(map(len, batch.entries)))
    assert drive(laptop, line.perform).level
    assert sizes[0] <= FIRST_BATCH_BYTES < sizes[1] <= 2 * FIRST_BATCH_BYTES < sizes[2]
    assert sum(line.pushed) == 301


def test_a_line_that_cuts_large_answers_gets_smaller_batches_and_the_next_round_remembers(
    line: Line, laptop: MemoryReplica
) -> None:
    _write(laptop, 60)

    def narrow(batch: PushBatch) -> None:
        if sum(map(len, batch.entries)) > 3000:
            raise Unreachable("net.timeout", after_send=True)

    line.before_push = narrow
    result = drive(laptop, line.perform)
    assert line.pushed[0] > line.pushed[1] > line.pushed[2]
    assert result.failure == "net.timeout"
    assert result.carry.batch_bytes < FIRST_BATCH_BYTES
    for _ in range(40):
        result = drive(laptop, line.perform, carry=result.carry)
    assert laptop.counts().pending == 0


def test_without_any_answer_the_round_ends_soon_and_keeps_everything(line: Line, laptop: MemoryReplica) -> None:
    _write(laptop, 200)

    def silent(_: PushBatch) -> None:
        raise Unreachable("net.timeout", after_send=True)

    line.before_push = silent
    result = drive(laptop, line.perform)
    assert (result.failure, len(line.pushed), laptop.counts().pending) == ("net.timeout", MAX_MISSES, 201)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_batch_refused_for_one_entry_is_taken_apart_until_that_one_stands_alone(
    line: Line, laptop: MemoryReplica, status: int
) -> None:
    _write(laptop, 30)
    raws = [row.raw for _, row in sorted(laptop.copies[SHARED].outbox.items())]
    guilty = [raw for raw in raws if parse(raw).kind is EntryKind.CHANGE][7]  # without the key the others had no place

    def squeamish(batch: PushBatch) -> None:
        if guilty in batch.entries:
            raise Refused("proxy.dislikes", status=status)

    line.before_push = squeamish
    result = drive(laptop, line.perform)
    assert result.level
    left = laptop.copies[SHARED].outbox
    assert [(row.raw, row.state, row.code) for row in left.values()] == [(guilty, "refused", "proxy.dislikes")]


@pytest.mark.parametrize("status", [403, 507])
def test_a_refusal_of_the_sending_stops_neither_reading_nor_the_other_spaces(
    line: Line, laptop: MemoryReplica, status: int
) -> None:
    other = MemoryReplica(PRACTICE.roster, PRACTICE.seats["h1"])
    other.edit(SHARED, TAG, "aim", 1)
    drive(other, line.perform)
    laptop.edit(SHARED, "72" * 16, "aim", 2)
    laptop.edit(PRACTICE.spaces["police"], TAG, "aim", 3)

    def full(batch: PushBatch) -> None:
        if any(raw == row.raw for raw in batch.entries for row in laptop.copies[SHARED].outbox.values()):
            raise Refused("planted", status=status)

    line.before_push = full
    result = drive(laptop, line.perform)
    assert [(fault.space, fault.code) for fault in result.faults] == [(SHARED, "planted")]
    assert not result.failure
    assert laptop.counts().pending == 2
    assert len(laptop.copies[SHARED].changes) == 2
    assert not laptop.copies[PRACTICE.spaces["police"]].outbox


def test_later_ends_the_round_with_the_seconds_asked_for(line: Line, laptop: MemoryReplica) -> None:
    def busy(_: PushBatch) -> None:
        raise RetryLater("server.busy", 17)

    laptop.edit(SHARED, TAG, "aim", 1)
    line.before_push = busy
    result = drive(laptop, line.perform)
    assert (result.failure, result.retry_after, laptop.counts().pending) == ("server.busy", 17, 2)


def test_an_old_session_is_renewed_once_and_a_good_one_is_used_again(line: Line, laptop: MemoryReplica) -> None:
    result = drive(laptop, line.perform, carry=Carry(token="b2xk"))
    assert result.level
    assert line.count("/v1/session/answer") == 1
    assert drive(laptop, line.perform, carry=result.carry).level
    assert line.count("/v1/session/answer") == 1


def test_a_seat_that_is_refused_ends_the_round_at_once(line: Line) -> None:
    stranger = MemoryReplica(PRACTICE.roster, PRACTICE.seats["p1"])
    stranger._seat = PRACTICE.seats["p2"]  # signs with a key that is not its seat's
    result = drive(stranger, line.perform)
    assert (result.failure, result.answered, line.count("/v1/spaces")) == ("session.refused", True, 0)


def _tampered_receipt(reply: NetReply) -> NetReply:
    answer = decode(PushAnswer, reply.body)
    signed = decode(SignedReceipt, answer.receipt)
    forged = msgspec.structs.replace(signed, body=signed.body + b"\x00")
    return msgspec.structs.replace(reply, body=encode(msgspec.structs.replace(answer, receipt=encode(forged))))


def _promised(reply: NetReply) -> NetReply:
    answer = decode(PushAnswer, reply.body)
    results = tuple(ItemResult(item.eid, item.status, item.code, item.seq + 1) for item in answer.results)
    return msgspec.structs.replace(reply, body=encode(msgspec.structs.replace(answer, results=results)))


@pytest.mark.parametrize(
    ("lie", "code"), [(_tampered_receipt, ("receipt.form", "receipt.signature")), (_promised, ("receipt.mismatch",))]
)
def test_a_receipt_that_does_not_hold_confirms_nothing_and_the_log_itself_does(
    line: Line, laptop: MemoryReplica, lie: Twist, code: tuple[str, ...]
) -> None:
    laptop.edit(SHARED, TAG, "aim", 1)
    line.after["push"] = lie
    result = drive(laptop, line.perform)
    assert [fault.space for fault in result.faults] == [SHARED]
    assert result.faults[0].code in code
    assert laptop.copies[SHARED].receipts == []
    assert laptop.counts().pending == 0  # read back from the log, which needs no promise


def test_the_receipt_key_of_the_first_contact_is_the_only_one(line: Line, laptop: MemoryReplica) -> None:
    laptop.pin_server_key(bytes(32))
    laptop.edit(SHARED, TAG, "aim", 1)
    result = drive(laptop, line.perform)
    assert [fault.code for fault in result.faults] == ["receipt.signature"]
    assert line.count("/v1/info") == 0
    assert laptop.server_key() == bytes(32)


def _withheld(reply: NetReply) -> NetReply:
    page = decode(LogPage, reply.body)
    return msgspec.structs.replace(reply, body=encode(msgspec.structs.replace(page, entries=page.entries[1:])))


def _silent(reply: NetReply) -> NetReply:
    page = decode(LogPage, reply.body)
    empty = LogPage(page.epoch, page.first_seq, (), "0" * 64, page.head)
    return msgspec.structs.replace(reply, body=encode(empty))


@pytest.mark.parametrize(("lie", "code"), [(_withheld, "log.broken"), (_silent, "log.short")])
def test_a_server_that_keeps_lying_about_a_log_is_named_and_believed_nothing(
    line: Line, laptop: MemoryReplica, lie: Twist, code: str
) -> None:
    laptop.edit(SHARED, TAG, "aim", 1)
    line.after["page"] = lie
    result = drive(laptop, line.perform)
    assert (SHARED, code) in [(fault.space, fault.code) for fault in result.faults]
    assert laptop.cursor(SHARED).seq == 0
    assert laptop.counts().pending == 2
    assert len(line.calls) < 60
    line.after.clear()
    assert drive(laptop, line.perform).level


def test_an_unknown_key_is_given_back_before_anything_goes_to_the_tray(line: Line, laptop: MemoryReplica) -> None:
    laptop.edit(SHARED, TAG, "aim", 1)
    key = next(eid for eid, row in laptop.copies[SHARED].outbox.items() if row.id == eid)
    del laptop.copies[SHARED].outbox[key]  # as if a restored server had lost it after it was confirmed
    result = drive(laptop, line.perform)
    assert result.level
    assert (result.refused, laptop.counts().pending) == (0, 0)


def test_a_quiet_round_asks_for_no_pages(line: Line, laptop: MemoryReplica) -> None:
    carry = drive(laptop, line.perform).carry
    line.calls.clear()
    assert drive(laptop, line.perform, carry=carry).level
    assert [call.path for call in line.calls] == ["/v1/spaces"]


def test_progress_counts_what_was_sent_and_read(line: Line, laptop: MemoryReplica) -> None:
    _write(laptop, 10)
    told: list[Progress] = []
    result = drive(laptop, line.perform, told=told)
    assert (result.pushed, result.entries) == (11, 11)
    assert (told[-1].pushed, told[-1].pulled, told[-1].behind) == (11, 11, 0)
    assert {item.spaces for item in told} == {2}


@given(failures=st.integers(0, 10_000), dice=st.floats(0, 1, exclude_max=True))
def test_waiting_grows_to_five_minutes_and_is_never_nothing(failures: int, dice: float) -> None:
    ceiling = min(300.0, 2.0 ** min(max(failures, 1) - 1, 20))
    assert 0.1 <= backoff(failures, dice) <= max(0.1, ceiling)


def test_waiting_uses_the_whole_span() -> None:
    assert backoff(1, 0.999) == pytest.approx(1, abs=0.01)
    assert backoff(20, 0.5) == 150
    assert backoff(20, 0.0) == 0.1


def test_the_long_poll_is_a_long_call() -> None:
    call = long_poll("token", "since")
    assert (call.token, call.query["since"], call.timeout_kind) == ("token", "since", "long")
