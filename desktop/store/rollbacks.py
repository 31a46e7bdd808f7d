"""Logs that went back: what was seen, whether the operator answers for it, and what this laptop can prove.

Healing is the round's and asks nobody; this only tells a restored server from one that lies. A restore that the
operator signed is announced. Without such a notice, or within one epoch, nobody answers for it; two receipts of the
server that contradict each other prove that it showed different logs. Leaves the words to the screens.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from desktop.store.database import Database
from sync.client import restored
from sync.errors import SyncError
from sync.protocol import Cursor, Receipt, decode, open_receipt

SEEN = "rollback "
"""Begins the keys in `meta` of what was seen."""
OPERATOR_KEY = "operator key"
"""Key in `meta`: the operator's public key, pinned when first told; empty where there was none then."""
SERVER_KEY = "server receipt key"
MOST_RECEIPTS = 200


class Verdict(StrEnum):
    """`open` until the server was asked for its operator's notices."""

    OPEN = "open"
    ANNOUNCED = "announced"
    UNANNOUNCED = "unannounced"
    FORK = "fork"


class Rollback(msgspec.Struct, frozen=True):
    """One log that no longer continued what was read of it. `put_back`: entries given back from here since."""

    space: str
    was: Cursor
    epoch: str
    at: str
    verdict: Verdict = Verdict.OPEN
    put_back: int = 0
    restored_at: str = ""
    backup_at: str = ""
    seen: bool = False


@dataclass(frozen=True)
class Line:
    """One rollback for the screen, with the key by which it is named."""

    key: str
    rollback: Rollback


class Proof(msgspec.Struct, frozen=True):
    """What a laptop can show to others: nothing of it names a person or a case."""

    space: str
    server_key: str
    read: Cursor
    found_epoch: str
    at: str
    verdict: Verdict
    contradicting: tuple[bytes, ...]
    receipts: tuple[bytes, ...]


class Rollbacks:
    """`note` works inside the caller's transaction, the acts in their own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, space: str, was: Cursor, epoch: str, at: str, put_back: int) -> None:
        """A log is read anew from its start: in the same epoch it was changed, in another it may have been restored."""
        if not was.epoch:
            return
        verdict = Verdict.OPEN if was.epoch != epoch else Verdict.UNANNOUNCED
        key = f"{SEEN}{space} {was.epoch} {epoch}"
        held = self._held().get(key) or Rollback(space, was, epoch, at, verdict)
        self._keep(key, msgspec.structs.replace(held, put_back=held.put_back + put_back))

    def lines(self) -> tuple[Line, ...]:
        """What was seen and not yet put away by a person, the newest first."""
        found = [Line(key, one) for key, one in self._held().items() if not one.seen]
        return tuple(sorted(found, key=lambda line: line.rollback.at, reverse=True))

    def asks_for_notices(self) -> bool:
        """Whether the server is to be asked what its operator announced."""
        unpinned = self._database.value("SELECT 1 FROM meta WHERE key = ?", (OPERATOR_KEY,)) is None
        return unpinned or any(one.verdict is Verdict.OPEN for one in self._held().values())

    def take_notices(self, body: bytes | None) -> None:
        """The server's answer to `GET /v1/restores`; None where it knows no such thing. Decides what is open.

        The operator's key of the first answer holds for good: whoever runs the server later cannot announce with
        another.
        """
        try:
            told = decode(restored.Restores, body) if body is not None else restored.Restores(b"", ())
        except SyncError:
            told = restored.Restores(b"", ())
        with self._database.transaction() as transaction:
            self._database.execute(
                "INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", (OPERATOR_KEY, told.operator_key)
            )
            pinned = bytes(self._database.value("SELECT value FROM meta WHERE key = ?", (OPERATOR_KEY,)))
            notices = [notice for raw in told.notices if (notice := _opened(raw, pinned))]
            for key, one in self._held().items():
                if one.verdict is Verdict.OPEN:
                    self._keep(key, _judged(one, notices))
            transaction.touch("sync")

    def put_away(self, key: str) -> None:
        """A person has read it."""
        held = self._held().get(key)
        if held is not None:
            with self._database.transaction() as transaction:
                self._keep(key, msgspec.structs.replace(held, seen=True))
                transaction.touch("sync")

    def judge_forks(self) -> None:
        """Red without a notice becomes a proven fork when the server's own receipts contradict each other."""
        for key, one in self._held().items():
            if one.verdict is Verdict.UNANNOUNCED and self._contradicting(one.space):
                with self._database.transaction() as transaction:
                    self._keep(key, msgspec.structs.replace(one, verdict=Verdict.FORK, seen=False))
                    transaction.touch("sync")

    def proof(self, key: str) -> bytes:
        """What a laptop can show of a rollback, as JSON: the receipts as the server signed them, and what was found."""
        one = self._held()[key]
        raws = tuple(raw for raw, _ in self._receipts(one.space))
        server = self._database.value("SELECT value FROM meta WHERE key = ?", (SERVER_KEY,)) or b""
        found = Proof(
            one.space,
            bytes(server).hex(),
            one.was,
            one.epoch,
            one.at,
            one.verdict,
            self._contradicting(one.space),
            raws[-MOST_RECEIPTS:],
        )
        return msgspec.json.format(msgspec.json.encode(found))

    def _contradicting(self, space: str) -> tuple[bytes, ...]:
        """Two receipts of this space that cannot both be true, as they were signed; none if there are no such."""
        at: dict[tuple[str, int], tuple[str, bytes]] = {}
        under: dict[tuple[str, str], tuple[int, bytes]] = {}
        for raw, receipt in self._receipts(space):
            for eid, seq in receipt.items:
                one, other = at.get((receipt.epoch, seq)), under.get((receipt.epoch, eid))
                if one is not None and one[0] != eid:
                    return (one[1], raw)
                if other is not None and other[0] != seq:
                    return (other[1], raw)
                at[receipt.epoch, seq], under[receipt.epoch, eid] = (eid, raw), (seq, raw)
        return ()

    def _receipts(self, space: str) -> Iterator[tuple[bytes, Receipt]]:
        server = self._database.value("SELECT value FROM meta WHERE key = ?", (SERVER_KEY,))
        rows = self._database.query(
            "SELECT r.raw FROM receipt r JOIN space s ON s.id = r.space WHERE s.space = ? ORDER BY r.id", (space,)
        )
        for row in rows:
            with contextlib.suppress(SyncError):
                yield row[0], open_receipt(row[0], bytes(server or b""))

    def _held(self) -> dict[str, Rollback]:
        rows = self._database.query(
            "SELECT key, value FROM meta WHERE key >= ? AND key < ?", (SEEN, SEEN.rstrip() + "!")
        )
        return {row[0]: msgspec.json.decode(row[1], type=Rollback) for row in rows}

    def _keep(self, key: str, one: Rollback) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, msgspec.json.encode(one))
        )


def _opened(raw: bytes, operator_key: bytes) -> restored.RestoreNotice | None:
    with contextlib.suppress(SyncError):
        return restored.open_notice(raw, operator_key)
    return None


def _judged(one: Rollback, notices: Sequence[restored.RestoreNotice]) -> Rollback:
    steps = restored.announced(notices, one.space, one.was.epoch, one.epoch)
    if not steps:
        return msgspec.structs.replace(one, verdict=Verdict.UNANNOUNCED)
    last = steps[-1]
    return msgspec.structs.replace(one, verdict=Verdict.ANNOUNCED, restored_at=last.at, backup_at=last.backup_at)
