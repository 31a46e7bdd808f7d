"""What an operator signs when the server goes back to a backup: when, and from where to where each log went.

Pure, the same at both ends. Laptops find every restore out by themselves (`sync.client`) and heal it; a notice only
tells an announced one from one that nobody answers for. The operator's key is not the server's: it lies elsewhere.
"""

from collections.abc import Sequence

import msgspec

from sync.errors import SyncError
from sync.keys import Domain, sign, verify
from sync.protocol import Cursor


class RestoredSpace(msgspec.Struct, frozen=True):
    """One log: where it stood before (epoch "" when that could not be read any more), and where it begins again."""

    space: str
    was: Cursor
    now: Cursor


class RestoreNotice(msgspec.Struct, frozen=True):
    """`at` and `backup_at` are the server's clock, UTC; `backup_at` is "" when it is not known."""

    at: str
    backup_at: str
    spaces: tuple[RestoredSpace, ...]


class SignedNotice(msgspec.Struct, frozen=True):
    body: bytes
    signature: bytes


class Restores(msgspec.Struct, frozen=True):
    """The answer to `GET /v1/restores`: the operator's public key (empty: none) and signed notices, in order."""

    operator_key: bytes
    notices: tuple[bytes, ...]


def sign_notice(notice: RestoreNotice, operator_private: bytes) -> bytes:
    body = msgspec.msgpack.encode(notice)
    return msgspec.msgpack.encode(SignedNotice(body, sign(operator_private, Domain.RESTORE, body)))


def open_notice(raw: bytes, operator_key: bytes) -> RestoreNotice:
    """Raises `SyncError`: restore.form, restore.signature (not signed by this operator)."""
    try:
        signed = msgspec.msgpack.decode(raw, type=SignedNotice)
        notice = msgspec.msgpack.decode(signed.body, type=RestoreNotice)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise SyncError("restore.form") from error
    if not verify(operator_key, Domain.RESTORE, signed.body, signed.signature):
        raise SyncError("restore.signature")
    return notice


def announced(notices: Sequence[RestoreNotice], space: str, before: str, after: str) -> tuple[RestoreNotice, ...]:
    """The notices that lead this space from the epoch `before` to `after`, in order; empty when they do not."""
    steps = {
        each.was.epoch: (each.now.epoch, notice)
        for notice in notices
        for each in notice.spaces
        if each.space == space and each.was.epoch
    }
    found: list[RestoreNotice] = []
    epoch = before
    while epoch != after:
        if epoch not in steps or len(found) == len(steps):
            return ()
        epoch, notice = steps[epoch]
        found.append(notice)
    return tuple(found)
