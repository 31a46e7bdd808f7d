"""Actions of a plan: who does what by when, which risk it lowers, and one of three endings (domain.md §6)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desktop.model.moment import moment
from desktop.model.record import CaseKey, RecordView, Where, one_of


class ActionState(StrEnum):
    """Open, or one of the three endings."""

    OPEN = "open"
    DONE = "done"
    NOT_POSSIBLE = "not_possible"
    """Circumstances changed."""
    NOT_UNDERTAKEN = "not_undertaken"


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `owner` is the member's name or seat, `unit` the id of the unit that owes it."""

    id: str
    key: CaseKey
    title: str
    owner: str
    unit: str
    due: datetime | None
    state: ActionState
    lowers_risk: str
    reason: str
    author: str
    at: str
    contested: bool = False
    where: Where = "unit"

    @property
    def is_open(self) -> bool:
        return self.state is ActionState.OPEN

    def overdue(self, now: datetime) -> bool:
        """Whether it is open past its due moment."""
        return self.is_open and self.due is not None and self.due < now


def read_action(record: RecordView) -> Action:
    """The action in a record; an unknown or contested state reads as open, so that nothing is dropped unseen."""
    return Action(
        id=record.id,
        key=record.key,
        title=record.spoken("title"),
        owner=record.text("owner"),
        unit=record.text("unit") or record.unit,
        due=moment(record.get("due")),
        state=one_of(ActionState, record.get("state"), ActionState.OPEN),
        lowers_risk=record.text("lowers_risk"),
        reason=record.text("reason"),
        author=record.author,
        at=record.at,
        contested=bool(record.contested),
        where=record.where,
    )
