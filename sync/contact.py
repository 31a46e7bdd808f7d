"""Combine safe-contact rules so that whoever follows the result breaks none of them.

A rule is an object {level, channel, number, days, from, to, voicemail, sms, letter, email, via, expires, …}:
`days` a string of ISO week days ("12345"), `from` and `to` "HH:MM". Which rules are live is `sync.merge`'s matter.
"""

import re
from collections.abc import Sequence
from typing import Any

from sync.records import CONTACT_LEVELS

PERMISSIONS = ("voicemail", "sms", "letter", "email")
"""Parts that are 'yes' or 'no'; anything but a plain 'yes' forbids."""

_NARROWED = frozenset({"level", "days", "from", "to", "expires", "verified_on", "undecided", *PERMISSIONS})
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_Hours = tuple[str, str]
_ALL_DAY: _Hours = ("00:00", "24:00")


def strictest_contact(rules: Sequence[Any]) -> dict[str, Any]:
    """The rule that stands while `rules` are contested; `{"level": "none"}` when one of them cannot be read.

    Level, days, hours, permissions and expiry are narrowed. Other parts that differ (number, channel, who may answer,
    words to say) become null and are listed in `undecided`: nothing stands for them until a person decides. No common
    day or hour, or a level, day or hour that this version cannot read, means: do not contact. Empty parts are left out.
    """
    known = [rule for rule in rules if isinstance(rule, dict)]
    if not known or len(known) != len(rules):
        return {"level": "none"}
    result: dict[str, Any] = {}
    undecided = {name for rule in known for name in _undecided(rule)}
    for name in sorted({name for rule in known for name in rule} - _NARROWED):
        parts = [rule.get(name) for rule in known]
        if any(_said(part) != _said(parts[0]) for part in parts):
            undecided.add(name)
        elif _said(parts[0]) is not None:
            result[name] = parts[0]
    result |= dict.fromkeys(sorted(undecided))
    if undecided:
        result["undecided"] = sorted(undecided)
    result["level"] = max((_level(rule) for rule in known), key=CONTACT_LEVELS.index)
    for name in PERMISSIONS:
        if any(name in rule for rule in known):
            result[name] = "yes" if all(rule.get(name) == "yes" for rule in known) else "no"
    _narrow_dates(result, known)
    _narrow_times(result, known)
    return result


def loosens(stands: Any, chosen: Any) -> bool:
    """Whether following `chosen` could break `stands`; "do not contact" breaks nothing, nor does a later check."""
    alone, both = strictest_contact([chosen]), strictest_contact([stands, chosen])
    if alone["level"] == "none":
        return False
    names = (alone.keys() | both.keys()) - {"verified_on", "undecided"}  # what is undecided stands as null in both
    return any(alone.get(name) != both.get(name) for name in names)


def _undecided(rule: dict[str, Any]) -> list[str]:
    """The parts that an earlier combination left open; they stay open."""
    names = rule.get("undecided")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _said(part: Any) -> Any:
    """A part left empty is the same as one left out."""
    return None if part == "" else part


def _level(rule: dict[str, Any]) -> str:
    level = rule.get("level")
    return level if level in CONTACT_LEVELS else "none"


def _narrow_dates(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """Keep the earliest date; a rule without `expires` never runs out, one without `verified_on` was never checked."""
    expires = [rule["expires"] for rule in rules if _said(rule.get("expires")) is not None]
    if expires:
        if len({str(date) for date in expires}) > 1 and not all(_is(date, _DATE) for date in expires):
            result["level"] = "none"
        result["expires"] = min(expires, key=str)
    checked = [rule.get("verified_on") for rule in rules]
    if all(_is(date, _DATE) for date in checked):
        result["verified_on"] = min(checked, key=str)


def _narrow_times(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """Intersect days and hours; a part left out means 'any'.

    Hours that cross midnight reach into a day that another rule may forbid: they stand only beside the same times.
    """
    days = [_days(rule) for rule in rules]
    hours = [_hours(rule) for rule in rules]
    if None in days or None in hours:
        result["level"] = "none"
        return
    readable = [span for span in hours if span is not None]
    common = frozenset.intersection(*(part for part in days if part is not None))
    start, end = max(span[0] for span in readable), min(span[1] for span in readable)
    if len(set(zip(days, readable, strict=True))) == 1:
        start, end = readable[0]
    elif start >= end or not common:  # always so when one of them crosses midnight
        result["level"] = "none"
    if result["level"] == "none":
        return
    if any(_said(rule.get("days")) is not None for rule in rules):
        result["days"] = "".join(sorted(common))
    if any(span != _ALL_DAY for span in readable):
        result["from"], result["to"] = start, end


def _days(rule: dict[str, Any]) -> frozenset[str] | None:
    """Week days 1 to 7; None when the part says something else."""
    days = _said(rule.get("days"))
    if days is None:
        return frozenset("1234567")
    return frozenset(days) if isinstance(days, str) and set(days) <= set("1234567") else None


def _hours(rule: dict[str, Any]) -> _Hours | None:
    """(from, to); one that was left out is the day's own; None when a part says something else."""
    start, end = _said(rule.get("from")) or _ALL_DAY[0], _said(rule.get("to")) or _ALL_DAY[1]
    return (start, end) if _is(start, _TIME) and _is(end, _TIME) else None


def _is(part: Any, pattern: re.Pattern[str]) -> bool:
    return isinstance(part, str) and pattern.fullmatch(part) is not None
