"""The nine shapes: from answers to a result, by what the form declares. Fixed sums, no learning and no inference.

One rule stands above all shapes: the lowest band is never named while an item is open or in doubt. Leaves reading the
declaration out of a pack to `declared`, the result that a spreadsheet computes to `result`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from desktop.forms.scoring.profile import Cut, InstrumentProfile, Missing, Shape
from desktop.forms.scoring.terms import State, Term, reach_of, terms_of
from desktop.model.circumstances import Freely

COUNTED = "count"
REFUSED = "refused"
PRORATED = "prorated"
NO_TRIGGER = "none"
_OPEN = (State.OPEN, State.DOUBTED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool says. `score` is None where no number may be shown; `low` and `high` are where it could still go.

    `band` is certain; with `at_least` something is open and `could_reach` is the most it could make. `reason` is a
    code: the trigger that decided, `count`, `refused` (too much is open), `prorated`; empty where there is none.
    """

    score: Fraction | None
    low: Fraction | None
    high: Fraction | None
    band: Cut
    could_reach: Cut
    at_least: bool
    answered: int
    possible: int
    missing: tuple[str, ...]
    doubted: tuple[str, ...]
    terms: tuple[Term, ...]
    reason: str = ""


def outcome(profile: InstrumentProfile, answers: Mapping[str, str], freely: Freely, *, judgement: str = "") -> Outcome:
    """The result by the profile's shape. `judgement`: the band that was chosen (G) or typed in (H); answers by code.

    A follow-up block (I) has no result of its own: it counts what is asked and raises flags, see `follow_up`.
    """
    terms = terms_of(profile, answers, freely)
    if profile.shape is Shape.TRIGGER:
        return _triggered(profile, terms, answers, freely)
    if profile.shape is Shape.COUNT_OR_RED:
        return _count_or_red(profile, terms, answers, freely)
    if profile.shape is Shape.BINS:
        return _bins(profile, terms)
    if profile.shape in (Shape.JUDGEMENT, Shape.EXTERNAL):
        return _judged(profile, terms, judgement)
    if profile.shape is Shape.FOLLOW_UP:
        return _outcome(profile, terms, profile.ungraded, profile.ungraded)
    return _summed(profile, terms)


def _summed(profile: InstrumentProfile, terms: tuple[Term, ...]) -> Outcome:
    """A, B and E: the sum, and the band of the sum."""
    now, high = _sum(terms)[1:]
    return _outcome(profile, terms, profile.at(now), profile.at(high), numbers=_sum(terms))


def _triggered(
    profile: InstrumentProfile, terms: tuple[Term, ...], answers: Mapping[str, str], freely: Freely
) -> Outcome:
    """C: the first trigger that is met decides; one further up that could still be met is what it could reach."""
    reached = [(trigger, reach_of(profile, trigger.items, answers, freely)) for trigger in profile.triggers]
    met = next((trigger for trigger, reach in reached if reach.certain >= trigger.least), None)
    could = next((trigger for trigger, reach in reached if reach.possible >= trigger.least), None)
    rest = profile.graded[0] if profile.graded else profile.ungraded
    band = profile.cut_of[met.band] if met else rest
    reach = profile.cut_of[could.band] if could else rest
    return _outcome(profile, terms, band, reach, reason=met.reason if met else NO_TRIGGER)


def _count_or_red(
    profile: InstrumentProfile, terms: tuple[Term, ...], answers: Mapping[str, str], freely: Freely
) -> Outcome:
    """D: the higher of what the count gives and what the red flags give; both are said where both give it."""
    numbers = _sum(terms)
    counted, could = profile.at(numbers[1]), profile.at(numbers[2])
    band, reasons = counted, []
    for trigger in profile.triggers:
        reach = reach_of(profile, trigger.items, answers, freely)
        cut = profile.cut_of[trigger.band]
        if reach.certain >= trigger.least:
            band = max(band, cut, key=profile.rank)
            reasons.append((cut, trigger.reason))
        if reach.possible >= trigger.least:
            could = max(could, cut, key=profile.rank)
    said = [COUNTED] if counted == band else []
    said += [reason for cut, reason in reasons if cut == band]
    return _outcome(profile, terms, band, could, numbers=numbers, reason="+".join(said))


def _bins(profile: InstrumentProfile, terms: tuple[Term, ...]) -> Outcome:
    """F: with everything answered, the bin of the sum; else as the pack's policy says. In doubt counts as open."""
    low, now, high = _sum(terms)
    waiting = [term for term in terms if term.state in _OPEN]
    if not waiting or profile.missing in (Missing.AT_LEAST, Missing.RANGE):
        return _outcome(profile, terms, profile.at(now), profile.at(high), numbers=(low, now, high))
    settled = [term for term in terms if term.state is State.COUNTED]
    if profile.missing is Missing.REFUSE or len(waiting) > profile.most_missing or not settled:
        return _outcome(profile, terms, profile.ungraded, profile.at(high), reason=REFUSED)
    known = sum((term.now for term in settled), Fraction(0))
    fair = min(max(known * (len(settled) + len(waiting)) / len(settled), now), high)
    return _outcome(profile, terms, profile.at(fair), profile.at(high), numbers=(low, fair, high), reason=PRORATED)


def _judged(profile: InstrumentProfile, terms: tuple[Term, ...], judgement: str) -> Outcome:
    """G and H: a person's summary, or another tool's level. No number, and no arithmetic that could become one.

    Nothing says how far an open factor could move a judgement, so it could reach the highest band.
    """
    bare = tuple(Term(t.code, t.answer, t.state, Fraction(0), Fraction(0), Fraction(0)) for t in terms)
    band = profile.cut_of.get(judgement, profile.ungraded)
    is_open = any(term.state in _OPEN for term in bare) or band == profile.ungraded
    could = profile.graded[-1] if is_open and profile.graded else band
    return _outcome(profile, bare, band, could)


def _sum(terms: tuple[Term, ...]) -> tuple[Fraction, Fraction, Fraction]:
    """Least, now, most."""
    nothing = Fraction(0)
    return (
        sum((term.low for term in terms), nothing),
        sum((term.now for term in terms), nothing),
        sum((term.high for term in terms), nothing),
    )


def _outcome(
    profile: InstrumentProfile,
    terms: tuple[Term, ...],
    band: Cut,
    could: Cut,
    *,
    numbers: tuple[Fraction, Fraction, Fraction] | None = None,
    reason: str = "",
) -> Outcome:
    asked = [term for term in terms if term.code in {item.code for item in profile.items}]
    asked = [term for term in asked if term.state is not State.ASIDE]
    missing = tuple(term.code for term in asked if term.state is State.OPEN)
    doubted = tuple(term.code for term in asked if term.state is State.DOUBTED)
    is_open = bool(missing or doubted)
    low, now, high = numbers or (None, None, None)
    lowest = profile.graded[0] if profile.graded else profile.ungraded
    return Outcome(
        score=now,
        low=low,
        high=high,
        band=profile.ungraded if is_open and band == lowest else band,
        could_reach=max(could, band, key=profile.rank),
        at_least=is_open,
        answered=len(asked) - len(missing),
        possible=len(asked),
        missing=missing,
        doubted=doubted,
        terms=terms,
        reason=reason,
    )
