"""The queue as people see it: what waits, what was refused and why, what the server has, and when it last spoke.

Nothing leaves the tray of refused entries by a person's hand: they are tried again, or told to the unit's leads.
"""

from desktop.errors import KnownError
from desktop.model.queue import QueueItem, QueueStage, SyncState
from desktop.model.record import CaseKey
from desktop.store.caseload import Caseload
from desktop.store.database import Database
from desktop.store.files import Files
from desktop.store.ledger import Ledger
from desktop.store.outbox import Outbox
from desktop.store.packing import read_change
from desktop.store.seat import SeatIdentity
from sync.change import Assign

STAGES = {
    "queued": QueueStage.OUTBOX,
    "sent": QueueStage.SENT,
    "acked": QueueStage.SERVER,
    "refused": QueueStage.REFUSED,
}
MOST_DELIVERED = 50
REFUSED_ENTRY = "refused_entry"


class Queue:
    """Reads the outbox and the spaces; changes nothing but by `retry` and `hand_to_leads`."""

    def __init__(  # noqa: PLR0917  the parts it is built from
        self,
        database: Database,
        seat: SeatIdentity,
        files: Files,
        outbox: Outbox,
        caseload: Caseload,
        ledger: Ledger,
    ) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._outbox = outbox
        self._caseload = caseload
        self._ledger = ledger

    def items(self) -> list[QueueItem]:
        """What is on its way (refused first, then oldest first), then what the server lately got of this seat."""
        waiting = self._database.query(
            "SELECT o.eid, o.tag, s.space, t.tag, coalesce(c.what, 'key'), o.state,"
            " CASE o.state WHEN 'acked' THEN coalesce(r.at, o.since) ELSE o.since END, o.size, o.code, c.cid,"
            " coalesce(o.receipt, 0)"
            " FROM outbox o JOIN tag t ON t.id = o.tag JOIN space s ON s.id = o.space"
            " LEFT JOIN change c ON c.id = o.change LEFT JOIN receipt r ON r.id = o.receipt"
            " ORDER BY o.state <> 'refused', o.id"
        )
        delivered = self._database.query(
            "SELECT c.cid, c.tag, s.space, t.tag, c.what, 'acked', r.at, length(c.body), '', c.cid, r.id"
            " FROM change c JOIN receipt r ON r.id = c.receipt JOIN tag t ON t.id = c.tag"
            " JOIN space s ON s.id = t.space ORDER BY c.id DESC LIMIT ?",
            (MOST_DELIVERED,),
        )
        rows = [*waiting, *delivered]
        names = self._caseload.rows({row[1] for row in rows})
        handed = self._handed() if any(row[5] == "refused" for row in waiting) else frozenset()
        return [
            QueueItem(
                id=row[0],
                case=names[row[1]].key if row[1] in names else CaseKey(row[2], row[3]),
                code_name=names[row[1]].code_name if row[1] in names else "",
                what=row[4],
                state=STAGES[row[5]],
                since=row[6],
                size=row[7],
                code=row[8],
                space=row[2],
                handed=row[9] in handed,
                receipt=row[10],
            )
            for row in rows
        ]

    def state(self) -> SyncState:
        """The whole in figures; whether a round is running is known to whoever runs it."""
        spaces = self._database.query("SELECT space, contact_at FROM space WHERE contact_at <> ''")
        counts = self._outbox.counts()
        return SyncState(
            last_contact=max((row[1] for row in spaces), default=""),
            as_of={row[0]: row[1] for row in spaces},
            pending=sum(counts.get(state, 0) for state in ("queued", "sent", "acked")),
            refused=counts.get("refused", 0),
            bad=self._count("SELECT count(*) FROM bad_entry"),
            waiting=self._count("SELECT count(*) FROM change WHERE verdict = 'waiting'"),
            oldest_pending=self._database.value("SELECT min(since) FROM outbox WHERE state IN ('queued', 'sent')")
            or "",
            copied=self._ledger.copied,
            going_on=not self._ledger.stopped,
        )

    def retry(self, eid: str) -> bool:
        """Queue a refused entry again; whether there was one."""
        with self._database.transaction() as transaction:
            transaction.touch("outbox", eid)
            return self._outbox.retry(eid)

    def hand_to_leads(self, eid: str) -> str:
        """Tell the unit's leads what a refused entry says, as a record of the unit's own file of that case; its id.

        The entry itself stays in the tray. Raises KnownError `queue.not_refused`, `queue.nothing_to_tell`, and those of
        `Ledger.write`.
        """
        row = self._database.one(
            "SELECT o.code, o.tag, c.cid, c.body FROM outbox o LEFT JOIN change c ON c.id = o.change"
            " WHERE o.eid = ? AND o.state = 'refused'",
            (eid,),
        )
        if row is None:
            raise KnownError("queue.not_refused", "This entry is not refused any more.", "Look at the list again.")
        if row["body"] is None:
            raise KnownError(
                "queue.nothing_to_tell",
                "This entry holds a key and no words, so there is nothing to tell the leads.",
                "Try it again; the entries that need it stand beside it.",
            )
        change = read_change(row["body"])
        said = [[one.kind, one.record, one.field, one.value] for one in change.set]
        fields = {"cid": row["cid"], "code": row["code"], "space": change.space, "tag": change.tag, "said": said}
        written = self._ledger.write(
            self._home(row["tag"]), [Assign(REFUSED_ENTRY, None, name, value) for name, value in fields.items()]
        )
        return written.cid

    def _home(self, tag: int) -> CaseKey:
        """The unit's own file of a case; a file of the same tag in the unit's space, where the case has none."""
        case = self._files.keys((self._files.case_of(tag),))[self._files.case_of(tag)]
        return case if case.space == self._seat.unit_space else CaseKey(self._seat.unit_space, case.tag)

    def _handed(self) -> frozenset[str]:
        """The cids of refused changes that the unit's leads were told of."""
        rows = self._database.query(
            "SELECT c.body FROM change c JOIN record r ON r.once = c.id WHERE r.kind = ?", (REFUSED_ENTRY,)
        )
        changes = (read_change(row[0]) for row in rows)
        return frozenset(str(one.value) for change in changes for one in change.set if one.field == "cid")

    def _count(self, sql: str) -> int:
        return int(self._database.value(sql))
