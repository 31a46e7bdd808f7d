"""The whole of one case, put together for one screen. Reads; writes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from desktop.errors import KnownError
from desktop.model.action import read_action
from desktop.model.case import CaseDraft, CaseFile, Reader, SharedFile
from desktop.model.consent import read_consent
from desktop.model.contact import read_contact
from desktop.model.flag import read_flag
from desktop.model.joining import join, older_at_partners
from desktop.model.moment import stamp
from desktop.model.order import read_order
from desktop.model.person import Party, read_party
from desktop.model.record import CaseKey, FieldView, RecordView
from desktop.model.summary import ByKind, assessments_of, by_kind, grades_of, header_of, referrals_of
from desktop.model.timeline import timeline
from desktop.store.audit import Audit
from desktop.store.conflict_reading import ConflictReading
from desktop.store.database import Database
from desktop.store.drafts import Drafts
from desktop.store.erased import is_erased
from desktop.store.files import Files
from desktop.store.keysets import among
from desktop.store.reading import Reading, safer
from desktop.store.seat import SeatIdentity

Records = dict[tuple[str, str], RecordView]

OPENED = "case.opened"
"""The act in the audit log when a person opens a case."""


class CaseFiles:
    """Puts cases together from their files."""

    def __init__(  # noqa: PLR0917  the parts it is built from
        self,
        database: Database,
        seat: SeatIdentity,
        files: Files,
        reading: Reading,
        conflicts: ConflictReading,
        drafts: Drafts,
        audit: Audit,
        clock: Callable[[], datetime],
        is_frozen: Callable[[CaseKey], bool],
    ) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._reading = reading
        self._conflicts = conflicts
        self._drafts = drafts
        self._audit = audit
        self._clock = clock
        self._is_frozen = is_frozen

    def parts(self, row: int) -> dict[int, CaseKey]:
        """The files of the case that `row` belongs to: the unit's own first, if there is one."""
        case = self._files.case_of(row)
        return self._files.keys((case, *self._files.shared_of((case,)).get(case, ())))

    def shared_keys(self, row: int) -> list[CaseKey]:
        """The shared files of a case, oldest first."""
        return [key for _, key in sorted(self.parts(row).items()) if self._seat.is_shared(key.space)]

    def joined(self, row: int) -> Records:
        """The records of a case, joined."""
        parts = self.parts(row)
        case = self._files.case_of(row)
        records = self._reading.records(parts, founders=True)
        return join(records[case], [records[tag] for tag in sorted(parts) if tag != case], safer)

    def file(self, key: CaseKey) -> CaseFile:
        """Everything one case screen shows. Raises KnownError `case.unknown`, `case.erased`."""
        row = self._files.known(key)
        records = self.joined(row) if row is not None else {}
        if is_erased(self._database, key):
            raise KnownError(
                "case.erased",
                "This file was erased for good by its leads, so there is nothing to show.",
                "Begin a new case for new matter.",
            )
        if row is None or not records:
            raise KnownError(
                "case.unknown", "Nothing is known here of this case.", "Synchronise, or ask the unit that told you."
            )
        parts, kinds = self.parts(row), by_kind(records)
        own = parts[self._files.case_of(row)]
        header = header_of(own, kinds, lambda word: self._seat.members.get(word, word))
        header = replace(header, frozen=any(map(self._is_frozen, parts.values())))
        contact = _contact(kinds)
        drafts = [draft for part in parts.values() for draft in self._drafts.list(part.ref)]
        return CaseFile(
            header=header,
            grades=grades_of(kinds, self._seat.agency),
            safe_contact=contact,
            contact=read_contact(contact) if contact else None,
            flags=tuple(flag for flag in map(read_flag, kinds.get("flag", ())) if flag.raised or flag.contested),
            parties=parties_of(records),
            incidents=tuple(_incidents(kinds)),
            assessments=tuple(assessments_of(kinds, self._seat.agency)),
            actions=tuple(map(read_action, kinds.get("action", ()))),
            orders=tuple(map(read_order, kinds.get("order", ()))),
            notes=tuple(kinds.get("note", ())),
            call_notes=tuple(kinds.get("call_note", ())),
            disclosures=tuple(kinds.get("disclosure", ())),
            referrals=tuple(referrals_of(kinds, self._clock(), header.code_name)),
            consents=tuple(map(read_consent, kinds.get("consent", ()))),
            timeline=timeline(records.values(), self._stages(list(parts))),
            drafts=tuple(
                CaseDraft(draft.draft_id, draft.form_id, draft.form_id, _milliseconds(draft.changed_at))
                for draft in drafts
            ),
            conflicts=self._conflicts.of_files(parts),
            read_by=self._readers(parts, kinds),
            shared=tuple(self._shared(part, records) for part in parts.values() if self._seat.is_shared(part.space)),
            records=records,
        )

    def _shared(self, key: CaseKey, records: Records) -> SharedFile:
        space = self._seat.spaces.get(key.space)
        return SharedFile(
            key=key,
            name=space.name if space else "",
            units=space.units if space else (),
            agencies=self._seat.agencies_in(key.space),
            older=older_at_partners(records),
        )

    def _stages(self, parts: Sequence[int]) -> Mapping[str, str]:
        """How far each record's newest own change has travelled, where it is not at the server yet."""
        rows = self._database.query(
            "SELECT DISTINCT r.rid, o.state FROM outbox o JOIN change c ON c.id = o.change"
            " LEFT JOIN value v ON v.change = c.id JOIN record r ON r.id = v.record OR r.once = c.id"
            " WHERE o.tag IN (SELECT value FROM json_each(?))",
            (among(parts),),
        )
        words = {"queued": "outbox", "sent": "sent", "acked": "server", "refused": "refused"}
        return {row[0]: words[row[1]] for row in rows}

    def _readers(self, parts: Mapping[int, CaseKey], kinds: ByKind) -> tuple[Reader, ...]:
        """Who opened the case on this laptop, and which partners confirmed seeing a referral."""
        name = self._seat.seat.name if self._seat.seat else ""
        agency = self._seat.agency(self._seat.unit)
        lines = [line for key in parts.values() for line in self._audit.lines(key.ref, newest=20)]
        here = [Reader(name, agency, _milliseconds(line.at)) for line in lines if line.act == OPENED]
        there = [
            Reader(record.author, self._seat.agency(record.unit), record.at)
            for record in kinds.get("referral_event", ())
            if record.text("state") == "seen"
        ]
        return tuple(sorted((*here[:1], *there), key=lambda reader: reader.at, reverse=True))


def parties_of(records: Records, *, opened: bool = False) -> tuple[Party, ...]:
    """The people of a case; with `opened` their protected values are shown."""
    people = by_kind(records).get("person", ())
    parties = (read_party(person, records.get(("party", person.id)), opened=opened) for person in people)
    return tuple(party for party in parties if not party.removed)


def _contact(kinds: ByKind) -> FieldView | None:
    """The safe-contact rule; with several (a second victim) the first written."""
    rules = (record.fields.get("rule") for record in kinds.get("safe_contact", ()))
    return next((rule for rule in rules if rule is not None), None)


def _incidents(kinds: ByKind) -> list[RecordView]:
    """The incidents, also those whose removal is in dispute."""
    found = kinds.get("incident", ())
    return [record for record in found if not record.is_removed]


def _milliseconds(at: int) -> str:
    return stamp(datetime.fromtimestamp(at / 1000, UTC))
