"""What stands while several values of a field are live: the safer one, by the field's order (sync.md §2).

Pure policy over the live values; it decides nothing for good. A person resolves the conflict by an ordinary change.
How two safe-contact rules combine is `sync.contact`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sync.change import ValueId
from sync.contact import loosens, strictest_contact
from sync.merge import Value
from sync.records import CONSENT_STATES, GRADES, Order

__all__ = ["Standing", "lowers", "standing", "strictest_contact"]


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
    """Collapse equal values and let the safer stand. An empty field has nothing standing and nothing contested.

    The outcome depends on the set of live values alone, not on their order.
    """
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
    """Whether choosing `chosen` in a contested field where `stands` stood resolves it downwards.

    Downwards needs a reason and, by setting, a second person. Where nothing stood nothing can be lowered.
    """
    if stands is None or order is Order.NONE:
        return False
    match order:
        case Order.GRADE:
            return _rank(GRADES, chosen) < _rank(GRADES, stands)
        case Order.CONSENT:
            return _rank(CONSENT_STATES, _consent(chosen)) < _rank(CONSENT_STATES, _consent(stands))
        case Order.MARK | Order.PRESENT:
            return _says_something(stands) and not _says_something(chosen)
    return loosens(stands, chosen)  # of a contact rule


def _safest(order: Order, values: list[Any]) -> Any:
    """The value that stands among two or more distinct ones, in order of their first ids."""
    match order:
        case Order.GRADE:
            return max(values, key=lambda value: _height(GRADES, value))
        case Order.CONSENT:
            return max(map(_consent, values), key=lambda value: _height(CONSENT_STATES, value))
        case Order.MARK:
            return any(map(_says_something, values))
        case Order.PRESENT:
            return next(filter(_says_something, values), None)
        case Order.CONTACT:
            return strictest_contact(values)
    return None  # no order: both are shown and neither stands


def _says_something(value: Any) -> bool:
    """Anything but a plain no or nothing: a newer client's mark may carry more than true."""
    return value is not False and value is not None


def _consent(value: Any) -> Any:
    """A consent state that was taken away reads as not asked: nothing may be shared on it."""
    return "not_asked" if value is None or value == "" else value


def _rank(ladder: Sequence[str], value: Any) -> int:
    """Place on a ladder; a word this version does not know ranks above all, because it may be the graver one."""
    if value is None or value == "":
        return -1
    return ladder.index(value) if value in ladder else len(ladder)


def _height(ladder: Sequence[str], value: Any) -> tuple[int, bool]:
    """As `_rank`, but an unknown word never pushes aside the gravest known one, which every reader understands."""
    rank = _rank(ladder, value)
    return min(rank, len(ladder) - 1), rank < len(ladder)
