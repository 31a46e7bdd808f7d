"""Follow-up blocks (shape I): which further questions an assessment calls for, and what another tool's result is (H).

A block is a pack of its own that names the factors which trigger it. A yes makes it due; an answer that is open, or in
doubt, makes it offered: don't-know is never a no. Leaves opening the block to the screens.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from desktop.model.assessment import Line
from desktop.model.circumstances import Answer, Freely, counts_as
from desktop.model.grade import Grade, grade_of


class Call(StrEnum):
    """How strongly an assessment calls for a block."""

    DUE = "due"
    OFFERED = "offered"


@dataclass(frozen=True, slots=True)
class Called:
    """One block, by its pack, and the factors that call for it."""

    pack: str
    call: Call
    factors: tuple[str, ...]


def called_for(
    lines: Iterable[Line], freely: Freely, factors: Mapping[str, str], blocks: Mapping[str, Iterable[str]]
) -> tuple[Called, ...]:
    """The blocks to open, those due first. `blocks`: pack id to its triggering factors; `factors`: item to factor."""
    calls: dict[str, Call] = {}
    for line in lines:
        factor, answer = factors.get(line.code, line.code), counts_as(line.answer, freely)
        if answer is Answer.YES:
            calls[factor] = Call.DUE
        elif answer is not Answer.NO:
            calls.setdefault(factor, Call.OFFERED)
    found = []
    for pack, triggers in blocks.items():
        named = tuple(factor for factor in triggers if factor in calls)
        due = tuple(factor for factor in named if calls[factor] is Call.DUE)
        if named:
            found.append(Called(pack, Call.DUE if due else Call.OFFERED, due or named))
    return tuple(sorted(found, key=lambda one: one.call is not Call.DUE))


@dataclass(frozen=True, slots=True)
class ExternalResult:
    """What another tool said, typed in from its paper. `file`: the name or hash of the paper, where it is kept."""

    tool: str
    version: str
    level: str
    on: str
    by: str
    file: str = ""


EXTERNAL_PARTS = ("tool", "version", "level", "on", "by")


def external_grade(result: ExternalResult, levels: Mapping[str, Mapping[str, str]]) -> tuple[Grade, tuple[str, ...]]:
    """The place on the common scale that the partnership gave this level, and which parts are missing.

    `levels`: tool → level → grade, a setting. A level that nobody has placed is ungraded and `level` is missing: the
    program does not guess what another tool meant.
    """
    missing = [part for part in EXTERNAL_PARTS if not str(getattr(result, part)).strip()]
    placed = levels.get(result.tool, {}).get(result.level, "")
    if not placed and "level" not in missing:
        missing.append("level")
    return grade_of(placed), tuple(missing)
