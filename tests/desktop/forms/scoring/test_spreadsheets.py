"""A partnership's own spreadsheets in the shapes that no shipped pack has: what they compute is what they declare."""

import json
from typing import Any

import pytest

from desktop.forms.engine.session import FormSession
from desktop.forms.scoring.declared import profile_of
from desktop.forms.scoring.pack import read_pack
from desktop.forms.scoring.profile import Shape
from desktop.packs import prove_pack
from tests.desktop.forms.building import COMMON, environment, workbook

HEAD = """
| survey |
| | type | name | label | calculation | relevant | bind::dv:role |
| | select_one yn | free_to_speak | Freely | | | free_to_speak |
"""
SETTINGS = """
| settings |
| | namespaces |
| | dv="urn:causeway:dv" |
"""
FIVE = """
| | {list} | yes | Yes | {weight} | 1 | {yes} | | |
| | {list} | no | No | 0 | 1 | {no} | | |
| | {list} | dont_know | Unknown | 0 | 0 | 0 | | |
| | {list} | not_asked | Not asked | 0 | 0 | 0 | | |
| | {list} | refused | Refused | 0 | 0 | 0 | | |"""
CHOICES = """
| choices |
| | list_name | name | label | weight | known | doubtful | grade | from |
| | yn | yes | Yes | | | | | |
| | yn | no | No | | | | | |
| | yn | unsure | Unsure | | | | | |"""
PRESSED = "${free_to_speak} != 'yes'"


def five(name: str, weight: int) -> str:
    kept = {"list": name, "weight": weight, "yes": int(weight < 0), "no": int(weight >= 0)}
    return FIVE.format(**kept)


def bands(*least: tuple[str, str, object]) -> str:
    return "".join(f"\n| | band | {name} | {name} | | | | {grade} | {at} |" for name, grade, at in least)


def of(column: str, code: str, answers: str) -> str:
    return f"coalesce(instance('{answers}')/root/item[name = ${{{code}}}]/{column}, 0)"


