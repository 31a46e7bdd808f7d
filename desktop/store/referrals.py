"""Referrals: sending, answering, what each side sees. Leaves states, holder and clocks to `desktop.model.referral`."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from desktop.errors import KnownError
from desktop.model.contact import can_send
from desktop.model.record import CaseKey
from desktop.model.referral import (
    REFERENCE_LENGTH,
    ReferralState,
    ReferralView,
    SideEvent,
    may_decline,
    spoken_reference,
)
from desktop.model.summary import by_kind, grades_of, referrals_of
from desktop.store.caseload import Caseload
from desktop.store.cases import Cases
from desktop.store.database import Database
from desktop.store.drafts import Drafts
from desktop.store.files import Files
from desktop.store.ledger import Ledger
from desktop.store.reading import Reading
from desktop.store.seat import SeatIdentity
from desktop.store.sharing import Chosen
from sync.change import Assign
from sync.identity import WRITERS

_STAGES = {"queued": "outbox", "sent": "sent", "acked": "server", "refused": "refused"}


class Referrals:
    """The referrals of one store, sent and received."""

    def __init__(  # noqa: PLR0917  the parts it is built from
        self,
        database: Database,
        seat: SeatIdentity,
        files: Files,
        reading: Reading,
        caseload: Caseload,
        cases: Cases,
        drafts: Drafts,
        ledger: Ledger,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._reading = reading
        self._caseload = caseload
        self._cases = cases
        self._drafts = drafts
        self._ledger = ledger
        self._clock = clock

    def send(
        self,
        key: CaseKey,
        to_unit: str,
        content: Mapping[str, Any],
        *,
        share: Sequence[Chosen] = (),
        basis: str,
        reference: str = "",
        draft_id: str = "",
        form: str = "",
        consent: Mapping[str, Any] | None = None,
        call: Mapping[str, Any] | None = None,
    ) -> str:
        """Share what was chosen, write the referral and let its draft go, all or nothing; returns the referral's id.

        `content` needs `safe_contact` (the rule); urgency, needs, why, reply_by, call_back, restrictions … are kept
        as given. `reference`: the spoken reference already told by phone, else one is made. `consent`: what she said
        about this referral, kept in the own file before the basis is judged; `call`: the call made before sending.
        Raises KnownError `referral.no_safe_contact`, `referral.no_shared_file`, and those of `Cases.share`; nothing is
        written then.
        """
        if not can_send(content.get("safe_contact")):
            raise KnownError(
                "referral.no_safe_contact",
                "A referral cannot be sent without saying how she can be reached safely.",
                "Fill in the safe-contact block, or say that there is no safe way and by whom she is reached.",
            )
        space = self._seat.shared_with(to_unit)
        if not space:
            raise KnownError(
                "referral.no_shared_file",
                "Your unit and the recipient have no shared space yet.",
                "Send it by phone or on paper, and ask your unit lead to found the shared space.",
            )
        with self._database.transaction():
            if consent:
                self._write_consent(key, {"recipient": to_unit, **consent})
            target = self._cases.share(key, space, share, basis=basis)
            grade = grades_of(by_kind(self._cases.records(key)), self._seat.agency).standing.grade
            values = {
                "grade": grade.value,
                **content,
                "from_unit": self._seat.unit,
                "to_unit": to_unit,
                "basis": basis,
                "spoken_reference": reference or self.new_reference(),
            }
            sets = [Assign("referral", None, name, value) for name, value in values.items()]
            written = self._ledger.write_inside(target, sets, form=form)
            if call:
                said = {"referral": written.cid, "state": SideEvent.CALL_LOGGED.value, "after": [], **call}
                told = [Assign("referral_event", None, name, value) for name, value in said.items()]
                self._ledger.write_inside(target, told)
            if draft_id:
                self._drafts.finish(draft_id)
        return written.cid

    def _write_consent(self, key: CaseKey, consent: Mapping[str, Any]) -> None:
        """What she said, in the own unit's file, where the basis of sharing is read."""
        record = secrets.token_hex(16)
        home = self._own_file(key)
        self._ledger.write_inside(home, [Assign("consent", record, name, value) for name, value in consent.items()])

    def _own_file(self, key: CaseKey) -> CaseKey:
        row = self._files.known(key)
        if row is None:
            return key
        case = self._files.case_of(row)
        return self._files.keys((case,))[case]

    def new_reference(self) -> str:
        """A fresh spoken reference, made offline."""
        return spoken_reference(secrets.token_bytes(REFERENCE_LENGTH))

    def event(self, key: CaseKey, referral_id: str, state: str, **details: Any) -> str:
        """Write what happened to a referral; returns the event's id.

        `state`: a `ReferralState` or `SideEvent`. `details`: reason, suggestion, outcome, told_by, call_logged, note.
        Raises KnownError `referral.unknown`, `referral.not_next` (the state does not follow), `referral.call_needed`
        (high risk is declined only by a logged call), `referral.reason_needed` (a decline without a reason).
        """
        view = self.one(key, referral_id)
        self._check(view, state, details)
        values = {"referral": referral_id, "state": state, "after": list(view.heads), **details}
        sets = [Assign("referral_event", None, name, value) for name, value in values.items()]
        return self._ledger.write(view.key, sets).cid

    def opened(self, key: CaseKey, referral_id: str) -> bool:
        """A person of the recipient looked at it: told to the sender once; whether it was told now."""
        view = self.one(key, referral_id)
        first = view.state in {ReferralState.SENT, ReferralState.DELIVERED}
        if not first or view.recipient != self._seat.unit:
            return False
        self.event(key, referral_id, ReferralState.SEEN.value)
        return True

    def note_delivered(self) -> int:
        """Tell the senders which referrals arrived on a laptop of the recipient; returns how many were told now.

        Called when a space was read to its end. A laptop that may not write tells nobody, and goes on reading.
        """
        if self._ledger.stopped or self._seat.seat is None or self._seat.seat.role not in WRITERS:
            return 0
        arrived = [
            view
            for view in self.list()
            if view.recipient == self._seat.unit and view.state is ReferralState.SENT and view.sender != view.recipient
        ]
        for view in arrived:
            self.event(view.key, view.id, ReferralState.DELIVERED.value)
        return len(arrived)

    def one(self, key: CaseKey, referral_id: str) -> ReferralView:
        """One referral of the case that `key` belongs to; raises KnownError `referral.unknown`."""
        row = self._files.known(key)
        case = None if row is None else self._files.case_of(row)
        tags = () if case is None else (case, *self._files.shared_of((case,)).get(case, ()))
        found = next((view for view in self._read(tags) if view.id == referral_id), None)
        if found is None:
            raise KnownError(
                "referral.unknown", "Nothing is known here of this referral.", "Synchronise, or ask the sender."
            )
        return found

    def list(self) -> list[ReferralView]:
        """Every referral held here, the newest first; `key` is the shared file it lives in."""
        tags = [row[0] for row in self._database.query("SELECT DISTINCT tag FROM record WHERE kind = 'referral'")]
        return sorted(self._read(tags), key=lambda view: (view.sent_at, view.id), reverse=True)

    def _read(self, tags: Collection[int]) -> Iterator[ReferralView]:
        keys = self._files.keys(tags)
        names = self._caseload.rows(tags)
        stages = self._stages()
        now = self._clock()
        for tag, records in self._reading.records(keys, ("referral", "referral_event")).items():
            for view in referrals_of(by_kind(records), now, names[tag].code_name if tag in names else ""):
                yield replace(view, queue_state=stages.get(view.id, "server"))

    def _stages(self) -> dict[str, str]:
        rows = self._database.query(
            "SELECT r.rid, o.state FROM outbox o JOIN record r ON r.once = o.change WHERE r.kind = 'referral'"
        )
        return {row[0]: _STAGES[row[1]] for row in rows}

    def _check(self, view: ReferralView, state: str, details: Mapping[str, Any]) -> None:
        if state in set(SideEvent):
            return
        if state not in set(ReferralState) or not view.may(ReferralState(state)):
            raise KnownError(
                "referral.not_next",
                "This does not follow from where the referral stands.",
                "Look at its newest state; somebody else may have answered meanwhile.",
            )
        if state != ReferralState.DECLINED:
            return
        if not str(details.get("reason") or "").strip():
            raise KnownError(
                "referral.reason_needed", "A referral is declined only with a reason.", "Say why, and who could help."
            )
        if not may_decline(view.grade, call_logged=details.get("call_logged") is True):
            raise KnownError(
                "referral.call_needed",
                "A referral of high risk is declined only by a logged call.",
                "Phone the sender, log the call, then decline.",
            )
