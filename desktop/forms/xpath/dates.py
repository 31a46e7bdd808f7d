"""ISO dates and times as ODK reads and prints them. The zone is always given; nothing here asks a clock."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000.0
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d+))?)?(Z|[+-]\d{2}(?::?\d{2})?)?")
INVALID = "Invalid Date"


@dataclass(frozen=True, slots=True)
class DateTimeValue:
    """A moment in milliseconds since 1970-01-01T00:00Z (NaN: no such date), shown in `zone`."""

    milliseconds: float
    zone: tzinfo

    @property
    def days(self) -> float:
        return self.milliseconds / _DAY

    def local(self) -> datetime | None:
        """The moment in the zone; None where it is no date or outside the years 1 to 9999."""
        if math.isnan(self.milliseconds):
            return None
        try:
            return (_EPOCH + timedelta(milliseconds=math.floor(self.milliseconds))).astimezone(self.zone)
        except OverflowError:
            return None

    def text(self) -> str:
        """ISO text: the date alone at local midnight, else with milliseconds and offset."""
        moment = self.local()
        if moment is None:
            return INVALID
        if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
            return moment.date().isoformat()
        text = moment.isoformat(timespec="milliseconds")
        head, dot, tail = text.partition(".")
        fraction = tail[:3] if tail.startswith("000") else tail[:3].rstrip("0")
        return f"{head}{dot}{fraction}{tail[3:]}"

    def date_text(self) -> str:
        moment = self.local()
        return INVALID if moment is None else moment.date().isoformat()


def looks_like_date(text: str) -> bool:
    return len(text) >= 10 and _ISO.fullmatch(text) is not None


def instant_of(text: str, zone: tzinfo) -> DateTimeValue:
    """The moment an ISO text names; without an offset it is local to `zone`. NaN for text that is no date."""
    match = _ISO.fullmatch(text)
    if match is None:
        return DateTimeValue(math.nan, zone)
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        place = zone if offset is None else _offset(offset)
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro, tzinfo=place
        )
        return DateTimeValue((moment.astimezone(UTC) - _EPOCH) / timedelta(milliseconds=1), zone)
    except (ValueError, OverflowError):
        return DateTimeValue(math.nan, zone)


def _offset(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    moment = datetime.strptime(f"{text[:3]}{text[3:].lstrip(':') or '00'}", "%z")
    return moment.tzinfo or UTC


def time_of_day(text: str, zone: tzinfo) -> float:
    """The part of a day that a time text names, in [0, 1); a time with an offset is brought to `zone` first."""
    match = _TIME.fullmatch(text)
    if match is None:
        return math.nan
    offset = match.group(5)
    clock = text[: match.start(5)] if offset else text
    moment = instant_of(f"1970-01-01T{clock}{offset or ''}", zone).local()
    if moment is None:
        return math.nan
    since = timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
    return since / timedelta(milliseconds=1) / _DAY
