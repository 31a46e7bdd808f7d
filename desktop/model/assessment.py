"""A signed assessment: four separate values, its lines, and how high the open answers could still reach.

Tool result, practitioner's grade, reason and the victim's own view never overwrite one another. A signed assessment
is immutable; scoring belongs to `desktop.forms`, this only reads what was signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from desktop.model.circumstances import Answer, Circumstances, Freely, counts_as
from desktop.model.grade import AgencyGrade, Grade, grade_of
from desktop.model.record import CaseKey, RecordView, Where, one_of


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a tool: from `least` points upwards; `grade` is its place on the common scale."""

    name: str
    least: float
    grade: Grade


@dataclass(frozen=True, slots=True)
class Line:
    """One question as it was answered. `weight` is what a yes counts."""

    code: str
    label: str
    answer: Answer
    weight: float = 1.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the tool gave: the score (None where no number may be shown), band, and the arithmetic's counts."""

    score: float | None = None
    band: str = ""
    grade: Grade = Grade.UNGRADED
    answered: int = 0
    possible: int = 0
    could_reach: Grade = Grade.UNGRADED


@dataclass(frozen=True, slots=True)
class Assessment:
    """One signed assessment of one agency."""

    id: str
    key: CaseKey
    unit: str
    agency: str
    author: str
    at: str
    form: str
    tool: str
    tool_result: ToolResult
    grade: Grade
    """The practitioner's grade; ungraded when none was given."""
    reason: str
    victim_view: str
    circumstances: Circumstances
    lines: tuple[Line, ...] = ()
    flags: tuple[str, ...] = ()
    answers: Any = None
    """The whole submission as it was signed."""
    where: Where = "unit"
    contact_note: str = ""

    @property
    def signed_grade(self) -> Grade:
        """The grade that counts: see `signed_grade`."""
        return signed_grade(self.tool_result.grade, self.grade, self.reason)


def signed_grade(tool: Grade, practitioner: Grade, reason: str) -> Grade:
    """The practitioner's grade where there is one; below the tool's result only with a reason."""
    if practitioner is Grade.UNGRADED:
        return tool
    if practitioner.rank < tool.rank and not reason.strip():
        return tool
    return practitioner


def needs_reason(tool: Grade, practitioner: Grade) -> bool:
    """Whether a grade goes below the tool's result, which needs a reason."""
    return practitioner is not Grade.UNGRADED and practitioner.rank < tool.rank


def could_reach(lines: Sequence[Line], bands: Sequence[Band], freely: Freely) -> tuple[float, Grade]:
    """Points and grade if every open answer were a yes; open is whatever does not count as a plain yes or no.

    Only a yes, and what could be one, adds its weight; a negative weight never lowers what could be reached.
    """
    settled = sum(line.weight for line in lines if line.answer is Answer.YES)
    open_points = sum(
        max(line.weight, 0.0)
        for line in lines
        if counts_as(line.answer, freely) in {Answer.DONT_KNOW, Answer.NOT_ASKED, Answer.REFUSED}
    )
    points = settled + open_points
    reached = [band.grade for band in bands if points >= band.least]
    return points, max(reached, key=lambda grade: grade.rank, default=Grade.UNGRADED)


def read_assessment(record: RecordView, agency: str) -> Assessment:
    """The assessment in a record of kind `assessment`; unknown answers are read as don't-know."""
    result = record.get("tool_result", {})
    parts: Mapping[str, Any] = result if isinstance(result, Mapping) else {}
    lines = record.several("lines")
    return Assessment(
        id=record.id,
        key=record.key,
        unit=record.unit,
        agency=agency,
        author=record.author,
        at=record.text("on") or record.at,
        form=record.text("form"),
        tool=record.text("tool"),
        tool_result=_tool_result(parts),
        grade=grade_of(record.get("grade")),
        reason=record.text("reason"),
        victim_view=record.text("victim_view"),
        circumstances=Circumstances.read(record.get("circumstances")),
        lines=tuple(_line(line) for line in lines if isinstance(line, Mapping)),
        flags=tuple(str(flag) for flag in record.several("flags")),
        answers=record.get("answers"),
        where=record.where,
        contact_note=record.text("contact_note"),
    )


def agency_grade(assessment: Assessment) -> AgencyGrade:
    """The assessment as it stands beside the other agencies' grades."""
    return AgencyGrade(
        unit=assessment.unit,
        agency=assessment.agency,
        grade=assessment.signed_grade,
        at=assessment.at,
        tool=assessment.tool,
        assessment_id=assessment.id,
        author=assessment.author,
    )


def _tool_result(parts: Mapping[str, Any]) -> ToolResult:
    return ToolResult(
        score=_number(parts.get("score"), None),
        band=str(parts.get("band") or ""),
        grade=grade_of(parts.get("grade")),
        answered=_count(parts.get("answered")),
        possible=_count(parts.get("possible")),
        could_reach=grade_of(parts.get("could_reach")),
    )


_Otherwise = TypeVar("_Otherwise", float, None)


def _number(value: object, otherwise: _Otherwise) -> float | _Otherwise:
    """A number that a float can hold."""
    try:
        return float(value) if isinstance(value, int | float) else otherwise
    except OverflowError:
        return otherwise


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _line(parts: Mapping[str, Any]) -> Line:
    return Line(
        code=str(parts.get("code") or ""),
        label=str(parts.get("label") or ""),
        answer=one_of(Answer, parts.get("answer"), Answer.DONT_KNOW),
        weight=_number(parts.get("weight"), 1.0),
        note=str(parts.get("note") or ""),
    )
