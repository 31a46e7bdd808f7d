"""A laptop's copy in memory: honest, small, with the real envelope, signatures, acceptance and fold.

What a disk would keep is here in plain attributes; each method is one transaction, because nothing in it can be cut.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sync import keys
from sync.accept import Verdict, accept_signed
from sync.change import Assign, Change, Seen, cid_of, decode, encode
from sync.client import Outgoing, PageTaken, QueueCounts
from sync.envelope import EntryKind, Envelope, eid_of, key_id_of, open_change, open_key, parse, seal_change, seal_key
from sync.errors import BadEntry, CannotOpen
from sync.identity import Roster
from sync.keys import Domain, SeatKeys
from sync.merge import FieldKey, Value, fold
from sync.protocol import MAX_BATCH_ITEMS, Cursor, ItemResult, ItemStatus, LogPage, check_page
from sync.replica import Trees


@dataclass
class Row:
    """One row of the outbox. `id` is what must be read back: the cid of a change, the eid of a key entry."""

    raw: bytes
    id: str
    state: str = "queued"
    code: str = ""


@dataclass
class SpaceCopy:
    """What is held of one space."""

    cursor: Cursor = field(default_factory=Cursor)
    held: dict[str, bytes] = field(default_factory=dict)
    changes: dict[str, tuple[Change, bytes, bytes]] = field(default_factory=dict)
    """By cid: the change, its body and its signature."""
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    cids: dict[str, str] = field(default_factory=dict)
    """By eid, once opened."""
    case_keys: dict[tuple[str, str], bytes] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    """By eid: why it could not be opened."""
    outbox: dict[str, Row] = field(default_factory=dict)
    receipts: list[bytes] = field(default_factory=list)
    level_at: Cursor | None = None


class PowerCut(Exception):  # noqa: N818  an event, not an error of anybody's
    """The laptop went dark."""


class MemoryReplica:
    """Implements `sync.client.Replica`."""

    def __init__(self, roster: Roster, seat: SeatKeys) -> None:
        self._roster = roster
        self._seat = seat
        self._seat_id = seat.seat_id
        self._space_keys = keys.open_space_keys(roster, seat)
        self._server_key: bytes | None = None
        self.power_fails = False
        self.kept_trees: Trees | None = None
        self.copies = {space.id: SpaceCopy() for space in roster.spaces_of(seat.seat_id)}

    # -- what a person does

    def write(self, space: str, tag: str, *sets: Assign) -> str:
        """Finish one change; its cid."""
        copy = self.copies[space]
        key_id, case_key = self._case_key(space, tag)
        own = [change for change, _, _ in copy.changes.values() if change.seat == self.seat_id]
        last = max(own, key=lambda change: change.n, default=None)
        seen = Seen(copy.cursor.epoch, copy.cursor.seq, copy.cursor.log_hash, "")
        change = Change(
            space=space,
            tag=tag,
            seat=self.seat_id,
            n=last.n + 1 if last else 1,
            prev=cid_of(encode(last)) if last else "",
            seen=seen,
            at="2026-01-01T00:00:00Z",
            zone="Europe/Vienna",
            salt=secrets.token_hex(16),
            set=sets,
        )
        body = encode(change)
        signature = keys.sign(self._seat.sign_private, Domain.CHANGE, body)
        raw = seal_change(space, tag, key_id, case_key, body, signature)
        self._hold(space, raw)
        copy.outbox[eid_of(raw)] = Row(raw, cid_of(body))
        return cid_of(body)

    def edit(self, space: str, tag: str, name: str, value: object) -> str:
        """Set a field of the one invented record of a case, over all that is shown."""
        shown = self.fold(space).get((tag, "case", "r", name), ())
        return self.write(space, tag, Assign("case", "r", name, value, tuple(item.id for item in shown)))

    def poison(self, space: str, raw: bytes) -> None:
        """Queue bytes that no server takes."""
        self.copies[space].outbox[eid_of(raw)] = Row(raw, eid_of(raw))

    def retry_refused(self) -> None:
        """What a person does with the tray: try all of it once more."""
        for copy in self.copies.values():
            for row in copy.outbox.values():
                if row.state == "refused":
                    row.state, row.code = "queued", ""

    def fold(self, space: str) -> dict[FieldKey, tuple[Value, ...]]:
        return fold((change, cid, verdict) for cid, (change, verdict) in self.judged(space).items())

    def judged(self, space: str) -> dict[str, tuple[Change, Verdict]]:
        """The roster is fixed, so a verdict may be remembered here."""
        copy, membership = self.copies[space], self._roster.membership(space)
        for cid, (change, body, signature) in copy.changes.items():
            if cid not in copy.verdicts:
                copy.verdicts[cid] = accept_signed(change, body, signature, membership)
        return {cid: (change, copy.verdicts[cid]) for cid, (change, _, _) in copy.changes.items()}

    # -- sync.client.Replica

    @property
    def seat_id(self) -> str:
        return self._seat_id

    @property
    def trees(self) -> Trees | None:
        return self.kept_trees

    def sign_session(self, challenge: bytes) -> bytes:
        return keys.sign(self._seat.sign_private, Domain.SESSION, challenge)

    def server_key(self) -> bytes | None:
        return self._server_key

    def pin_server_key(self, key: bytes) -> None:
        assert self._server_key is None
        self._server_key = key

    def spaces(self) -> tuple[str, ...]:
        return tuple(self.copies)

    def cursor(self, space: str) -> Cursor:
        return self.copies[space].cursor

    def outgoing(self, space: str, max_bytes: int) -> tuple[Outgoing, ...]:
        due = [(eid, row) for eid, row in self.copies[space].outbox.items() if row.state in {"queued", "sent"}]
        due.sort(key=lambda item: item[0] != item[1].id)  # a key entry is read back by its eid
        return tuple(_fitting(due, max_bytes))[:MAX_BATCH_ITEMS]

    def mark_sent(self, space: str, eids: Sequence[str]) -> None:
        for eid in eids:
            self.copies[space].outbox[eid].state = "sent"

    def take_results(self, space: str, results: tuple[ItemResult, ...], receipt: bytes) -> None:
        copy = self.copies[space]
        for item in results:
            row = copy.outbox.get(item.eid)
            if row is not None:
                row.state = "refused" if item.status is ItemStatus.REJECTED else "acked"
                row.code = item.code
        if receipt:
            copy.receipts.append(receipt)

    def take_page(self, space: str, page: LogPage) -> PageTaken:
        self.commit_point()
        copy = self.copies[space]
        entries, cursor = check_page(copy.cursor, page)
        before, aside, conflicts = len(copy.changes), len(copy.aside), self._conflicts(space)
        read: set[str] = set()
        for entry in entries:
            if entry.raw is not None:
                self._hold(space, entry.raw)
                read.add(copy.cids.get(entry.eid, entry.eid))
        copy.outbox = {eid: row for eid, row in copy.outbox.items() if row.id not in read}
        copy.cursor = cursor
        opened = self._conflicts(space) - conflicts
        return PageTaken(len(entries), len(copy.changes) - before, len(opened), max(0, len(copy.aside) - aside))

    def take_answer(self, space: str, results: tuple[ItemResult, ...], receipt: bytes, page: LogPage) -> PageTaken:
        taken = self.take_page(space, page)  # first: a power cut or a page that is not ours takes back everything
        self.take_results(space, results, receipt)
        if page.last_seq == page.head:
            self.note_contact(space, Cursor(page.epoch, page.head, page.log_hash))
        return taken

    def restart_space(self, space: str, epoch: str) -> None:
        copy = self.copies[space]
        copy.cursor = Cursor(epoch)
        for row in copy.outbox.values():
            if row.state == "acked" or row.code == "unknown_key":
                row.state, row.code = "queued", ""

    def held_eids(self, space: str, after: str, limit: int) -> tuple[str, ...]:
        return tuple(sorted(eid for eid in self.copies[space].held if eid > after))[:limit]

    def requeue_missing(self, space: str, eids: Sequence[str]) -> None:
        copy = self.copies[space]
        for eid in eids:
            row = copy.outbox.setdefault(eid, Row(copy.held[eid], copy.cids.get(eid, eid)))
            if row.state == "acked":
                row.state = "queued"

    def note_contact(self, space: str, head: Cursor) -> None:
        copy = self.copies[space]
        copy.level_at = head
        promised = [row for row in copy.outbox.values() if row.state == "acked"]
        for row in promised:
            row.state = "queued"
        if promised:
            copy.cursor = Cursor(head.epoch)

    def counts(self) -> QueueCounts:
        states = [row.state for copy in self.copies.values() for row in copy.outbox.values()]
        return QueueCounts(len(states), states.count("refused"), states.count("acked"))

    def commit_point(self) -> None:
        """Where a power cut takes back the whole transaction."""
        if self.power_fails:
            self.power_fails = False
            raise PowerCut

    # -- inside

    def _conflicts(self, space: str) -> set[FieldKey]:
        return {key for key, live in self.fold(space).items() if len(live) > 1}

    def _case_key(self, space: str, tag: str) -> tuple[str, bytes]:
        """The smallest key id of the case, or a new key whose entry goes out first."""
        copy = self.copies[space]
        ids = sorted(key_id for key_tag, key_id in copy.case_keys if key_tag == tag)
        if ids:
            return ids[0], copy.case_keys[tag, ids[0]]
        raw, key_id, case_key = seal_key(space, tag, next(iter(self._space_keys[space].values())))
        self._hold(space, raw)
        copy.outbox[eid_of(raw)] = Row(raw, eid_of(raw))
        return key_id, case_key

    def _hold(self, space: str, raw: bytes) -> None:
        """One entry in, by whatever path; what waited for a key is tried again when the key comes."""
        copy = self.copies[space]
        eid = eid_of(raw)
        if eid in copy.held and eid not in copy.aside:
            return
        copy.held[eid] = raw
        try:
            self._open(space, parse(raw), raw)
            copy.aside.pop(eid, None)
        except (BadEntry, CannotOpen) as error:
            copy.aside[eid] = error.code

    def _open(self, space: str, envelope: Envelope, raw: bytes) -> None:
        copy = self.copies[space]
        if envelope.space != space:
            raise BadEntry("entry.space")
        if envelope.kind is EntryKind.KEY:
            copy.case_keys[envelope.tag, key_id_of(raw)] = open_key(envelope, self._space_keys[space])
            for eid in [eid for eid, code in copy.aside.items() if code == "key.missing"]:
                self._hold(space, copy.held[eid])
            return
        case_key = copy.case_keys.get((envelope.tag, envelope.key_id))
        if case_key is None:
            raise CannotOpen("key.missing")
        signature, body = open_change(envelope, case_key)
        copy.changes.setdefault(cid_of(body), (decode(body), body, signature))
        copy.cids[eid_of(raw)] = cid_of(body)


def _fitting(due: list[tuple[str, Row]], max_bytes: int) -> Iterator[Outgoing]:
    total = 0
    for eid, row in due:
        total += len(row.raw)
        if total > max_bytes and total > len(row.raw):
            return
        yield Outgoing(eid, row.raw)
