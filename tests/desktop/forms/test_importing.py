"""Any workbook opens, or is refused with sheet, row and reason; conversion apart is limited in time and memory."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.forms.xform.definition import parse_xform
from desktop.forms.xlsform import isolation
from desktop.forms.xlsform.importer import MOST_BYTES, ImportResult, import_workbook
from tests.desktop.forms.building import COMMON, session

GOOD = b"| survey |\n| | type | name | label |\n| | text | a | A |\n"


def refusal(data: bytes, name: str) -> tuple[str, str, int]:
    result = import_workbook(data, name, isolated=False)
    assert result.xform is None
    problem = next(problem for problem in result.problems if problem.severity == "error")
    assert problem.message
    return problem.code, problem.sheet, problem.row


def test_a_process_of_its_own_gives_what_this_one_gives() -> None:
    data = (COMMON / "risk-record.md").read_bytes()
    assert import_workbook(data, "risk-record.md") == import_workbook(data, "risk-record.md", isolated=False)


def test_a_conversion_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    result = isolation.convert_apart(GOOD, ".md", seconds=0.0)
    assert [problem.code for problem in result.problems] == ["too_slow"]


def test_a_process_that_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_work", _dies)
    assert [problem.code for problem in isolation.convert_apart(GOOD, ".md").problems] == ["too_big"]


def _dies(connection: object, data: bytes, file_type: str) -> None:
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"x", "form.pdf", "file_type"),
        (b"x", "form", "file_type"),
        (b"PK\x03\x04 no zip", "form.xlsx", "unreadable"),
        (b"\x00\x01\x02", "form.xls", "unreadable"),
        (b"\xff\xfe\x00", "form.csv", "unreadable"),
        (b"", "form.md", "unreadable"),
        (b" " * (MOST_BYTES + 1), "form.csv", "too_big"),
    ],
)
def test_what_is_no_workbook_is_refused_with_a_reason(data: bytes, name: str, code: str) -> None:
    assert refusal(data, name)[0] == code


def test_a_workbook_that_unpacks_to_too_much_is_never_opened() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (101 * 1024 * 1024))
    assert refusal(packed.getvalue(), "bomb.xlsx")[0] == "too_big"


def test_a_mistake_is_told_with_sheet_and_row() -> None:
    text = b"| survey |\n| | type | name | label |\n| | text | a | A |\n| | text | a b | A |\n"
    assert refusal(text, "form.md") == ("refused", "survey", 3)


def test_an_expression_that_cannot_be_read_is_told_with_its_question() -> None:
    text = b"| survey |\n| | type | name | label | calculation |\n| | calculate | a | | 1 + ) |\n"
    result = import_workbook(text, "form.md", isolated=False)
    assert result.xform is None
    assert any("a" in problem.message for problem in result.problems)


def test_a_csv_workbook_opens_too() -> None:
    text = b'"survey"\n,"type","name","label"\n,"text","a","A"\n'
    assert import_workbook(text, "form.csv", isolated=False).xform is not None


def test_what_tells_who_filled_the_form_is_not_collected_and_said() -> None:
    text = b"| survey |\n| | type | name | label |\n| | deviceid | device | |\n"
    text += b"| | username | who | |\n| | text | a | A |\n"
    result = import_workbook(text, "form.md", isolated=False)
    assert {fix.code for fix in result.fixes} == {"not_collected"}
    assert result.xform is not None
    assert "preload" not in result.xform.replace('jr:preload="uid"', "")
    assert session(parse_xform(result.xform)).answers()["device"] is None


def test_other_dialects_are_read_and_reported() -> None:
    text = b"""| survey |
| | type | name | label | choice_filter |
| | db:person | who | Who | |
| | select_one c | pick | Pick | in = 'x' |

| choices |
| | list_name | name | label | in |
| | c | a | A | x |
| | c | a | B | y |
"""
    result = import_workbook(text, "form.md", isolated=False)
    assert result.xform is not None
    assert {fix.code for fix in result.fixes} == {"type", "choice_duplicates"}


def test_a_scored_question_without_a_weight_for_not_knowing_is_told() -> None:
    text = (COMMON / "risk-record.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if "| answer | dont_know |" in line)
    assert "| D | 0 | 0 | 0 |" in row
    text = text.replace(row, row.replace("| D | 0 | 0 | 0 |", "| D |  | 0 | 0 |"))
    result = import_workbook(text.encode(), "risk.md", isolated=False)
    assert "weight_missing" in {problem.code for problem in result.problems}


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([".xlsx", ".xls", ".csv", ".md", ".txt"]))
def test_no_bytes_raise(data: bytes, suffix: str) -> None:
    result = import_workbook(data, f"any{suffix}", isolated=False)
    assert isinstance(result, ImportResult)
    assert (result.xform is None) == any(problem.severity == "error" for problem in result.problems)


def test_only_one_module_imports_the_converter() -> None:
    source = Path(isolation.__file__).parents[2]
    users = [
        path.name
        for path in source.rglob("*.py")
        if "import pyxform" in (text := path.read_text()) or "from pyxform" in text
    ]
    assert users == ["conversion.py"]
