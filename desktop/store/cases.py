"""Cases: founding, reading, editing, sharing. A case on screen is the unit's own file joined with its shared ones."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from desktop.errors import KnownError
from desktop.model.case import CaseFile, CaseloadQuery, CaseRow
from desktop.model.consent import read_consent, sharing
from desktop.model.joining import SHARED_FIRST, copied_from, follows, join
from desktop.model.protection import is_marked
from desktop.model.record import CaseKey, RecordView, ValueId
from desktop.model.summary import by_kind
from desktop.store.case_file import CaseFiles
from desktop.store.caseload import Caseload
from desktop.store.copying import Copying
from desktop.store.database import Database
from desktop.store.files import Files
from desktop.store.ledger import Ledger
from desktop.store.reading import Reading, safer
from desktop.store.seat import SeatIdentity
from desktop.store.sharing import Chosen
from sync.change import Assign, record_id
from sync.records import Writing, rule_of

CASE = "case"
AGREED = "agreed"


class Cases:
    """The cases of one store."""

    def __init__(  # noqa: PLR0917  the parts it is built from
        self,
        database: Database,
        seat: SeatIdentity,
        files: Files,
        reading: Reading,
        caseload: Caseload,
        ledger: Ledger,
        case_files: CaseFiles,
        copying: Copying,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._reading = reading
        self._caseload = caseload
        self._ledger = ledger
        self._case_files = case_files
        self._copying = copying
        self._clock = clock

    def new(self, code_name: str, **fields: Any) -> CaseKey:
        """Found a case in the own unit's file, led by its founder unless `lead_worker` says otherwise.

        `fields`: any of aim, outcome_wanted, lead_worker, status, opened_on. Errors: those of `Ledger.write`.
        """
        key = CaseKey(self._seat.unit_space, secrets.token_hex(16))
        self._ledger.write(key, self._founding(code_name, fields))
        return key

    def _founding(self, code_name: str, fields: Mapping[str, Any]) -> list[Assign]:
        member = self._seat.seat.member if self._seat.seat else ""
        today = self._clock().date().isoformat()
        values = {"code_name": code_name, "lead_worker": member, "status": "open", "opened_on": today, **fields}
        return [Assign(CASE, CASE, name, value) for name, value in values.items()]

    def adopt(self, shared: CaseKey, code_name: str = "") -> CaseKey:
        """Open a case of the own unit for a file that a partner shared; returns it, or the one there is already."""
        row = self._files.known(shared)
        if row is None:
            raise unknown_case()
        case = self._files.case_of(row)
        if case != row:
            return self._files.keys((case,))[case]
        known = self._caseload.row(row)
        name = code_name or (known.code_name if known else "")
        with self._database.transaction():
            key = CaseKey(self._seat.unit_space, secrets.token_hex(16))
            self._ledger.write_inside(key, self._founding(name, {}))
            self._ledger.write_inside(key, [_link(shared)])
        return key

    def caseload(self, query: CaseloadQuery | None = None) -> list[CaseRow]:
        """The rows that fit, in order."""
        return self._caseload.fitting(query or CaseloadQuery())

    def file(self, key: CaseKey) -> CaseFile:
        """The whole case that `key` (of the unit's or a shared file) belongs to.

        Raises KnownError `case.unknown` when nothing is known of it here, `case.erased` when leads erased it.
        """
        return self._case_files.file(key)

    def records(self, key: CaseKey) -> dict[tuple[str, str], RecordView]:
        """The joined records of a case; empty when nothing is known of it here."""
        row = self._files.known(key)
        return self._case_files.joined(row) if row is not None else {}

    def edit(  # noqa: PLR0917  a field's address, then what to set
        self, key: CaseKey, kind: str, record: str, field: str, value: Any, over: Sequence[ValueId] = ()
    ) -> str:
        """Set one field where it lives; `over` is the field's `shown_ids` when the edit began. Returns the cid."""
        return self.edit_fields(key, kind, record, {field: (value, over)})

    def edit_fields(
        self, key: CaseKey, kind: str, record: str, fields: Mapping[str, tuple[Any, Sequence[ValueId]]]
    ) -> str:
        """Set several fields of one record, each with its own `over` and each in the file where it lives.

        One change for each file, in one transaction; returns the first cid. A field that stays in the unit never goes
        along with one that partners share. A mark set on a value is set wherever that value is held. Raises KnownError
        `write.once` for a record that cannot be changed any more.
        """
        if rule_of(kind).writing is Writing.WRITE_ONCE:
            raise KnownError(
                "write.once", "A signed record is never changed.", "Write a new one; it supersedes the old one."
            )
        homes: dict[CaseKey, list[Assign]] = {}
        for name, (value, over) in fields.items():
            for home in self._homes(key, kind, record, name, value):
                assign = Assign(kind, record, name, value, self._copying.ids_in(home, over))
                homes.setdefault(home, []).append(assign)
        own = self._unit_home(key)
        for home, sets in homes.items():
            seen = {name: (self._copying.ids_in(own, over), ()) for name, (_, over) in fields.items()}
            unsaid = {item.field: seen[item.field] for item in sets if home != own and seen[item.field][0]}
            if unsaid:
                sets.extend(self._copying.source(home, kind, record, unsaid))
        with self._database.joining():
            cids = [self._ledger.write_inside(home, sets).cid for home, sets in homes.items()]
        return cids[0]

    def add_record(self, key: CaseKey, kind: str, fields: Mapping[str, Any], record: str | None = None) -> str:
        """Write a new record with all its fields in one change; returns its id.

        An id may be given for kinds that are known by one (`flag`: its code; `party`: the person's id).
        """
        once = rule_of(kind).writing is Writing.WRITE_ONCE
        chosen = None if once else record or secrets.token_hex(16)
        home = self.home(key, kind, chosen or "", next(iter(fields)))
        sets = [Assign(kind, chosen, name, value) for name, value in fields.items()]
        cid = self._ledger.write(home, sets).cid
        return record_id(sets[0], cid)

    def add_person(
        self, key: CaseKey, role: str, fields: Mapping[str, Any], party: Mapping[str, Any] | None = None
    ) -> str:
        """Add a person and their role in this case in one change; returns the person's id."""
        person = secrets.token_hex(16)
        sets = [Assign("person", person, name, value) for name, value in fields.items()]
        roles = {"role": role, "present": True, **(party or {})}
        sets.extend(Assign("party", person, name, value) for name, value in roles.items())
        self._ledger.write(self._unit_home(key), sets)
        return person

    def agree_grade(
        self,
        key: CaseKey,
        grade: str,
        considered: Sequence[str],
        *,
        dissent: str = "",
        over: Mapping[str, Sequence[ValueId]] | None = None,
    ) -> str:
        """Record the agreed working grade, made with sight of these assessments. Returns the cid.

        `over`: for each of grade, considered and dissent the ids that its writer was shown; what a partner wrote
        unseen is not named and stays in dispute.

        Raises KnownError `case.not_shared` when the case has no shared file: one unit alone agrees with nobody.
        """
        home = self.home(key, "agreed_grade", AGREED, "grade")
        if not self._seat.is_shared(home.space):
            raise KnownError(
                "case.not_shared",
                "An agreed working grade needs a file shared with a partner.",
                "Share the case first, or record your own assessment.",
            )
        shown = over or {}
        values = {"grade": grade, "considered": sorted(considered), "dissent": dissent}
        sets = [
            Assign("agreed_grade", AGREED, name, value, self._copying.ids_in(home, shown.get(name, ())))
            for name, value in values.items()
        ]
        return self._ledger.write(home, sets).cid

    def share(self, key: CaseKey, shared_space: str, chosen: Sequence[Chosen], *, basis: str) -> CaseKey:
        """Copy chosen values into the file shared with the units of `shared_space`; returns that file's key.

        `basis` is why it may be done: "consent" needs a consent that allows it; any other text is kept with the
        disclosure. Inside the open transaction, or in one of its own. Raises KnownError `share.no_basis`,
        `share.stopped` (consent withdrawn), `case.unknown`, `case.not_ours` (no case of the own unit yet).
        """
        with self._database.joining():
            return self._share(key, shared_space, chosen, basis)

    def send_newer(self, key: CaseKey) -> int:
        """Bring the partners' copies up to what stands here; returns how many values were sent."""
        row = self._files.known(key)
        if row is None:
            return 0
        records = self._case_files.joined(row)
        sent = 0
        with self._database.joining():
            for shared in self._case_files.shared_keys(row):
                sent += self._send_newer(shared, self._unit_home(key), records)
        return sent

    def home(self, key: CaseKey, kind: str, record: str, field: str) -> CaseKey:
        """The file an edit of this field is written to: where it is shown, else where its kind lives."""
        row = self._files.known(key)
        if row is None:
            return key
        view = self._joined_record(row, kind, record)
        shared = self._case_files.shared_keys(row)
        own = self._unit_home(key)
        shown = view.fields.get(field) if view else None
        held = self._holding(shared, kind, record)
        if held is not None and follows(kind, field):
            return held
        if kind in SHARED_FIRST or (shown is not None and shown.where == "shared"):
            return held or (shared[0] if shared else own)
        return own

    def _homes(self, key: CaseKey, kind: str, record: str, name: str, value: Any) -> tuple[CaseKey, ...]:
        """Where a field is written: at its home, and a mark being set wherever the value that it marks is held."""
        home = self.home(key, kind, record, name)
        marked = name.removesuffix("_protected").removesuffix("_burnt")
        row = self._files.known(key)
        if marked == name or not is_marked(value) or row is None:
            return (home,)
        others = (self._unit_home(key), *self._case_files.shared_keys(row))
        return (home, *(one for one in others if one != home and self._holds(one, kind, record, marked)))

    def _joined_record(self, row: int, kind: str, record: str) -> RecordView | None:
        """One record of a case, joined: an edit reads no other."""
        own = self._files.case_of(row)
        found = {tag: self._reading.one(tag, kind, record) for tag in self._case_files.parts(row)}
        parts = {tag: {(kind, record): view} for tag, view in found.items() if view is not None}
        shared = [parts[tag] for tag in sorted(parts) if tag != own]
        return join(parts.get(own, {}), shared, safer).get((kind, record))

    def _holds(self, key: CaseKey, kind: str, record: str, field: str) -> bool:
        held = self._copying.record(key, kind, record)
        return held is not None and held.get(field) is not None

    def _unit_home(self, key: CaseKey) -> CaseKey:
        row = self._files.known(key)
        if row is None:
            return key
        case = self._files.case_of(row)
        return self._files.keys((case,))[case]

    def _holding(self, shared: Sequence[CaseKey], kind: str, record: str) -> CaseKey | None:
        """The shared file that already holds this record."""
        for key in shared:
            row = self._files.known(key)
            held = self._database.value(
                "SELECT 1 FROM record WHERE tag = ? AND kind = ? AND rid = ?", (row, kind, record)
            )
            if held is not None:
                return key
        return None

    def _share(self, key: CaseKey, shared_space: str, chosen: Sequence[Chosen], basis: str) -> CaseKey:
        row = self._files.known(key)
        if row is None:
            raise unknown_case()
        own_row = self._files.case_of(row)
        own = self._files.keys((own_row,))[own_row]
        if self._seat.is_shared(own.space):
            raise KnownError(
                "case.not_ours",
                "This file came from a partner and belongs to no case of your unit yet.",
                "Open a case of your own for it first, then share that.",
            )
        records = self._reading.records({own_row: own})[own_row]
        self._check_basis(self._case_files.joined(row), shared_space, basis)
        target = self._shared_file(row, shared_space)
        there = self._files.known(target)
        held = self._reading.records({there: target})[there] if there is not None else {}
        repeated = frozenset(filter(None, map(copied_from, held.values())))
        wanted = [choice for choice in chosen if (choice.kind, choice.record) not in repeated]
        known = join(records, [held], safer)  # what a partner wrote is never written over by our older value
        known = {
            name: record if rule_of(record.kind).writing is Writing.WRITE_ONCE else known[name]
            for name, record in records.items()
        }
        self._copying.copy(target, own, known, [Chosen(CASE, CASE, ("code_name",)), *wanted])
        inside = [
            _link(target),
            Assign("disclosure", None, "space", shared_space),
            Assign("disclosure", None, "recipient", ", ".join(self._seat.agencies_in(shared_space))),
            Assign("disclosure", None, "basis", basis),
            Assign("disclosure", None, "items", [[choice.kind, choice.record, *choice.fields] for choice in chosen]),
        ]
        linked = self._copying.record(own, "link", target.tag) is not None
        self._ledger.write_inside(own, inside[1:] if linked else inside)
        return target

    def _shared_file(self, row: int, shared_space: str) -> CaseKey:
        """The case's file in that space, or a new one."""
        found = (key for key in self._case_files.shared_keys(row) if key.space == shared_space)
        return next(found, None) or CaseKey(shared_space, secrets.token_hex(16))

    def _check_basis(self, records: Mapping[tuple[str, str], RecordView], space: str, basis: str) -> None:
        consents = [read_consent(record) for record in by_kind(records).get("consent", ())]
        members = self._seat.spaces[space].units if space in self._seat.spaces else ()
        for unit in members:
            word = sharing(consents, unit)
            if unit == self._seat.unit or (word.allowed and basis):
                continue
            if word.reason_code == "consent.withdrawn":
                raise KnownError(
                    "share.stopped",
                    "Consent to share with this partner was withdrawn.",
                    "Nothing was shared. Speak with her first; danger to life is decided by your lead.",
                )
            if basis in {"", "consent"}:
                raise KnownError(
                    "share.no_basis",
                    "There is no consent on record for this partner, and no other basis was named.",
                    "Record the consent with its circumstances, or name the basis on which you share.",
                )

    def _send_newer(self, shared: CaseKey, own: CaseKey, records: Mapping[tuple[str, str], RecordView]) -> int:
        row = self._files.known(shared)
        held = self._reading.records({row: shared})[row] if row is not None else {}
        chosen = [
            Chosen(record.kind, record.id, tuple(older))
            for record in records.values()
            if (older := _older(record, held))
        ]
        return self._copying.copy(shared, own, records, chosen)


def _link(shared: CaseKey) -> Assign:
    return Assign("link", shared.tag, "shared", {"space": shared.space, "tag": shared.tag})


def unknown_case() -> KnownError:
    """What is said when a case is asked for that this laptop does not hold, or may not show."""
    return KnownError(
        "case.unknown", "Nothing is known here of this case.", "Synchronise, or ask the unit that told you of it."
    )


def _older(record: RecordView, held: Mapping[tuple[str, str], RecordView]) -> list[str]:
    """The fields of a record that this shared file holds in their older form."""
    there = held.get((record.kind, record.id))
    return [name for name, view in record.fields.items() if view.partners_hold_older and there and name in there.fields]
