"""Answers by data type: whether a text is a value of its bind's type, and the text such a value has in ODK."""

import math
import re
from calendar import monthrange
from collections.abc import Callable, Mapping

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]*)?")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?")
_INT_LIMIT = 2**31


def cast(kind: str, text: str) -> str | None:
    """The text as ODK writes a value of the type, `""` staying empty; None where it is no such value."""
    if not text:
        return ""
    caster = _CASTERS.get(kind)
    return text if caster is None else caster(text.strip())


def fits(kind: str, text: str) -> bool:
    """Whether a person's answer is a value of the type as it stands: 2.5 is no whole number."""
    value = cast(kind, text)
    return value is not None and (kind != "int" or float(value or 0) == float(text or 0))


def _int(text: str) -> str | None:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        return None
    value = math.trunc(float(text))
    return str(value) if -_INT_LIMIT <= value < _INT_LIMIT else None


def _decimal(text: str) -> str | None:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        return None
    value = float(text)
    return text if value != int(value) or "." in text else f"{text}.0"


def _date(text: str) -> str | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups())
    if not (year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return text[:10]


def _date_time(text: str) -> str | None:
    if not _DATE_TIME.fullmatch(text) or not _date(text[:10]):
        return None
    return text


def _time(text: str) -> str | None:
    return text if _TIME.fullmatch(text) else None


def _point(text: str) -> str | None:
    words = text.split()
    if not 2 <= len(words) <= 4 or not all(_NUMBER.fullmatch(word) for word in words):
        return None
    if abs(float(words[0])) > 90 or abs(float(words[1])) > 180:
        return None
    return " ".join(repr(float(word)) for word in words)


def _line(least: int, *, closed: bool) -> Callable[[str], str | None]:
    def cast_line(text: str) -> str | None:
        points = [_point(part.strip()) for part in text.rstrip("; ").split(";")]
        if None in points or len(points) < least or (closed and points[0] != points[-1]):
            return None
        return ";".join(point for point in points if point)

    return cast_line


_CASTERS: Mapping[str, Callable[[str], str | None]] = {
    "int": _int,
    "decimal": _decimal,
    "date": _date,
    "dateTime": _date_time,
    "time": _time,
    "geopoint": _point,
    "geotrace": _line(2, closed=False),
    "geoshape": _line(4, closed=True),
}
