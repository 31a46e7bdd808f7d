"""What stands while several values of a field are live: the safer one, by the field's order (sync.md §2).

Pure policy over the live values; it decides nothing for good. A person resolves the conflict by an ordinary change.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sync.change import ValueId
from sync.merge import Value
from sync.records import CONSENT_STATES, CONTACT_LEVELS, GRADES, Order

CONTACT_PERMISSIONS = ("voicemail", "sms", "letter", "email")
"""Parts of a contact rule that are 'yes' or 'no'; anything but a plain 'yes' forbids."""


@dataclass(frozen=True)
class Standing:
    """What a field shows. `value` stands (None when nothing may stand); `contested` when values differ.

    `alternatives` are the distinct values, each with all the ids that carry it; an edit names all of them in `over`.
    """

    value: Any
    contested: bool
    alternatives: tuple[tuple[Any, tuple[ValueId, ...]], ...]

    @property
    def shown_ids(self) -> tuple[ValueId, ...]:
        """Every id that a person looking at this field has been shown: the `over` of the next edit."""
        return tuple(sorted(value_id for _, ids in self.alternatives for value_id in ids))


def standing(order: Order, live: Sequence[Value]) -> Standing:
    """Collapse equal values and let the safer stand. An empty field has nothing standing and nothing contested."""
    groups: dict[str, tuple[Any, list[ValueId]]] = {}
    for value in sorted(live, key=lambda item: item.id):
        canonical = json.dumps(value.value, sort_keys=True, ensure_ascii=False)
        groups.setdefault(canonical, (value.value, []))[1].append(value.id)
    alternatives = tuple((content, tuple(ids)) for content, ids in groups.values())
    values = [content for content, _ in alternatives]
    if len(values) <= 1:
        return Standing(values[0] if values else None, contested=False, alternatives=alternatives)
    return Standing(_safest(order, values), contested=True, alternatives=alternatives)


def lowers(order: Order, stands: Any, chosen: Any) -> bool:
    """Whether choosing `chosen` resolves downwards (needs a reason and, by setting, a second person)."""
    match order:
        case Order.GRADE:
            return _rank(GRADES, chosen) < _rank(GRADES, stands)
        case Order.CONSENT:
            return _rank(CONSENT_STATES, chosen) < _rank(CONSENT_STATES, stands)
        case Order.MARK:
            return stands is True and chosen is not True
        case Order.PRESENT:
            return stands is not None and chosen is None
        case Order.CONTACT:
            return strictest_contact([stands, chosen]) != strictest_contact([chosen])
        case Order.NONE:
            return False


def _safest(order: Order, values: list[Any]) -> Any:
    match order:
        case Order.GRADE:
            return max(values, key=lambda value: _rank(GRADES, value))
        case Order.CONSENT:
            return max(values, key=lambda value: _rank(CONSENT_STATES, value))
        case Order.MARK:
            return any(value is True for value in values)
        case Order.PRESENT:
            present = [value for value in values if value is not None]
            return present[0] if len(present) == 1 else None
        case Order.CONTACT:
            return strictest_contact(values)
        case Order.NONE:
            return None


def _rank(ladder: Sequence[str], value: Any) -> int:
    """Place on a ladder; a word this version does not know ranks above all, because it may be the graver one."""
    if value is None:
        return -1
    return ladder.index(value) if value in ladder else len(ladder)


def strictest_contact(rules: Sequence[Any]) -> dict[str, Any]:
    """Combine contact rules part by part so that whoever follows the result breaks none of them.

    A rule is {level, channel, number, days, from, to, voicemail, sms, letter, email, …}: `days` a string of ISO week
    days ("12345"), `from` and `to` "HH:MM". Parts that differ and cannot be narrowed (number, channel, words to say)
    become null: nothing stands for them until a person decides. No common day or hour means: do not contact.
    """
    known = [rule for rule in rules if isinstance(rule, dict)]
    if not known or len(known) != len(rules):
        return {"level": "none"}
    result: dict[str, Any] = {}
    for name in sorted({name for rule in known for name in rule}):
        parts = [rule.get(name) for rule in known]
        result[name] = parts[0] if all(part == parts[0] for part in parts) else None
    result["level"] = max((rule.get("level") for rule in known), key=lambda level: _rank(CONTACT_LEVELS, level))
    for name in CONTACT_PERMISSIONS:
        if any(name in rule for rule in known):
            result[name] = "yes" if all(rule.get(name) == "yes" for rule in known) else "no"
    _narrow_times(result, known)
    return result


def _narrow_times(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """Intersect days and hours; an absent part means 'any'. Hours that cross midnight cannot be narrowed here."""
    days = [set(str(rule["days"])) for rule in rules if rule.get("days")]
    if days:
        common = set.intersection(*days)
        result["days"] = "".join(sorted(common))
        if not common:
            result["level"] = "none"
    spans = [(str(rule["from"]), str(rule["to"])) for rule in rules if rule.get("from") and rule.get("to")]
    if len(set(spans)) > 1:
        start, end = max(span[0] for span in spans), min(span[1] for span in spans)
        crosses_midnight = any(span[0] >= span[1] for span in spans)
        if start < end and not crosses_midnight:
            result["from"], result["to"] = start, end
        else:
            result["from"] = result["to"] = None
            result["level"] = "none"
    elif spans:
        result["from"], result["to"] = spans[0]
