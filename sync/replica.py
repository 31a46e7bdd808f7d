"""What the round asks of one laptop's copy, and the values that pass between a round and its driver.

Leaves the order of the steps to `sync.client`, which names all of this again: importers take it from there.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from sync.protocol import Cursor, EnrolBox, ItemResult, LogPage, NetCall, NetReply, TreeKind, TreePage

FIRST_BATCH_BYTES = 16 * 1024

T = TypeVar("T")


class Outgoing(msgspec.Struct, frozen=True):
    """One sealed entry that is due to be sent."""

    eid: str
    raw: bytes


class PageTaken(msgspec.Struct, frozen=True):
    """What one page brought: entries read, changes new here, conflicts that opened, entries put aside as bad."""

    entries: int
    changes: int = 0
    conflicts_new: int = 0
    bad: int = 0


class QueueCounts(msgspec.Struct, frozen=True):
    """Derived from the outbox: `pending` not yet read back, `refused` in the tray, `acked` receipted but not read."""

    pending: int
    refused: int
    acked: int = 0


class TreeRef(msgspec.Struct, frozen=True):
    """A unit's chain or a space's control tree, by id."""

    kind: TreeKind
    tree: str


class TreeCursor(msgspec.Struct, frozen=True):
    """How many of a tree's entries were read in the server's order, in which of its epochs."""

    epoch: str = ""
    count: int = 0


class Errand(msgspec.Struct, frozen=True):
    """Something to post before there is a session: a unit's founding, a request to be enrolled."""

    key: str
    path: str
    body: bytes


class Trees(Protocol):
    """Chains and control trees of one laptop, as the round needs them. Each call is one transaction."""

    def errands(self) -> tuple[Errand, ...]:
        """What is to be posted without a session."""
        ...

    def errand_done(self, key: str, code: str) -> None:
        """The server took it (`code` ""), or refused it with a code; a refused errand is shown and may be retried."""
        ...

    def refs(self) -> tuple[TreeRef, ...]:
        """All trees held or with something due, chains before control trees."""
        ...

    def name(self, ref: TreeRef) -> str:
        """The name of what the entries held come to; "" for none."""
        ...

    def cursor(self, ref: TreeRef) -> TreeCursor: ...

    def take(self, ref: TreeRef, page: TreePage) -> None:
        """Keep, fold, judge again what rests on it, in ONE transaction; move the cursor to the page's end.

        A page that begins at 1 (another epoch, a server that holds less) forgets which entries the server had. Raises
        nothing for bad entries: they are dropped.
        """
        ...

    def due(self, ref: TreeRef, max_bytes: int) -> tuple[bytes, ...]:
        """Entries held that this epoch of the server was not seen to have, parents first, at most 200. Acts queued
        offline become entries here, and what is owed (rotations, closings, shares) is paid here by a lead's laptop.
        """
        ...

    def sent(self, ref: TreeRef, results: tuple[ItemResult, ...]) -> None:
        """The server's word on each entry: ok, dup → it has it; rejected → kept, shown, not sent again this epoch."""
        ...

    def mailbox(self) -> str:
        """The unit whose mailbox this seat empties as a lead; "" for everybody else."""
        ...

    def take_mailbox(self, box: EnrolBox) -> tuple[str, ...]:
        """Show the requests that wait; returns the ids of those that are decided, to be forgotten by the server."""
        ...


