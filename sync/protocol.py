"""The words of sync/1: what client and server say to each other, the limits, the running hash, the receipts.

Pure values, the same at both ends. Leaves sockets to `sync.transport`, the order of the words to `sync.client`, and
storing to `sync.server`. Bodies are msgpack maps; ids are lower-case hex (space, seat 32 digits; eid, hash 64).
Unknown members of a body are ignored, so that a newer end may say more.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import msgspec

from sync.change import Cid as Digest
from sync.change import Count, Id
from sync.envelope import eid_of
from sync.errors import Refused, RetryLater, SyncError
from sync.keys import Domain, verify

PROTOCOL = "sync/1"
MARK_HEADER = "causeway-sync"
"""Every answer of a genuine server carries this header with the value of `PROTOCOL`; a captive portal's does not."""
MEDIA_TYPE = "application/vnd.causeway.sync+msgpack"

MAX_BATCH_BYTES = 1024 * 1024
MAX_BATCH_ITEMS = 200
MAX_PAGE_BYTES = 1024 * 1024
MAX_PAGE_ITEMS = 200
MAX_HAVE = 1000
MAX_REPLY_BYTES = 4 * 1024 * 1024
MAX_MAILBOX = 50
"""Requests that wait for one unit."""
LONG_POLL_SECONDS = 50
SESSION_SECONDS = 15 * 60

EMPTY_LOG_HASH = "0" * 64
"""The running hash before the first entry."""


class Cursor(msgspec.Struct, frozen=True):
    """A place in a space's log: after entry `seq` (0 = before the first) of `epoch` ("" = never in contact)."""

    epoch: str = ""
    seq: Count = 0
    log_hash: Digest = EMPTY_LOG_HASH


class SessionAsk(msgspec.Struct, frozen=True):
    seat: Id


class SessionChallenge(msgspec.Struct, frozen=True):
    """`challenge` is signed as it is, under `Domain.SESSION`. It holds the server's clock only."""

    challenge: bytes


class SessionAnswer(msgspec.Struct, frozen=True):
    seat: Id
    challenge: bytes
    signature: bytes


class SessionGranted(msgspec.Struct, frozen=True):
    token: str
    seconds: int


class SpaceHead(msgspec.Struct, frozen=True):
    """The end of one space's log. `control` names the server's state of its control tree, "" where it has none."""

    space: Id
    head: Cursor
    control: str = ""


class TreeKind(StrEnum):
    """A unit's chain or a space's control tree."""

    UNIT = "unit"
    SPACE = "space"


class TreeHead(msgspec.Struct, frozen=True):
    """The server's state of one unit's chain, by name (`sync.tree.name_of`)."""

    tree: Id
    name: str


class SpaceHeads(msgspec.Struct, frozen=True):
    """`since` names this state of all heads; asking again with it answers only the spaces that moved.

    `chains`: of every unit in a space of the seat, each time in full.
    """

    since: str
    spaces: tuple[SpaceHead, ...]
    chains: tuple[TreeHead, ...] = ()


class LogPage(msgspec.Struct, frozen=True):
    """Contiguous entries from `first_seq`; `log_hash` is the running hash at the page's end, `head` the last seq.

    An entry is its raw bytes, or None when its body was erased; `erased` holds the eids of those, in order.
    """

    epoch: Id
    first_seq: Count
    entries: tuple[bytes | None, ...]
    log_hash: Digest
    head: Count
    erased: tuple[Digest, ...] = ()

    @property
    def last_seq(self) -> int:
        return self.first_seq + len(self.entries) - 1


class PushBatch(msgspec.Struct, frozen=True):
    entries: tuple[bytes, ...]


class ItemStatus(StrEnum):
    """`ok` is stored now, `dup` was stored before; `rejected` is not stored, and its sender keeps it."""

    OK = "ok"
    DUP = "dup"
    REJECTED = "rejected"


class ItemResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to one entry of a batch, in the batch's order. `seq` is 0 and `code` set when rejected."""

    eid: Digest
    status: ItemStatus
    code: str = ""
    seq: Count = 0


