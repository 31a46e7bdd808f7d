"""The outbox: sealed entries on their way. A row goes only when its change was read back from the log (sync.md §5).

Leaves sealing to `case_keys`, the order of the round to `sync.client`.
"""

from collections.abc import Mapping, Sequence

from desktop.store.database import Database, Row
from desktop.store.keysets import among
from sync.change import Assign
from sync.records import MARK_ENDINGS

KEYS, URGENT, CHANGES = 0, 1, 2
"""Priorities: key entries; withdrawals, burnt marks and contact rules; everything else."""
MOST_ROWS = 200
UNWRAPPED = "unwrapped"
"""In place of a space key's name: sealed for this file only, until the space's key is held. Never due."""


def priority_of(sets: Sequence[Assign]) -> int:
    """How early a change must travel: what stops sharing, or warns, goes before everything else."""
    return URGENT if any(_is_urgent(assign) for assign in sets) else CHANGES


def _is_urgent(assign: Assign) -> bool:
    if assign.kind == "safe_contact":
        return True
    if assign.kind == "consent" and assign.field == "state":
        return assign.value in ("withdrawn", "refused")
    if assign.kind == "referral_event" and assign.field == "state":
        return assign.value in ("withdrawn", "consent_withdrawn", "contact_changed", "risk_raised")
    return assign.field.endswith(MARK_ENDINGS) and assign.value not in (None, False)


