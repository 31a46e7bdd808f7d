"""The ledger: where a change becomes state. The same path for what is written here and what comes from elsewhere.

One transaction holds the signed change, the folded state, the case row, the search words and the outbox row; the
commit's `Changed` tells the screens. Leaves verdicts to `sync.accept`, the fold to `folding`, sealing to `case_keys`.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.errors import KnownError
from desktop.model.moment import stamp
from desktop.model.record import CaseKey
from desktop.model.summary import SUMMARY_KINDS
from desktop.store.case_keys import CaseKeys
from desktop.store.caseload import Caseload
from desktop.store.database import Database
from desktop.store.files import Files
from desktop.store.folding import Folded, fold_in, next_row, refold_changes
from desktop.store.keysets import among
from desktop.store.outbox import Outbox, priority_of
from desktop.store.packing import packer, read_change, unpack
from desktop.store.search import Search
from desktop.store.seat import SeatIdentity
from desktop.store.whole import Judged, assigned, spread_files
from desktop.store.wording import worded
from sync.accept import Verdict, accept, is_proven
from sync.change import Assign, Change, Seen, cid_of, decode, encode
from sync.errors import BadEntry
from sync.keys import Domain, sign
from sync.records import Writing, rule_of

COPIED = "seat copied"
"""Key in `meta`: this file was copied or put back, and must not write under its seat."""


@dataclass(frozen=True)
class Written:
    """A change that was written: its id, which is also the id of a record founded with `record=None`."""

    cid: str


@dataclass(frozen=True)
class Signed:
    """An opened entry: the change with its exact bytes, and the file's row."""

    tag: int
    cid: str
    change: Change
    body: bytes
    signature: bytes


