"""Protective orders and devices: dates, conditions, and the alarm before they end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.model.moment import moment
from desktop.model.record import CaseKey, RecordView, Where

ALARM_BEFORE = timedelta(days=7)
"""How long before its end an order asks for attention (setting)."""


@dataclass(frozen=True, slots=True)
class ProtectiveOrder:
    """One order or device (barring order, grave-danger phone …)."""

    id: str
    key: CaseKey
    kind: str
    starts: datetime | None
    ends: datetime | None
    renew_by: datetime | None
    conditions: str
    author: str
    unit: str
    at: str
    contested: bool = False
    where: Where = "unit"

    def in_force(self, now: datetime) -> bool:
        """Whether it holds now; an unknown start or end is read as holding."""
        return (self.starts is None or self.starts <= now) and (self.ends is None or now <= self.ends)

    def alarm(self, now: datetime, before: timedelta = ALARM_BEFORE) -> datetime | None:
        """The moment to act by, when it is near: the last day to renew, else the end."""
        by = self.renew_by or self.ends
        return by if by is not None and self.in_force(now) and by - now <= before else None


def read_order(record: RecordView) -> ProtectiveOrder:
    """The order in a record of kind `order`."""
    return ProtectiveOrder(
        id=record.id,
        key=record.key,
        kind=record.text("order_kind"),
        starts=moment(record.get("starts")),
        ends=moment(record.get("ends")),
        renew_by=moment(record.get("renew_by")),
        conditions=record.text("conditions"),
        author=record.author,
        unit=record.unit,
        at=record.at,
        contested=bool(record.contested),
        where=record.where,
    )
