"""What goes out again: sealed anew under the newest key, or given back to a log that lacks it.

Works inside the caller's transaction, but for `seal_anew`. Leaves to `replica` when either is due.
"""

from collections.abc import Callable, Sequence

from desktop.store.case_keys import CaseKeys
from desktop.store.database import Database
from desktop.store.files import Files
from desktop.store.keysets import among
from desktop.store.outbox import CHANGES, KEYS, Outbox
from desktop.store.packing import unpack


class Resending:
    """`now` gives the time as it is written."""

    def __init__(
        self, database: Database, files: Files, keys: CaseKeys, outbox: Outbox, now: Callable[[], str]
    ) -> None:
        self._database = database
        self._files = files
        self._keys = keys
        self._outbox = outbox
        self._now = now

    def seal_anew(self, space: int, newest: str) -> None:
        """Rows of the outbox that were sealed under an older space key, in a transaction of its own."""
        with self._database.transaction():
            for item in self._database.query(
                "SELECT id, change FROM outbox WHERE space = ? AND change IS NOT NULL AND sealed_under <> ?"
                " AND state IN ('queued', 'sent') ORDER BY id LIMIT 200",
                (space, newest),
            ):
                sealed = self.sealed(item["change"])
                if sealed is not None:
                    self._outbox.reseal(item["id"], *sealed)

    def sealed(self, change: int) -> tuple[str, bytes, str] | None:
        """(eid, raw, space-key name) of a held change, sealed under the key to write with now."""
        row = self._database.one("SELECT tag, signature, body FROM change WHERE id = ?", (change,))
        if row is None:
            return None
        key = self._files.keys((row["tag"],))[row["tag"]]
        held = self._keys.writing_key(key, self._files.space(key.space), row["tag"], self._now())
        eid, raw = self._keys.seal(key, held, unpack(row["body"]), row["signature"])
        return eid, raw, held.space_key

    def requeue(self, space: str, row: int, eids: Sequence[str]) -> None:
        """Queue held entries: keys and unopened entries as they came, changes sealed anew."""
        lacking = self._database.query(
            "SELECT e.eid, e.change, k.id, k.tag, k.space_key, k.raw FROM entry e"
            " LEFT JOIN case_key k ON k.id = e.case_key WHERE e.space = ?"
            " AND e.eid IN (SELECT value FROM json_each(?))",
            (row, among(eids)),
        )
        for eid, change, case_key, tag, space_key, raw in lacking:
            if case_key is not None:
                self._outbox.put(
                    row, tag, eid, raw, self._now(), sealed_under=space_key, priority=KEYS, case_key=case_key
                )
                self._database.execute("UPDATE outbox SET state = 'queued', code = '' WHERE eid = ?", (eid,))
            elif change is not None:
                self._requeue_change(row, change)
        self._requeue_unopened(space, row, eids)

    def _requeue_change(self, space: int, change: int) -> None:
        waiting = self._database.value("SELECT id FROM outbox WHERE change = ?", (change,))
        if waiting is not None:
            self._database.execute("UPDATE outbox SET state = 'queued', code = '' WHERE id = ?", (waiting,))
            return
        sealed = self.sealed(change)
        if sealed is not None:
            tag = self._database.value("SELECT tag FROM change WHERE id = ?", (change,))
            eid, raw, under = sealed
            self._outbox.put(space, tag, eid, raw, self._now(), sealed_under=under, priority=CHANGES, change=change)

    def _requeue_unopened(self, space: str, row: int, eids: Sequence[str]) -> None:
        """Entries that never opened here are given back as the bytes they are."""
        for eid, tag, raw in self._database.query(
            "SELECT eid, tag, raw FROM bad_entry WHERE space = ? AND eid IN (SELECT value FROM json_each(?))",
            (row, among(eids)),
        ):
            tags = self._files.tags(space, (tag,)) if tag else {}
            if tags:
                self._outbox.put(row, tags[tag], eid, raw, self._now(), sealed_under="", priority=CHANGES)
