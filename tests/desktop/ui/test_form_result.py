"""The result in words: what a tool without a number shows, and what it never shows."""

import pytest

from desktop.forms.engine.session import FormSession
from desktop.ui.models.form_result import ShownResult, shown_result
from tests.desktop.forms.building import environment, shipped
from tests.desktop.forms.scoring.test_packs_declared import pack


def shown(name: str, answers: dict[str, str]) -> ShownResult:
    session = FormSession(shipped(name), environment())
    paths = {node.local: node.path for node in shipped(name).root.walk()}
    for code, answer in answers.items():
        session.set_value(paths[code], answer)
    score = session.score()
    assert score is not None
    found = shown_result(score, pack(name), "English (en)", signing=True)
    assert found is not None
    return found


@pytest.mark.parametrize(("placed", "grade"), [("", "ungraded"), ("open", "ungraded"), ("high", "high")])
def test_another_tools_result_has_its_grade_and_no_number(placed: str, grade: str) -> None:
    result = shown("external-result", {"placed": placed})
    assert (result.grade, result.scale, result.lines, result.count) == (grade, None, (), "")
    assert bool(result.flags) == (placed == "high")


def test_a_follow_up_block_shows_flags_and_nothing_that_could_be_a_score() -> None:
    result = shown("follow-up-strangulation", {"fainted": "yes"})
    assert result == ShownResult("", "", "", None, (), "", ("Emergency after strangulation",))


def test_a_count_shows_its_lines_and_what_it_could_reach() -> None:
    paths = [node.local for node in shipped("grid-24-topics").root.walk() if node.bind.extras.get("role") == "item"]
    result = shown("grid-24-topics", {"free_to_speak": "yes"} | dict.fromkeys(paths[:10], "yes"))
    assert (result.grade, result.band, result.count) == ("raised", "At least Raised", "10 of 24 settled")
    assert [(line.words, line.sum) for line in result.lines] == [("Counted: 10 × 1", "10"), ("14 still to ask", "0")]
    assert result.could == "If every open answer were a yes, this could reach High: local cut-off."