class Replica(Protocol):
    """One laptop's copy, as the round needs it. Each call is one transaction and touches at most 200 entries."""

    @property
    def seat_id(self) -> str: ...

    @property
    def trees(self) -> Trees | None:
        """Chains and control trees; None where the partnership is a fixed list."""
        ...

    def sign_session(self, challenge: bytes) -> bytes:
        """Sign the challenge with the seat key under `Domain.SESSION`."""
        ...

    def server_key(self) -> bytes | None:
        """The pinned receipt key of the server; None before the first contact."""
        ...

    def pin_server_key(self, key: bytes) -> None:
        """Keep the receipt key of the first contact. Called only while `server_key()` is None."""
        ...

    def spaces(self) -> tuple[str, ...]:
        """The spaces this seat is a member of."""
        ...

    def cursor(self, space: str) -> Cursor:
        """How far this space was read; `Cursor()` before the first page."""
        ...

    def outgoing(self, space: str, max_bytes: int) -> tuple[Outgoing, ...]:
        """Rows due to be sent (queued or sent, neither acked nor refused), at most 200 and `max_bytes` together, but
        at least one if there is any. Key entries first; then withdrawals, burnt marks, tightened contact; then changes.
        """
        ...

    def mark_sent(self, space: str, eids: Sequence[str]) -> None:
        """Queued becomes sent: an attempt was made whose end is not known. Sent rows stay due."""
        ...

    def take_results(self, space: str, results: tuple[ItemResult, ...], receipt: bytes) -> None:
        """ok, dup → acked, with the (already checked) receipt kept; rejected → refused tray. Deletes nothing.

        `receipt` is empty when the round itself found that an entry cannot be sent (code http.413 and the like).
        """
        ...

    def take_page(self, space: str, page: LogPage) -> PageTaken:
        """In ONE transaction: `sync.protocol.check_page` against the own cursor, open, verify, accept, fold, confirm
        outbox rows whose cid or eid was read, move the cursor.

        An entry that cannot be opened is put aside and does not stop the page; one already held changes nothing.
        Raises `SyncError` log.epoch, log.gap, log.hash with nothing changed. A page without entries sets the epoch.
        """
        ...

    def take_answer(self, space: str, results: tuple[ItemResult, ...], receipt: bytes, page: LogPage) -> PageTaken:
        """`take_results`, `take_page` and, where the page reaches the log's end, `note_contact`, in ONE transaction:
        the answer to a push that carried its page. Raises as `take_page` does, with nothing changed.
        """
        ...

    def restart_space(self, space: str, epoch: str) -> None:
        """The log was rolled back or restored: cursor to (epoch, 0, empty hash); acked rows, and rows refused with
        unknown_key, are queued again. Called after the healing of `held_eids` and `requeue_missing`.
        """
        ...

    def held_eids(self, space: str, after: str, limit: int) -> tuple[str, ...]:
        """Ids of all entries held for a space (whoever wrote them, opened or not), ascending, beyond `after`."""
        ...

    def requeue_missing(self, space: str, eids: Sequence[str]) -> None:
        """Queue held entries that the server lacks, whoever wrote them."""
        ...

    def note_contact(self, space: str, head: Cursor) -> None:
        """The space was read to its end and equals the server's log there.

        A row that is still acked was promised and not read back: the log was rolled back and nobody announced it.
        Such rows are queued again and the space will be read anew from its start (cursor to (epoch, 0, empty hash)),
        or rows that the log holds before the cursor would never be read back.
        """
        ...

    def counts(self) -> QueueCounts: ...


@dataclass(frozen=True)
class Local(Generic[T]):
    """Work on the replica, done by the driver on the store's thread."""

    run: Callable[[Replica], T]


Step = NetCall | Local[Any]
Steps = Generator[Step, Any, T]


class Call(Protocol):
    """A call within the session."""

    def __call__(
        self, method: str, path: str, *, query: dict[str, str] | None = None, body: bytes | None = None
    ) -> Steps[NetReply]: ...


def local(run: Callable[[Replica], T]) -> Steps[T]:
    """One step on the replica."""
    result: T = yield Local(run)
    return result


class Progress(msgspec.Struct, frozen=True):
    """How far a round is: `index` of `spaces` done, entries sent and read so far, entries known to lie ahead."""

    space: str
    index: int
    spaces: int
    pushed: int
    pulled: int
    behind: int


class Carry(msgspec.Struct, frozen=True):
    """What one round leaves to the next. Losing it costs a session and a few small batches, nothing else."""

    token: str = ""
    since: str = ""
    batch_bytes: int = FIRST_BATCH_BYTES


class SpaceFault(msgspec.Struct, frozen=True):
    """Why one space could not be brought level in this round; the others were."""

    space: str
    code: str


@dataclass(frozen=True)
class RoundResult:
    """What a round did. `failure` is the code that ended it early ("" = it came to its end); nothing was lost.

    `answered`: the server spoke at least once. `restarted`: spaces whose log had been rolled back and were healed.
    """

    pushed: int = 0
    refused: int = 0
    entries: int = 0
    changes: int = 0
    conflicts_new: int = 0
    bad: int = 0
    restarted: tuple[str, ...] = ()
    faults: tuple[SpaceFault, ...] = ()
    answered: bool = False
    failure: str = ""
    retry_after: float = 0.0
    carry: Carry = field(default_factory=Carry)

    @property
    def level(self) -> bool:
        """Whether every space now equals the server's log."""
        return not self.failure and not self.faults
