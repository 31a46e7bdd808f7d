"""Two signed assessments side by side, item by item: which factors differ, and which way.

Items of different tools meet in the neutral vocabulary of factors; what one tool does not ask is said, never read as a
no. Nothing is merged and no common score is made. Leaves the grades to `desktop.model.grade`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from desktop.model.assessment import Line
from desktop.model.circumstances import Answer, Freely, counts_as


class Difference(StrEnum):
    """How the second stands to the first. Only yes and no are opinions: towards or from an open answer is no change
    of risk, but it is a difference.
    """

    SAME = "same"
    NOW_YES = "now_yes"
    NO_LONGER = "no_longer"
    NOW_KNOWN = "now_known"
    NOW_OPEN = "now_open"
    OPEN_OTHERWISE = "open_otherwise"
    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"


@dataclass(frozen=True, slots=True)
class Compared:
    """One factor in both; None where that tool does not ask it. `to_confirm`: a no that was not said freely."""

    factor: str
    first: Answer | None
    second: Answer | None
    difference: Difference
    to_confirm: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One assessment: its lines, whether she could speak freely, and the factor of each item (default: its code)."""

    lines: Sequence[Line]
    freely: Freely
    factors: Mapping[str, str]


def compare(first: Side, second: Side) -> tuple[Compared, ...]:
    """Every factor that either asks, in the order of the first, then what only the second asks."""
    one, other = _by_factor(first), _by_factor(second)
    names = dict.fromkeys((*one, *other))
    return tuple(_compared(name, one.get(name), other.get(name), first, second) for name in names)


def differing(compared: Iterable[Compared]) -> tuple[Compared, ...]:
    """Those that are not the same on both sides."""
    return tuple(item for item in compared if item.difference is not Difference.SAME)


def _by_factor(side: Side) -> dict[str, Answer]:
    """Where several items are one factor the gravest answer stands: yes, then open, then no."""
    found: dict[str, Answer] = {}
    for line in side.lines:
        name = side.factors.get(line.code, line.code)
        found[name] = line.answer if name not in found else max(found[name], line.answer, key=_gravity)
    return found


def _gravity(answer: Answer) -> int:
    return {Answer.YES: 2, Answer.NO: 0}.get(answer, 1)


def _compared(name: str, one: Answer | None, other: Answer | None, first: Side, second: Side) -> Compared:
    in_doubt = (one is not None and counts_as(one, first.freely) is not one) or (
        other is not None and counts_as(other, second.freely) is not other
    )
    return Compared(name, one, other, _difference(one, other), to_confirm=in_doubt)


def _difference(one: Answer | None, other: Answer | None) -> Difference:
    if one is None or other is None:
        return Difference.ONLY_SECOND if one is None else Difference.ONLY_FIRST
    if one is other:
        return Difference.SAME
    if other is Answer.YES:
        return Difference.NOW_YES
    if _gravity(one) == 1 and _gravity(other) == 1:
        return Difference.OPEN_OTHERWISE
    if _gravity(other) == 1:
        return Difference.NOW_OPEN
    return Difference.NO_LONGER if one is Answer.YES else Difference.NOW_KNOWN
