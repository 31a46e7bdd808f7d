"""Workbooks as they come: .xlsx and .xls, stray spaces, other tools' blocks; each change is told with its row."""

from collections.abc import Callable, Sequence

import pytest

from desktop.forms.xform.definition import FormDefinition, parse_xform
from desktop.forms.xlsform.importer import ImportResult, import_workbook
from tests.desktop.forms.building import session
from tests.desktop.forms.workbooks import Sheets, xls, xlsx

BOTH = pytest.mark.parametrize(("write", "name"), [(xlsx, "form.xlsx"), (xls, "form.xls")])
Write = Callable[[Sheets], bytes]
PLAIN: Sheets = {
    "survey": [
        ["type", "name", "label::English (en)", "label::Deutsch (de)", "relevant"],
        ["select_one yn", "hurt", "Is anyone hurt?", "Ist jemand verletzt?", None],
        [None, None, None, None, None],
        ["text", "who", "Who?", "Wer?", "${hurt} = 'yes'"],
    ],
    "choices": [
        ["list_name", "name", "label::English (en)", "label::Deutsch (de)"],
        ["yn", "yes", "Yes", "Ja"],
        ["yn", "no", "No", "Nein"],
    ],
    "settings": [["form_title", "form_id", "version"], ["Märchen", "hurt", "2026"]],
}


def opened(result: ImportResult) -> FormDefinition:
    assert result.xform is not None, result.problems
    return parse_xform(result.xform, resources=result.itemsets)


def survey(rows: Sequence[Sequence[object]], choices: Sequence[Sequence[object]] = ()) -> ImportResult:
    sheets = {"survey": rows, **({"choices": choices} if choices else {})}
    return import_workbook(xlsx(sheets), "form.xlsx", isolated=False)


@BOTH
def test_both_formats_give_the_same_form(write: Write, name: str) -> None:
    form = opened(import_workbook(write(PLAIN), name, isolated=False))
    assert (form.title, form.form_id, form.version) == ("Märchen", "hurt", "2026")
    of = session(form)
    assert not of.node("/data/who").relevant
    of.set_value("/data/hurt", "yes")
    assert of.node("/data/who").relevant
    of.set_language("Deutsch (de)")
    assert of.question("/data/hurt").choices[0].label == "Ja"


@BOTH
def test_a_process_of_its_own_reads_both(write: Write, name: str) -> None:
    assert import_workbook(write(PLAIN), name).xform == import_workbook(write(PLAIN), name, isolated=False).xform


@BOTH
def test_a_mistake_is_told_with_its_row_whatever_the_format(write: Write, name: str) -> None:
    rows = [*PLAIN["survey"], ["sonnet", "verse", "Verse", "Vers", None]]
    result = import_workbook(write({**PLAIN, "survey": rows}), name, isolated=False)
    assert [(p.sheet, p.row) for p in result.problems] == [("survey", 5)]
    assert "sonnet" in result.problems[0].message


def test_an_expression_that_cannot_be_read_is_told_with_its_row() -> None:
    result = survey(
        [
            ["type", "name", "label", "relevant"],
            ["begin_group", "g", "G", None],
            ["text", "a", "A", None],
            ["text", "b", "B", "${a} = = 1"],
            ["end_group", None, None, None],
        ]
    )
    assert [(p.code, p.row) for p in result.problems if p.severity == "error"] == [("expression_broken", 4)]


def test_sheets_with_stray_spaces_are_found() -> None:
    sheets = {f" {name.title()} ": rows for name, rows in PLAIN.items()}
    result = import_workbook(xlsx(sheets), "form.xlsx", isolated=False)
    assert opened(result).title == "Märchen"
    assert {fix.code for fix in result.fixes} == {"sheet"}
    assert len(result.fixes) == 3


def test_numbers_in_cells_are_names_and_values() -> None:
    result = survey(
        [["type", "name", "label"], ["select_one n", "how", "How often?"]],
        [["list_name", "name", "label"], ["n", 1, "Once"], ["n", 2, "Twice"]],
    )
    assert [choice.value for choice in session(opened(result)).question("/data/how").choices] == ["1", "2"]


def test_a_score_grid_becomes_questions_with_its_choices() -> None:
    result = survey(
        [
            ["type", "name", "label", "kobo--score-choices"],
            ["begin_score", "grid", "How often", "often"],
            ["score__row", "shouted", "Shouted", None],
            ["score__row", "pushed", "Pushed", None],
            ["end_score", None, None, None],
        ],
        [["list_name", "name", "label"], ["often", "never", "Never"], ["often", "daily", "Daily"]],
    )
    of = session(opened(result))
    assert [c.value for c in of.question("/data/grid/pushed").choices] == ["never", "daily"]
    assert [(fix.code, fix.row) for fix in result.fixes] == [("block", 2)]


def test_a_matrix_asks_its_questions_for_every_choice() -> None:
    result = survey(
        [
            ["type", "name", "label", "kobo--matrix_list"],
            ["begin_kobomatrix", "kids", "Children", "kid"],
            ["integer", "age", "Age", None],
            ["text", "school", "School", None],
            ["end_kobomatrix", None, None, None],
            ["text", "after", "After", None],
        ],
        [["list_name", "name", "label"], ["kid", "k1", "First"], ["kid", "k2", "Second"]],
    )
    of = session(opened(result))
    asked = [view.ref for page in of.pages() for view in page.nodes]
    inner = [f"/data/kids/{kid}_{what}" for kid in ("k1", "k2") for what in ("age", "school")]
    assert asked == [*inner, "/data/after"]
    assert of.question("/data/kids/k2_age").label == "Second: Age"


def test_a_cascade_may_repeat_a_name_but_two_equal_answers_side_by_side_are_refused() -> None:
    choices = [
        ["list_name", "name", "label", "country"],
        ["town", "cologne", "Köln", "de"],
        ["town", "cologne", "Cologne, Minnesota", "us"],
    ]
    asked = ["select_one town", "town", "Town"]
    filtered = survey([["type", "name", "label", "choice_filter"], [*asked, "country = 'de'"]], choices)
    assert [c.label for c in session(opened(filtered)).question("/data/town").choices] == ["Köln"]
    assert [fix.code for fix in filtered.fixes] == ["choice_duplicates"]
    plain = survey([["type", "name", "label"], asked], choices)
    assert [(p.sheet, p.row) for p in plain.problems] == [("choices", 3)]


def test_what_only_an_author_reads_is_left_out_and_said() -> None:
    result = survey(
        [
            ["type", "name", "label"],
            ["begin_group", "g", "NO_LABEL"],
            ["db:person", "who", "Who"],
            [None, None, "remember to ask the team"],
            ["calculate", "later", None],
            ["end_group", None, None],
        ]
    )
    assert session(opened(result)).pages()[0].label == ""
    assert {fix.code: fix.row for fix in result.fixes} == {
        "no_label": 2,
        "type": 3,
        "remark": 4,
        "calculation_missing": 5,
    }
