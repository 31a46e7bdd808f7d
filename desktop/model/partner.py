"""The directory: a unit's relay and deputy, how and when they can be reached, and whether anyone is there now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from desktop.model.record import RecordView


@dataclass(frozen=True, slots=True)
class Shift:
    """Staffed hours on some ISO week days ("12345"), local time; an end at or before the start is the next morning."""

    days: str
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Relay:
    """A unit's card in the directory: the named contact, the deputy, hours and the duty number."""

    unit: str
    name: str
    agency: str
    relay: str = ""
    deputy: str = ""
    phone: str = ""
    duty_phone: str = ""
    email: str = ""
    hours: tuple[Shift, ...] = ()
    languages: tuple[str, ...] = ()
    receives: bool = True
    """Whether the unit works with this program; otherwise referrals go by phone or paper."""


@dataclass(frozen=True, slots=True)
class Staffing:
    """Whether a unit is staffed at a moment; `until` when now, `next` otherwise; both None: hours unknown."""

    now: bool
    until: datetime | None = None
    next: datetime | None = None


def staffing(relay: Relay, now: datetime) -> Staffing:
    """Staffed hours around `now`, which must be in the unit's local time. Unknown hours count as not staffed."""
    spans = list(_merged(relay.hours, now))
    current = next((end for start, end in spans if start <= now < end), None)
    if current is not None:
        return Staffing(now=True, until=current)
    return Staffing(now=False, next=next((start for start, _ in spans if start > now), None))


def read_relay(record: RecordView, unit: str, name: str, agency: str) -> Relay:
    """The card in a record of kind `relay`; hours are [{days, from, to}] and unreadable ones are left out."""
    shifts = (_shift(part) for part in record.several("hours") if isinstance(part, Mapping))
    return Relay(
        unit=unit,
        name=record.text("name") or name,
        agency=record.text("agency") or agency,
        relay=record.text("relay"),
        deputy=record.text("deputy"),
        phone=record.text("phone"),
        duty_phone=record.text("duty_phone"),
        email=record.text("email"),
        hours=tuple(shift for shift in shifts if shift),
        languages=tuple(str(word) for word in record.several("languages")),
        receives=record.get("receives", default=True) is True,
    )


def _merged(hours: tuple[Shift, ...], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The staffed spans from yesterday to a week ahead, in order, those that touch joined into one."""
    spans: list[tuple[datetime, datetime]] = []
    for offset in range(-1, 8):
        day = (now + timedelta(days=offset)).date()
        for shift in hours:
            if str(day.isoweekday()) in shift.days:
                start = datetime.combine(day, shift.start, now.tzinfo)
                end = datetime.combine(day, shift.end, now.tzinfo)
                spans.append((start, end if end > start else end + timedelta(days=1)))
    held: tuple[datetime, datetime] | None = None
    for start, end in sorted(spans):
        if held is not None and start <= held[1]:
            held = (held[0], max(held[1], end))
            continue
        if held is not None:
            yield held
        held = (start, end)
    if held is not None:
        yield held


def _shift(part: Mapping[str, Any]) -> Shift | None:
    try:
        start, end = time.fromisoformat(str(part.get("from"))), time.fromisoformat(str(part.get("to")))
    except ValueError:
        return None
    return Shift(str(part.get("days") or "1234567"), start, end)
