"""The forms that are shipped: they import without a word of complaint, in every language they promise, with a pack."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from desktop.forms.scoring.declared import profile_of
from desktop.forms.scoring.flag_steps import flags_without_step
from desktop.forms.scoring.pack import read_pack
from desktop.forms.scoring.proving import disagreements
from desktop.forms.xform.body import every_element
from desktop.forms.xform.text import TextSource
from desktop.forms.xlsform.importer import import_workbook
from tests.desktop.forms.building import COMMON, session, shipped

NAMES = sorted(path.stem for path in COMMON.glob("*.md"))
LANGUAGES = ("English (en)", "Deutsch (de)")


def pack(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((COMMON / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_workbook_imports_without_a_problem(name: str) -> None:
    result = import_workbook((COMMON / f"{name}.md").read_bytes(), f"{name}.md", isolated=False)
    assert (result.problems, result.fixes) == ((), ())
    assert shipped(name).form_id == name


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_there_in_both_languages(name: str) -> None:
    form = shipped(name)
    assert form.languages == LANGUAGES
    texts = form.translations.texts
    assert set(texts[LANGUAGES[0]]) == set(texts[LANGUAGES[1]])
    for key, forms in texts[LANGUAGES[0]].items():
        other = texts[LANGUAGES[1]][key]
        assert set(forms) == set(other), key
        for kind, parts in forms.items():
            assert all(part != "-" for part in (*parts, *other[kind])), key
    labels = [element.label for element in every_element(form.body) if not type(element).__name__.startswith("Repeat")]
    assert all(isinstance(label, TextSource) and label.is_itext for label in labels)


@pytest.mark.parametrize("name", NAMES)
def test_every_pack_has_its_form_and_its_fields(name: str) -> None:
    found = read_pack(pack(name))
    assert (found.id, found.form) == (name, f"{name}.md")
    assert set(found.languages) == {"en", "de"}
    content = (COMMON / found.form).read_bytes()
    assert found.checksum == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert found.licence.kind == "open"


@pytest.mark.parametrize("name", NAMES)
def test_every_flag_says_what_to_do_now_in_every_language(name: str) -> None:
    form = shipped(name)
    assert flags_without_step(form) == ()
    flags = {node.local for node in form.root.walk() if node.bind.extras.get("role") == "flag"}
    assert flags == {row["node"] for row in pack(name)["flags"]}


@pytest.mark.parametrize("name", [name for name in NAMES if "scoring" in pack(name)])
def test_the_spreadsheet_and_the_declared_scoring_reckon_the_same(name: str) -> None:
    """Over every cut-off: one below, at it, one above; others denied, unknown, unanswered; said freely and not."""
    found = read_pack(pack(name))
    assert list(disagreements(session(shipped(name)), profile_of(shipped(name), found))) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_pack_and_the_spreadsheet_say_the_same(name: str) -> None:
    found, form = pack(name), shipped(name)
    nodes = {node.local: node for node in form.root.walk()}
    assert [f for f in found["factors"] if nodes[f].bind.extras.get("role") != "item"] == []
    assert [f["node"] for f in found["flags"] if nodes[f["node"]].bind.extras.get("role") != "flag"] == []
    result = session(form).score()
    assert (result is None) == (found["bands"] == [] and found["flags"] == [])
    for row in found["bands"]:
        choices = form.instances["band"].first("root")
        assert choices is not None
        item = next(c for c in choices.elements() if _column(c, "name") == row["name"])
        assert _column(item, "grade") == row["grade"]
        assert _column(item, "from") == ("" if row["range"][0] is None else str(row["range"][0]))


def _column(item: Any, name: str) -> str:
    cell = item.first(name)
    return "" if cell is None else str(cell.string_value())


def test_every_pack_has_a_workbook_and_every_workbook_a_pack() -> None:
    assert sorted(path.stem for path in Path(COMMON).glob("*.json")) == NAMES
    assert {"risk-record", "agency-referral"} <= set(NAMES)
