"""Moments and dates as people wrote them: reading, working days, and nothing else. No clock: `now` is always given."""

from datetime import UTC, date, datetime, time, timedelta

FIRST_YEAR, LAST_YEAR = 1000, 9000
SATURDAY = 5
"""First day of the week on which no working day is counted (Monday is 0)."""


def moment(text: object) -> datetime | None:
    """Read an ISO 8601 date or date-time; a bare date means its end, because a thing due that day is not yet over.

    A time without a zone is taken as UTC. Anything that cannot be read, or lies outside the years 1000 to 9000, in
    which no sum of days can fail, gives None: a date is never invented.
    """
    if not isinstance(text, str) or not text:
        return None
    try:
        if len(text) == len("2026-01-31"):
            read = datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
        else:
            read = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def stamp(at: datetime) -> str:
    """The text of a moment as changes carry it: ISO 8601 in UTC, whole seconds."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def add_working_days(start: datetime, days: int) -> datetime:
    """`start` moved by whole working days, at the same time of day; Saturday and Sunday do not count."""
    at = start
    left = days
    while left > 0:
        at += timedelta(days=1)
        if at.weekday() < SATURDAY:
            left -= 1
    return at
