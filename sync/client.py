"""The round: in which order a laptop and the server speak, as a generator of steps. No clock, disk or network.

The driver carries out each `Step` (a `NetCall` through `sync.transport`, a `Local` on the thread that owns the store),
sends the result in, and throws in what went wrong. Leaves the tables to whoever implements `Replica`.

What holds whatever happens between two steps (sync.md §5): nothing is ever deleted on the server's word; an entry
counts as delivered only when its cid was read back from the log; one bad item blocks nothing; another epoch is healed
before the cursor follows it, so that a round cut in between starts the healing again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from sync import restored
from sync.errors import Refused, RetryLater, SyncError, Unreachable
from sync.protocol import (
    LONG_POLL_SECONDS,
    MAX_BATCH_BYTES,
    MAX_PAGE_ITEMS,
    Cursor,
    HaveAsk,
    HaveMissing,
    LogPage,
    NetCall,
    NetReply,
    SessionAnswer,
    SessionAsk,
    SessionChallenge,
    SessionGranted,
    SpaceHeads,
    check_page,
    decode,
    encode,
    receipt_key_of,
)
from sync.push_round import MAX_MISSES, MIN_BATCH_BYTES, NOT_OURS, PushRound
from sync.replica import (
    FIRST_BATCH_BYTES,
    Carry,
    Errand,
    Local,
    Outgoing,
    PageTaken,
    Progress,
    QueueCounts,
    Replica,
    RoundResult,
    SpaceFault,
    Step,
    Steps,
    TreeCursor,
    TreeRef,
    Trees,
    local,
)
from sync.tree_round import TreeRound

MAX_RESTARTS = 2
"""So often may one round find a space's log rolled back before it calls the server's log broken."""

MAX_UNREADABLE = 1000
"""So many entries in a row that nobody here can read end the reading of a space for this round."""

_ROLLED_BACK = NOT_OURS - {"log.size"}

__all__ = [
    "FIRST_BATCH_BYTES", "MAX_MISSES", "Carry", "Errand", "Local", "NetCall", "NetReply", "Outgoing", "PageTaken",
    "Progress", "QueueCounts", "Replica", "RoundResult", "SpaceFault", "Step", "Steps", "TreeCursor", "TreeRef",
    "Trees", "backoff", "long_poll", "restored", "sync_round",
]  # fmt: skip


def backoff(failures: int, random_unit: float) -> float:
    """Seconds until the next try after `failures` (≥ 1) in a row: full jitter under a ceiling of 1 s … 5 min.

    `random_unit` is drawn by the caller from [0, 1). At least 0.1 s, so that nobody hammers.
    """
    ceiling = min(300.0, 2.0 ** min(max(failures, 1) - 1, 16))
    return max(0.1, ceiling * random_unit)


def long_poll(token: str, since: str) -> NetCall:
    """The call that waits until a head moved beyond `since`; its body is a `SpaceHeads`."""
    query = {"since": since, "wait": str(LONG_POLL_SECONDS)}
    return NetCall("GET", "/v1/spaces", query=query, token=token, timeout_kind="long")


def sync_round(
    space_ids: Sequence[str],
    seat_id: str,
    *,
    progress: Callable[[Progress], None],
    carry: Carry | None = None,
) -> Steps[RoundResult]:
    """One round over the given spaces: session, chains and control trees, then per space heal if rolled back, push,
    pull, compare. A space that the control trees bring is taken along.

    The driver sends in each step's result and throws in `Unreachable`, `RetryLater`, `Refused` (from the network) and
    `SyncError` (from the replica). These end in the result; any other exception passes through and ends the round.
    """
    return _Round(seat_id, progress, carry or Carry()).run(space_ids)


@dataclass
class _Round:
    seat_id: str
    progress: Callable[[Progress], None]
    carry: Carry
    taken: list[PageTaken] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    answered: bool = False
    unreadable: int = 0
    asked_again: set[str] = field(default_factory=set)
    place: tuple[str, int, int] = ("", 0, 0)

    def __post_init__(self) -> None:
        self.token = self.carry.token
        self.since = ""
        self.sending = PushRound(
            self.seat_id, self.carry.batch_bytes, self._call, self._heal, self._fault, self._count, self._tell
        )

    def run(self, space_ids: Sequence[str]) -> Steps[RoundResult]:
        failure, retry_after = "", 0.0
        try:
            yield from self._know_server()
            trees = TreeRound(self._ask, self._call, self._fault)
            yield from trees.errands()
            listed = yield from self._heads()
            joined = yield from trees.level(listed)
            if joined or trees.pushed:
                listed = yield from self._heads()
            heads = {item.space: item.head for item in listed.spaces}
            order = tuple(dict.fromkeys((*space_ids, *joined)))
            for index, space in enumerate(order):
                self.place = (space, index, len(order))
                yield from self._space(space, heads.get(space))
        except RetryLater as error:
            failure, retry_after = error.code, error.seconds
        except SyncError as error:
            failure = error.code
        return self._result(failure, retry_after)

    def _result(self, failure: str, retry_after: float) -> RoundResult:
        return RoundResult(
            pushed=self.sending.pushed,
            refused=self.sending.refused,
            entries=sum(page.entries for page in self.taken),
            changes=sum(page.changes for page in self.taken),
            conflicts_new=sum(page.conflicts_new for page in self.taken),
            bad=sum(page.bad for page in self.taken),
            restarted=tuple(dict.fromkeys(self.restarted)),
            faults=tuple(SpaceFault(space, code) for space, code in self.faults.items()),
            answered=self.answered,
            failure=failure,
            retry_after=retry_after,
            carry=Carry(self.token, self.since, min(FIRST_BATCH_BYTES, self.sending.batch_bytes)),
        )

    # -- speaking

    def _ask(self, call: NetCall) -> Steps[NetReply]:
        reply: NetReply = yield call
        self.answered = True
        return reply

    def _call(
        self, method: str, path: str, *, query: dict[str, str] | None = None, body: bytes | None = None
    ) -> Steps[NetReply]:
        """A call within the session; an expired session is renewed once."""
        call = NetCall(method, path, query=query or {}, body=body)
        if self.token:
            try:
                return (yield from self._ask(msgspec.structs.replace(call, token=self.token)))
            except Refused as error:
                if _status(error) != 401:
                    raise
        yield from self._open_session()
        return (yield from self._ask(msgspec.structs.replace(call, token=self.token)))

    def _open_session(self) -> Steps[None]:
        self.token = ""
        asked = yield from self._ask(NetCall("POST", "/v1/session", body=encode(SessionAsk(self.seat_id))))
        challenge = decode(SessionChallenge, asked.body).challenge
        signature = yield from local(lambda replica: replica.sign_session(challenge))
        answer = encode(SessionAnswer(self.seat_id, challenge, signature))
        granted = yield from self._ask(NetCall("POST", "/v1/session/answer", body=answer))
        self.token = decode(SessionGranted, granted.body).token

    def _know_server(self) -> Steps[None]:
        """The receipt key is pinned at the first contact and never taken anew on the server's word."""
        pinned = yield from local(lambda replica: replica.server_key())
        if pinned is not None:
            self.sending.server_key = pinned
            return
        reply = yield from self._ask(NetCall("GET", "/v1/info"))
        self.sending.server_key = receipt_key_of(reply.body)
        yield from local(lambda replica: replica.pin_server_key(self.sending.server_key))

    def _heads(self) -> Steps[SpaceHeads]:
        reply = yield from self._call("GET", "/v1/spaces")
        heads = decode(SpaceHeads, reply.body)
        self.since = heads.since
        return heads

    # -- one space

    def _space(self, space: str, head: Cursor | None) -> Steps[None]:
        """Bring one space level. What concerns this space only is noted, and the round goes on with the next."""
        try:
            if head is None:
                raise Refused("space.not_member", status=403)
            yield from self._level(space, head)
        except (Unreachable, RetryLater):
            raise
        except SyncError as error:
            if _status(error) == 401:
                raise
            self._fault(space, error.code)

    def _level(self, space: str, head: Cursor) -> Steps[None]:
        self.unreadable = 0
        cursor = yield from local(lambda replica: replica.cursor(space))
        if cursor.epoch not in {"", head.epoch}:
            yield from self._restart(space, head.epoch)
        level = head if cursor == head and space not in self.restarted else None
        again = True
        while again:
            sent = yield from self.sending.send(space, level)
            if sent.level:
                if not sent.due:
                    yield from local(lambda replica: replica.note_contact(space, head))
                return
            level = None
            again = yield from self._pull(space)

    def _restart(self, space: str, epoch: str) -> Steps[None]:
        """Heal first, follow second: a round that is cut in between finds the same rollback and heals again."""
        if self.restarted.count(space) >= MAX_RESTARTS:
            raise SyncError("log.broken")
        self.restarted.append(space)
        yield from self._heal(space)
        yield from local(lambda replica: replica.restart_space(space, epoch))

    def _heal(self, space: str) -> Steps[None]:
        """Queue everything held here that the server lacks, whoever wrote it."""
        after = ""
        while held := (yield from self._held(space, after)):
            reply = yield from self._call("POST", f"/v1/spaces/{space}/have", body=encode(HaveAsk(held)))
            lacking = frozenset(decode(HaveMissing, reply.body).eids)
            missing = tuple(eid for eid in held if eid in lacking)
            if missing:
                yield from self._requeue(space, missing)
            after = held[-1]

    def _held(self, space: str, after: str) -> Steps[tuple[str, ...]]:
        return (yield from local(lambda replica: replica.held_eids(space, after, MAX_PAGE_ITEMS)))

    def _requeue(self, space: str, missing: tuple[str, ...]) -> Steps[None]:
        yield from local(lambda replica: replica.requeue_missing(space, missing))

    # -- reading

    def _pull(self, space: str) -> Steps[bool]:
        """Read to the end of the log; whether it turned out to be rolled back (healed now: send and read again)."""
        while True:
            cursor = yield from local(lambda replica: replica.cursor(space))
            page = yield from self._page(space, cursor)
            try:
                at_end = yield from self._take_page(space, cursor, page)
            except SyncError as error:
                if error.code not in _ROLLED_BACK:
                    raise
                yield from self._restart(space, page.epoch)
                return True
            if at_end:
                return (yield from self._is_withheld(space))

    def _page(self, space: str, cursor: Cursor) -> Steps[LogPage]:
        """The next page, as large as the line carried before: one that is cut is asked for in half."""
        query = {"after": str(cursor.seq), "epoch": cursor.epoch, "bytes": str(self.sending.batch_bytes)}
        try:
            reply = yield from self._call("GET", f"/v1/spaces/{space}/log", query=query)
        except Unreachable:
            self.sending.batch_bytes = max(MIN_BATCH_BYTES, self.sending.batch_bytes // 2)
            raise
        if 2 * len(reply.body) > self.sending.batch_bytes:
            self.sending.batch_bytes = min(MAX_BATCH_BYTES, self.sending.batch_bytes * 2)
        return decode(LogPage, reply.body)

    def _is_withheld(self, space: str) -> Steps[bool]:
        """Whether what was receipted in this round is due again, for the log lacks it: to be sent once more. Raises
        `log.withheld` the second time.
        """
        if not self.sending.receipted:
            return False
        due = yield from local(lambda replica: replica.outgoing(space, self.sending.batch_bytes))
        if not any(row.eid in self.sending.receipted for row in due):
            return False
        if space in self.asked_again:
            raise SyncError("log.withheld")
        self.asked_again.add(space)
        return True

    def _take_page(self, space: str, cursor: Cursor, page: LogPage) -> Steps[bool]:
        """Whether the log's end was reached. Raises a code of `_ROLLED_BACK` when the page does not continue us."""
        if not page.entries:
            check_page(cursor, page)  # the comparison at the end: equal epoch, equal seq, equal running hash
            if page.head > cursor.seq:
                raise SyncError("log.short")
        if page.entries or cursor.epoch != page.epoch:
            self._count((yield from local(lambda replica: replica.take_page(space, page))))
        self._tell(page.head - page.last_seq)
        if page.last_seq < page.head:
            return False
        head = Cursor(page.epoch, page.head, page.log_hash)
        yield from local(lambda replica: replica.note_contact(space, head))
        return True

    def _count(self, taken: PageTaken) -> None:
        """One more page was read. Raises `log.flood`."""
        self.taken.append(taken)
        self.unreadable = self.unreadable + taken.bad if taken.bad == taken.entries else 0
        if self.unreadable >= MAX_UNREADABLE:
            raise SyncError("log.flood")

    def _tell(self, behind: int) -> None:
        space, index, spaces = self.place
        pulled = sum(page.entries for page in self.taken)
        self.progress(Progress(space, index, spaces, self.sending.pushed, pulled, behind))

    def _fault(self, space: str, code: str) -> None:
        self.faults.setdefault(space, code)


def _status(error: SyncError) -> int:
    return int(error.details.get("status", 0))
