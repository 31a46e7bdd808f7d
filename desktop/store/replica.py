"""This laptop's copy as the round sees it: implements `sync.client.Replica` on the encrypted file.

Each call is one transaction. What a page says is opened by `intake` and becomes state through `ledger`, the same door
that a person's own edit goes through.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.model.moment import stamp
from desktop.store.case_keys import CaseKeys
from desktop.store.database import Database
from desktop.store.files import Files
from desktop.store.folding import Folded
from desktop.store.intake import Intake, Opened
from desktop.store.keysets import among
from desktop.store.ledger import Ledger, Signed
from desktop.store.outbox import KEYS, Outbox, priority_of
from desktop.store.packing import read_change
from desktop.store.resending import Resending
from desktop.store.rollbacks import SERVER_KEY, Rollbacks
from desktop.store.seat import SeatIdentity
from sync.client import Outgoing, PageTaken, QueueCounts, Trees
from sync.envelope import eid_of, parse
from sync.keys import Domain, sign
from sync.protocol import Cursor, ItemResult, ItemStatus, LogPage, PageEntry, check_page


@dataclass
class _Page:
    """What one page did, while its transaction is open."""

    folded: Folded
    changes: int
    bad: int

    def __add__(self, other: "_Page") -> "_Page":
        return _Page(self.folded | other.folded, self.changes + other.changes, self.bad + other.bad)


@dataclass(frozen=True)
class LooseTaken:
    """What entries without a number brought: changes new here, how many wait for their key, how many go on their way
    from here, and (eid, code) of those that break a rule.
    """

    changes: int
    held: int
    queued: int
    faulty: tuple[tuple[str, str], ...]


class StoreReplica:
    """The `Replica` of one store. `trees` is None where the partnership is a fixed list."""

    trees: Trees | None = None

    def __init__(  # noqa: PLR0917  the parts it is built from
        self,
        database: Database,
        seat: SeatIdentity,
        files: Files,
        keys: CaseKeys,
        outbox: Outbox,
        ledger: Ledger,
        clock: Callable[[], datetime],
        arrived: Callable[[], object],
    ) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._keys = keys
        self._outbox = outbox
        self._ledger = ledger
        self._clock = clock
        self._arrived = arrived
        self.urgent_only = False
        """The line is metered: only what must not wait is due."""
        self.settled: Callable[[], object] = lambda: None
        """Called after a space was read to its end, and after loose entries: a copy may have come to light."""
        self._rollbacks = Rollbacks(database)
        self._given: dict[str, set[str]] = {}
        """Entries given back to a log that lacked them, until that log is read anew."""
        self._read_anew: set[str] = set()
        self._referrals_came = True  # a page of the last run may have brought one
        self._resending = Resending(database, files, keys, outbox, self._now)
        self._intake = Intake(database, files, keys, ledger)

    @property
    def seat_id(self) -> str:
        """32 hex digits."""
        return self._seat.seat_id

    def sign_session(self, challenge: bytes) -> bytes:
        """Sign the server's challenge with the seat key."""
        return sign(self._seat.seat_keys.sign_private, Domain.SESSION, challenge)

    def server_key(self) -> bytes | None:
        """The pinned receipt key of the server; None before the first contact."""
        found = self._database.value("SELECT value FROM meta WHERE key = ?", (SERVER_KEY,))
        return None if found is None else bytes(found)

    def pin_server_key(self, key: bytes) -> None:
        """Keep the receipt key of the first contact; a later one never replaces it."""
        with self._database.transaction():
            self._database.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", (SERVER_KEY, key))

    def spaces(self) -> tuple[str, ...]:
        """The spaces this seat is a member of."""
        return tuple(self._seat.spaces)

    def cursor(self, space: str) -> Cursor:
        """How far this space was read."""
        row = self._database.one("SELECT epoch, seq, log_hash FROM space WHERE space = ?", (space,))
        return Cursor(row[0], row[1], row[2]) if row is not None and row[0] else Cursor()

    def outgoing(self, space: str, max_bytes: int) -> tuple[Outgoing, ...]:
        """Rows due to be sent; those sealed under an older space key are sealed anew first (new eid, same cid)."""
        row = self._files.known_space(space)
        if row is None:
            return ()
        newest = self._seat.newest_space_key(space)
        if newest is not None and self._outbox.has_unwrapped(row):
            self._resending.seal_anew(row, newest[0])
        due = self._outbox.due(row, max_bytes, urgent=self.urgent_only)
        if newest is not None and any(item["sealed_under"] != newest[0] and item["change"] for item in due):
            self._resending.seal_anew(row, newest[0])
            due = self._outbox.due(row, max_bytes, urgent=self.urgent_only)
        return tuple(Outgoing(item["eid"], item["raw"]) for item in due)

    def mark_sent(self, space: str, eids: Sequence[str]) -> None:
        """An attempt was made whose end is not known; the rows stay due."""
        with self._database.transaction() as transaction:
            self._outbox.mark_sent(eids)
            transaction.touch("outbox", space)

    def take_results(self, space: str, results: tuple[ItemResult, ...], receipt: bytes) -> None:
        """What the server has, or had, is receipted, the rest goes to the tray; nothing is deleted."""
        taken = [item.eid for item in results if item.status is not ItemStatus.REJECTED]
        refused = [(item.eid, item.code) for item in results if item.status is ItemStatus.REJECTED]
        with self._database.joining() as transaction:
            kept = self._keep_receipt(space, len(taken), receipt) if taken and receipt else None
            self._outbox.acked(taken, kept)
            self._outbox.refused(refused)
            transaction.touch("outbox", space)

    def take_page(self, space: str, page: LogPage) -> PageTaken:
        """One page of the log, all or nothing: see `sync.client.Replica`."""
        with self._database.joining() as transaction:
            before = self.cursor(space)
            entries, after = check_page(before, page)
            if before.epoch and page.first_seq == 1:
                self._read_anew.add(space)
            row = self._files.space(space)
            taken = self._take(space, row, self._intake.open(space, row, entries))
            self._database.execute(
                "UPDATE space SET epoch = ?, seq = ?, log_hash = ? WHERE id = ?",
                (after.epoch, after.seq, after.log_hash, row),
            )
            self._ledger.tell(taken.folded)
            transaction.touch("sync", space)
        self._referrals_came |= "referral" in taken.folded.kinds
        return PageTaken(len(entries), taken.changes, taken.folded.contested_new, taken.bad)

    def take_answer(self, space: str, results: tuple[ItemResult, ...], receipt: bytes, page: LogPage) -> PageTaken:
        """The answer to a push with its page, all or nothing: see `sync.client.Replica`."""
        with self._database.transaction():
            self.take_results(space, results, receipt)
            taken = self.take_page(space, page)
            if page.last_seq == page.head:
                self._note_level(space, Cursor(page.epoch, page.head, page.log_hash))
        self._tell_arrived()
        return taken

    def take_loose(self, space: str, raws: Sequence[bytes], *, queue: bool) -> LooseTaken:
        """Entries that came without a number, from the spool or a bundle (at most 200): opened and folded as those of a
        page are, provisional until they are read back from the log, all in one transaction.

        With `queue` they go on their way from here as the bytes they are, save what the log has under any eid. What
        lacks its key is kept aside for it; what breaks a rule is named and leaves no trace.
        """
        with self._database.transaction() as transaction:
            row = self._files.space(space)
            opened = self._intake.open(space, row, [PageEntry(0, eid_of(raw), raw) for raw in raws])
            kept = [item for item in opened if item.fault in {"", "key.missing"}]
            for item in kept:
                item.seq = None
            taken = self._take(space, row, kept)
            queued = self._queue_loose(row, kept) if queue else 0
            self._ledger.tell(taken.folded, outbox=queued > 0)
            transaction.touch("sync", space)
        self._referrals_came |= "referral" in taken.folded.kinds
        self.settled()
        faulty = tuple((item.eid, item.fault) for item in opened if item.fault and item.fault != "key.missing")
        return LooseTaken(taken.changes, sum(item.fault == "key.missing" for item in kept), queued, faulty)

    def sealed_again(self, changes: Sequence[int]) -> list[bytes]:
        """The entries of held changes (row ids) for a courier: as they wait to be sent, else sealed anew."""
        with self._database.transaction():
            waiting = self._outbox.raws(changes)
            found = [waiting.get(change) or (self._resending.sealed(change) or ("", b""))[1] for change in changes]
        return [raw for raw in found if raw]

    def restart_space(self, space: str, epoch: str) -> None:
        """The log was rolled back or restored: read it from its start; what was receipted is sent again."""
        self._read_anew.add(space)
        with self._database.transaction() as transaction:
            row = self._files.space(space)
            self._rollbacks.note(space, self.cursor(space), epoch, self._now(), len(self._given.pop(space, ())))
            self._database.execute(
                "UPDATE space SET epoch = ?, seq = 0, log_hash = ? WHERE id = ?", (epoch, Cursor().log_hash, row)
            )
            self._database.execute("UPDATE entry SET seq = NULL WHERE space = ?", (row,))
            self._outbox.queue_acked_again(row)
            transaction.touch("sync", space)

    def held_eids(self, space: str, after: str, limit: int) -> tuple[str, ...]:
        """Ids of all entries held for a space, ascending, beyond `after`."""
        rows = self._database.query(
            "SELECT e.eid FROM entry e JOIN space s ON s.id = e.space WHERE s.space = ? AND e.eid > ?"
            " ORDER BY e.eid LIMIT ?",
            (space, after, limit),
        )
        return tuple(row[0] for row in rows)

    def requeue_missing(self, space: str, eids: Sequence[str]) -> None:
        """Queue held entries that the server lacks: keys and unopened entries as they came, changes sealed anew."""
        with self._database.transaction() as transaction:
            row = self._files.space(space)
            self._resending.requeue(space, row, eids)
            self._given.setdefault(space, set()).update(eids)
            transaction.touch("outbox", space)

    def note_contact(self, space: str, head: Cursor) -> None:
        """The space was read to its end: when that was is kept for the screen, and senders hear what arrived.

        A row still acked then is not in the log, whatever the receipt said (a restore that nobody announced): it is
        sent again, and the log is read from its start.
        """
        with self._database.transaction():
            self._note_level(space, head)
        self._tell_arrived()

    def _note_level(self, space: str, head: Cursor) -> None:
        row = self._files.space(space)
        if self.cursor(space).seq == head.seq:
            self._database.execute("UPDATE space SET contact_at = ? WHERE id = ?", (self._now(), row))
            self._give_what_it_lacks(space, row)
            self._send_lost_again(space, row, head.epoch)
        self._database.current.touch("sync", space)

    def _tell_arrived(self) -> None:
        self.settled()
        if self._referrals_came:
            self._arrived()
            self._referrals_came = False

    def _give_what_it_lacks(self, space: str, row: int) -> None:
        """After a log was read anew from its start: what is held and was not in it is given back. While it was being
        read the server may have gone back once more, and no page tells that to a reader at the beginning.
        """
        if space in self._read_anew:
            self._read_anew.discard(space)
            unread = self._database.query("SELECT eid FROM entry WHERE space = ? AND seq IS NULL", (row,))
            lacking = [one[0] for one in self._outbox.lacking(row, [one[0] for one in unread])]
            self._resending.requeue(space, row, lacking)
            self._database.current.touch("outbox", *lacking)

    def _send_lost_again(self, space: str, row: int, epoch: str) -> None:
        if self._outbox.has_acked(row):
            lost = self._outbox.counts_of(row, "acked")
            self._rollbacks.note(space, self.cursor(space), epoch, self._now(), lost)
            self._outbox.queue_acked_again(row)
            self._database.execute("UPDATE space SET seq = 0, log_hash = ? WHERE id = ?", (Cursor().log_hash, row))

    def retry_aside(self, space: str) -> int:
        """Try again everything kept aside in a space (a key of it may have arrived, or this program may understand
        more than the last); returns how many changes opened. Transactions of at most 200 entries.
        """
        changes, after = 0, 0
        while True:
            with self._database.transaction():
                row = self._files.space(space)
                opened, after = self._intake.retry(space, row, after=after)
                taken = self._fold_opened(row, opened)
                self._ledger.tell(taken.folded)
            changes += taken.changes
            if not after:
                return changes

    def has_urgent(self) -> bool:
        """Whether something is due that goes over any line."""
        return self._outbox.has_urgent()

    def counts(self) -> QueueCounts:
        """Derived from the outbox."""
        counts = self._outbox.counts()
        waiting = sum(counts.get(state, 0) for state in ("queued", "sent", "acked"))
        return QueueCounts(waiting, counts.get("refused", 0), counts.get("acked", 0))

    def _now(self) -> str:
        return stamp(self._clock())

    def _keep_receipt(self, space: str, items: int, receipt: bytes) -> int:
        return self._database.insert(
            "INSERT INTO receipt (space, at, items, raw) VALUES (?, ?, ?, ?)",
            (self._files.space(space), self._now(), items, receipt),
        )

    # -- a page

    def _take(self, space: str, row: int, opened: Sequence[Opened]) -> _Page:
        taken = self._fold_opened(row, opened)
        keyed = {item.tag for item in opened if item.case_key is not None and item.tag}
        after = 0
        while keyed:
            again, after = self._intake.retry(space, row, keyed, after=after)
            if not after:
                break
            taken += self._fold_opened(row, again)
        return taken

    def _fold_opened(self, row: int, opened: Sequence[Opened]) -> _Page:
        fresh = self._fresh_changes(opened)
        judged = [(item, self._ledger.verdict(item.change, item.cid)) for item in fresh]
        folded = self._ledger.add(judged) if judged else Folded({})
        self._note_entries(row, opened)
        if not self._outbox.is_empty(row):
            self._confirm(row, opened)
        bad = self._intake.put_aside(row, opened, self._now())
        return _Page(folded, len(fresh), bad)

    def _fresh_changes(self, opened: Sequence[Opened]) -> list[Signed]:
        """The changes not held yet, each once. One of this seat's own that this file never wrote betrays a copy.

        Of two that share a cid and differ in their signature, while the seat is unknown, the second is kept aside:
        which of them is forged can be told only later.
        """
        rows = self._database.query(
            "SELECT cid, signature FROM change WHERE cid IN (SELECT value FROM json_each(?))",
            (among([item.signed.cid for item in opened if item.signed]),),
        )
        signatures: dict[str, bytes] = {row[0]: row[1] for row in rows}
        fresh: list[Signed] = []
        for item in opened:
            signed = item.signed
            if signed is None:
                continue
            held = signatures.get(signed.cid)
            if held is None:
                signatures[signed.cid] = signed.signature
                fresh.append(signed)
            elif held != signed.signature and signed.change.seat not in self._seat.seats:
                item.signed, item.fault = None, "entry.twin"
        if any(signed.change.seat == self._seat.seat_id for signed in fresh):
            self._ledger.note_copied()
        return fresh

    def _change_rows(self, cids: Sequence[str]) -> dict[str, int]:
        rows = self._database.query(
            "SELECT cid, id FROM change WHERE cid IN (SELECT value FROM json_each(?))", (among(cids),)
        )
        return {row[0]: row[1] for row in rows}

    def _confirm(self, row: int, opened: Sequence[Opened]) -> None:
        """Let go what was read back from the log; an entry without a number came another way and confirms nothing."""
        read = self._database.query(
            "SELECT change, case_key FROM entry WHERE space = ? AND seq IS NOT NULL"
            " AND eid IN (SELECT value FROM json_each(?))",
            (row, among([item.eid for item in opened if item.raw is not None])),
        )
        self._outbox.confirm(row, [one[0] for one in read if one[0]], [one[1] for one in read if one[1]])
        numbered = [item for item in opened if item.raw is not None and item.seq is not None]
        self._outbox.confirm_unopened(row, [item.eid for item in numbered])
        self._outbox.refused([(item.eid, "entry.erased") for item in opened if item.raw is None and item.eid])

    def _note_entries(self, row: int, opened: Sequence[Opened]) -> None:
        """Note which entry carried what."""
        rows = self._change_rows([item.signed.cid for item in opened if item.signed])
        lines = [
            (row, item.eid, item.seq, rows[item.signed.cid] if item.signed else item.change, item.case_key)
            for item in opened
        ]
        self._database.executemany(
            "INSERT INTO entry (space, eid, seq, change, case_key) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (space, eid) DO UPDATE SET seq = coalesce(excluded.seq, seq),"
            " change = coalesce(excluded.change, change), case_key = coalesce(excluded.case_key, case_key)",
            lines,
        )

    def _queue_loose(self, row: int, opened: Sequence[Opened]) -> int:
        """Queue what neither the log nor the outbox has; returns how many entries."""
        lacking = self._outbox.lacking(row, [item.eid for item in opened if not item.fault])
        raws = {item.eid: item.raw or b"" for item in opened}
        for eid, tag, change, case_key, body in lacking:
            key_id = parse(raws[eid]).key_id
            under = key_id if case_key else self._keys.space_key(tag, key_id)
            first = KEYS if case_key else priority_of(read_change(body).set)
            self._outbox.put(
                row, tag, eid, raws[eid], self._now(),
                sealed_under=under, priority=first, change=change, case_key=case_key,
            )  # fmt: skip
        return len(lacking)
