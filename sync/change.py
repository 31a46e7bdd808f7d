"""A change: the signed, immutable statement of one writer, and its exact bytes.

Leaves signing to `sync.keys`, judging to `sync.accept`, folding to `sync.merge`. The bytes are made once, signed,
stored and shipped as they are: a reader never re-encodes, so fields that it does not know survive.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from sync.errors import BadEntry

MAX_OVER = 64
MAX_DEPTH = 16

ValueId = tuple[str, int]
"""(cid of the change, index within its `sets`)."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """How far the writer had read the space when signing: its proven interval, not a clock."""

    epoch: str
    seq: int
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

    space: str
    tag: str
    seat: str
    n: int
    prev: str
    seen: Seen
    at: str
    zone: str
    salt: str
    set: tuple[Assign, ...]
    form: str = ""
    minor: int = 0


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Change)


def encode(change: Change) -> bytes:
    """The body's bytes. The same change gives the same bytes."""
    return _ENCODER.encode(change)


def decode(body: bytes) -> Change:
    """Read a body; raises `BadEntry` (codes body.form, body.over, body.depth) and never half-reads."""
    try:
        change = _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadEntry("body.form") from error
    if any(len(assign.over) > MAX_OVER for assign in change.set):
        raise BadEntry("body.over")
    if any(_depth(assign.value) > MAX_DEPTH for assign in change.set):
        raise BadEntry("body.depth")
    if change.n < 1 or not change.set:
        raise BadEntry("body.form")
    return change


def cid_of(body: bytes) -> str:
    """The change's id: SHA-256 of its bytes, 64 hex digits."""
    return hashlib.sha256(body).hexdigest()


def record_id(assign: Assign, cid: str) -> str:
    """The record an assignment belongs to: the named one, or the one this change founds."""
    return cid if assign.record is None else assign.record


def _depth(value: Any) -> int:
    """Nesting depth, counted without recursion so that a hostile body cannot exhaust the stack."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        if level > MAX_DEPTH:
            return level
        children: Sequence[Any] = (
            list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else ()
        )
        waiting.extend((child, level + 1) for child in children)
    return deepest
