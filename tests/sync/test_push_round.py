"""Sending with the page in the answer: what an edit asks of the line, and that such a page is believed nothing more."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from sync.change import Assign
from sync.envelope import EntryKind, eid_of, parse
from sync.protocol import NetCall, NetReply, PushAnswer, PushBatch, ReadBack, decode, encode, next_hash
from sync.server.app import Doorbell, make_app
from sync.server.settings import Settings, found_server, open_server
from tests.sync.driver import InProcess, drive
from tests.sync.memory_replica import MemoryReplica
from tests.sync.practice import found_practice
from tests.sync.test_client import Line

TAG = "71" * 16
PRACTICE = found_practice()
SHARED = PRACTICE.spaces["shared"]
LOG = f"/v1/spaces/{SHARED}/log"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    found_server(tmp_path / "server", PRACTICE.roster.to_bytes(), Settings("x"))
    server = open_server(tmp_path / "server")
    net = InProcess(make_app(server, Doorbell()))
    yield Line(net)
    net.close()
    server.storage.close()


@pytest.fixture
def laptop(line: Line) -> MemoryReplica:
    """Level with the server, and a case of its own in the log."""
    one = MemoryReplica(PRACTICE.roster, PRACTICE.seats["p1"])
    one.edit(SHARED, TAG, "aim", 0)
    assert drive(one, line.perform).level
    assert drive(one, line.perform).level
    line.calls.clear()
    return one


def _paths(line: Line) -> list[tuple[str, str]]:
    return [(call.method, call.path) for call in line.calls if not call.path.startswith("/v1/session")]


def _other(line: Line) -> MemoryReplica:
    other = MemoryReplica(PRACTICE.roster, PRACTICE.seats["h1"])
    drive(other, line.net.perform)
    return other


def test_an_edit_is_sent_and_read_back_by_one_call_beside_the_heads(line: Line, laptop: MemoryReplica) -> None:
    cid = laptop.edit(SHARED, TAG, "aim", 1)
    result = drive(laptop, line.perform)
    assert _paths(line) == [("GET", "/v1/spaces"), ("POST", LOG)]
    assert (result.level, result.pushed, result.entries, laptop.counts().pending) == (True, 1, 1, 0)
    assert laptop.copies[SHARED].level_at == laptop.cursor(SHARED)
    assert len(laptop.copies[SHARED].receipts) == 2
    other = _other(line)
    assert cid in other.copies[SHARED].changes


def test_entries_of_the_batch_are_not_carried_back_and_those_of_others_are(line: Line, laptop: MemoryReplica) -> None:
    other = _other(line)
    theirs = other.edit(SHARED, TAG, "aim", 5)
    line.before_push = lambda _: drive(other, line.net.perform)  # between the heads and the push
    answers: list[PushAnswer] = []

    def listen(reply: NetReply) -> NetReply:
        answers.append(decode(PushAnswer, reply.body))
        return reply

    line.after["push"] = listen
    laptop.edit(SHARED, TAG, "aim", 1)
    assert drive(laptop, line.perform).level
    assert answers[0].page is not None
    assert [type(entry) for entry in answers[0].page.entries] == [bytes, int]
    assert theirs in laptop.copies[SHARED].changes
    assert len(laptop.fold(SHARED)[TAG, "case", "r", "aim"]) == 2


def test_a_page_that_does_not_reach_the_end_is_taken_and_the_rest_is_read(line: Line, laptop: MemoryReplica) -> None:
    other = _other(line)
    for number in range(40):
        other.write(SHARED, TAG, Assign("case", "r", f"f{number}", number))
    line.before_push = lambda _: drive(other, line.net.perform)
    laptop.edit(SHARED, TAG, "aim", 1)
    result = drive(laptop, line.perform)
    assert (result.level, result.entries, laptop.counts().pending) == (True, 41, 0)
    assert _paths(line)[1:3] == [("POST", LOG), ("GET", LOG)]


def test_many_edits_come_back_with_the_batches(line: Line, laptop: MemoryReplica) -> None:
    for number in range(300):
        laptop.write(SHARED, TAG, Assign("case", "r", f"f{number}", number))
    result = drive(laptop, line.perform)
    assert (result.level, result.pushed, result.entries, laptop.counts().pending) == (True, 300, 300, 0)
    assert ("GET", LOG) not in _paths(line)


def test_a_server_that_does_not_know_the_question_is_read_as_ever(line: Line, laptop: MemoryReplica) -> None:
    def older(call: NetCall) -> NetReply:
        return line.perform(msgspec.structs.replace(call, query={}) if call.method == "POST" else call)

    laptop.edit(SHARED, TAG, "aim", 1)
    assert drive(laptop, older).level
    assert _paths(line) == [("GET", "/v1/spaces"), ("POST", LOG), ("GET", LOG)]
    assert laptop.counts().pending == 0


def test_who_is_not_level_asks_for_no_page(line: Line, laptop: MemoryReplica) -> None:
    other = _other(line)
    other.edit(SHARED, TAG, "aim", 5)
    drive(other, line.net.perform)
    laptop.edit(SHARED, TAG, "aim", 1)
    assert drive(laptop, line.perform).level
    assert [call.query for call in line.calls if call.method == "POST" and call.path == LOG] == [{}]


def _bent(bend: Callable[[ReadBack], ReadBack | None]) -> Callable[[NetReply], NetReply]:
    def twist(reply: NetReply) -> NetReply:
        answer = decode(PushAnswer, reply.body)
        page = bend(answer.page) if answer.page else None
        return msgspec.structs.replace(reply, body=encode(msgspec.structs.replace(answer, page=page)))

    return twist


@pytest.mark.parametrize(
    "bend",
    [
        lambda page: msgspec.structs.replace(page, epoch="ee" * 16),
        lambda page: msgspec.structs.replace(page, first_seq=page.first_seq + 1),
        lambda page: msgspec.structs.replace(page, log_hash="00" * 32),
        lambda page: msgspec.structs.replace(page, entries=(*page.entries, b"x")),
        lambda page: msgspec.structs.replace(page, entries=(0,) * 201, head=page.head + 200),
        lambda page: msgspec.structs.replace(page, entries=()),
        lambda page: msgspec.structs.replace(page, head=0),
        lambda _: None,
    ],
    ids=["epoch", "gap", "hash", "more than the head", "too many", "empty", "head", "none"],
)
def test_a_page_that_does_not_continue_us_is_dropped_and_the_log_itself_is_read(
    line: Line, laptop: MemoryReplica, bend: Callable[[ReadBack], ReadBack | None]
) -> None:
    cid = laptop.edit(SHARED, TAG, "aim", 1)
    line.after["push"] = _bent(bend)
    result = drive(laptop, line.perform)
    assert (result.level, result.entries, result.restarted, laptop.counts().pending) == (True, 1, (), 0)
    assert _paths(line)[-1] == ("GET", LOG)
    assert cid in laptop.copies[SHARED].changes
    assert len(laptop.copies[SHARED].receipts) == 2


def test_a_place_beyond_the_batch_is_no_message_and_loses_nothing(line: Line, laptop: MemoryReplica) -> None:
    laptop.edit(SHARED, TAG, "aim", 1)
    line.after["push"] = _bent(lambda page: msgspec.structs.replace(page, entries=(1,)))
    result = drive(laptop, line.perform)
    assert [(fault.space, fault.code) for fault in result.faults] == [(SHARED, "message.form")]
    assert laptop.counts().pending == 0  # read back by the reading that followed


def test_a_page_without_what_was_receipted_lets_nothing_go(line: Line, laptop: MemoryReplica) -> None:
    """The server promises an entry and shows a log with another in its place: it is read from its start."""
    other = _other(line)
    other.edit(SHARED, TAG, "aim", 5)
    theirs = next(row.raw for row in other.copies[SHARED].outbox.values() if parse(row.raw).kind is EntryKind.CHANGE)
    laptop.edit(SHARED, TAG, "aim", 1)
    cursor = laptop.cursor(SHARED)

    def forked(page: ReadBack) -> ReadBack:
        log_hash = next_hash(cursor.log_hash, eid_of(theirs))
        return msgspec.structs.replace(page, entries=(theirs,), log_hash=log_hash)

    line.after["push"] = _bent(forked)
    assert drive(laptop, line.perform).level
    assert laptop.counts().pending == 0
    assert [path for path in _paths(line) if path == ("GET", LOG)]
    assert drive(laptop, line.perform).level
    assert laptop.cursor(SHARED) == laptop.copies[SHARED].level_at


def test_a_carrier_reads_nothing_of_a_space_that_is_not_its_own(line: Line) -> None:
    stranger = MemoryReplica(PRACTICE.roster, PRACTICE.seats["h1"])
    police = PRACTICE.spaces["police"]
    token = drive(stranger, line.perform).carry.token
    writer = MemoryReplica(PRACTICE.roster, PRACTICE.seats["p1"])
    writer.edit(police, TAG, "aim", 1)
    raws = tuple(row.raw for row in writer.outgoing(police, 1 << 20))
    query = {"after": "0", "bytes": "100000"}
    call = NetCall("POST", f"/v1/spaces/{police}/log", query, encode(PushBatch(raws)), token)
    answer = decode(PushAnswer, line.perform(call).body)
    assert ([item.seq for item in answer.results], answer.page) == ([1, 2], None)
