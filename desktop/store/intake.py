"""Opening what a page of the log brings: keys, changes, and what must be kept aside until its key arrives.

Leaves the state to `ledger`. An entry that breaks a rule stops nothing: it is put aside and the page goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from desktop.store.case_keys import CaseKeys
from desktop.store.database import Database
from desktop.store.files import Files
from desktop.store.keysets import among
from desktop.store.ledger import Ledger, Signed
from sync.change import cid_of, decode
from sync.envelope import EntryKind, Envelope, open_change, parse
from sync.errors import BadEntry, CannotOpen
from sync.protocol import PageEntry

MOST_RETRIED = 200
ERASED = "erased"
"""What `Changed` names when something of an erased file came."""


@dataclass
class Opened:
    """One entry after opening: a change, the row of a case key, an erased body (neither), or a `fault` code.

    `change` is the row of a change that was held before; `was_aside`: it lay in `bad_entry` until now.
    """

    eid: str
    seq: int | None
    raw: bytes | None
    tag: str = ""
    signed: Signed | None = None
    change: int | None = None
    case_key: int | None = None
    fault: str = ""
    was_aside: bool = False


class Intake:
    """Opens entries inside the caller's transaction."""

    def __init__(self, database: Database, files: Files, keys: CaseKeys, ledger: Ledger) -> None:
        self._database = database
        self._files = files
        self._keys = keys
        self._ledger = ledger

    def open(self, space: str, row: int, entries: Sequence[PageEntry]) -> list[Opened]:
        """Open the entries of a page; keys first, so that none waits for one that stands further down."""
        held = self._held(row, [entry.eid for entry in entries])
        opened = [Opened(entry.eid, entry.seq, entry.raw) for entry in entries]
        for item in opened:
            if item.eid in held:
                item.change, item.case_key = held[item.eid]
        self._open_all(space, [item for item in opened if item.raw is not None and item.eid not in held])
        return opened

    def retry(
        self, space: str, row: int, tags: Iterable[str] | None = None, *, after: int = 0
    ) -> tuple[list[Opened], int]:
        """Try again what was put aside: for want of a key of these files, or with None everything in the space.

        At most `MOST_RETRIED` entries beyond the row `after`; returns them and the last row, 0 when none is left.
        """
        rows = self._database.query(
            "SELECT eid, raw, tag, id FROM bad_entry WHERE space = :space AND id > :after AND (:tags IS NULL"
            " OR (code = 'key.missing' AND tag IN (SELECT value FROM json_each(:tags)))) ORDER BY id LIMIT :most",
            {
                "space": row,
                "after": after,
                "tags": None if tags is None else among(set(tags)),
                "most": MOST_RETRIED,
            },
        )
        again = [Opened(item[0], None, item[1], tag=item[2], was_aside=True) for item in rows]
        self._open_all(space, again)
        return again, rows[-1][3] if rows else 0

    def put_aside(self, row: int, opened: Sequence[Opened], now: str) -> int:
        """Keep what did not open, let go what did since; returns how many were put aside now."""
        faulty = [(row, item.eid, item.tag, item.fault, now, item.raw) for item in opened if item.fault]
        if faulty:
            self._database.executemany(
                "INSERT INTO bad_entry (space, eid, tag, code, since, raw) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (space, eid) DO UPDATE SET code = excluded.code",
                faulty,
            )
        mended = [(row, item.eid) for item in opened if item.was_aside and not item.fault]
        if mended:
            self._database.executemany("DELETE FROM bad_entry WHERE space = ? AND eid = ?", mended)
        return sum(bool(item.fault) and not item.was_aside for item in opened)

    def _held(self, row: int, eids: Sequence[str]) -> dict[str, tuple[int | None, int | None]]:
        """Entries that were read before, or sent from here: (row of the change, row of the case key).

        One of which only the id was ever given (its body was said to be erased) is read like a new one.
        """
        rows = self._database.query(
            "SELECT eid, change, case_key FROM entry e WHERE space = :space"
            " AND eid IN (SELECT value FROM json_each(:eids)) AND (coalesce(change, case_key) IS NOT NULL"
            " OR EXISTS (SELECT 1 FROM bad_entry b WHERE b.space = e.space AND b.eid = e.eid))"
            " UNION SELECT eid, change, case_key FROM outbox WHERE space = :space"
            " AND eid IN (SELECT value FROM json_each(:eids)) AND coalesce(change, case_key) IS NOT NULL",
            {"space": row, "eids": among(eids)},
        )
        return {item[0]: (item[1], item[2]) for item in rows}

    def _open_all(self, space: str, items: Sequence[Opened]) -> None:
        parsed = self._not_erased(space, [(item, envelope) for item in items if (envelope := _parse(item, space))])
        tags = self._files.tags(space, (envelope.tag for _, envelope in parsed))
        for item, envelope in parsed:
            if envelope.kind is EntryKind.KEY:
                self._open_key(item, envelope, tags[envelope.tag])
        secrets = self._secrets(list(tags.values()))
        for item, envelope in parsed:
            if envelope.kind is EntryKind.CHANGE:
                self._open_change(item, envelope, tags[envelope.tag], secrets)

    def _not_erased(self, space: str, parsed: list[tuple[Opened, Envelope]]) -> list[tuple[Opened, Envelope]]:
        """Of an erased file nothing is opened or kept but the ids of its entries, by whatever way they come."""
        rows = self._database.query(
            "SELECT id, tag FROM erased WHERE space = ? AND tag IN (SELECT value FROM json_each(?))",
            (space, among({envelope.tag for _, envelope in parsed})),
        )
        erased: dict[str, int] = {item["tag"]: item["id"] for item in rows}
        if not erased:
            return parsed
        self._drop(space, [(erased[envelope.tag], item) for item, envelope in parsed if envelope.tag in erased])
        return [(item, envelope) for item, envelope in parsed if envelope.tag not in erased]

    def _drop(self, space: str, late: list[tuple[int, Opened]]) -> None:
        """Keep the ids of these entries with their mark, and count those that were not known of."""
        row = self._files.space(space)
        known = self._database.query(
            "SELECT eid FROM entry WHERE space = ? AND erased IS NOT NULL AND eid IN (SELECT value FROM json_each(?))",
            (row, among([item.eid for _, item in late])),
        )
        new = {item.eid: erased for erased, item in late} | {one["eid"]: 0 for one in known}
        marks = [(erased, row, eid) for eid, erased in new.items() if erased]
        self._database.executemany(
            "INSERT INTO entry (erased, space, eid) VALUES (?, ?, ?)"
            " ON CONFLICT (space, eid) DO UPDATE SET erased = excluded.erased",
            marks,
        )
        self._database.executemany("UPDATE erased SET late = late + 1 WHERE id = ?", [(mark[0],) for mark in marks])
        for _, item in late:
            item.fault = ""
        if marks:
            self._database.current.touch(ERASED)

    def _open_key(self, item: Opened, envelope: Envelope, tag: int) -> None:
        try:
            item.case_key = self._keys.take(tag, envelope, item.raw or b"")
            item.fault = ""
        except (BadEntry, CannotOpen) as error:
            item.fault = error.code

    def _open_change(
        self, item: Opened, envelope: Envelope, tag: int, secrets: Mapping[tuple[int, str], bytes]
    ) -> None:
        secret = secrets.get((tag, envelope.key_id))
        if secret is None:
            item.fault = "key.missing"
            return
        try:
            signature, body = open_change(envelope, secret)
            change = decode(body)
        except (BadEntry, CannotOpen) as error:
            item.fault = error.code
            return
        if self._ledger.is_proven(change, body, signature) is False:
            item.fault = "entry.signature"
            return
        item.signed, item.fault = Signed(tag, cid_of(body), change, body, signature), ""

    def _secrets(self, tags: Sequence[int]) -> dict[tuple[int, str], bytes]:
        rows = self._database.query(
            "SELECT tag, key_id, secret FROM case_key WHERE tag IN (SELECT value FROM json_each(?))", (among(tags),)
        )
        return {(row[0], row[1]): row[2] for row in rows}


def _parse(item: Opened, space: str) -> Envelope | None:
    """The envelope, or None with the fault noted. An entry of another space was replayed here."""
    try:
        envelope = parse(item.raw or b"")
    except BadEntry as error:
        item.fault = error.code
        return None
    item.tag = envelope.tag
    if envelope.space != space:
        item.fault = "entry.space"
        return None
    if envelope.kind is EntryKind.CHECKPOINT:
        item.fault = "entry.checkpoint"  # says nothing that the entries themselves do not say
        return None
    return envelope
