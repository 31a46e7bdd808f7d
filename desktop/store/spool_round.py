"""Sending the spool: which entries go in which calls, as a generator. Needs a session token and no key of anybody.

Any enrolled seat may bring entries for any space of its partnership, so whoever has a token delivers what lies on this
computer. Whatever is answered, no file goes: a receipt only marks it. Leaves the socket to whoever drives it, and the
clearing to `desktop.store.spooling`.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TypeVar

from desktop.store.spool import Spool
from sync.client import backoff
from sync.envelope import EntryKind
from sync.errors import RetryLater, SyncError
from sync.protocol import (
    MAX_BATCH_ITEMS,
    ItemStatus,
    NetCall,
    NetReply,
    PushAnswer,
    PushBatch,
    check_answer,
    decode,
    encode,
)

BATCH_BYTES = 64 * 1024
T = TypeVar("T")
Calls = Generator[NetCall, NetReply, T]

_WHOLE_BATCH = {400, 413, 422}
"""Statuses that refuse a batch as a whole: it is halved until the one guilty entry stands alone."""


@dataclass(frozen=True)
class Ticket:
    """What it takes to bring entries: a session's token and, to check receipts, public names. No private key."""

    token: str = field(repr=False)
    seat_id: str
    server_key: bytes


@dataclass
class SpoolSending:
    """The sending of one spool, from unlock to lock or for a while after it."""

    spool: Spool
    refused: set[str] = field(default_factory=set)
    """Entries that this server did not take; tried again when the next profile is unlocked."""
    delivered: int = 0

    def waiting(self) -> list[str]:
        """The eids to send now."""
        return [eid for eid, sent in self.spool.lying().items() if not sent and eid not in self.refused]

    def run(self, ticket: Ticket) -> Calls[int]:
        """Send what waits; returns how many entries the server has now that it had not said to have before.

        The driver sends in each reply and throws in what went wrong. `Unreachable`, `RetryLater` and a refused session
        (401) pass through; every other refusal concerns the entry or the space alone.
        """
        before = self.delivered
        for space, items in self._by_space().items():
            left = items
            size = MAX_BATCH_ITEMS
            while left:
                batch = self._batch(left, size)
                try:
                    yield from self._send(ticket, space, batch)
                except SyncError as error:
                    status = _status_of(error)
                    if status not in _WHOLE_BATCH:
                        break  # it concerns this space alone, and perhaps this moment alone
                    if len(batch) > 1:
                        size = len(batch) // 2
                        continue
                    self.refused.update(batch)
                left = left[len(batch) :]
        return self.delivered - before

    def _by_space(self) -> dict[str, list[tuple[str, int]]]:
        """(eid, size) of each space's entries, keys first; a file that is not what its name says is passed over."""
        spaces: dict[str, list[tuple[bool, str, int]]] = {}
        for eid in self.waiting():
            found = self.spool.read(eid)
            if found is not None:
                is_key = found[0].kind is EntryKind.KEY
                spaces.setdefault(found[0].space, []).append((not is_key, eid, len(found[1])))
        return {space: [(eid, size) for _, eid, size in sorted(items)] for space, items in spaces.items()}

    @staticmethod
    def _batch(left: list[tuple[str, int]], most: int) -> list[str]:
        chosen: list[str] = []
        total = 0
        for eid, size in left[:most]:
            total += size
            if chosen and total > BATCH_BYTES:
                break
            chosen.append(eid)
        return chosen

    def _send(self, ticket: Ticket, space: str, eids: list[str]) -> Calls[None]:
        raws = {eid: found[1] for eid in eids if (found := self.spool.read(eid))}
        if not raws:
            return
        body = encode(PushBatch(tuple(raws.values())))
        reply = yield NetCall("POST", f"/v1/spaces/{space}/log", body=body, token=ticket.token)
        answer = decode(PushAnswer, reply.body)
        check_answer(answer, tuple(raws), space, ticket.seat_id, ticket.server_key)
        held = [item.eid for item in answer.results if item.status is not ItemStatus.REJECTED]
        self.refused.update(item.eid for item in answer.results if item.status is ItemStatus.REJECTED)
        self.spool.mark_sent(held)
        self.delivered += len(held)


def _status_of(error: SyncError) -> int:
    """The status of a refusal, 0 for an answer that is no receipt of what was sent; raises what ends the sending."""
    status = int(error.details.get("status", 0))
    if status == 401 or not (status or error.code.startswith(("receipt.", "message."))):
        raise error
    return status


@dataclass(frozen=True)
class Delivered:
    """How one try ended: entries the server has now, after how many seconds at the earliest it wants to hear again, and
    whether the session is over.
    """

    entries: int = 0
    retry_after: float = 0.0
    over: bool = False


def deliver(sending: SpoolSending, ticket: Ticket, perform: Callable[[NetCall], NetReply]) -> Delivered:
    """Send what waits over one way to the server. Blocks; raises nothing that the line can cause."""
    before = sending.delivered
    steps = sending.run(ticket)
    retry_after, over = 0.0, False
    try:
        call = next(steps)
        while True:
            try:
                reply = perform(call)
            except SyncError as error:
                call = steps.throw(error)
            else:
                call = steps.send(reply)
    except StopIteration:
        pass
    except RetryLater as error:
        retry_after = error.seconds
    except SyncError as error:
        over = int(error.details.get("status", 0)) == 401
    return Delivered(sending.delivered - before, retry_after, over)


def pause(failures: int, random_unit: float, retry_after: float) -> float:
    """Seconds until the next try after so many in a row that did not get through; `random_unit` is from [0, 1)."""
    return max(backoff(failures, random_unit), retry_after)
