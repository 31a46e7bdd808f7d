"""A pack proven before it is used: the spreadsheet's result against the declared one, step by step over every cut-off.

Two reckonings that were written apart agree, or the pack is refused. The answers are made here; nobody's are used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from desktop.forms.engine.session import FormSession
from desktop.forms.scoring.profile import InstrumentProfile, Item, Shape
from desktop.forms.scoring.shapes import outcome
from desktop.model.circumstances import Freely

_AFFIRMED, _DENIED = "affirmed", "denied"
_UNSUMMED = (Shape.FOLLOW_UP, Shape.JUDGEMENT, Shape.EXTERNAL)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`what` (score, band, could, answered, possible) differs when so many items have turned from `before` to `after`.

    Answers are named as in the form; `affirmed` and `denied` stand for an item's gravest and least.
    """

    what: str
    turned: int
    before: str
    after: str
    freely: str
    spreadsheet: str
    declared: str


@dataclass(frozen=True, slots=True)
class _Case:
    """Item by item answers turn from `before` to `after`."""

    before: str
    after: str
    freely: Freely


_FREE = (
    _Case(_DENIED, _AFFIRMED, Freely.YES),
    _Case("dont_know", _AFFIRMED, Freely.YES),
    _Case("", _AFFIRMED, Freely.YES),
    _Case(_DENIED, "refused", Freely.YES),
)
_PRESSED = (_Case(_DENIED, _AFFIRMED, Freely.UNSURE),)


def disagreements(session: FormSession, profile: InstrumentProfile) -> Iterator[Disagreement]:
    """Every case in which spreadsheet and declaration differ. `session` is a new one, and is used up.

    Yes after yes, or answer after graver answer, the other items denied, unknown or unanswered, said freely and not;
    then open after open. In the order of the form, against it, and with the items of each trigger and bonus first. This
    crosses every cut-off of a sum and of what it could reach, and every trigger. A form that does not ask whether she
    could speak freely is held to what counts when she could not.
    """
    places = _places(session)
    free = places.get("free_to_speak", "")
    for case in (*_FREE, *_PRESSED) if free else _PRESSED:
        if free:
            session.set_value(free, case.freely.value)
        for items in _orders(profile):
            yield from _walk(session, profile, items, places, case)


def _orders(profile: InstrumentProfile) -> Iterator[tuple[Item, ...]]:
    yield profile.items
    yield profile.items[::-1]
    for codes in (*(trigger.items for trigger in profile.triggers), *(bonus.items for bonus in profile.bonuses)):
        first = tuple(item for item in profile.items if item.code in codes)
        yield first + tuple(item for item in profile.items if item.code not in codes)


def _walk(
    session: FormSession,
    profile: InstrumentProfile,
    items: tuple[Item, ...],
    places: Mapping[str, str],
    case: _Case,
) -> Iterator[Disagreement]:
    answers = {item.code: _least(item) if case.before == _DENIED else case.before for item in items}
    for code, answer in answers.items():
        session.set_value(places[code], answer)
    yield from _compared(session, profile, answers, case, 0)
    for number, item in enumerate(items, 1):
        for answer in _way(item) if case.after == _AFFIRMED else (case.after,):
            answers[item.code] = answer
            session.set_value(places[item.code], answer)
            yield from _compared(session, profile, answers, case, number)


def _way(item: Item) -> tuple[str, ...]:
    """The answers above the least, up to the gravest."""
    return tuple(sorted(item.weights, key=lambda name: (name in item.affirms, item.weights[name])))[1:]


def _least(item: Item) -> str:
    return min(item.weights, key=lambda name: (name in item.affirms, item.weights[name]))


def _compared(
    session: FormSession, profile: InstrumentProfile, answers: Mapping[str, str], case: _Case, number: int
) -> Iterator[Disagreement]:
    said, declared = session.score(), outcome(profile, answers, case.freely)
    pairs: dict[str, tuple[object, object]] = {"result": ("none", "one")}
    if said is not None:
        reach = said.could_reach
        pairs = {
            "answered": (said.answered, declared.answered),
            "possible": (said.possible, declared.possible),
        }
        if profile.shape not in _UNSUMMED:
            pairs |= {
                "score": (said.score, None if declared.score is None else float(declared.score)),
                "band": (said.band.name if said.band else "", declared.band.band),
                "could": (reach.name if reach else "", declared.could_reach.band),
            }
    for what, (spreadsheet, own) in pairs.items():
        if spreadsheet != own:
            yield Disagreement(what, number, case.before, case.after, case.freely.value, str(spreadsheet), str(own))


def _places(session: FormSession) -> dict[str, str]:
    """The path of every item by its name, and of the question whether she could speak freely by its role."""
    found: dict[str, str] = {}
    for node in session.definition.root.walk():
        role = node.bind.extras.get("role", "")
        if role == "item":
            found[node.local] = node.path
        elif role == "free_to_speak":
            found[role] = node.path
    return found
