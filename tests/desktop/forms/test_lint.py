"""What an author is told of a form that opens: each finding by a form that has it, none by the forms of the program."""

from collections.abc import Sequence

import pytest

from desktop.forms.xlsform.importer import ImportResult, import_workbook
from desktop.forms.xlsform.lint import lint
from tests.desktop.forms.building import COMMON, xform
from tests.desktop.forms.workbooks import xlsx

HEAD = ["type", "name", "label", "calculation", "relevant", "constraint", "appearance"]


def told(*rows: list[str | None], choices: list[list[str]] | None = None) -> dict[str, int]:
    """Codes of what is told, each with the row of its first finding."""
    result = book(*rows, choices=choices)
    assert result.xform is not None, result.problems
    found: dict[str, int] = {}
    for problem in result.problems:
        if problem.code != "converter":
            assert problem.message
            found.setdefault(problem.code, problem.row)
    return found


def book(*rows: list[str | None], choices: list[list[str]] | None = None) -> ImportResult:
    sheets: dict[str, Sequence[Sequence[object]]] = {"survey": [HEAD, *rows]}
    if choices:
        sheets["choices"] = choices
    return import_workbook(xlsx(sheets), "form.xlsx", isolated=False)


ASK: list[str | None] = ["text", "a", "A"]


@pytest.mark.parametrize(
    ("calculation", "code"),
    [
        ("shout(${a})", "function_unknown"),
        ("substr(${a})", "function_arguments"),
        ("difference-in-months(${a}, today())", "function_foreign"),
        ("instance('nowhere')/root/item/name", "instance_unknown"),
        ("/data/missing/child", "dead_path"),
        ("${c} + 1", "cycle"),
        ("regex(${a}, '(')", "pattern_invalid"),
        ("regex(${a}, '(a|aa)+$')", "pattern_slow"),
    ],
)
def test_a_calculation_is_read_with_care(calculation: str, code: str) -> None:
    assert told(ASK, ["calculate", "c", None, calculation]) == {code: 3}


@pytest.mark.parametrize(
    "calculation",
    [
        "concat(${a}, 'x')",
        "once(random())",
        "regex(${a}, '^[0-9]{5}$')",
        "/data/a",
        "position(..)",
        "//a",
        "count(/data/*)",
    ],
)
def test_an_ordinary_calculation_is_passed_over(calculation: str) -> None:
    assert told(ASK, ["calculate", "c", None, calculation]) == {}


def test_a_ring_of_two_is_told() -> None:
    found = told(["calculate", "b", None, "${c} + 1"], ["calculate", "c", None, "${b} + 1"])
    assert "cycle" in found


def test_an_absolute_path_inside_its_own_repeat_is_told_for_other_programs() -> None:
    rows: list[list[str | None]] = [
        ["begin_repeat", "r", "R"],
        ASK,
        ["calculate", "c", None, "/data/r/a"],
        ["calculate", "n", None, "count(/data/r)"],
        ["calculate", "i", None, "indexed-repeat(${a}, ${r}, 1)"],
        ["end_repeat"],
    ]
    assert told(*rows) == {"absolute_in_repeat": 4}


def test_a_label_that_cannot_be_read_has_a_hole_and_is_told() -> None:
    form = xform("<a/>", body='<input ref="/data/a"><label>Hello <output value="1 +"/>!</label></input>')
    assert [problem.code for problem in lint(form)] == ["expression_broken"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["text", "a", "See https://example.org/a.png"], None),
        (["text", "a", "A", None, None, None, "ex:org.example.scan"], "intent_ignored"),
        (["start-geopoint", "place", "Place"], None),
        (["text", "a", "${last-saved#a}"], "last_saved_ignored"),
    ],
)
def test_what_leaves_the_form_is_told(row: list[str | None], code: str | None) -> None:
    found = told(row)
    assert code is None or code in found


def test_a_form_that_would_send_itself_or_take_a_place_is_told() -> None:
    text = """| survey |
| | type | name | label::English (en) | media::image::English (en) |
| | text | a | See https://example.org/x | ../../passwords.png |

| settings |
| | submission_url | public_key |
| | https://example.org/in | abc |
"""
    found = {problem.code for problem in import_workbook(text.encode(), "f.md", isolated=False).problems}
    assert {"submission_ignored", "link_outside"} <= found


@pytest.mark.parametrize("name", sorted(path.name for path in COMMON.glob("*.md")))
def test_the_forms_of_the_program_give_nothing_to_tell(name: str) -> None:
    result = import_workbook((COMMON / name).read_bytes(), name, isolated=False)
    assert result.xform is not None
    assert [problem for problem in result.problems if problem.code != "converter"] == []