class ReadBack(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `LogPage` in the answer to a push: an entry that came with this push stands as its place in the batch (0 …)."""

    epoch: Id
    first_seq: Count
    entries: tuple[bytes | Count | None, ...]
    log_hash: Digest
    head: Count
    erased: tuple[Digest, ...] = ()


class PushAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`page`: what the log holds beyond the place that the push asked for, read after the batch was stored."""

    results: tuple[ItemResult, ...]
    receipt: bytes
    page: ReadBack | None = None


class Receipt(msgspec.Struct, frozen=True):
    """What the server signs for a batch: that it holds these entries under these numbers. `at` is its clock, UTC."""

    space: str
    epoch: str
    seat: str
    at: str
    items: tuple[tuple[Digest, Count], ...]


class SignedReceipt(msgspec.Struct, frozen=True):
    body: bytes
    signature: bytes


class HaveAsk(msgspec.Struct, frozen=True):
    eids: tuple[Digest, ...]


class HaveMissing(msgspec.Struct, frozen=True):
    eids: tuple[Digest, ...]


class TreePage(msgspec.Struct, frozen=True):
    """Entries of a chain or control tree in the order in which the server took them, from number `first` (1 …).

    `total` entries are held, and `name` is the name of what they come to; the reader folds and compares.
    """

    epoch: Id
    first: Count
    entries: tuple[bytes, ...]
    total: Count
    name: str


class TreePush(msgspec.Struct, frozen=True):
    """Entries, parents first. `expected` is the name that the sender last saw: an economy, no lock.

    `code`: the operator's founding code, with the first entries of a unit that the server does not know.
    """

    entries: tuple[bytes, ...]
    expected: str = ""
    code: str = ""


class TreePushed(msgspec.Struct, frozen=True):
    """The answer to each entry in order (`seq` is its number), and the name of what the server holds now."""

    results: tuple[ItemResult, ...]
    name: str


class EnrolPost(msgspec.Struct, frozen=True):
    """A sealed request for a unit's mailbox, with the signed invitation that it answers (without the code)."""

    invitation: bytes
    sealed: bytes


class EnrolItem(msgspec.Struct, frozen=True):
    """One request in the mailbox. `id` is the invitation's."""

    id: Id
    invitation: bytes
    sealed: bytes


class EnrolBox(msgspec.Struct, frozen=True):
    items: tuple[EnrolItem, ...]


class EnrolDone(msgspec.Struct, frozen=True):
    """Requests that a lead has decided; the mailbox forgets them."""

    ids: tuple[Id, ...]


class Limits(msgspec.Struct, frozen=True):
    """What one request may carry: bytes and counts."""

    batch_bytes: int = MAX_BATCH_BYTES
    batch_items: int = MAX_BATCH_ITEMS
    page_bytes: int = MAX_PAGE_BYTES
    page_items: int = MAX_PAGE_ITEMS
    have: int = MAX_HAVE
    long_poll_seconds: int = LONG_POLL_SECONDS


class Info(msgspec.Struct, frozen=True):
    """Who this server is (JSON, readable without a session). `receipt_key` is its Ed25519 public key, hex."""

    protocol: str
    name: str
    receipt_key: str
    limits: Limits = Limits()


class Problem(msgspec.Struct, frozen=True):
    """The body of every refusal. `code` is stable and documented; never content."""

    code: str


class NetCall(msgspec.Struct, frozen=True):
    """One request, by value. `timeout_kind` is "short", or "long" for a long poll."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: bytes | None = None
    token: str | None = None
    timeout_kind: str = "short"


class NetReply(msgspec.Struct, frozen=True):
    """One complete answer of a genuine server. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


T = TypeVar("T", bound=msgspec.Struct)


def encode(message: msgspec.Struct) -> bytes:
    """The body of a message."""
    return msgspec.msgpack.encode(message)


def decode(kind: type[T], body: bytes) -> T:
    """Read a body; raises `SyncError("message.form")` on anything else than a whole message of this kind."""
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise SyncError("message.form") from error


def tree_path(kind: TreeKind, tree: str) -> str:
    """Where a chain or control tree is read and added to."""
    return f"/v1/units/{tree}/chain" if kind is TreeKind.UNIT else f"/v1/spaces/{tree}/control"


def receipt_key_of(body: bytes) -> bytes:
    """Raises `SyncError("message.form")` unless the info names a protocol of ours and a key of 32 bytes."""
    try:
        info = msgspec.json.decode(body, type=Info)
        key = bytes.fromhex(info.receipt_key)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise SyncError("message.form") from error
    if info.protocol != PROTOCOL:
        raise SyncError("protocol.unknown")
    if len(key) != 32:
        raise SyncError("message.form")
    return key


def settle(reply: NetReply) -> NetReply:
    """A 2xx answer as it is; raises `RetryLater` (429, 503) or `Refused` with the server's code and the status."""
    if 200 <= reply.status < 300:
        return reply
    code = _problem_code(reply)
    if reply.status in {429, 503}:
        raise RetryLater(code, _seconds(reply.headers.get("retry-after", "")))
    raise Refused(code, status=reply.status)


def _problem_code(reply: NetReply) -> str:
    try:
        return decode(Problem, reply.body).code
    except SyncError:
        return f"http.{reply.status}"


def _seconds(text: str) -> float:
    """Retry-After in seconds, at most an hour; a date or nonsense counts as half a minute."""
    return float(min(int(text), 3600)) if text.isdecimal() and len(text) < 9 else 30.0


def next_hash(log_hash: str, eid: str) -> str:
    """H = SHA-256(H ‖ eid), over the raw bytes of both."""
    return hashlib.sha256(bytes.fromhex(log_hash) + bytes.fromhex(eid)).hexdigest()


class PageEntry(msgspec.Struct, frozen=True):
    """One numbered entry of a checked page; `raw` is None when its body was erased."""

    seq: int
    eid: str
    raw: bytes | None


def check_page(cursor: Cursor, page: LogPage) -> tuple[tuple[PageEntry, ...], Cursor]:
    """The entries of a page that continues `cursor`, with their ids computed here, and the cursor after it.

    Raises `SyncError`: log.epoch (another epoch), log.size (more entries than a page may hold), log.gap (does not start
    right after the cursor, or claims to reach beyond its own head), log.hash (the running hash does not come out:
    entries were changed, dropped or swapped).
    """
    if cursor.epoch not in {"", page.epoch} or not page.epoch:
        raise SyncError("log.epoch")
    if len(page.entries) > MAX_PAGE_ITEMS:
        raise SyncError("log.size")
    if page.first_seq != cursor.seq + 1 or page.last_seq > page.head:
        raise SyncError("log.gap")
    log_hash, erased = cursor.log_hash, iter(page.erased)
    entries: list[PageEntry] = []
    for seq, raw in enumerate(page.entries, start=page.first_seq):
        eid = next(erased, "") if raw is None else eid_of(raw)
        log_hash = next_hash(log_hash, eid)
        entries.append(PageEntry(seq, eid, raw))
    if log_hash != page.log_hash:
        raise SyncError("log.hash")
    return tuple(entries), Cursor(page.epoch, page.last_seq, log_hash)


def short_page(page: LogPage, sent: tuple[bytes, ...]) -> ReadBack:
    """The page as the sender of these entries needs it. Compared are the bytes that were read from the log."""
    places = {raw: place for place, raw in enumerate(sent)}
    entries = tuple(raw if raw is None else places.get(raw, raw) for raw in page.entries)
    return ReadBack(page.epoch, page.first_seq, entries, page.log_hash, page.head, page.erased)


def whole_page(short: ReadBack, sent: tuple[bytes, ...]) -> LogPage:
    """The page with the sent entries in their places, to be checked like any other (`check_page`).

    Raises `SyncError("message.form")` on a place beyond the batch.
    """
    if any(isinstance(entry, int) and entry >= len(sent) for entry in short.entries):
        raise SyncError("message.form")
    entries = tuple(sent[entry] if isinstance(entry, int) else entry for entry in short.entries)
    return LogPage(short.epoch, short.first_seq, entries, short.log_hash, short.head, short.erased)


def open_receipt(raw: bytes, server_key: bytes) -> Receipt:
    """The receipt inside; raises `SyncError`: receipt.form, receipt.signature (not signed by this server's key)."""
    try:
        signed = msgspec.msgpack.decode(raw, type=SignedReceipt)
        receipt = msgspec.msgpack.decode(signed.body, type=Receipt)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise SyncError("receipt.form") from error
    if not verify(server_key, Domain.RECEIPT, signed.body, signed.signature):
        raise SyncError("receipt.signature")
    return receipt


def check_answer(answer: PushAnswer, sent: tuple[str, ...], space: str, seat: str, server_key: bytes) -> Receipt:
    """The receipt of an answer to exactly the entries `sent` (eids in order), held by the server as it says.

    Raises `SyncError`: receipt.form, receipt.signature, receipt.mismatch (the answer is about something else than
    what was sent, or claims more than the receipt signs).
    """
    receipt = open_receipt(answer.receipt, server_key)
    held = tuple((item.eid, item.seq) for item in answer.results if item.status is not ItemStatus.REJECTED)
    same = tuple(item.eid for item in answer.results) == sent
    if not same or receipt.items != held or (receipt.space, receipt.seat) != (space, seat):
        raise SyncError("receipt.mismatch")
    return receipt
