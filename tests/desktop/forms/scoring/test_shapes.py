"""The nine shapes at every cut-off, one below and one above, whatever is open, whatever was not said freely."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.forms.scoring.profile import (
    Bonus,
    Cut,
    InstrumentProfile,
    Missing,
    Shape,
    Trigger,
    exact,
    five_way,
    rated,
)
from desktop.forms.scoring.shapes import PRORATED, REFUSED, Outcome, outcome
from desktop.forms.scoring.terms import State
from desktop.model.circumstances import Freely
from desktop.model.grade import Grade

NONE = Cut("open", Grade.UNGRADED)
ANSWERS = ["yes", "no", "dont_know", "not_asked", "refused", ""]
FREELY = st.sampled_from(list(Freely))


def cuts(*least: object) -> tuple[Cut, ...]:
    grades = [Grade.STANDARD, Grade.RAISED, Grade.HIGH, Grade.EXTREME]
    return (NONE, *(Cut(f"band{n}", grades[n], exact(at)) for n, at in enumerate(least)))


def codes(count: int) -> list[str]:
    return [f"q{n}" for n in range(count)]


def answered(count: int, *, of: int) -> dict[str, str]:
    return {code: "yes" if n < count else "no" for n, code in enumerate(codes(of))}


def number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def band(result: Outcome) -> str:
    return result.band.band


COUNT = InstrumentProfile(Shape.COUNT, tuple(five_way(code) for code in codes(24)), cuts(0, 7, 14, 17))


@pytest.mark.parametrize(("yes", "named"), [
    (0, "band0"), (6, "band0"), (7, "band1"), (8, "band1"), (13, "band1"), (14, "band2"), (15, "band2"),
    (16, "band2"), (17, "band3"), (18, "band3"), (24, "band3"),
])  # fmt: skip
def test_a_a_count_of_yes_changes_band_exactly_at_its_cut_off(yes: int, named: str) -> None:
    result = outcome(COUNT, answered(yes, of=24), Freely.YES)
    assert (number(result.score), band(result), result.at_least, result.answered) == (yes, named, False, 24)
    assert result.could_reach == result.band


@given(st.lists(st.sampled_from(ANSWERS), min_size=24, max_size=24), FREELY)
def test_a_what_is_open_or_in_doubt_is_never_a_no(answers: list[str], freely: Freely) -> None:
    result = outcome(COUNT, dict(zip(codes(24), answers, strict=True)), freely)
    yes, no = answers.count("yes"), answers.count("no")
    in_doubt = no if freely is not Freely.YES else 0
    reach = yes + (24 - yes - no) + in_doubt
    assert (number(result.score), number(result.high), len(result.missing), len(result.doubted)) == (
        yes,
        reach,
        24 - yes - no,
        in_doubt,
    )
    assert result.could_reach == COUNT.at(Fraction(reach))
    assert result.at_least == (reach > yes)
    if reach > yes:
        assert band(result) != "band0"


WEIGHTED = InstrumentProfile(
    Shape.WEIGHTED,
    (
        five_way("heavy", 3), five_way("light", "0.7"), five_way("small", "0.1"), five_way("shield", -2),
        five_way("detail", 1, part_of="heavy"),
    ),
    cuts(0, "0.8", 3, 6),
    bonuses=(Bonus("both", ("heavy", "light"), 2, Fraction(2)),),
)  # fmt: skip


@pytest.mark.parametrize(("answers", "score", "named"), [
    ({"light": "yes"}, "0.7", "band0"),
    ({"light": "yes", "small": "yes"}, "0.8", "band1"),
    ({"heavy": "yes"}, "3", "band2"),
    ({"heavy": "yes", "small": "yes", "shield": "yes"}, "1.1", "band1"),
    ({"heavy": "yes", "light": "yes"}, "5.7", "band2"),
    ({"heavy": "yes", "light": "yes", "small": "yes"}, "5.8", "band2"),
    ({"heavy": "yes", "light": "yes", "detail": "yes"}, "6.7", "band3"),
    ({"detail": "yes"}, "0", "band0"),
])  # fmt: skip
def test_b_a_weighted_sum_with_bonus_parts_and_a_negative_term(answers: dict[str, str], score: str, named: str) -> None:
    every = dict.fromkeys(["heavy", "light", "small", "shield", "detail"], "no") | answers
    result = outcome(WEIGHTED, every, Freely.YES)
    assert (number(result.score), band(result)) == (float(score), named)


def test_b_a_part_of_a_denied_item_is_not_asked() -> None:
    result = outcome(WEIGHTED, {"heavy": "no"}, Freely.YES)
    assert "detail" not in result.missing
    assert [term.state for term in result.terms if term.code == "detail"] == [State.ASIDE]
    assert "detail" in outcome(WEIGHTED, {"heavy": "dont_know"}, Freely.YES).missing


@pytest.mark.parametrize("freely", [Freely.NO, Freely.UNSURE])
def test_b_nothing_said_under_pressure_lowers_the_sum(freely: Freely) -> None:
    every = {"heavy": "yes", "light": "no", "small": "no", "shield": "yes", "detail": "no"}
    assert outcome(WEIGHTED, every, Freely.YES).score == 1
    pressed = outcome(WEIGHTED, every, freely)
    assert (number(pressed.score), number(pressed.low), pressed.at_least) == (3, 1, True)


@given(st.lists(st.sampled_from(ANSWERS), min_size=5, max_size=5), FREELY)
def test_b_the_lines_add_up_and_no_completion_leaves_the_range(answers: list[str], freely: Freely) -> None:
    names = [item.code for item in WEIGHTED.items]
    given_now = dict(zip(names, answers, strict=True))
    result = outcome(WEIGHTED, given_now, freely)
    assert sum(term.now for term in result.terms) == result.score
    assert result.low is not None
    assert result.score is not None
    assert result.high is not None
    assert result.low <= result.score <= result.high
    for filled in ("yes", "no"):
        whole = {code: filled if code in (*result.missing, *result.doubted) else a for code, a in given_now.items()}
        settled = outcome(WEIGHTED, whole, Freely.YES).score
        assert settled is not None
        assert result.low <= settled <= result.high
        assert WEIGHTED.rank(WEIGHTED.at(settled)) <= WEIGHTED.rank(result.could_reach)


TRIGGERS = InstrumentProfile(
    Shape.TRIGGER,
    tuple(five_way(code, 0) for code in (*codes(8), "belief")),
    (NONE, Cut("not_high", Grade.STANDARD), Cut("high", Grade.HIGH)),
    triggers=(
        Trigger("group1", ("q0", "q1", "q2"), 1, "high"),
        Trigger("group2", ("q3", "q4", "q5", "q6", "q7"), 4, "high"),
        Trigger("belief", ("belief",), 1, "high"),
    ),
)


@pytest.mark.parametrize(("yes", "named", "reason"), [
    ([], "not_high", "none"),
    (["q0"], "high", "group1"), (["q2", "q3", "q4", "q5", "q6", "belief"], "high", "group1"),
    (["q3", "q4", "q5"], "not_high", "none"), (["q3", "q4", "q5", "q7"], "high", "group2"),
    (["q3", "q4", "q5", "q6", "q7"], "high", "group2"),
    (["q3", "q4", "q5", "belief"], "high", "belief"),
])  # fmt: skip
def test_c_the_first_trigger_that_is_met_decides_and_gives_its_reason(yes: list[str], named: str, reason: str) -> None:
    answers = dict.fromkeys((*codes(8), "belief"), "no") | dict.fromkeys(yes, "yes")
    result = outcome(TRIGGERS, answers, Freely.YES)
    assert (band(result), result.reason, number(result.score), result.at_least) == (named, reason, None, False)


@pytest.mark.parametrize("left", ["", "dont_know", "not_asked", "refused"])
def test_c_an_open_trigger_leaves_the_result_open(left: str) -> None:
    answers = dict.fromkeys((*codes(8), "belief"), "no") | {"q1": left}
    result = outcome(TRIGGERS, answers, Freely.YES)
    assert (band(result), result.could_reach.band, result.at_least) == ("open", "high", True)


RED = InstrumentProfile(
    Shape.COUNT_OR_RED,
    tuple(five_way(code) for code in codes(23)),
    cuts(0, 12),
    triggers=(Trigger("red", ("q20", "q21", "q22"), 2, "band1"),),
)


@pytest.mark.parametrize(("plain", "reds", "named", "reason"), [
    (11, 0, "band0", "count"), (12, 0, "band1", "count"), (13, 0, "band1", "count"),
    (0, 1, "band0", "count"), (0, 2, "band1", "red"), (0, 3, "band1", "red"),
    (10, 1, "band0", "count"), (11, 1, "band1", "count"), (10, 2, "band1", "count+red"), (9, 2, "band1", "red"),
])  # fmt: skip
def test_d_a_count_or_two_red_flags(plain: int, reds: int, named: str, reason: str) -> None:
    yes = [*codes(plain), *["q20", "q21", "q22"][:reds]]
    result = outcome(RED, dict.fromkeys(codes(23), "no") | dict.fromkeys(yes, "yes"), Freely.YES)
    assert (number(result.score), band(result), result.reason) == (plain + reds, named, reason)


def test_d_an_open_red_flag_could_reach_the_higher_band() -> None:
    answers = dict.fromkeys(codes(23), "no") | {"q20": "yes", "q21": "dont_know"}
    result = outcome(RED, answers, Freely.YES)
    assert (band(result), result.could_reach.band) == ("open", "band1")


FIVE = {"never": 1, "rarely": 2, "sometimes": 3, "often": 4, "always": 5}
LIKERT = InstrumentProfile(Shape.LIKERT, tuple(rated(code, FIVE) for code in codes(4)), cuts(4, 11))


@pytest.mark.parametrize(("values", "named"), [
    ([1, 1, 1, 1], "band0"), ([5, 3, 1, 1], "band0"), ([5, 4, 1, 1], "band1"), ([5, 5, 1, 1], "band1"),
    ([5, 5, 5, 5], "band1"),
])  # fmt: skip
def test_e_a_likert_sum_with_its_cut_off(values: list[int], named: str) -> None:
    words = {value: word for word, value in FIVE.items()}
    result = outcome(LIKERT, {f"q{n}": words[value] for n, value in enumerate(values)}, Freely.YES)
    assert (number(result.score), band(result), result.at_least) == (sum(values), named, False)


def test_e_an_open_item_counts_its_least_and_keeps_its_reach() -> None:
    result = outcome(LIKERT, {"q0": "always", "q1": "sometimes", "q2": "never"}, Freely.YES)
    assert (number(result.score), number(result.high), band(result), result.could_reach.band) == (
        10,
        14,
        "open",
        "band1",
    )
    pressed = outcome(LIKERT, dict.fromkeys(codes(4), "never"), Freely.NO)
    assert (number(pressed.score), number(pressed.high), band(pressed)) == (4, 20, "open")


def bins(missing: Missing, most: int = 0) -> InstrumentProfile:
    items = tuple(rated(code, {"none": 0, "some": 1, "much": 2}) for code in codes(10))
    return InstrumentProfile(Shape.BINS, items, cuts(0, 5, 10, 15), missing=missing, most_missing=most)


@pytest.mark.parametrize("policy", [Missing.REFUSE, Missing.PRORATE, Missing.RANGE])
@pytest.mark.parametrize(("total", "named"), [
    (0, "band0"), (4, "band0"), (5, "band1"), (6, "band1"), (9, "band1"), (10, "band2"), (11, "band2"),
    (14, "band2"), (15, "band3"), (16, "band3"), (20, "band3"),
])  # fmt: skip
def test_f_a_whole_form_falls_into_its_bin_whatever_the_policy(policy: Missing, total: int, named: str) -> None:
    result = outcome(bins(policy), filled(total), Freely.YES)
    assert (number(result.score), band(result), result.at_least) == (total, named, False)


def filled(total: int, of: int = 10) -> dict[str, str]:
    words = ["none", "some", "much"]
    return {code: words[min(2, max(0, total - 2 * n))] for n, code in enumerate(codes(of))}


def test_f_refuse_gives_no_number() -> None:
    result = outcome(bins(Missing.REFUSE), filled(9, 9), Freely.YES)
    assert (number(result.score), band(result), result.reason, result.could_reach.band) == (
        None,
        "open",
        REFUSED,
        "band2",
    )


@pytest.mark.parametrize(("total", "named"), [(8, "band1"), (9, "band2"), (13, "band2"), (14, "band3")])
def test_f_prorate_takes_the_mean_for_what_is_missing(total: int, named: str) -> None:
    result = outcome(bins(Missing.PRORATE, most=1), filled(total, 9), Freely.YES)
    assert (number(result.score), band(result), result.reason) == (total * 10 / 9, named, PRORATED)


def test_f_prorate_refuses_when_too_much_is_missing() -> None:
    assert outcome(bins(Missing.PRORATE, most=1), filled(8, 8), Freely.YES).reason == REFUSED
    assert outcome(bins(Missing.PRORATE, most=10), {}, Freely.YES).reason == REFUSED


def test_f_range_says_from_where_to_where() -> None:
    result = outcome(bins(Missing.RANGE), filled(9, 9), Freely.YES)
    assert (number(result.low), number(result.high), band(result), result.could_reach.band) == (9, 11, "band1", "band2")


PARTLY = {"absent": 0, "partly": 1, "present": 2}
JUDGED = InstrumentProfile(
    Shape.JUDGEMENT,
    tuple(rated(f"{code}_{when}", PARTLY) for code in codes(5) for when in ("recent", "past")),
    (NONE, Cut("low", Grade.STANDARD), Cut("moderate", Grade.RAISED), Cut("urgent", Grade.HIGH)),
)


@given(st.lists(st.sampled_from([*PARTLY, "omitted", ""]), min_size=10, max_size=10), FREELY,
       st.sampled_from(["", "low", "moderate", "urgent"]))  # fmt: skip
def test_g_no_number_is_shown_and_none_can_be_added_up(answers: list[str], freely: Freely, judgement: str) -> None:
    names = [item.code for item in JUDGED.items]
    result = outcome(JUDGED, dict(zip(names, answers, strict=True)), freely, judgement=judgement)
    assert (number(result.score), number(result.low), number(result.high)) == (None, None, None)
    assert {part for term in result.terms for part in (term.low, term.now, term.high)} == {Fraction(0)}
    held = judgement if not (judgement == "low" and result.at_least) else ""
    assert band(result) == (held or "open")
    assert result.could_reach.band == ("urgent" if result.at_least or not judgement else judgement)


@pytest.mark.parametrize(("level", "named"), [("low", "low"), ("urgent", "urgent"), ("unheard", "open"), ("", "open")])
def test_h_an_external_level_is_taken_as_it_was_typed(level: str, named: str) -> None:
    external = InstrumentProfile(Shape.EXTERNAL, (), JUDGED.cuts)
    result = outcome(external, {}, Freely.UNSURE, judgement=level)
    assert (band(result), number(result.score), result.at_least) == (named, None, False)


@given(st.lists(st.sampled_from(ANSWERS), min_size=6, max_size=6), FREELY)
def test_i_a_follow_up_block_has_no_band_and_no_number(answers: list[str], freely: Freely) -> None:
    block = InstrumentProfile(Shape.FOLLOW_UP, tuple(five_way(code) for code in codes(6)))
    result = outcome(block, dict(zip(codes(6), answers, strict=True)), freely)
    assert (number(result.score), result.band.grade, result.could_reach.grade) == (None, Grade.UNGRADED, Grade.UNGRADED)
    assert len(result.missing) == sum(answer not in ("yes", "no") for answer in answers)


@given(st.sets(st.integers(1, 39), min_size=3, max_size=3).map(sorted), st.integers(0, 2), st.integers(-1, 1))
def test_any_cut_off_of_any_count_begins_exactly_there(least: list[int], which: int, step: int) -> None:
    """Generated tools: a cut-off is a setting, so it must hold wherever it is put."""
    tool = InstrumentProfile(Shape.COUNT, tuple(five_way(code) for code in codes(40)), cuts(0, *least))
    yes = least[which] + step
    named = f"band{sum(at <= yes for at in least)}"
    assert band(outcome(tool, answered(yes, of=40), Freely.YES)) == named
