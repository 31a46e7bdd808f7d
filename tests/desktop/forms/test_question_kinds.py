"""The kinds of question beyond the plain ones: what a widget is told, what is an answer, what is none."""

import pytest

from desktop.forms.engine.session import FormSession
from desktop.forms.xform.definition import parse_xform
from desktop.forms.xlsform.importer import import_workbook
from tests.desktop.forms.building import session
from tests.desktop.forms.workbooks import xlsx

ROWS: list[list[str | None]] = [
    ["type", "name", "label", "appearance", "parameters"],
    ["rank c", "order", "In which order", None, None],
    ["range", "pain", "Pain", None, "start=0 end=10 step=0.5"],
    ["image", "sign", "Signature", "signature", None],
    ["image", "photo", "Photo", None, None],
    ["file", "paper", "Paper", None, None],
    ["geopoint", "place", "Place", None, None],
    ["geotrace", "way", "Way", None, None],
    ["geoshape", "yard", "Yard", None, None],
    ["acknowledge", "ok", "Read", None, None],
    ["begin_group", "grid", "How often", "table-list", None],
    ["select_one c", "first", "First", None, None],
    ["select_one c", "second", "Second", None, None],
    ["end_group", None, None, None, None],
]
CHOICES = [["list_name", "name", "label"], ["c", "a", "A"], ["c", "b", "B"], ["c", "d", "D"]]


def opened() -> FormSession:
    result = import_workbook(xlsx({"survey": ROWS, "choices": CHOICES}), "f.xlsx", isolated=False)
    assert result.xform is not None, result.problems
    return session(parse_xform(result.xform))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("order", "rank"),
        ("pain", "range"),
        ("sign", "signature"),
        ("photo", "image"),
        ("paper", "file"),
        ("place", "geopoint"),
        ("way", "geotrace"),
        ("yard", "geoshape"),
        ("ok", "acknowledge"),
    ],
)
def test_a_widget_is_told_the_kind(name: str, kind: str) -> None:
    assert opened().question(f"/data/{name}").kind == kind


def test_a_range_says_its_ends_and_step_and_a_rank_its_choices() -> None:
    of = opened()
    assert dict(of.question("/data/pain").parameters) == {"start": "0", "end": "10", "step": "0.5"}
    assert [choice.value for choice in of.question("/data/order").choices] == ["a", "b", "d"]


def test_a_table_of_choices_stands_on_one_page_under_its_heads() -> None:
    (page,) = [page for page in opened().pages() if page.ref == "/data/grid"]
    assert [node.appearance[:1] for node in page.nodes if node.kind == "select_one"] == [
        ("label",),
        ("list-nolabel",),
        ("list-nolabel",),
    ]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("order", "b a d", ""),
        ("order", "b zz", "choice"),
        ("pain", "2.5", ""),
        ("pain", "much", "type"),
        ("place", "48.1 11.5", ""),
        ("place", "48.1 11.5 500 4", ""),
        ("place", "Farm road", "type"),
        ("place", "91 0", "type"),
        ("way", "48 11;49 12", ""),
        ("way", "48 11", "type"),
        ("yard", "48 11;49 12;50 11;48 11", ""),
        ("yard", "48 11;49 12;50 11;47 10", "type"),
    ],
)
def test_what_is_no_answer_of_the_kind_is_marked_and_kept(name: str, text: str, code: str) -> None:
    of = opened()
    of.set_value(f"/data/{name}", text)
    assert [violation.code for violation in of.validate()] == ([code] if code else [])
    assert of.answers()[name] is not None
    assert session(of.definition, of.draft()).question(f"/data/{name}").value == text