class Ledger:
    """The one writer of `change` and of everything folded from it."""

    def __init__(  # noqa: PLR0917  the parts it is built from, in their order
        self,
        database: Database,
        seat: SeatIdentity,
        files: Files,
        keys: CaseKeys,
        outbox: Outbox,
        caseload: Caseload,
        search: Search,
        clock: Callable[[], datetime],
        zone: str,
    ) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._keys = keys
        self._outbox = outbox
        self._caseload = caseload
        self._search = search
        self._clock = clock
        self._zone = zone

    def write(self, key: CaseKey, sets: Sequence[Assign], *, form: str = "") -> Written:
        """Sign and keep one change, in the open transaction or its own. Errors: those of `write_inside`, the store."""
        with self._database.joining():
            return self.write_inside(key, sets, form=form)

    def write_inside(self, key: CaseKey, sets: Sequence[Assign], *, form: str = "") -> Written:
        """As `write`, inside the caller's transaction, so that several changes stand or fall together.

        Raises KnownError `store.copied`, `write.no_space`, `write.not_allowed`, `write.seat_closed`,
        `write.too_large`; the transaction must then end.
        """
        if self.stopped:
            raise KnownError(
                "store.copied",
                "This profile was copied or put back from a backup, so nothing new may be written under it.",
                "Everything written so far is kept. Ask your unit lead to enrol this laptop anew.",
            )
        space, tag, now = self._files.space(key.space), self._files.tag(key), stamp(self._clock())
        case_key = self._keys.writing_key(key, space, tag, now)
        change = self._change(key, space, worded(self._database, tag, sets), now, form)
        try:
            body = encode(change)
            cid = cid_of(body)
            signature = sign(self._seat.writer.sign_private, Domain.CHANGE, body)
            eid, raw = self._keys.seal(key, case_key, body, signature)
        except BadEntry as error:
            raise KnownError(
                "write.too_large",
                "This is too large or too deep to be sent as one entry.",
                "Divide it: several notes, or a file attached instead of pasted text.",
                cause=error.code,
            ) from None
        verdict = self.verdict(change, cid)
        if verdict is Verdict.QUARANTINED:
            raise KnownError(
                "write.seat_closed",
                "Your unit lead has closed this laptop’s seat, so nothing new is accepted from it.",
                "What you typed is kept as a draft. Everything written before is kept; ask your unit lead.",
            )
        enrolled = self._seat.seat is not None and key.space in self._seat.spaces
        if verdict is Verdict.BAD or (verdict is Verdict.WAITING and enrolled):
            raise KnownError(
                "write.not_allowed",
                "You may not change this here.",
                "Ask a colleague whose role allows it, or your unit lead.",
            )
        folded = self.add([(Signed(tag, cid, change, body, signature), verdict)])
        self._database.execute("UPDATE space SET n = ?, prev = ? WHERE id = ?", (change.n, cid, space))
        row = self._database.value("SELECT id FROM change WHERE cid = ?", (cid,))
        self._outbox.put(
            space, tag, eid, raw, now, sealed_under=case_key.space_key, priority=priority_of(sets), change=row
        )
        self.tell(folded, outbox=True)
        return Written(cid)

    def add(self, batch: Sequence[tuple[Signed, Verdict]]) -> Folded:
        """Keep and fold changes that are not held yet, inside the caller's transaction: the one door to the state."""
        first, pack = next_row(self._database, "change"), packer()
        judged = [
            Judged(first + index, item.tag, item.cid, item.change, verdict)
            for index, (item, verdict) in enumerate(batch)
        ]
        rows = [
            (
                made.row,
                item.cid,
                item.tag,
                item.change.seat,
                item.change.n,
                item.change.at,
                item.change.seen.seq,
                item.change.set[0].kind,
                made.verdict.value,
                item.signature,
                pack(item.body),
            )
            for made, (item, _) in zip(judged, batch, strict=True)
        ]
        self._database.executemany(
            "INSERT INTO change (id, cid, tag, seat, n, at, seen, what, verdict, signature, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        folded = fold_in(self._database, judged)
        self._follow(folded)
        return folded

    def rejudge(self) -> int:
        """Judge again every change that was not accepted, or whose seat is closed now; returns how many moved.

        Called when membership is another than at the last judging. In a transaction of its own.
        """
        with self._database.transaction():
            moved: list[tuple[str, int]] = []
            forged: list[int] = []
            for row, cid, signature, packed, before in self._doubtful():
                body = unpack(packed)
                change = decode(body)
                after = self.verdict(change, cid)
                if before != Verdict.OK and self.is_proven(change, body, signature) is False:
                    forged.append(row)
                elif after.value != before:
                    moved.append((after.value, row))
            self._database.executemany("UPDATE change SET verdict = ? WHERE id = ?", moved)
            self._put_aside(forged)
            folded = refold_changes(self._database, [row for _, row in moved], forget=forged)
            self._follow(folded)
            self.tell(folded)
        return len(moved)

    def is_proven(self, change: Change, body: bytes, signature: bytes) -> bool | None:
        """Whether the seat that a change names signed it; None while the seat is not in the roster."""
        return is_proven(change, body, signature, self._seat.seats)

    @property
    def copied(self) -> bool:
        """Whether the log held an entry of this seat that was not written in this file."""
        return self._database.value("SELECT 1 FROM meta WHERE key = ?", (COPIED,)) is not None

    @property
    def stopped(self) -> bool:
        """Whether nothing may be written here: a copy that has no seat of its own to go on as."""
        return self.copied and self._seat.successor is None

    def note_copied(self) -> None:
        """Stop writing under this seat, inside the caller's transaction. What is queued is still sent."""
        self._database.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, 1)", (COPIED,))

    def tell(self, folded: Folded, *, outbox: bool = False) -> None:
        """Note for `Changed`: the kinds that moved, the records' ids and the files' tags."""
        transaction = self._database.current
        tags = [key.tag for key in self._files.keys(folded.tags | self._files.cases_of(folded.tags)).values()]
        for kind in sorted(folded.kinds):
            transaction.touch(kind, *(rid for _, name, rid in folded.records if name == kind), *tags)
        if folded.records:
            transaction.touch("conflict", *tags)
        if outbox:
            transaction.touch("outbox")

    def fold_hash(self, space: str) -> str:
        """SHA-256 over the live values of a space in order of id: equal on two laptops that hold the same."""
        row = self._files.known_space(space)
        live = self._database.query(
            "SELECT t.tag, r.kind, r.rid, v.field, c.cid, v.place FROM value v JOIN record r ON r.id = v.record"
            " JOIN tag t ON t.id = r.tag JOIN change c ON c.id = v.change WHERE v.live = 1 AND t.space = ?",
            (row,),
        )
        lines = {tuple(item) for item in live}
        for tag, kind, rid, cid, body in self._database.query(
            "SELECT t.tag, r.kind, r.rid, c.cid, c.body FROM record r JOIN tag t ON t.id = r.tag"
            " JOIN change c ON c.id = r.once WHERE c.verdict = 'ok' AND t.space = ?",
            (row,),
        ):
            if rule_of(kind).writing is Writing.WRITE_ONCE:
                lines.add((tag, kind, rid, "", rid, -1))
            else:
                sets = assigned(read_change(body), cid, kind, rid)
                lines.update((tag, kind, rid, assign.field, cid, place) for place, assign in sets)
        digest = hashlib.sha256()
        for line in sorted(lines):
            digest.update(repr(line).encode())
        return digest.hexdigest()

    def _change(self, key: CaseKey, space: int, sets: Sequence[Assign], now: str, form: str) -> Change:
        row = self._database.one("SELECT epoch, seq, log_hash, n, prev FROM space WHERE id = ?", (space,))
        epoch, seq, log_hash, n, prev = row if row is not None else ("", 0, "", 0, "")
        membership = self._seat.memberships.get(key.space)
        return Change(
            space=key.space,
            tag=key.tag,
            seat=self._seat.writer.seat_id,
            n=n + 1,
            prev=prev,
            seen=Seen(epoch, seq, log_hash, membership.head if membership else ""),
            at=now,
            zone=self._zone,
            salt=secrets.token_hex(16),
            set=tuple(sets),
            form=form,
        )

    def verdict(self, change: Change, cid: str) -> Verdict:
        """The verdict on a change under today's membership."""
        membership = self._seat.memberships.get(change.space)
        return accept(change, cid, membership) if membership else Verdict.WAITING

    def _follow(self, folded: Folded) -> None:
        """Links, case rows and search words after a fold."""
        if not folded.records:
            return
        linked = [tag for tag, kind, _ in folded.records if kind == "link"]
        moved = self._files.follow_links(linked) if linked else frozenset()
        if moved:
            spread_files(self._database, moved.union(linked))
        told = frozenset(tag for tag, kind, _ in folded.records if kind in SUMMARY_KINDS)
        again = told | moved | folded.disputed_tags
        self._caseload.refresh(again)
        self._caseload.note_newer(folded.tags - again)
        self._search.refresh(folded.records, folded.whole)

    def _doubtful(self) -> Iterable[tuple[int, str, bytes, bytes, str]]:
        closed = sorted({seat for member in self._seat.memberships.values() for seat in member.closings})
        rows = self._database.query(
            "SELECT id, cid, signature, body, verdict FROM change WHERE verdict <> 'ok'"
            " UNION SELECT id, cid, signature, body, verdict FROM change"
            " WHERE seat IN (SELECT value FROM json_each(?))",
            (among(closed),),
        )
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]

    def _put_aside(self, rows: Sequence[int]) -> None:
        """A change that turned out to be signed by nobody is kept for the lead, and gives its cid back: the true one
        may still come.
        """
        self._database.executemany(
            "INSERT OR IGNORE INTO awaited (cid) SELECT cid FROM change WHERE id = ? AND instr(cid, ' ') = 0",
            [(row,) for row in rows],
        )
        self._database.executemany(
            "UPDATE change SET verdict = 'bad', cid = 'forged ' || id || ' ' || cid"
            " WHERE id = ? AND instr(cid, ' ') = 0",
            [(row,) for row in rows],
        )
