"""The part of a round that sends: batches that fit the line, refusals entry by entry, and what is read back at once.

Where a space was level before, the push asks for what lies beyond, and its answer carries the page: an edit costs one
call. Such a page is checked and taken as any other; where there is none, or it does not continue us, the reading that
follows finds out and heals. Leaves sessions, reading and healing to `sync.client`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sync.errors import RetryLater, SyncError, Unreachable
from sync.protocol import (
    MAX_BATCH_BYTES,
    MAX_BATCH_ITEMS,
    Cursor,
    ItemResult,
    ItemStatus,
    LogPage,
    PushAnswer,
    PushBatch,
    check_answer,
    decode,
    encode,
    whole_page,
)
from sync.replica import Call, Outgoing, PageTaken, Steps, local

MIN_BATCH_BYTES = 1024
MAX_MISSES = 3
"""So many pushes in a row may stay without an answer before the round gives the line up."""
ROOM_FOR_OTHERS = 2048
"""Bytes of others' entries that the page in an answer may hold beside those that were sent."""

UNKNOWN_KEY = "unknown_key"
NOT_OURS = frozenset({"log.epoch", "log.gap", "log.hash", "log.size"})
"""What is wrong with a page that does not continue the log as it was read here."""
_WHOLE_BATCH = {400, 413, 422}
"""Statuses that refuse a batch as a whole: it is halved until the one guilty entry stands alone."""


@dataclass
class Sent:
    """The sending of one space: whether anything was due, and what became of it.

    `level`: how far the log was read by the answers alone, as long as that is its end; None when it must be read.
    """

    space: str
    level: Cursor | None
    due: bool = False
    answered: set[str] = field(default_factory=set)
    misses: int = 0
    healed: bool = False


@dataclass
class PushRound:
    """`call` speaks within the session; `heal` gives a log what it lacks; `fault` notes what concerns one space only;
    `read` counts a page that was taken; `tell` shows how far the round is.
    """

    seat_id: str
    batch_bytes: int
    call: Call
    heal: Callable[[str], Steps[None]]
    fault: Callable[[str, str], None]
    read: Callable[[PageTaken], None]
    tell: Callable[[int], None]
    server_key: bytes = b""
    batch_items: int = MAX_BATCH_ITEMS
    pushed: int = 0
    refused: int = 0
    receipted: set[str] = field(default_factory=set)

    def send(self, space: str, level: Cursor | None) -> Steps[Sent]:
        """Send what is due. `level` is where the log was read to, if that is its end.

        A full store or a bad receipt ends the sending, not the reading.
        """
        state = Sent(space, level)
        rows: tuple[Outgoing, ...] = ()
        while True:
            try:
                rows = yield from self._due(state)
                if not rows:
                    return state
                yield from self._send(state, rows)
            except Unreachable as error:
                state.level = None  # the next answer shall be as short as can be
                self._halve(rows)
                state.misses += 1
                if not error.after_send:
                    raise
                yield from self._end_unknown(state, rows)
                if state.misses >= MAX_MISSES:
                    raise
            except RetryLater:
                raise
            except SyncError as error:
                state.level = None
                if not (yield from self._refused_batch(state, rows, error)):
                    return state

    def _end_unknown(self, state: Sent, rows: tuple[Outgoing, ...]) -> Steps[None]:
        """The server may have them or not: they are shown as sent, and stay due."""
        eids = tuple(row.eid for row in rows)
        yield from local(lambda replica: replica.mark_sent(state.space, eids))

    def _due(self, state: Sent) -> Steps[tuple[Outgoing, ...]]:
        due = yield from local(lambda replica: replica.outgoing(state.space, self.batch_bytes))
        if any(row.eid in self.receipted for row in due):
            state.level = None  # receipted, and the log lacks it: it is to be read from its start
        return tuple(row for row in due if row.eid not in state.answered)[: self.batch_items]

    def _send(self, state: Sent, rows: tuple[Outgoing, ...]) -> Steps[None]:
        state.due = True
        eids, raws = tuple(row.eid for row in rows), tuple(row.raw for row in rows)
        path, query = f"/v1/spaces/{state.space}/log", dict[str, str]()
        if state.level:
            query = {"after": str(state.level.seq), "bytes": str(sum(map(len, raws)) + ROOM_FOR_OTHERS)}
        reply = yield from self.call("POST", path, query=query, body=encode(PushBatch(raws)))
        answer = decode(PushAnswer, reply.body)
        check_answer(answer, eids, state.space, self.seat_id, self.server_key)
        state.misses = 0
        self.batch_bytes = min(MAX_BATCH_BYTES, self.batch_bytes * 2)
        self.batch_items = min(MAX_BATCH_ITEMS, self.batch_items * 2)
        lacking = {item.eid for item in answer.results if item.code == UNKNOWN_KEY}
        if lacking and not state.healed:
            # A server restored a moment ago lacks the key entry, not we: give it back, then send these once more.
            state.healed = True
            yield from self.heal(state.space)
        else:
            lacking = set()
        results = tuple(item for item in answer.results if item.eid not in lacking)
        page = whole_page(answer.page, raws) if answer.page and state.level else None
        yield from self._take_answer(state, results, answer.receipt, page)

    def _take_answer(
        self, state: Sent, results: tuple[ItemResult, ...], receipt: bytes, page: LogPage | None
    ) -> Steps[None]:
        """The results with the page, if there is one that continues us; else the results alone."""
        state.level = None
        if page is not None and page.entries:
            try:
                taken = yield from local(lambda replica: replica.take_answer(state.space, results, receipt, page))
            except SyncError as error:
                if error.code not in NOT_OURS:
                    raise
            else:
                self.read(taken)
                if page.last_seq == page.head:
                    state.level = Cursor(page.epoch, page.head, page.log_hash)
                self._note_results(state, results)
                return
        yield from self._take_results(state, results, receipt)

    def _take_results(self, state: Sent, results: tuple[ItemResult, ...], receipt: bytes) -> Steps[None]:
        yield from local(lambda replica: replica.take_results(state.space, results, receipt))
        self._note_results(state, results)

    def _note_results(self, state: Sent, results: tuple[ItemResult, ...]) -> None:
        state.answered.update(item.eid for item in results)
        self.receipted.update(item.eid for item in results if item.status is not ItemStatus.REJECTED)
        rejected = sum(item.status is ItemStatus.REJECTED for item in results)
        self.refused += rejected
        self.pushed += len(results) - rejected
        self.tell(0)

    def _refused_batch(self, state: Sent, rows: tuple[Outgoing, ...], error: SyncError) -> Steps[bool]:
        """Whether sending goes on: a batch refused as a whole is halved until the guilty entry stands alone."""
        status = error.details.get("status", 0)
        if status == 401:
            raise error
        if status not in _WHOLE_BATCH:
            self.fault(state.space, error.code)
            return False
        if len(rows) > 1:
            self._halve(rows)
            return True
        refusal = ItemResult(rows[0].eid, ItemStatus.REJECTED, error.code)
        yield from self._take_results(state, (refusal,), b"")
        return True

    def _halve(self, rows: tuple[Outgoing, ...]) -> None:
        self.batch_bytes = max(MIN_BATCH_BYTES, min(self.batch_bytes, sum(len(row.raw) for row in rows)) // 2)
        self.batch_items = max(1, len(rows) // 2)
