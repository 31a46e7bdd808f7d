"""The partnership risk record: bands at their cut-offs, open answers, doubt, flags, four separate values, children."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.forms.engine.session import FormSession
from desktop.forms.scoring.result import ScoreResult
from tests.desktop.forms.building import session, shipped

ITEMS = {node.local: node.path for node in shipped("risk-record").root.walk() if node.bind.extras.get("role") == "item"}
CUTS = {"raised": 4, "high": 8, "extreme": 13}
ORDER = ["open", "standard", "raised", "high", "extreme"]


def fresh(*, free: str = "yes") -> FormSession:
    of = session(shipped("risk-record"))
    of.set_value("/data/circumstances/free_to_speak", free)
    return of


def score(of: FormSession) -> ScoreResult:
    found = of.score()
    assert found is not None
    return found


def answer(of: FormSession, *answers: str) -> None:
    for path, given_answer in zip(ITEMS.values(), answers, strict=False):
        of.set_value(path, given_answer)


def band(of: FormSession) -> str:
    found = score(of).band
    assert found is not None
    return found.name


@pytest.mark.parametrize(("name", "cut"), CUTS.items())
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_band_begins_exactly_at_its_cut_off(name: str, cut: int, step: int) -> None:
    of = fresh()
    yes = cut + step
    answer(of, *["yes"] * yes, *["no"] * (19 - yes))
    result = score(of)
    assert (result.score, result.answered, result.possible, result.at_least) == (yes, 19, 19, False)
    below = ORDER[ORDER.index(name) - 1]
    assert band(of) == (below if step < 0 else name)
    assert result.could_reach == result.band


def test_the_form_has_nineteen_factors_each_with_five_answers_and_their_keys() -> None:
    of = fresh()
    assert len(ITEMS) == 19
    for path in ITEMS.values():
        question = of.question(path)
        assert [choice.value for choice in question.choices] == ["yes", "no", "dont_know", "not_asked", "refused"]
        assert [choice.key for choice in question.choices] == ["Y", "N", "D", "A", "R"]
        assert question.guidance


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["yes", "no", "dont_know", "not_asked", "refused", ""]), min_size=19, max_size=19))
def test_an_open_answer_never_gives_the_lowest_band(answers: list[str]) -> None:
    of = fresh()
    answer(of, *answers)
    result = score(of)
    yes = answers.count("yes")
    known = yes + answers.count("no")
    assert (result.score, result.answered) == (yes, known)
    assert sum(line.weight or 0 for line in result.lines) == yes
    assert result.band is not None
    assert result.could_reach is not None
    if known < 19:
        assert result.at_least
        assert len(result.missing) == 19 - known
        assert result.band.name != "standard"
    assert result.could_reach.rank >= result.band.rank
    reach = yes + 19 - known
    assert result.could_reach.name == next((n for n, c in reversed(CUTS.items()) if reach >= c), "standard")


@pytest.mark.parametrize("free", ["no", "unsure"])
def test_a_no_is_no_certainty_where_she_could_not_speak_freely(free: str) -> None:
    of = fresh(free=free)
    answer(of, *["yes"] * 2, *["no"] * 17)
    result = score(of)
    assert band(of) == "open"
    assert result.could_reach is not None
    assert result.could_reach.name == "extreme"


@pytest.mark.parametrize(
    ("flag", "answers"),
    [
        ("flag_strangulation", {"strangulation": "yes"}),
        ("flag_threats", {"threats": "yes"}),
        ("flag_firearm", {"firearm": "yes"}),
        ("flag_control", {"separation": "yes", "isolation": "yes", "injury": "yes"}),
        ("flag_honour", {"honour": "yes"}),
        ("flag_pregnancy", {"pregnancy": "yes"}),
    ],
)
def test_a_flag_fires_at_once_and_says_what_to_do_now(flag: str, answers: dict[str, str]) -> None:
    of = fresh()
    assert score(of).flags == ()
    for name, value in answers.items():
        of.set_value(ITEMS.get(name, f"/data/page_danger/{name}"), value)
    (fired,) = score(of).flags
    assert fired.ref == f"/data/act_now/{flag}"
    assert all(step.act and step.who and step.within for step in fired.do_now)
    assert len(fired.do_now) == 2


def test_a_firearm_is_always_asked_and_required() -> None:
    question = fresh().question("/data/page_danger/firearm")
    assert question.relevant
    assert question.required
    assert question.violation is not None


def test_a_grade_below_the_tool_result_needs_a_reason_and_one_above_does_not() -> None:
    of = fresh()
    answer(of, *["yes"] * 8, *["no"] * 11)
    of.set_value("/data/judgement/grade", "raised")
    result = score(of)
    assert result.band is not None
    assert (result.band.name, result.grade, result.override) == ("high", "raised", "down")
    reason = of.question("/data/judgement/reason")
    assert reason.required
    assert reason.violation is not None
    assert reason.violation.message == "A grade below the tool result needs a reason."
    of.set_value("/data/judgement/reason", "Arrested last night.")
    assert of.question("/data/judgement/reason").violation is None
    of.set_value("/data/judgement/grade", "extreme")
    assert score(of).override == "up"
    assert not of.question("/data/judgement/reason").required
    of.set_value("/data/judgement/victim_view", "for_life")
    assert (score(of).grade, score(of).victim_view, score(of).reason) == ("extreme", "for_life", "Arrested last night.")


def test_not_asked_needs_its_reason_and_yes_may_keep_her_words() -> None:
    of = fresh()
    of.set_value(ITEMS["injury"], "not_asked")
    why = of.question(f"{ITEMS['injury']}_why")
    assert why.relevant
    assert why.violation is not None
    assert [choice.value for choice in why.choices] == ["not_safe", "no_time", "stopped", "not_relevant"]
    of.set_value(ITEMS["injury"], "yes")
    assert of.question(f"{ITEMS['injury']}_words").relevant
    assert not of.question(f"{ITEMS['injury']}_why").relevant


def test_children_are_listed_one_by_one() -> None:
    of = fresh()
    of.set_value("/data/household/has_children", "yes")
    of.set_value("/data/household/child[1]/child_age", "4")
    of.add_repeat("/data/household/child")
    of.set_value("/data/household/child[2]/child_age", "30")
    codes = {(v.ref, v.code) for v in of.validate()}
    assert ("/data/household/child[2]/child_age", "constraint") in codes
    assert [child["child_age"] for child in of.answers()["household"]["child"]] == [4, 30]


def test_the_record_can_be_finished_and_says_so() -> None:
    of = fresh()
    for _ in range(3):
        for violation in of.validate():
            question = of.question(violation.ref)
            of.set_value(violation.ref, question.choices[0].value if question.choices else "said")
    assert of.validate() == ()
    assert band(of) == "extreme"
    assert "<strangulation>yes</strangulation>" in of.submission_xml()
