"""A change: the signed, immutable statement of one writer, and its exact bytes.

Leaves signing to `sync.keys`, judging to `sync.accept`, folding to `sync.merge`. The bytes are made once, signed,
stored and shipped as they are: a reader never re-encodes, so fields that it does not know survive.
"""

import hashlib
import math
from collections.abc import Collection, Iterator
from typing import Annotated, Any

import msgspec

from sync.errors import BadEntry

MAX_OVER = 64
MAX_DEPTH = 16
MAX_COUNT = 2**53 - 1
"""The largest counter: what every JSON reader and every database column holds exactly."""

Id = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
Cid = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]

ValueId = tuple[Cid, Count]
"""(cid of the change, index within its `sets`)."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """How far the writer had read the space when signing: its proven interval, not a clock."""

    epoch: str
    seq: Count
    log_hash: str
    control: str


class Assign(msgspec.Struct, frozen=True, array_like=True):
    """One field set to one JSON value. `record` null means: the record whose id is this change's cid.

    `over` names every value id that was shown to the writer when the edit began; it bites only within its own field.
    """

    kind: str
    record: str | None
    field: str
    value: Any
    over: tuple[ValueId, ...] = ()


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body. Ids are lower-case hex: space, tag, seat 32 digits; prev, cid 64; salt 32.

    `n` counts from 1 per seat and space, `prev` is the cid of that seat's change n-1 in the space ("" for n = 1).
    `at` is the claimed wall time (ISO 8601, UTC) and `zone` the writer's IANA zone: shown to people, never decides.
    """

    space: Id
    tag: Id
    seat: Id
    n: Count
    prev: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?\Z")]
    seen: Seen
    at: str
    zone: str
    salt: str
    set: tuple[Assign, ...]
    form: str = ""
    minor: Count = 0


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Change)
_PLAIN = frozenset({str, int, bool, type(None)})
"""Values without parts, whose every content JSON can say."""
_ESCAPED_NUL = rb"\u0000"


def encode(change: Change) -> bytes:
    """The body's bytes. The same change gives the same bytes; raises `BadEntry` for one that no reader would take."""
    for assign in change.set:
        _check_value(assign.value)
    try:
        body = _ENCODER.encode(change)
    except (TypeError, ValueError, RecursionError) as error:  # no JSON value, or half of a surrogate pair
        raise BadEntry("body.form") from error
    decode(body)
    return body


def decode(body: bytes) -> Change:
    """Read a body; raises `BadEntry` (codes body.form, body.over, body.depth, body.twice) and never half-reads."""
    try:
        change = _DECODER.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:  # ValueError: bytes that are not UTF-8
        raise BadEntry("body.form") from error
    _check(change, body)
    return change


def cid_of(body: bytes) -> str:
    """The change's id: SHA-256 of its bytes, 64 hex digits."""
    return hashlib.sha256(body).hexdigest()


def record_id(assign: Assign, cid: str) -> str:
    """The record an assignment belongs to: the named one, or the one this change founds."""
    return cid if assign.record is None else assign.record


def _check(change: Change, body: bytes) -> None:
    """The rules of form that the types do not hold."""
    if change.n < 1 or (change.n == 1) != (change.prev == "") or not change.set:
        raise BadEntry("body.form")
    # Ends a text early in many a database: two names would be one. JSON writes it in one way only.
    if _ESCAPED_NUL in body and any("\0" in text for text in _names(change)):
        raise BadEntry("body.form")
    for assign in change.set:
        if len(assign.over) > MAX_OVER:
            raise BadEntry("body.over", over=len(assign.over))
        if type(assign.value) not in _PLAIN:
            _check_value(assign.value)
    if len({(assign.kind, assign.record, assign.field) for assign in change.set}) < len(change.set):
        _check_repeated(change)


def _check_repeated(change: Change) -> None:
    values: dict[tuple[str, str | None, str], bytes] = {}
    for assign in change.set:
        content = _ENCODER.encode(assign.value)
        if values.setdefault((assign.kind, assign.record, assign.field), content) != content:
            raise BadEntry("body.twice")  # a change must not contradict itself


def _names(change: Change) -> Iterator[str]:
    """Every text of a body but the values."""
    yield from (change.at, change.zone, change.salt, change.form)
    yield from (change.seen.epoch, change.seen.log_hash, change.seen.control)
    for assign in change.set:
        yield from (assign.kind, assign.record or "", assign.field)


def _check_value(value: Any) -> None:
    """Nesting and numbers, walked without recursion so that a hostile body cannot exhaust the stack."""
    waiting = [(value, 1)]
    while waiting:
        node, level = waiting.pop()
        if isinstance(node, float) and not math.isfinite(node):  # JSON has no such number; it would be sent as null
            raise BadEntry("body.form")
        children: Collection[Any] = ()
        if isinstance(node, dict):
            children = node.values()
        elif isinstance(node, list | tuple):
            children = node
        if children and level == MAX_DEPTH:
            raise BadEntry("body.depth")
        waiting.extend((child, level + 1) for child in children if type(child) not in _PLAIN)
