"""Consent and the other bases for sharing: what was agreed, in which circumstances, and whether sharing may go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from desktop.model.circumstances import Circumstances, to_confirm_alone
from desktop.model.record import CaseKey, RecordView, Where, one_of


class ConsentState(StrEnum):
    """Sharing stops the sooner the further down."""

    GIVEN = "given"
    NOT_NEEDED = "not_needed"
    NOT_ASKED = "not_asked"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent: to which unit ("" = any), its state, the basis where none is needed, and how it was asked."""

    id: str
    key: CaseKey
    recipient: str
    state: ConsentState
    basis: str
    scope: str
    circumstances: Circumstances
    at: str
    author: str
    unit: str
    contested: bool = False
    where: Where = "unit"

    @property
    def confirm_alone(self) -> bool:
        """A consent given where she could not speak freely is kept, and asked again alone."""
        return to_confirm_alone(lowers=self.state is ConsentState.GIVEN, freely=self.circumstances.freely)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Whether facts may go to a unit. `reason_code`: consent.given, consent.not_needed, consent.none,
    consent.refused, consent.withdrawn, consent.contested.
    """

    allowed: bool
    reason_code: str
    basis: str = ""


def sharing(consents: Sequence[Consent], recipient: str) -> Sharing:
    """Whether sharing with `recipient` may go on: a withdrawal or refusal that names it, or names nobody, stops it."""
    about = [consent for consent in consents if consent.recipient in {"", recipient}]
    states = {consent.state for consent in about}
    for stop in (ConsentState.WITHDRAWN, ConsentState.REFUSED):
        if stop in states:
            return Sharing(allowed=False, reason_code=f"consent.{stop.value}")
    if any(consent.contested for consent in about):
        return Sharing(allowed=False, reason_code="consent.contested")
    for go in (ConsentState.GIVEN, ConsentState.NOT_NEEDED):
        found = next((consent for consent in about if consent.state is go), None)
        if found is not None and (go is ConsentState.GIVEN or found.basis):
            return Sharing(allowed=True, reason_code=f"consent.{go.value}", basis=found.basis)
    return Sharing(allowed=False, reason_code="consent.none")


def read_consent(record: RecordView) -> Consent:
    """The consent in a record; an unknown state reads as refused, because sharing on a misreading cannot be undone."""
    state = one_of(ConsentState, record.get("state", ConsentState.NOT_ASKED.value), ConsentState.REFUSED)
    view = record.fields.get("state")
    return Consent(
        id=record.id,
        key=record.key,
        recipient=record.text("recipient"),
        state=state,
        basis=record.text("basis"),
        scope=record.text("scope"),
        circumstances=Circumstances.read(record.get("circumstances")),
        at=view.at if view else record.at,
        author=view.author if view else record.author,
        unit=view.unit if view else record.unit,
        contested=bool(view and view.contested),
        where=record.where,
    )
