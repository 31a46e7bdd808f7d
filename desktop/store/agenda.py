"""Today's list: gathers what is open from the store and lets `desktop.model.today` put it in order."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo

from desktop.model.action import read_action
from desktop.model.flag import read_flag
from desktop.model.moment import stamp
from desktop.model.order import read_order
from desktop.model.record import CaseKey, RecordView
from desktop.model.today import TodayCase, TodayDraft, TodayInputs, TodayItem, today
from desktop.store.caseload import Caseload
from desktop.store.conflicts import Conflicts
from desktop.store.database import Database
from desktop.store.drafts import Drafts
from desktop.store.edits import Edits
from desktop.store.files import Files
from desktop.store.outbox import Outbox
from desktop.store.reading import Reading
from desktop.store.referrals import Referrals
from desktop.store.seat import SeatIdentity


class Agenda:
    """What needs me."""

    def __init__(  # noqa: PLR0917  the parts it is built from
        self,
        database: Database,
        seat: SeatIdentity,
        files: Files,
        reading: Reading,
        caseload: Caseload,
        referrals: Referrals,
        conflicts: Conflicts,
        drafts: Drafts,
        edits: Edits,
        outbox: Outbox,
        local: Callable[[], tzinfo],
    ) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._reading = reading
        self._caseload = caseload
        self._referrals = referrals
        self._conflicts = conflicts
        self._drafts = drafts
        self._edits = edits
        self._outbox = outbox
        self._local = local

    def items(self, now: datetime) -> tuple[TodayItem, ...]:
        """The list at `now`, in the unit's local day."""
        records = self._open_records()
        rows = self._caseload.all_rows()
        by_key = {row.key: TodayCase(row.key, row.code_name, row.grade) for row in rows.values()}
        inputs = TodayInputs(
            unit=self._seat.unit,
            cases=by_key | self._shared_cases(),
            actions=tuple(read_action(record) for record in records if record.kind == "action"),
            referrals=tuple(self._referrals.list()),
            conflicts=self._conflicts.open(),
            orders=tuple(read_order(record) for record in records if record.kind == "order"),
            flags=tuple(read_flag(record) for record in records if record.kind == "flag"),
            drafts=tuple(self._half_filled()),
            edits=tuple(self._begun()),
            refused=self._outbox.counts().get("refused", 0),
        )
        return today(inputs, now.astimezone(self._local()))

    def _open_records(self) -> Iterable[RecordView]:
        """The actions, orders and flags of every file; kinds that a person may write thousands of are not read."""
        rows = self._database.query("SELECT DISTINCT tag FROM record WHERE kind IN ('action', 'order', 'flag')")
        keys = self._files.keys(row[0] for row in rows)
        found = self._reading.records(keys, ("action", "order", "flag"))
        return [record for records in found.values() for record in records.values()]

    def _shared_cases(self) -> dict[CaseKey, TodayCase]:
        """The words for shared files whose case is the unit's own."""
        linked = self._database.query("SELECT id FROM tag WHERE unit_tag IS NOT NULL")
        keys = self._files.keys(row[0] for row in linked)
        rows = self._caseload.rows(list(keys))
        return {keys[tag]: TodayCase(row.key, row.code_name, row.grade) for tag, row in rows.items()}

    def _half_filled(self) -> Iterable[TodayDraft]:
        for draft in self._drafts.list():
            case = CaseKey.of(draft.case_ref) if draft.case_ref else None
            yield TodayDraft(draft.draft_id, draft.form_id, _stamp(draft.changed_at), case)

    def _begun(self) -> Iterable[TodayDraft]:
        for edit in self._edits.list():
            yield TodayDraft(edit.editor, edit.editor, _stamp(edit.changed_at), CaseKey.of(edit.case_ref))


def _stamp(milliseconds: int) -> str:
    return stamp(datetime.fromtimestamp(milliseconds / 1000, UTC))
