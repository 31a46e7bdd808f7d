"""Workbooks nobody would send in good faith: opened or refused with a reason, soon, and nothing else is touched."""

import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.forms.xform.definition import parse_xform
from desktop.forms.xlsform.importer import ImportResult, import_workbook
from tests.desktop.forms.workbooks import Sheets, xls, xlsx

SECONDS = 2.0
GOOD: Sheets = {
    "survey": [["type", "name", "label", "relevant"], ["select_one c", "a", "A"], ["text", "b", "B", "${a} = 'x'"]],
    "choices": [["list_name", "name", "label"], ["c", "x", "X"]],
}
HEADS = [
    "type",
    "name",
    "label",
    "label::en",
    "hint",
    "relevant",
    "calculation",
    "constraint",
    "appearance",
    "parameters",
]
HEADS += [
    "repeat_count",
    "choice_filter",
    "default",
    "trigger",
    "bind::dv:role",
    "media::image",
    "kobo--matrix_list",
    "",
]
WRITTEN = [
    "text", "select_one c", "select_multiple c", "begin_group", "end_group", "begin_repeat", "end_repeat", "calculate",
    "audit", "begin_kobomatrix", "end_kobomatrix", "score__row", "a", "b", "${a}", "${zz}", "1 +", "=1+1", "NO_LABEL",
    "\t", "x" * 500, "instance('c')/root/item[", "regex(., '(a|aa)+$')", "<b>&", "]]>", "jr://file/../../x",
    "start=1 end=1 step=0", "é\u202e",
]  # fmt: skip
CELLS = st.sampled_from(WRITTEN)
MARKS = "|survey\n \"',;typenamlb${}_"
SURVEYS = st.lists(st.lists(st.none() | CELLS, max_size=8), max_size=6)


def judged(data: bytes, name: str) -> ImportResult:
    """The result, which opens, or says at least one thing that is wrong; and it was soon there."""
    begin = time.process_time()
    result = import_workbook(data, name, isolated=False)
    assert time.process_time() - begin < SECONDS
    errors = [problem for problem in result.problems if problem.severity == "error"]
    assert (result.xform is None) == bool(errors)
    assert all(problem.message and problem.code for problem in result.problems)
    if result.xform is not None:
        parse_xform(result.xform, resources=result.itemsets)
    return result


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(HEADS), min_size=1, max_size=8), SURVEYS, SURVEYS, st.booleans())
def test_any_cells(heads: list[str], survey: list[list[str]], choices: list[list[str]], old: bool) -> None:
    sheets: Sheets = {"survey": [heads, *survey], "choices": [["list_name", "name", "label"], *choices]}
    judged(xls(sheets) if old else xlsx(sheets), "f.xls" if old else "f.xlsx")


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([(xlsx(GOOD), "f.xlsx"), (xls(GOOD), "f.xls")]),
    st.lists(st.tuples(st.integers(0, 5_000), st.binary(max_size=4)), max_size=5),
)
def test_any_damage(book: tuple[bytes, str], changes: list[tuple[int, bytes]]) -> None:
    data, name = book
    for at, put in changes:
        place = at % len(data)
        data = data[:place] + put + data[place + len(put) :]
    judged(data, name)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*"|survey\n \"',;typenamlb${}_", "| survey |\n", "| | text | a | A |\n"]), max_size=60)
)
def test_any_marks(marks: list[str]) -> None:
    text = "".join(marks)
    judged(text.encode(), "f.md")
    judged(text.encode(), "f.csv")


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
HEAD = f'<worksheet xmlns="{MAIN}">'
SHEET = f'{HEAD}<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row></sheetData></worksheet>'
FAR = (
    f'{HEAD}<dimension ref="A1:XFD1048576"/><sheetData>'
    '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)
HOSTILE = {
    "laughing entities": (f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>' + SHEET % "&l11;").encode(),
    "a file of this machine": ('<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + SHEET % "&f;").encode(),
    "an address": ('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">' + SHEET % "x").encode(),
    "a cell at the far end": FAR.encode(),
    "deep cells": b"<a>" * 50_000,
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_sheet_is_refused(name: str) -> None:
    result = judged(xlsx(GOOD, extra={"xl/worksheets/sheet1.xml": HOSTILE[name]}), "f.xlsx")
    assert result.xform is None
    assert "root:" not in str(result)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/sharedStrings.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"]
)
def test_hostile_parts_of_the_book_tell_nothing(part: str) -> None:
    for content in HOSTILE.values():
        result = judged(xlsx(GOOD, extra={part: content}), "f.xlsx")
        assert "root:" not in (result.xform or "")


def test_a_bomb_inside_a_bomb_is_not_opened() -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (60 * 1024 * 1024))
    result = judged(xlsx(GOOD, extra={"xl/a.zip": inner.getvalue(), "xl/b.xml": b"0" * (101 * 1024 * 1024)}), "f.xlsx")
    assert [problem.code for problem in result.problems] == ["too_big"]


def test_more_cells_than_a_form_has_are_refused_before_the_converter() -> None:
    rows = [["type", "name", "label"], *([["text", f"q{n}", "Q"] for n in range(60_000)])]
    result = import_workbook(xlsx({"survey": rows}), "f.xlsx", isolated=False)
    assert [problem.code for problem in result.problems] == ["too_many_cells"]