def pack(shape: Shape, rows: list[tuple[str, str, float | None]], **scoring: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((COMMON / "grid-24-topics.json").read_text(encoding="utf-8"))
    like = data["bands"][0]
    data["bands"] = [like | {"name": name, "grade": grade, "range": [least, None]} for name, grade, least in rows]
    return data | {"flags": [], "factors": [], "scoring": {"shape": shape.value, **scoring}}


def form(survey: str, choices: str) -> str:
    return f"{HEAD.strip()}\n{survey.strip()}\n\n{(CHOICES + choices).strip()}\n\n{SETTINGS.strip()}\n"


COUNTS = """
| | calculate | answered | | {answered} | | answered |
| | calculate | possible | | {possible} | | possible |
"""
LOOSE = "| | select_one band | all_bands | Bands | | false() | |"
ROWS: list[tuple[str, str, float | None]] = [("open", "ungraded", None), ("low", "standard", 0), ("high", "high", 3)]
BANDS = bands(("open", "ungraded", ""), ("low", "standard", 0), ("high", "high", 3))


def test_b_weights_a_bonus_and_a_negative_term() -> None:
    weights = {"a": ("two", 2), "b": ("one", 1), "shield": ("minus", -1)}
    items = "\n".join(f"| | select_one {name} | {code} | {code} | | | item |" for code, (name, _w) in weights.items())
    known = " + ".join(of("known", code, name) for code, (name, _w) in weights.items())
    plain = " + ".join(of("weight", code, name) for code, (name, _w) in weights.items() if code != "shield")
    shield = f"if(${{shield}} = 'yes' and not({PRESSED}), -1, 0)"
    reach = " + ".join(
        f"if({of('known', code, name)} = 0 or (${{{code}}} = 'no' and {PRESSED}), {weight}, {of('weight', code, name)})"
        for code, (name, weight) in weights.items() if code != "shield"
    )  # fmt: skip
    both = "if(${a} = 'yes' and ${b} = 'yes', 1, 0)"
    both_could = (
        f"if((${{a}} = 'yes' or {of('known', 'a', 'two')} = 0 or {PRESSED}) and "
        f"(${{b}} = 'yes' or {of('known', 'b', 'one')} = 0 or {PRESSED}), 1, 0)"
    )
    doubted = PRESSED + " and (${a} = 'no' or ${b} = 'no' or ${shield} = 'yes')"
    survey = f"""{items}
| | calculate | score | | {plain} + {shield} + {both} | | score |
| | calculate | reach | | {reach} + {shield} + {both_could} | | |
{COUNTS.format(answered=known, possible=3).strip()}
| | calculate | unsettled | | if(${{answered}} < 3 or {doubted}, 1, 0) | | |
| | calculate | band | | if(${{score}} >= 3, 'high', if(${{unsettled}} = 1 or ${{score}} < 0, 'open', 'low')) | | band |
| | calculate | could | | if(${{reach}} >= 3, 'high', if(${{reach}} < 0, 'open', 'low')) | | could |
{LOOSE}"""
    lists = "".join(five(name, weight) for name, weight in weights.values())
    declared = pack(
        Shape.WEIGHTED, ROWS, bonuses=[{"code": "both", "items": ["a", "b"], "least": 2, "points": 1}]
    )  # fmt: skip
    assert prove_pack(workbook(form(survey, lists + BANDS)), declared, environment()) == ()


def trigger_form(order: str) -> str:
    codes = ["one", "two", "three", "belief"]
    items = "\n".join(f"| | select_one five | {code} | {code} | | | item |" for code in codes)
    known = " + ".join(of("known", code, "five") for code in codes)

    def maybe(code: str) -> str:
        return f"(${{{code}}} = 'yes' or {of('known', code, 'five')} = 0 or {PRESSED})"

    group = " + ".join(f"if(${{{code}}} = 'yes', 1, 0)" for code in ("two", "three"))
    group_could = " + ".join(f"if({maybe(code)}, 1, 0)" for code in ("two", "three"))
    rest = "if(${unsettled} = 1, 'open', 'low')"
    survey = f"""{items}
{COUNTS.format(answered=known, possible=4).strip()}
| | calculate | unsettled | | if(${{answered}} < 4 or {PRESSED}, 1, 0) | | |
| | calculate | band | | if(${{one}} = 'yes' or {group} >= {order} or ${{belief}} = 'yes', 'high', {rest}) | | band |
| | calculate | could | | if({maybe("one")} or {group_could} >= 2 or {maybe("belief")}, 'high', 'low') | | could |
{LOOSE}"""
    return form(
        survey, five("five", 0) + bands(("open", "ungraded", ""), ("low", "standard", ""), ("high", "high", ""))
    )


TRIGGERS = [
    {"reason": "group1", "items": ["one"], "least": 1, "band": "high"},
    {"reason": "group2", "items": ["two", "three"], "least": 2, "band": "high"},
    {"reason": "belief", "items": ["belief"], "least": 1, "band": "high"},
]
UNNUMBERED: list[tuple[str, str, float | None]] = [(name, grade, None) for name, grade, _least in ROWS]


@pytest.mark.parametrize(("needed", "agrees"), [("2", True), ("1", False), ("3", False)])
def test_c_an_ordered_trigger(needed: str, agrees: bool) -> None:
    declared = pack(Shape.TRIGGER, UNNUMBERED, triggers=TRIGGERS)
    found = prove_pack(workbook(trigger_form(needed)), declared, environment())
    assert (found == ()) is agrees


LIKERT = "".join(
    f"\n| | often | {name} | {name} | {value} | 1 | {int(value == 1)} | | |"
    for value, name in enumerate(("never", "rarely", "at_times", "often", "always"), 1)
)


@pytest.mark.parametrize(("cut", "agrees"), [(11, True), (12, False), (10, False)])
def test_e_a_likert_sum(cut: int, agrees: bool) -> None:
    codes = ["a", "b", "c", "d"]
    items = "\n".join(f"| | select_one often | {code} | {code} | | | item |" for code in codes)
    least = " + ".join(f"coalesce(instance('often')/root/item[name = ${{{code}}}]/weight, 1)" for code in codes)
    most = " + ".join(
        f"if(${{{code}}} = 'never' and {PRESSED}, 5, "
        f"coalesce(instance('often')/root/item[name = ${{{code}}}]/weight, 5))"
        for code in codes
    )
    survey = f"""{items}
| | calculate | score | | {least} | | score |
| | calculate | reach | | {most} | | |
{COUNTS.format(answered=" + ".join(of("known", code, "often") for code in codes), possible=4).strip()}
| | calculate | band | | if(${{score}} >= {cut}, 'high', if(${{reach}} > ${{score}}, 'open', 'low')) | | band |
| | calculate | could | | if(${{reach}} >= {cut}, 'high', 'low') | | could |
{LOOSE}"""
    rows: list[tuple[str, str, float | None]] = [
        ("open", "ungraded", None),
        ("low", "standard", 4),
        ("high", "high", 11),
    ]
    text = form(survey, LIKERT + bands(("open", "ungraded", ""), ("low", "standard", 4), ("high", "high", cut)))
    found = prove_pack(workbook(text), pack(Shape.LIKERT, rows), environment())
    assert (found == ()) is agrees


def test_g_a_judgement_has_no_number_in_the_spreadsheet_either() -> None:
    survey = f"""
| | select_one part | anger_recent | Anger, recent | | | item |
| | select_one part | anger_past | Anger, past | | | item |
{COUNTS.format(answered="count-non-empty(${anger_recent}) + count-non-empty(${anger_past})", possible=2).strip()}
| | select_one band | summary | Summary | | | band |"""
    part = "".join(
        f"\n| | part | {name} | {name} | {value} | 1 | {int(value == 0)} | | |"
        for value, name in enumerate(("absent", "partly", "present"))
    )
    definition = workbook(
        form(survey, part + bands(("open", "ungraded", ""), ("low", "standard", ""), ("high", "high", "")))
    )
    data = pack(Shape.JUDGEMENT, UNNUMBERED)
    profile = profile_of(definition, read_pack(data))
    assert [item.code for item in profile.items] == ["anger_recent", "anger_past"]
    of_form = FormSession(definition, environment())
    of_form.set_value("/data/summary", "low")
    result = of_form.score()
    assert result is not None
    assert result.band is not None
    assert (result.score, result.band.name, result.at_least) == (None, "open", True)
    for name in ("anger_recent", "anger_past"):
        of_form.set_value(f"/data/{name}", "partly")
    settled = of_form.score()
    assert settled is not None
    assert settled.band is not None
    assert (settled.score, settled.band.name, settled.at_least) == (None, "low", False)
