"""The standing grade is never lower than the agreed grade nor than any assessment nobody has considered."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.model.grade import (
    AgencyGrade,
    AgreedGrade,
    Grade,
    disagree,
    grade_of,
    latest_by_unit,
    standing_grade,
)

grades = st.sampled_from(list(Grade))
assessments = st.lists(
    st.builds(
        AgencyGrade,
        unit=st.sampled_from(("police", "health")),
        agency=st.just("agency"),
        grade=grades,
        at=st.sampled_from(("2026-11-01", "2026-11-02")),
        assessment_id=st.sampled_from("abcd"),
    ),
    unique_by=lambda item: item.assessment_id,
)
agreed_grades = st.none() | st.builds(AgreedGrade, grade=grades, considered=st.frozensets(st.sampled_from("abcd")))


@given(agreed_grades, assessments)
def test_nothing_unconsidered_is_below_what_stands(agreed: AgreedGrade | None, given_: list[AgencyGrade]) -> None:
    standing = standing_grade(agreed, given_)
    considered = agreed.considered if agreed else frozenset()
    open_ones = [item.grade for item in given_ if item.assessment_id not in considered]
    highest = max([*open_ones, *([agreed.grade] if agreed else [])], key=lambda grade: grade.rank, default=None)
    assert standing.grade is (highest or Grade.UNGRADED)
    assert standing.above_agreed is (agreed is not None and standing.grade.rank > agreed.grade.rank)
    assert standing == standing_grade(agreed, given_[::-1])


def test_it_says_why() -> None:
    police = AgencyGrade("u1", "police", Grade.EXTREME, "2026-11-22T23:00:00+00:00", "grid", "a1")
    agreed = AgreedGrade(Grade.RAISED, "2026-04-14T10:00:00+00:00", "T. Hazel")
    assert standing_grade(None, []).reason_code == "grade.none"
    assert standing_grade(None, [police]).reason_code == "grade.assessment"
    above = standing_grade(agreed, [police])
    assert (above.grade, above.reason_code, above.agreed) == (Grade.EXTREME, "grade.above_agreed", Grade.RAISED)
    assert (above.reason_params["agency"], above.reason_params["agreed"]) == ("police", "raised")
    seen = AgreedGrade(Grade.RAISED, "2026-11-23T10:00:00+00:00", considered=frozenset({"a1"}))
    assert standing_grade(seen, [police]).grade is Grade.RAISED


def test_no_clock_decides() -> None:
    older = AgencyGrade("u1", "police", Grade.HIGH, "2019-01-01", "grid", "a1")
    assert standing_grade(AgreedGrade(Grade.STANDARD, "2026-11-23"), [older]).grade is Grade.HIGH


def test_an_unknown_grade_is_taken_as_the_gravest_and_nothing_as_ungraded() -> None:
    assert (grade_of("unheard of"), grade_of(None), grade_of("")) == (Grade.EXTREME, Grade.UNGRADED, Grade.UNGRADED)


def test_two_agencies_disagree_by_their_newest_grades_only() -> None:
    first = AgencyGrade("u1", "police", Grade.HIGH, "2026-11-01", assessment_id="a")
    newer = AgencyGrade("u1", "police", Grade.RAISED, "2026-11-02", assessment_id="b")
    other = AgencyGrade("u2", "health", Grade.RAISED, "2026-10-01", assessment_id="c")
    silent = AgencyGrade("u3", "support", Grade.UNGRADED, "2026-11-03", assessment_id="d")
    assert [item.grade for item in latest_by_unit([first, newer, other])] == [Grade.RAISED, Grade.RAISED]
    assert not disagree([first, newer, other, silent])
    assert disagree([first, other])
