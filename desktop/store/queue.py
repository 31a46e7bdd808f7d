"""The queue as people see it: what waits, what was refused and why, what the server has, and when it last spoke."""

from desktop.model.queue import QueueItem, QueueStage, SyncState
from desktop.model.record import CaseKey
from desktop.store.caseload import Caseload
from desktop.store.database import Database
from desktop.store.ledger import Ledger
from desktop.store.outbox import Outbox

STAGES = {
    "queued": QueueStage.OUTBOX,
    "sent": QueueStage.SENT,
    "acked": QueueStage.SERVER,
    "refused": QueueStage.REFUSED,
}
MOST_DELIVERED = 50


class Queue:
    """Reads the outbox and the spaces; changes nothing but by `retry`."""

    def __init__(self, database: Database, outbox: Outbox, caseload: Caseload, ledger: Ledger) -> None:
        self._database = database
        self._outbox = outbox
        self._caseload = caseload
        self._ledger = ledger

    def items(self) -> list[QueueItem]:
        """What is on its way (refused first, then oldest first), then what the server lately got of this seat."""
        waiting = self._database.query(
            "SELECT o.eid, o.tag, s.space, t.tag, coalesce(c.what, 'key'), o.state,"
            " CASE o.state WHEN 'acked' THEN coalesce(r.at, o.since) ELSE o.since END, o.size, o.code"
            " FROM outbox o JOIN tag t ON t.id = o.tag JOIN space s ON s.id = o.space"
            " LEFT JOIN change c ON c.id = o.change LEFT JOIN receipt r ON r.id = o.receipt"
            " ORDER BY o.state <> 'refused', o.id"
        )
        delivered = self._database.query(
            "SELECT c.cid, c.tag, s.space, t.tag, c.what, 'acked', r.at, length(c.body), ''"
            " FROM change c JOIN receipt r ON r.id = c.receipt JOIN tag t ON t.id = c.tag"
            " JOIN space s ON s.id = t.space ORDER BY c.id DESC LIMIT ?",
            (MOST_DELIVERED,),
        )
        rows = [*waiting, *delivered]
        names = self._caseload.rows({row[1] for row in rows})
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
        )

    def retry(self, eid: str) -> bool:
        """Queue a refused entry again; whether there was one."""
        with self._database.transaction() as transaction:
            transaction.touch("outbox", eid)
            return self._outbox.retry(eid)

    def _count(self, sql: str) -> int:
        return int(self._database.value(sql))
