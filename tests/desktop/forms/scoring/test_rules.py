"""Overrides, comparison of two assessments, follow-up blocks and other tools' results."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.forms.scoring.comparing import Difference, Side, compare, differing
from desktop.forms.scoring.follow_up import Call, Called, ExternalResult, called_for, external_grade
from desktop.forms.scoring.override import Direction, Need, override_of
from desktop.model.assessment import Line
from desktop.model.circumstances import Answer, Freely
from desktop.model.grade import Grade

GRADES = st.sampled_from(list(Grade))


@given(GRADES, GRADES, st.sampled_from(["", "  ", "arrested"]), st.sampled_from(["", "a", "b"]), st.booleans())
def test_down_needs_a_reason_and_a_second_person_and_up_nothing(
    tool: Grade, chosen: Grade, reason: str, second: str, needed: bool
) -> None:
    found = override_of(tool, chosen, reason=reason, author="a", second=second, second_needed=needed)
    if chosen is Grade.UNGRADED:
        assert (found.direction, found.needs, found.stands) == (Direction.NONE, (), tool)
    elif chosen.rank >= tool.rank:
        assert (found.needs, found.stands) == ((), chosen)
        assert found.direction is (Direction.SAME if chosen is tool else Direction.UP)
    else:
        assert found.direction is Direction.DOWN
        assert (Need.REASON in found.needs) == (not reason.strip())
        assert (Need.SECOND_PERSON in found.needs) == (needed and second != "b")
        assert found.stands is (tool if found.needs else chosen)


def side(freely: Freely = Freely.YES, /, **answers: str) -> Side:
    return Side([Line(code, code, Answer(answer)) for code, answer in answers.items()], freely, {})


@pytest.mark.parametrize(("first", "second", "difference"), [
    ("yes", "yes", Difference.SAME), ("no", "yes", Difference.NOW_YES), ("dont_know", "yes", Difference.NOW_YES),
    ("yes", "no", Difference.NO_LONGER), ("refused", "no", Difference.NOW_KNOWN),
    ("yes", "refused", Difference.NOW_OPEN),
    ("no", "not_asked", Difference.NOW_OPEN), ("not_asked", "refused", Difference.OPEN_OTHERWISE),
])  # fmt: skip
def test_two_assessments_differ_item_by_item(first: str, second: str, difference: Difference) -> None:
    (found,) = compare(side(q=first), side(q=second))
    assert found.difference is difference
    assert bool(differing([found])) == (first != second)


def test_what_only_one_tool_asks_is_said_and_never_read_as_a_no() -> None:
    found = compare(side(a="yes", b="no"), side(b="no", c="yes"))
    assert [(one.factor, one.first, one.second, one.difference) for one in found] == [
        ("a", Answer.YES, None, Difference.ONLY_FIRST),
        ("b", Answer.NO, Answer.NO, Difference.SAME),
        ("c", None, Answer.YES, Difference.ONLY_SECOND),
    ]


def test_items_of_two_tools_meet_in_their_factor_and_the_gravest_answer_stands() -> None:
    items = [Line("knife", "", Answer.NO), Line("gun", "", Answer.YES)]
    first = Side(items, Freely.YES, {"knife": "weapons", "gun": "weapons"})
    (found,) = compare(first, side(weapons="dont_know"))
    assert (found.factor, found.first, found.difference) == ("weapons", Answer.YES, Difference.NOW_OPEN)


def test_a_no_that_was_not_said_freely_is_marked_to_be_confirmed() -> None:
    (found,) = compare(side(q="yes"), side(Freely.UNSURE, q="no"))
    assert (found.difference, found.to_confirm) == (Difference.NO_LONGER, True)
    assert not compare(side(q="yes"), side(q="no"))[0].to_confirm


BLOCKS = {"signs": ["strangulation"], "stalking-block": ["stalking", "jealousy"]}


@pytest.mark.parametrize(("answer", "freely", "call"), [
    ("yes", Freely.NO, Call.DUE), ("dont_know", Freely.YES, Call.OFFERED), ("not_asked", Freely.YES, Call.OFFERED),
    ("no", Freely.UNSURE, Call.OFFERED), ("no", Freely.YES, None),
])  # fmt: skip
def test_a_block_is_due_after_a_yes_and_offered_after_anything_but_a_sure_no(
    answer: str, freely: Freely, call: Call | None
) -> None:
    found = called_for([Line("neck", "", Answer(answer))], freely, {"neck": "strangulation"}, BLOCKS)
    assert found == (() if call is None else (Called("signs", call, ("strangulation",)),))


def test_what_is_due_comes_first_and_names_what_called_for_it() -> None:
    lines = [
        Line("strangulation", "", Answer.REFUSED),
        Line("stalking", "", Answer.YES),
        Line("jealousy", "", Answer.NO),
    ]
    assert called_for(lines, Freely.YES, {}, BLOCKS) == (
        Called("stalking-block", Call.DUE, ("stalking",)),
        Called("signs", Call.OFFERED, ("strangulation",)),
    )


LEVELS = {"tool x": {"level 2": "high"}}


def test_an_external_level_has_the_grade_that_the_partnership_gave_it() -> None:
    whole = ExternalResult("tool x", "5", "level 2", "2026-03-01", "police")
    assert external_grade(whole, LEVELS) == (Grade.HIGH, ())
    assert external_grade(ExternalResult("tool x", "5", "level 9", "2026-03-01", "police"), LEVELS) == (
        Grade.UNGRADED,
        ("level",),
    )
    assert external_grade(ExternalResult("", "", "", "", ""), LEVELS)[1] == ("tool", "version", "level", "on", "by")
