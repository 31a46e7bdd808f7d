"""Grades of risk: the common ladder, each agency's own, the agreed working grade, and the one that stands.

Nothing here averages or predicts. The standing grade is the highest of the agreed working grade and of every signed
assessment that the agreed grade does not name as considered; no clock decides (domain.md §4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Grade(StrEnum):
    """The common scale, lowest first."""

    UNGRADED = "ungraded"
    STANDARD = "standard"
    RAISED = "raised"
    HIGH = "high"
    EXTREME = "extreme"

    @property
    def rank(self) -> int:
        """0 (ungraded) to 4 (extreme)."""
        return _LADDER.index(self)

    @property
    def is_high(self) -> bool:
        """High or extreme: the fast clocks apply."""
        return self.rank >= Grade.HIGH.rank


_LADDER = tuple(Grade)


def grade_of(word: object) -> Grade:
    """Read a grade; nothing is ungraded, and a word this version does not know is taken as the gravest."""
    if word is None or word == "":
        return Grade.UNGRADED
    try:
        return Grade(str(word))
    except ValueError:
        return Grade.EXTREME


@dataclass(frozen=True, slots=True)
class AgencyGrade:
    """The grade of one signed assessment. `considered`: the agreed working grade was made with sight of it."""

    unit: str
    agency: str
    grade: Grade
    at: str
    tool: str = ""
    assessment_id: str = ""
    author: str = ""
    considered: bool = False


@dataclass(frozen=True, slots=True)
class AgreedGrade:
    """The agreed working grade with its author and the dissent kept."""

    grade: Grade
    at: str = ""
    author: str = ""
    unit: str = ""
    considered: frozenset[str] = frozenset()
    dissent: str = ""
    contested: bool = False


@dataclass(frozen=True, slots=True)
class StandingGrade:
    """What lists, clocks and headers use, and why.

    `reason_code`: `grade.none` (nobody graded), `grade.agreed`, `grade.assessment` (no agreed grade yet) or
    `grade.above_agreed`. `reason_params`: grade, agency, at, tool; and agreed, agreed_at when there is one.
    """

    grade: Grade
    reason_code: str
    reason_params: Mapping[str, str] = field(default_factory=dict)
    agreed: Grade | None = None
    above_agreed: bool = False


def standing_grade(agreed: AgreedGrade | None, assessments: Sequence[AgencyGrade]) -> StandingGrade:
    """The grade that stands. Ties go to the agreed grade, then to the latest assessment (for the words only)."""
    considered = agreed.considered if agreed else frozenset()
    open_ones = [
        item for item in assessments if item.assessment_id not in considered and item.grade is not Grade.UNGRADED
    ]
    top = max(open_ones, key=lambda item: (item.grade.rank, item.at, item.assessment_id), default=None)
    if agreed is None:
        if top is None:
            return StandingGrade(Grade.UNGRADED, "grade.none")
        return StandingGrade(top.grade, "grade.assessment", _params(top))
    if top is None or top.grade.rank <= agreed.grade.rank:
        params = {"grade": agreed.grade.value, "at": agreed.at, "author": agreed.author}
        return StandingGrade(agreed.grade, "grade.agreed", params, agreed.grade)
    params = _params(top) | {"agreed": agreed.grade.value, "agreed_at": agreed.at}
    return StandingGrade(top.grade, "grade.above_agreed", params, agreed.grade, above_agreed=True)


def latest_by_unit(assessments: Sequence[AgencyGrade]) -> tuple[AgencyGrade, ...]:
    """Each unit's newest grade by the time its writer claimed, for showing side by side; units in order of id."""
    latest: dict[str, AgencyGrade] = {}
    for item in sorted(assessments, key=lambda item: (item.at, item.assessment_id)):
        latest[item.unit] = item
    return tuple(latest[unit] for unit in sorted(latest))


def disagree(assessments: Sequence[AgencyGrade]) -> bool:
    """Whether two agencies' newest grades differ; an ungraded one is no opinion."""
    return len({item.grade for item in latest_by_unit(assessments) if item.grade is not Grade.UNGRADED}) > 1


def _params(top: AgencyGrade) -> dict[str, str]:
    return {"grade": top.grade.value, "agency": top.agency, "at": top.at, "tool": top.tool, "unit": top.unit}
