"""Don't-know is never a no, a no counts only where she could speak freely, and a lower grade needs its reason."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.model.assessment import (
    Band,
    Line,
    agency_grade,
    could_reach,
    needs_reason,
    read_assessment,
    signed_grade,
)
from desktop.model.circumstances import Answer, Circumstances, Freely, counts_as, to_confirm_alone
from desktop.model.grade import Grade
from desktop.model.record import CaseKey, FieldView, RecordView

BANDS = (Band("standard", 0, Grade.STANDARD), Band("raised", 2, Grade.RAISED), Band("high", 4, Grade.HIGH))
lines = st.lists(
    st.builds(Line, code=st.just("q"), label=st.just("?"), answer=st.sampled_from(Answer), weight=st.floats(-2, 5)),
    max_size=8,
)


@given(lines, st.sampled_from(Freely))
def test_could_reach_is_never_below_the_answers_as_given(given_: list[Line], freely: Freely) -> None:
    settled = sum(line.weight for line in given_ if line.answer is Answer.YES)
    points, grade = could_reach(given_, BANDS, freely)
    assert points >= settled
    free, free_grade = could_reach(given_, BANDS, Freely.YES)
    assert points >= free
    assert grade.rank >= free_grade.rank


def test_a_no_counts_only_where_she_could_speak_freely() -> None:
    assert counts_as(Answer.NO, Freely.YES) is Answer.NO
    assert counts_as(Answer.NO, Freely.UNSURE) is counts_as(Answer.NO, Freely.NO) is Answer.DONT_KNOW
    assert counts_as(Answer.YES, Freely.NO) is Answer.YES
    asked = [Line(str(at), "?", Answer.NO) for at in range(4)]
    assert could_reach(asked, BANDS, Freely.YES) == (0, Grade.STANDARD)
    assert could_reach(asked, BANDS, Freely.NO) == (4, Grade.HIGH)


def test_a_retraction_is_confirmed_alone_and_unknown_circumstances_count_as_unsure() -> None:
    assert to_confirm_alone(lowers=True, freely=Freely.UNSURE)
    assert not to_confirm_alone(lowers=True, freely=Freely.YES)
    for value in (None, "free", {"freely": "maybe"}, {}):
        assert Circumstances.read(value).freely is Freely.UNSURE
    read = Circumstances.read({"freely": "yes", "by_phone": "yes", "place": "kitchen"})
    assert (read.freely, read.by_phone, read.place) == (Freely.YES, True, "kitchen")


@given(st.sampled_from(Grade), st.sampled_from(Grade), st.sampled_from(("", "  ", "she has moved")))
def test_the_signed_grade_is_below_the_tools_only_with_a_reason(tool: Grade, own: Grade, reason: str) -> None:
    signed = signed_grade(tool, own, reason)
    if signed.rank < tool.rank:
        assert reason.strip()
        assert needs_reason(tool, own)
    if own.rank >= tool.rank:
        assert signed is own or own is Grade.UNGRADED


def test_the_four_values_stay_apart() -> None:
    fields = {
        "tool": "grid",
        "tool_result": {"score": 14, "band": "high", "grade": "high", "answered": 20, "possible": 24},
        "grade": "extreme",
        "reason": "weapon seen",
        "victim_view": "More afraid than in summer",
        "lines": [{"code": "q1", "answer": "yes"}, {"code": "q2", "answer": "perhaps"}],
    }
    views = {name: FieldView(value) for name, value in fields.items()}
    record = RecordView("assessment", "a1", CaseKey("s", "t"), views, "R. Alder", "u1", "2026-11-23T10:00:00+00:00")
    read = read_assessment(record, "police")
    assert (read.tool_result.grade, read.grade, read.signed_grade) == (Grade.HIGH, Grade.EXTREME, Grade.EXTREME)
    assert (read.reason, read.victim_view) == ("weapon seen", "More afraid than in summer")
    assert [line.answer for line in read.lines] == [Answer.YES, Answer.DONT_KNOW]
    assert (agency_grade(read).grade, agency_grade(read).assessment_id) == (Grade.EXTREME, "a1")