class Outbox:
    """The table `outbox`. Everything but reading happens inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self,
        space: int,
        tag: int,
        eid: str,
        raw: bytes,
        since: str,
        *,
        sealed_under: str,
        priority: int,
        change: int | None = None,
        case_key: int | None = None,
    ) -> None:
        """Queue one sealed entry; `sealed_under` names the space key above it."""
        self._database.insert(
            "INSERT OR IGNORE INTO outbox"
            " (space, tag, eid, change, case_key, sealed_under, priority, state, since, size, raw)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)",
            (space, tag, eid, change, case_key, sealed_under, priority, since, len(raw), raw),
        )

    def due(self, space: int, max_bytes: int, *, urgent: bool = False) -> list[Row]:
        """Rows to send now (id, eid, raw, change, tag, sealed_under), at least one if there is any.

        `urgent`: only what stops sharing or warns, with the keys of its cases.
        """
        sizes = self._database.query(
            "SELECT id, size FROM outbox WHERE space = :space AND state IN ('queued', 'sent')"
            " AND sealed_under <> :unwrapped AND (NOT :only OR priority = :urgent OR (priority = :keys AND tag IN"
            " (SELECT tag FROM outbox WHERE space = :space AND priority = :urgent AND state IN ('queued', 'sent'))))"
            " ORDER BY priority, id LIMIT :most",
            {
                "space": space,
                "unwrapped": UNWRAPPED,
                "only": urgent,
                "urgent": URGENT,
                "keys": KEYS,
                "most": MOST_ROWS,
            },
        )
        chosen: list[int] = []
        total = 0
        for row in sizes:
            total += row[1]
            if chosen and total > max_bytes:
                break
            chosen.append(row[0])
        if not chosen:
            return []
        return self._database.query(
            "SELECT id, eid, raw, change, tag, sealed_under FROM outbox"
            " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY priority, id",
            (among(chosen),),
        )

    def has_unwrapped(self, space: int) -> bool:
        """Whether something of this space still waits for the space's key."""
        found = self._database.value(
            "SELECT 1 FROM outbox WHERE space = ? AND sealed_under = ? LIMIT 1", (space, UNWRAPPED)
        )
        return found is not None

    def reseal(self, row: int, eid: str, raw: bytes, sealed_under: str) -> None:
        """Replace the bytes of a row that was sealed under an older key; the change inside stays what it is."""
        self._database.execute(
            "UPDATE outbox SET eid = ?, raw = ?, size = ?, sealed_under = ?, state = 'queued' WHERE id = ?",
            (eid, raw, len(raw), sealed_under, row),
        )

    def mark_sent(self, eids: Sequence[str]) -> None:
        """Queued becomes sent."""
        self._database.executemany(
            "UPDATE outbox SET state = 'sent' WHERE eid = ? AND state = 'queued'", [(eid,) for eid in eids]
        )

    def acked(self, eids: Sequence[str], receipt: int | None) -> None:
        """The server says it has them; they stay until read back."""
        self._database.executemany(
            "UPDATE outbox SET state = 'acked', receipt = ?, code = '' WHERE eid = ?", [(receipt, eid) for eid in eids]
        )

    def refused(self, refusals: Sequence[tuple[str, str]]) -> None:
        """(eid, code): into the tray, kept until a person decides."""
        self._database.executemany(
            "UPDATE outbox SET state = 'refused', code = ? WHERE eid = ?", [(code, eid) for eid, code in refusals]
        )

    def retry(self, eid: str) -> bool:
        """A refused entry is queued again; whether there was one."""
        return (
            self._database.execute(
                "UPDATE outbox SET state = 'queued', code = '' WHERE eid = ? AND state = 'refused'", (eid,)
            )
            == 1
        )

    def confirm(self, space: int, changes: Sequence[int], case_keys: Sequence[int]) -> int:
        """Entries read back from the log leave the outbox; their receipts stay with the changes. Returns how many."""
        read = (space, among(changes))
        self._database.execute(
            "UPDATE change SET receipt = o.receipt FROM outbox o WHERE o.change = change.id AND o.space = ?"
            " AND change.id IN (SELECT value FROM json_each(?))",
            read,
        )
        gone = self._database.execute(
            "DELETE FROM outbox WHERE space = ? AND change IN (SELECT value FROM json_each(?))", read
        )
        return gone + self._database.execute(
            "DELETE FROM outbox WHERE space = ? AND case_key IN (SELECT value FROM json_each(?))",
            (space, among(case_keys)),
        )

    def confirm_unopened(self, space: int, eids: Sequence[str]) -> None:
        """Of these entries, read back from the log, those that were carried here without being opened leave too."""
        self._database.execute(
            "DELETE FROM outbox WHERE space = ? AND change IS NULL AND case_key IS NULL"
            " AND eid IN (SELECT value FROM json_each(?))",
            (space, among(eids)),
        )

    def lacking(self, space: int, eids: Sequence[str]) -> list[Row]:
        """Of entries held without a number, those that neither the log (under any eid) nor the outbox has.

        Rows (eid, tag, change, case_key, body of the change).
        """
        found = self._database.query(
            "SELECT e.eid, coalesce(c.tag, k.tag), e.change, e.case_key, c.body FROM json_each(:eids) x"
            " CROSS JOIN entry e ON e.space = :space AND e.eid = x.value"
            " LEFT JOIN change c ON c.id = e.change LEFT JOIN case_key k ON k.id = e.case_key"
            " WHERE e.seq IS NULL AND coalesce(e.change, e.case_key) IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.eid = e.eid)"
            " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.change = e.change)",
            {"space": space, "eids": among(eids)},
        )
        logged = self.logged([row[2] for row in found if row[2]])
        return [row for row in found if row[2] not in logged]

    def raws(self, changes: Sequence[int]) -> dict[int, bytes]:
        """The sealed entries of those of these changes that wait under the space's own key."""
        rows = self._database.query(
            "SELECT change, raw FROM outbox WHERE sealed_under <> ? AND change IN (SELECT value FROM json_each(?))",
            (UNWRAPPED, among(changes)),
        )
        return {row[0]: row[1] for row in rows}

    def logged(self, changes: Sequence[int]) -> frozenset[int]:
        """Those of these changes that were read in a log, under whatever eid."""
        if not changes:
            return frozenset()
        rows = self._database.query(
            "SELECT DISTINCT change FROM entry WHERE seq IS NOT NULL AND change IN (SELECT value FROM json_each(?))",
            (among(changes),),
        )
        return frozenset(row[0] for row in rows)

    def waiting_otherwise(self, carried: Mapping[int, str]) -> frozenset[int]:
        """Of changes and the eids that carry them elsewhere, those that wait here under another eid."""
        rows = self._database.query(
            "SELECT change, eid FROM outbox WHERE change IN (SELECT value FROM json_each(?))", (among(list(carried)),)
        )
        return frozenset(row[0] for row in rows if row[1] != carried[row[0]])

    def queue_acked_again(self, space: int) -> None:
        """The log was restored: what was receipted, or refused for a key that was lost, is to be sent again."""
        self._database.execute(
            "UPDATE outbox SET state = 'queued', code = '', receipt = NULL WHERE space = ?"
            " AND (state = 'acked' OR (state = 'refused' AND code = 'unknown_key'))",
            (space,),
        )

    def has_acked(self, space: int) -> bool:
        """Whether something of this space was receipted and not yet read back."""
        return (
            self._database.value("SELECT 1 FROM outbox WHERE space = ? AND state = 'acked' LIMIT 1", (space,))
            is not None
        )

    def is_empty(self, space: int) -> bool:
        """Whether nothing of this space is on its way."""
        return self._database.value("SELECT 1 FROM outbox WHERE space = ? LIMIT 1", (space,)) is None

    def has_urgent(self) -> bool:
        """Whether something that must not wait is due in any space."""
        found = self._database.value(
            "SELECT 1 FROM outbox WHERE priority = ? AND state IN ('queued', 'sent') AND sealed_under <> ? LIMIT 1",
            (URGENT, UNWRAPPED),
        )
        return found is not None

    def counts_of(self, space: int, state: str) -> int:
        """How many rows of a space stand in a state."""
        return int(self._database.value("SELECT count(*) FROM outbox WHERE space = ? AND state = ?", (space, state)))

    def counts(self) -> dict[str, int]:
        """How many rows stand in each state."""
        return {row[0]: row[1] for row in self._database.query("SELECT state, count(*) FROM outbox GROUP BY state")}
