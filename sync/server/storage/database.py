"""The storage on a SQL database: the logs and the server's own values.

Leaves engine and transactions to `sync.server.storage.connected`.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from sync.protocol import EMPTY_LOG_HASH, Cursor, LogPage, next_hash
from sync.server.storage.contract import Appended, NewEntry
from sync.server.storage.statements import (
    APPEND,
    BEYOND,
    CASE_KEYS,
    ERASED,
    HEAD,
    HEADS,
    HELD,
    LOCKED_HEAD,
    MOVE_HEAD,
)
from sync.server.storage.tables import ENTRY, ERASED_TAG, SERVER, SPACE, TREE
from sync.server.storage.trees import TreeTables
from sync.server.storage.use import UseTables, count_use

_Line = Row[Any, Any, Any, Any]
"""Of `BEYOND`."""


class Database(UseTables, TreeTables):
    """Implements `sync.server.storage.contract.Storage`."""

    def add_spaces(self, spaces: Sequence[str]) -> None:
        with self._writing() as connection:
            held = {row.space for row in connection.execute(select(SPACE.c.space))}
            for space in spaces:
                if bytes.fromhex(space) not in held:
                    row = {"epoch": secrets.token_bytes(16), "seq": 0, "log_hash": bytes.fromhex(EMPTY_LOG_HASH)}
                    connection.execute(insert(SPACE).values(space=bytes.fromhex(space), **row))

    def spaces(self) -> tuple[str, ...]:
        with self._reading() as connection:
            return tuple(row.space.hex() for row in connection.execute(select(SPACE.c.space).order_by(SPACE.c.space)))

    def faults(self) -> tuple[str, ...]:
        held = select(ENTRY.c.space, func.count().label("entries"), func.max(ENTRY.c.seq).label("last"))
        logs = held.group_by(ENTRY.c.space).subquery()
        last = (ENTRY.c.space == SPACE.c.space) & (ENTRY.c.seq == SPACE.c.seq)
        query = (
            select(SPACE, logs.c.entries, logs.c.last, ENTRY.c.log_hash.label("end"))
            .outerjoin(logs, logs.c.space == SPACE.c.space)
            .outerjoin(ENTRY, last)
            .order_by(SPACE.c.space)
        )
        with self._reading() as connection:
            rows = connection.execute(query).all()
            broken = self._is_sqlite and connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() != "ok"
        wrong = [row.space.hex() for row in rows if not _is_whole(row)]
        return (*(["damaged"] if broken else []), *(f"space {space}" for space in wrong))

    def heads(self, spaces: Sequence[str]) -> dict[str, Cursor]:
        with self._reading() as connection:
            rows = connection.execute(HEADS, {"spaces": [bytes.fromhex(space) for space in spaces]}).all()
        return {row.space.hex(): Cursor(row.epoch.hex(), row.seq, row.log_hash.hex()) for row in rows}

    def append(self, space: str, entries: Sequence[NewEntry]) -> Appended:
        key = bytes.fromhex(space)
        with self._writing() as connection:
            head = connection.execute(LOCKED_HEAD, {"of": key}).one_or_none()
            if head is None:
                raise KeyError(space)
            numbers = _seqs(connection, key, [entry.eid for entry in entries])
            erased = _erased(connection, key, entries)
            seq, log_hash = head.seq, head.log_hash.hex()
            rows: list[dict[str, object]] = []
            items: list[tuple[int, bool]] = []
            for entry in entries:
                if entry.tag in erased:
                    items.append((0, False))
                    continue
                new = entry.eid not in numbers
                if new:
                    seq, log_hash = seq + 1, next_hash(log_hash, entry.eid)
                    numbers[entry.eid] = seq
                    rows.append(_row(key, seq, log_hash, entry))
                items.append((numbers[entry.eid], new))
            if rows:
                connection.execute(APPEND, rows)
                connection.execute(MOVE_HEAD, {"of": key, "last": seq, "end": bytes.fromhex(log_hash)})
                new_entries = [entry for entry, (_, new) in zip(entries, items, strict=True) if new]
                count_use(connection, key, new_entries)
                self._announce(connection)
        return Appended(head.epoch.hex(), tuple(items))

    def read(self, space: str, after: int, max_bytes: int, max_items: int) -> LogPage:
        key = bytes.fromhex(space)
        with self._reading() as connection:
            # The head is read first and bounds what follows: no snapshot is needed, the log only grows.
            head = connection.execute(HEAD, {"of": key}).one_or_none()
            if head is None:
                raise KeyError(space)
            start = after if 0 <= after <= head.seq else 0
            bounds = {"of": key, "start": start, "head": head.seq, "most": max_items}
            with connection.execute(BEYOND, bounds) as beyond:
                rows = _that_fit(beyond, max_bytes)
            log_hash = rows[-1].log_hash.hex() if rows else _hash_at(connection, key, start)
        entries = tuple(row.raw for row in rows)
        erased = tuple(row.eid.hex() for row in rows if row.raw is None)
        return LogPage(head.epoch.hex(), start + 1, entries, log_hash, head.seq, erased)

    def missing(self, space: str, eids: Sequence[str]) -> tuple[str, ...]:
        with self._reading() as connection:
            held = _seqs(connection, bytes.fromhex(space), eids)
        return tuple(eid for eid in eids if eid not in held)

    def erase(self, space: str, tags: Sequence[str]) -> tuple[bytes, ...]:
        key = bytes.fromhex(space)
        with self._writing() as connection:
            # Under the log's lock: nothing of these tags can be on its way in.
            connection.execute(select(SPACE.c.seq).where(SPACE.c.space == key).with_for_update())
            known = set(connection.execute(select(ERASED_TAG.c.tag).where(ERASED_TAG.c.space == key)).scalars())
            new = sorted({bytes.fromhex(tag) for tag in tags} - known)
            if not new:
                return ()
            connection.execute(insert(ERASED_TAG), [{"space": key, "tag": tag} for tag in new])
            gone = (ENTRY.c.space == key) & ENTRY.c.tag.in_(new) & ENTRY.c.raw.is_not(None)
            taken = tuple(connection.execute(select(ENTRY.c.raw).where(gone)).scalars())
            connection.execute(update(ENTRY).where(gone).values(raw=None))
            self._announce(connection)
        self._forget()
        return taken

    def case_keys(self, space: str, case_keys: Sequence[str]) -> frozenset[tuple[str, str]]:
        asked = {"of": bytes.fromhex(space), "case_keys": [bytes.fromhex(case_key) for case_key in case_keys]}
        with self._reading() as connection:
            rows = connection.execute(CASE_KEYS, asked).all()
        return frozenset((row.tag.hex(), row.case_key.hex()) for row in rows)

    def value(self, name: str) -> bytes | None:
        with self._reading() as connection:
            return connection.execute(select(SERVER.c.value).where(SERVER.c.name == name)).scalar_one_or_none()

    def set_value(self, name: str, value: bytes) -> None:
        with self._writing() as connection:
            changed = connection.execute(update(SERVER).where(SERVER.c.name == name).values(value=value))
            if not changed.rowcount:
                connection.execute(insert(SERVER).values(name=name, value=value))

    def renew_epochs(self) -> None:
        with self._writing() as connection:
            for space in connection.execute(select(SPACE.c.space)).scalars().all():
                connection.execute(update(SPACE).where(SPACE.c.space == space).values(epoch=secrets.token_bytes(16)))
            for tree in connection.execute(select(TREE.c.tree)).scalars().all():
                connection.execute(update(TREE).where(TREE.c.tree == tree).values(epoch=secrets.token_bytes(16)))


def _is_whole(row: Row[Any]) -> bool:
    """Whether a log has as many entries as its head says, the last one under its number and with its running hash."""
    if row.entries is None:
        return bool(row.seq == 0 and row.log_hash.hex() == EMPTY_LOG_HASH)
    return bool(row.entries == row.last == row.seq and row.end == row.log_hash)


def _row(space: bytes, seq: int, log_hash: str, entry: NewEntry) -> dict[str, object]:
    return {
        "space": space,
        "seq": seq,
        "eid": bytes.fromhex(entry.eid),
        "tag": bytes.fromhex(entry.tag),
        "kind": entry.kind,
        "case_key": bytes.fromhex(entry.case_key) if entry.case_key else None,
        "log_hash": bytes.fromhex(log_hash),
        "raw": entry.raw,
    }


def _erased(connection: Connection, space: bytes, entries: Sequence[NewEntry]) -> set[str]:
    """Those tags of the entries that are closed for ever."""
    tags = sorted({bytes.fromhex(entry.tag) for entry in entries})
    return {tag.hex() for tag in connection.execute(ERASED, {"of": space, "tags": tags}).scalars()}


def _seqs(connection: Connection, space: bytes, eids: Sequence[str]) -> dict[str, int]:
    """The seq of each eid that is held."""
    wanted = [bytes.fromhex(eid) for eid in eids]
    rows = connection.execute(HELD, {"of": space, "eids": wanted})
    return {eid.hex(): seq for eid, seq in rows}


def _that_fit(rows: Iterable[_Line], max_bytes: int) -> list[_Line]:
    """The rows up to the last that still fits, and the first one in any case."""
    fitting: list[_Line] = []
    total = 0
    for row in rows:
        total += len(row.raw or b"")
        if fitting and total > max_bytes:
            break
        fitting.append(row)
    return fitting


def _hash_at(connection: Connection, space: bytes, seq: int) -> str:
    """The running hash after this entry."""
    at = select(ENTRY.c.log_hash).where(ENTRY.c.space == space, ENTRY.c.seq == seq)
    return bytes(connection.execute(at).scalar_one()).hex() if seq else EMPTY_LOG_HASH
