"""A pack is refused with its reason: wrong metadata, scoring that does not fit, a flag that says nothing to do, and a
spreadsheet that reckons otherwise than it declares.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from desktop.forms.errors import FormError
from desktop.forms.scoring.declared import profile_of
from desktop.forms.scoring.pack import pack_schema, read_pack
from desktop.forms.xlsform.importer import import_workbook
from desktop.packs import check_pack, prove_pack
from desktop.paths import resource
from tests.desktop.forms.building import COMMON, environment, shipped, workbook

GRID = "grid-24-topics"
Edit = Callable[[dict[str, Any]], Any]


def pack(name: str = GRID) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((COMMON / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_the_schema_for_authors_is_the_one_that_is_checked() -> None:
    assert json.loads(resource("forms", "pack.schema.json").read_text(encoding="utf-8")) == pack_schema()


@pytest.mark.parametrize(("edit", "reason"), [
    (lambda p: p.pop("owner"), "owner"),
    (lambda p: p.update(show_score="perhaps"), "show_score"),
    (lambda p: p.update(surprise=1), "surprise"),
    (lambda p: p["bands"][1].pop("icon"), "icon"),
    (lambda p: p["bands"][1].update(review_after_days=0), "review_after_days"),
    (lambda p: p["title"].pop("de"), "title"),
    (lambda p: p.pop("placeholder"), "placeholder"),
    (lambda p: p.update(wording_included=True, licence={"kind": "ask", "text": "theirs"}), "licence"),
    (lambda p: p.update(valid_to="2025-01-01"), "valid_to"),
    (lambda p: p["bands"].append(p["bands"][1]), "named twice"),
    (lambda p: p.update(checksum="sha256:0"), "checksum"),
])  # fmt: skip
def test_metadata_that_is_wrong_is_refused_with_its_place(edit: Edit, reason: str) -> None:
    data = pack()
    edit(data)
    with pytest.raises(FormError) as refused:
        read_pack(data)
    assert refused.value.code == "pack_invalid"
    assert reason in str(refused.value.details["reason"])


@pytest.mark.parametrize(("edit", "reason"), [
    (lambda p: p.pop("scoring"), "declares none"),
    (lambda p: p["scoring"].update(triggers=[{"reason": "r", "items": ["nowhere"], "least": 1, "band": "high"}]),
     "nowhere"),
    (lambda p: p["scoring"].update(triggers=[{"reason": "r", "items": ["injury"], "least": 1, "band": "top"}]), "top"),
    (lambda p: p["bands"][2].update(range=[20, 30]), "do not rise"),
])  # fmt: skip
def test_scoring_that_does_not_fit_the_form_is_refused(edit: Edit, reason: str) -> None:
    data = pack()
    edit(data)
    with pytest.raises(FormError) as refused:
        profile_of(shipped(GRID), read_pack(data))
    assert refused.value.code == "scoring_invalid"
    assert reason in str(refused.value.details["reason"])


def text_of(name: str) -> str:
    return (COMMON / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("instead", [
    "", "See a doctor", "See a doctor — you", " — you — today", "See a doctor — you — today; Wait"
])  # fmt: skip
def test_a_flag_that_does_not_say_what_to_do_now_is_refused(instead: str) -> None:
    name = "follow-up-child"
    row = next(line for line in text_of(name).splitlines() if "| flag_child_taken |" in line)
    german = row.split(" | ")[6]
    form = workbook(text_of(name).replace(row, row.replace(german, instead)))
    with pytest.raises(FormError) as refused:
        check_pack(form, pack(name))
    assert (refused.value.code, refused.value.details["flag"]) == ("flag_without_step", "flag_child_taken")


def test_the_author_is_told_of_a_flag_that_says_nothing_to_do() -> None:
    text = text_of("follow-up-child")
    row = next(line for line in text.splitlines() if "| flag_child_taken |" in line)
    careless = text.replace(row, row.replace(row.split(" | ")[6], ""))
    found = import_workbook(careless.encode(), "form.md", isolated=False)
    assert [(one.code, one.row) for one in found.problems] == [("flag_without_step", text.splitlines().index(row))]


def test_a_flag_that_the_pack_does_not_name_is_refused() -> None:
    data = pack()
    data["flags"] = data["flags"][1:]
    with pytest.raises(FormError) as refused:
        check_pack(shipped(GRID), data)
    assert refused.value.code == "flag_missing"


@pytest.mark.parametrize(("old", "new", "what"), [
    ("| answer | yes | Yes | Ja | Y | 1 |", "| answer | yes | Yes | Ja | Y | 2 |", "could"),
    ("if(${score} >= instance('band')/root/item[name = 'high']/from", "if(${score} > 14", "band"),
    ("if(${could_score} >= instance('band')/root/item[name = 'raised']/from", "if(${could_score} > 10", "could"),
    ("${score} + ${open_items} + ${doubted}", "${score} + ${doubted}", "could"),
    ("if(${free_to_speak} = 'yes', 0,", "if(${free_to_speak} != 'no', 0,", "could"),
    ("coalesce(instance('answer')/root/item[name = ${record}]/weight, 0)", "0", "score"),
])  # fmt: skip
def test_a_spreadsheet_that_reckons_otherwise_is_found_out(old: str, new: str, what: str) -> None:
    assert old in text_of(GRID)
    found = prove_pack(workbook(text_of(GRID).replace(old, new)), pack(), environment())
    assert what in {one.what for one in found}


@pytest.mark.parametrize(("old", "new"), [
    ("Don’t know | Weiß nicht | D | 0 | 0 |", "Don’t know | Weiß nicht | D | 0 | 1 |"),
    ("Refused | Keine Antwort gewollt | R | 0 | 0 |", "Refused | Keine Antwort gewollt | R | 0 | 1 |"),
    ("| answer | no | No | Nein | N | 0 | 1 | 1 |", "| answer | no | No | Nein | N | 0 | 1 | 0 |"),
])  # fmt: skip
def test_no_pack_can_make_a_no_of_what_is_not_known_or_not_said_freely(old: str, new: str) -> None:
    assert old in text_of(GRID)
    with pytest.raises(FormError) as refused:
        check_pack(workbook(text_of(GRID).replace(old, new)), pack())
    assert refused.value.code == "scoring_invalid"


def test_every_follow_up_block_is_called_for_by_a_factor_of_the_risk_record() -> None:
    factors = set(pack("risk-record")["factors"])
    blocks = [pack(path.stem) for path in COMMON.glob("follow-up-*.json")]
    assert len(blocks) == 4
    for block in blocks:
        assert block["triggered_by"]
        assert set(block["triggered_by"]) <= factors


def test_the_risk_record_reckons_as_a_count_of_its_factors() -> None:
    data = pack("risk-record") | {"scoring": {"shape": "count"}}
    assert prove_pack(shipped("risk-record"), data, environment()) == ()


@pytest.mark.parametrize(("listed", "field"), [("consent", "with_consent"), ("no_consent", "without_consent")])
def test_the_conference_cut_offs_of_sheet_and_pack_are_the_same(listed: str, field: str) -> None:
    rows = [line.split(" | ") for line in text_of(GRID).splitlines() if line.startswith(f"| | cut | {listed} |")]
    (row,) = ([cell.strip("| ") for cell in cells if cell.strip("| ")] for cells in rows)
    assert float(row[-1]) == pack()["scoring"]["conference"][field]
