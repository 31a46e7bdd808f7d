"""Case keys: any number per file, all kept, all open; writing is under the newest space key and the smallest key id.

Leaves the form of key entries to `sync.envelope`.
"""

import secrets
from dataclasses import dataclass

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.database import Database
from desktop.store.erased import refuse_erased
from desktop.store.outbox import KEYS, UNWRAPPED, Outbox
from desktop.store.seat import SeatIdentity
from sync.envelope import Envelope, eid_of, key_id_of, open_key, seal_change, seal_key
from sync.keys import new_secret


@dataclass(frozen=True)
class HeldKey:
    """One case key: its row, its id, and the name of the space key that wraps it."""

    row: int
    key_id: str
    space_key: str
    secret: bytes


class CaseKeys:
    """The table `case_key` of one store."""

    def __init__(self, database: Database, seat: SeatIdentity, outbox: Outbox) -> None:
        self._database = database
        self._seat = seat
        self._outbox = outbox

    def held(self, tag: int) -> list[HeldKey]:
        """Every key of a file."""
        rows = self._database.query("SELECT id, key_id, space_key, secret FROM case_key WHERE tag = ?", (tag,))
        return [HeldKey(*row) for row in rows]

    def secret(self, tag: int, key_id: str) -> bytes | None:
        """The 32 bytes of one key, or None while it is not held."""
        found = self._database.value("SELECT secret FROM case_key WHERE tag = ? AND key_id = ?", (tag, key_id))
        return None if found is None else bytes(found)

    def space_key(self, tag: int, key_id: str) -> str:
        """The name of the space key above one case key; "" while it is not held."""
        found = self._database.value("SELECT space_key FROM case_key WHERE tag = ? AND key_id = ?", (tag, key_id))
        return str(found or "")

    def writing_key(self, key: CaseKey, space: int, tag: int, now: str) -> HeldKey:
        """The key to write under; made, kept and queued when the file has none under the newest space key.

        While the newest space key is not held (a seat that waits to be enrolled, a rotation not yet shared), what is
        written stays here under a key of this file's own, is not due, and is sealed anew as soon as the key comes.
        Inside the caller's transaction. Raises KnownError `write.no_space` for a space this seat is no member of,
        `write.erased` for a file that leads erased.
        """
        refuse_erased(self._database, key)
        newest = self._seat.newest_space_key(key.space)
        if newest is None:
            return self._own_key(key, tag)
        name, space_key = newest
        fitting = [item for item in self.held(tag) if item.space_key == name]
        if fitting:
            return min(fitting, key=lambda item: item.key_id)
        raw, key_id, secret = seal_key(key.space, key.tag, space_key)
        row = self._keep(tag, key_id, name, secret, raw)
        eid = eid_of(raw)
        self._outbox.put(space, tag, eid, raw, now, sealed_under=name, priority=KEYS, case_key=row)
        self._database.insert("INSERT INTO entry (space, eid, case_key) VALUES (?, ?, ?)", (space, eid, row))
        return HeldKey(row, key_id, name, secret)

    def _own_key(self, key: CaseKey, tag: int) -> HeldKey:
        if key.space not in self._seat.spaces:
            raise KnownError(
                "write.no_space",
                "This laptop is no member of the space that this file lives in, so nothing can be written to it.",
                "What you typed is kept as a draft. Ask your unit lead.",
            )
        fitting = [item for item in self.held(tag) if item.space_key == UNWRAPPED]
        if fitting:
            return fitting[0]
        key_id, secret = secrets.token_hex(16), new_secret()
        return HeldKey(self._keep(tag, key_id, UNWRAPPED, secret, b""), key_id, UNWRAPPED, secret)

    def take(self, tag: int, envelope: Envelope, raw: bytes) -> int:
        """Open and keep the key of a key entry; returns its row. Raises what `sync.envelope.open_key` raises."""
        secret = open_key(envelope, self._seat.space_keys.get(envelope.space, {}))
        return self._keep(tag, key_id_of(raw), envelope.key_id, secret, raw)

    def seal(self, key: CaseKey, held: HeldKey, body: bytes, signature: bytes) -> tuple[str, bytes]:
        """(eid, raw) of a signed body sealed under a held key."""
        raw = seal_change(key.space, key.tag, held.key_id, held.secret, body, signature)
        return eid_of(raw), raw

    def _keep(self, tag: int, key_id: str, space_key: str, secret: bytes, raw: bytes) -> int:
        held = self._database.value("SELECT id FROM case_key WHERE tag = ? AND key_id = ?", (tag, key_id))
        if held is not None:
            return int(held)
        return self._database.insert(
            "INSERT INTO case_key (tag, key_id, space_key, secret, raw) VALUES (?, ?, ?, ?, ?)",
            (tag, key_id, space_key, secret, raw),
        )
