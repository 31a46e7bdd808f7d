"""The lines of the arithmetic: what each item counts now, the least and the most it could still count, and why.

Don't-know is never a no: an item that is open counts nothing now and keeps its reach. Nothing said under pressure
lowers: an answer in doubt keeps the reach of an open one, and a negative weight in doubt is not taken off.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from desktop.forms.scoring.profile import Bonus, InstrumentProfile, Item
from desktop.model.circumstances import Freely

_NOTHING = Fraction(0)


class State(StrEnum):
    """Why a line counts what it counts."""

    COUNTED = "counted"
    OPEN = "open"
    DOUBTED = "doubted"
    ASIDE = "aside"
    """A part of an item that was denied: it is not asked."""
    BONUS = "bonus"


@dataclass(frozen=True, slots=True)
class Term:
    """One line: `low` ≤ `now` ≤ `high`, and equal where the item is settled."""

    code: str
    answer: str
    state: State
    low: Fraction
    now: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Reach:
    """Of a set of items: how many are affirmed for certain, and how many could be."""

    certain: int
    possible: int


def terms_of(profile: InstrumentProfile, answers: Mapping[str, str], freely: Freely) -> tuple[Term, ...]:
    """A line for each item in the order of the form, then one for each bonus."""
    items = {item.code: item for item in profile.items}
    return (
        *(_term(item, items, answers, freely) for item in profile.items),
        *_bonuses(profile, answers, freely),
    )


def state_of(item: Item, answers: Mapping[str, str], freely: Freely) -> State:
    """Settled, open, or settled by an answer that is in doubt. Looks at this item alone."""
    answer = answers.get(item.code, "")
    if answer not in item.weights:
        return State.OPEN
    return State.DOUBTED if answer in item.doubtful and freely is not Freely.YES else State.COUNTED


def reach_of(profile: InstrumentProfile, codes: tuple[str, ...], answers: Mapping[str, str], freely: Freely) -> Reach:
    """How many of the items are affirmed, and how many could be once the open and doubted ones are asked again."""
    certain = possible = 0
    for item in (item for item in profile.items if item.code in codes):
        affirmed = answers.get(item.code, "") in item.affirms
        certain += affirmed
        possible += affirmed or state_of(item, answers, freely) is not State.COUNTED
    return Reach(certain, possible)


def _term(item: Item, items: Mapping[str, Item], answers: Mapping[str, str], freely: Freely) -> Term:
    answer = answers.get(item.code, "")
    above = items.get(item.part_of)
    if above is not None and answers.get(above.code, "") not in above.affirms:
        if state_of(above, answers, freely) is State.COUNTED:
            return Term(item.code, answer, State.ASIDE, _NOTHING, _NOTHING, _NOTHING)
        return Term(item.code, answer, State.OPEN, min(item.low, _NOTHING), _NOTHING, max(item.high, _NOTHING))
    state = state_of(item, answers, freely)
    if state is State.COUNTED:
        weight = item.weights[answer]
        return Term(item.code, answer, state, weight, weight, weight)
    stands = item.weights[answer] if state is State.DOUBTED else item.low
    return Term(item.code, answer, state, item.low, min(max(stands, _NOTHING), item.high), item.high)


def _bonuses(profile: InstrumentProfile, answers: Mapping[str, str], freely: Freely) -> Iterator[Term]:
    for bonus in profile.bonuses:
        reach = reach_of(profile, bonus.items, answers, freely)
        yield _bonus(bonus, reach)


def _bonus(bonus: Bonus, reach: Reach) -> Term:
    given = reach.certain >= bonus.least
    if given or reach.possible < bonus.least:
        points = bonus.points if given else _NOTHING
        return Term(bonus.code, "", State.BONUS, points, points, points)
    return Term(bonus.code, "", State.OPEN, min(bonus.points, _NOTHING), _NOTHING, max(bonus.points, _NOTHING))
