"""The values of an expression (number, string, boolean, date and time, node-set) and their conversions.

Rules: XPath 1.0 §3–4 with ODK's additions: a string that looks like an ISO date counts as days since 1970-01-01
where a number is wanted, and a date prints as ISO text where a string is wanted. Leaves parsing of dates to `dates`.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from desktop.forms.xpath.dates import DateTimeValue, instant_of, looks_like_date
from desktop.forms.xpath.nodes import Node

Value = float | str | bool | DateTimeValue | list[Node]

CLOSE = 1e-12  # 0.1 + 0.2 = 0.3 must hold where a score is compared with a cut-off
_NUMERIC = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)")
_EXPONENT = re.compile(r"(-?)(\d)(?:\.(\d+))?e([+-]\d+)")


def to_string(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return value[0].string_value() if value else ""
    if isinstance(value, DateTimeValue):
        return value.text()
    return number_text(value)


def number_text(value: float) -> str:
    """A number as XPath prints it: no exponent, no trailing `.0`, NaN and Infinity by name."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value):
        return str(int(value))
    text = repr(value)
    match = _EXPONENT.fullmatch(text)
    if match is None:
        return text
    sign, lead, rest, exponent = match.groups()
    return f"{sign}0.{'0' * (-int(exponent) - 1)}{lead}{rest or ''}"


def to_number(value: Value, zone: tzinfo) -> float:
    """NaN where there is no number in it."""
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, float):
        return value
    if isinstance(value, DateTimeValue):
        return value.days
    if isinstance(value, list):
        return string_number(value[0].string_value(), zone) if value else math.nan
    return string_number(value, zone)


def string_number(text: str, zone: tzinfo) -> float:
    text = text.strip()
    if _NUMERIC.fullmatch(text):
        return float(text)
    if looks_like_date(text):
        return instant_of(text, zone).days
    return math.nan


def to_boolean(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return not math.isnan(value) and value != 0
    if isinstance(value, DateTimeValue):
        return not math.isnan(value.milliseconds) and value.milliseconds != 0
    return len(value) > 0


def _atoms(value: Value) -> list[float | str | bool | DateTimeValue]:
    return [node.string_value() for node in value] if isinstance(value, list) else [value]


def equal(left: Value, right: Value, zone: tzinfo) -> bool:
    """XPath's `=`: true where any pair of atoms is equal, as booleans, else as numbers, else as strings."""
    if isinstance(left, list) and isinstance(right, list):
        return not _texts(left).isdisjoint(_texts(right))
    return _any_atom(left, right, lambda a, b: _same(a, b, zone))


def differs(left: Value, right: Value, zone: tzinfo) -> bool:
    """XPath's `!=`: true where any pair of atoms differs, so both `=` and `!=` may hold of a node-set."""
    if isinstance(left, list) and isinstance(right, list):
        return bool(left) and bool(right) and len(_texts(left) | _texts(right)) > 1
    return _any_atom(left, right, lambda a, b: not _same(a, b, zone))


def _texts(nodes: list[Node]) -> set[str]:
    return {node.string_value() for node in nodes}


def ordered(left: Value, right: Value, zone: tzinfo, holds: Callable[[float, float], bool]) -> bool:
    """A relational operator: both sides as numbers; NaN compares false. Of two sets only the ends matter."""
    lefts, rights = _numbers(left, zone), _numbers(right, zone)
    if not lefts or not rights:
        return False
    return holds(min(lefts), max(rights)) or holds(max(lefts), min(rights))


def _numbers(value: Value, zone: tzinfo) -> list[float]:
    found = [to_number(atom, zone) for atom in _atoms(value)]
    return [number for number in found if not math.isnan(number)]


Atom = float | str | bool | DateTimeValue


def _any_atom(left: Value, right: Value, holds: Callable[[Atom, Atom], bool]) -> bool:
    """At most one side is a node-set here: a boolean is compared with the set as a whole."""
    if not isinstance(left, list) and not isinstance(right, list):
        return holds(left, right)
    nodes, atom = (left, right) if isinstance(left, list) else (right, left)
    if not isinstance(nodes, list) or isinstance(atom, list):
        return False
    if isinstance(atom, bool):
        return holds(to_boolean(nodes), atom)
    return any(holds(node.string_value(), atom) for node in nodes)


def _same(left: Atom, right: Atom, zone: tzinfo) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    first, second = to_number(left, zone), to_number(right, zone)
    return first == second or abs(first - second) < CLOSE


def from_days(days: float, zone: tzinfo) -> DateTimeValue:
    """A count of days since 1970-01-01T00:00Z as a date and time."""
    return DateTimeValue(days * 86_400_000, zone)


def epoch_milliseconds(moment: datetime) -> float:
    return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)
