"""The forms that are shipped: they import without a word of complaint, in every language they promise, with a pack."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from desktop.forms.xform.body import every_element
from desktop.forms.xform.text import TextSource
from desktop.forms.xlsform.importer import import_workbook
from tests.desktop.forms.building import COMMON, session, shipped

NAMES = sorted(path.stem for path in COMMON.glob("*.md"))
LANGUAGES = ("English (en)", "Deutsch (de)")
PACK: dict[str, type | tuple[type, ...]] = {
    "id": str, "version": str, "form": str, "title": dict, "languages": list, "country": str, "owner": str,
    "licence": dict,
    "wording_included": bool, "training_required": bool, "subject": str, "filled_by": str, "missing_policy": str,
    "show_score": str, "bands": list, "flags": list, "factors": list, "valid_from": str, "valid_to": (str, type(None)),
    "supersedes": (str, type(None)), "source": str, "checksum": str,
}  # fmt: skip
BAND: dict[str, type] = {
    "name": str, "label": dict, "grade": str, "range": list, "icon": str, "actions": list, "review_after_days": int,
    "conference": str,
}  # fmt: skip
GRADES = {"ungraded", "standard", "raised", "high", "extreme"}


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
    found = pack(name)
    assert set(found) == set(PACK)
    for key, kind in PACK.items():
        assert isinstance(found[key], kind), key
    assert found["id"] == name
    assert found["licence"]["kind"] in {"open", "ask", "closed"}
    assert found["show_score"] in {"never", "after", "always"}
    assert set(found["title"]) == set(found["languages"]) == {"en", "de"}
    content = (COMMON / found["form"]).read_bytes()
    assert found["checksum"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    for row in found["bands"]:
        assert {key: type(row[key]) for key in BAND} == BAND
        assert row["grade"] in GRADES


@pytest.mark.parametrize("name", NAMES)
def test_the_pack_and_the_spreadsheet_say_the_same(name: str) -> None:
    found, form = pack(name), shipped(name)
    nodes = {node.local: node for node in form.root.walk()}
    assert [f for f in found["factors"] if nodes[f].bind.extras.get("role") != "item"] == []
    assert [f["node"] for f in found["flags"] if nodes[f["node"]].bind.extras.get("role") != "flag"] == []
    result = session(form).score()
    assert (result is None) == (found["bands"] == [])
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
