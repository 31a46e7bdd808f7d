"""Every `*.md` beside this file: a workbook, then a table of steps, each with what must hold after it.

A step is `set REF VALUE`, `add REF`, `remove REF`, `language NAME` or `restore`; what must hold is a list parted by `;`
of `REF = TEXT`, `REF hidden`, `REF shown`, `REF required`, `REF wrong CODE`, `REF offers A B`, `REF says LABEL`.
"""

import re
from pathlib import Path

import pytest

from desktop.forms.engine.session import FormSession
from desktop.forms.errors import FormError
from tests.desktop.forms.building import session, workbook

FOLDER = Path(__file__).parent
SCENARIOS = sorted(FOLDER.glob("*.md"))
CLAIM = re.compile(r"(\S+) (=|hidden|shown|required|optional|wrong|offers|says|gone)(?: ?(.*))?")


def steps_of(text: str) -> list[tuple[str, list[str]]]:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.strip().splitlines()[1:]]
    return [(cells[0], [claim.strip() for claim in cells[1].split(";")]) for cells in rows]


def act(of: FormSession, step: str) -> FormSession:
    verb, _, rest = step.partition(" ")
    ref, _, text = rest.partition(" ")
    if verb == "set":
        of.set_value(ref, text)
    elif verb == "add":
        of.add_repeat(ref)
    elif verb == "remove":
        of.remove_repeat(ref)
    elif verb == "language":
        of.set_language(rest)
    elif verb == "restore":
        return session(of.definition, of.draft())
    else:
        assert verb == "open", step
    return of


def holds(of: FormSession, claim: str) -> bool:
    match = CLAIM.fullmatch(claim)
    assert match is not None, claim
    ref, kind, text = match[1], match[2], match[3] or ""
    if kind == "gone":
        with pytest.raises(FormError):
            of.question(ref)
        return True
    question = of.question(ref)
    code = question.violation.code if question.violation else ""
    offered = [choice.value for choice in question.choices if not choice.no_longer_offered]
    truths = {
        "=": question.value == text,
        "hidden": not question.relevant,
        "shown": question.relevant,
        "required": question.required,
        "optional": not question.required,
        "wrong": code == text,
        "offers": offered == text.split(),
        "says": " ".join(question.label.split()) == text,
    }
    return truths[kind]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_scenario_plays_as_written(path: Path) -> None:
    form, _, steps = path.read_text(encoding="utf-8").partition("| steps |")
    of = session(workbook(form))
    for step, claims in steps_of(f"| steps |{steps}"):
        of = act(of, step)
        for claim in claims:
            assert holds(of, claim), f"after '{step}': {claim}"


def test_there_are_scenarios_and_a_false_claim_is_seen() -> None:
    assert len(SCENARIOS) >= 4
    of = session(workbook("| survey |\n| | type | name | label |\n| | text | a | A |\n"))
    assert not holds(of, "/data/a = x")
    assert not holds(of, "/data/a hidden")
