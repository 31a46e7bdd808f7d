"""What scoring adds to a spreadsheet that is careless: the lowest band is never named while an item is open."""

from tests.desktop.forms.building import session, values, workbook, xform

CARELESS = """
| survey |
| | type | name | label | calculation | bind::dv:role |
| | select_one yn | q1 | One | | item |
| | select_one yn | q2 | Two | | item |
| | calculate | score | | count(${q1}[. = 'yes']) + count(${q2}[. = 'yes']) | score |
| | calculate | answered | | count-non-empty(${q1}) + count-non-empty(${q2}) | answered |
| | calculate | possible | | 2 | possible |
| | calculate | band | | if(${score} >= 1, 'high', 'low') | band |
| | select_one band | grade | Grade | | grade |
| | calculate | flag_two | | if(${q2} = 'yes', 1, 0) | flag |

| choices |
| | list_name | name | label | weight | grade | from |
| | yn | yes | Yes | 1 | | |
| | yn | no | No | 0 | | |
| | band | none | Open | | ungraded | |
| | band | low | Low | | standard | 0 |
| | band | high | High | | high | 1 |

| settings |
| | namespaces |
| | dv="urn:causeway:dv" |
"""


def test_the_lowest_band_is_not_named_while_an_item_is_open() -> None:
    of = session(workbook(CARELESS))
    for answers, band, at_least in (({}, "none", True), ({"q1": "no"}, "none", True), ({"q2": "no"}, "low", False)):
        for name, answer in answers.items():
            of.set_value(f"/data/{name}", answer)
        result = of.score()
        assert result is not None
        assert result.band is not None
        assert (result.band.name, result.at_least) == (band, at_least)
    of.set_value("/data/q2", "yes")
    result = of.score()
    assert result is not None
    assert result.band is not None
    assert (result.band.name, result.score, [flag.ref for flag in result.flags]) == ("high", 1, ["/data/flag_two"])


def test_the_lowest_band_is_not_named_while_a_no_was_not_said_freely() -> None:
    asked = CARELESS.replace(
        "| | select_one yn | q1 |", "| | select_one yn | freely | Freely | | free_to_speak |\n| | select_one yn | q1 |"
    )
    doubtful = asked.replace("weight | grade | from |", "weight | grade | from | doubtful |")
    doubtful = doubtful.replace("| | yn | no | No | 0 | | |", "| | yn | no | No | 0 | | | 1 |")
    of = session(workbook(doubtful))
    for name in ("q1", "q2"):
        of.set_value(f"/data/{name}", "no")
    for freely, band in (("", "none"), ("no", "none"), ("yes", "low")):
        of.set_value("/data/freely", freely)
        result = of.score()
        assert result is not None
        assert result.band is not None
        assert result.band.name == band


def test_a_form_without_roles_has_no_score() -> None:
    assert session(xform("<a/>")).score() is None


def test_what_a_change_sets_stays_in_its_own_entry() -> None:
    form = xform(
        "<r><x/><y/></r><r><x/><y/></r>",
        body="""<repeat nodeset="/data/r"><input ref="/data/r/x"><setvalue event="xforms-value-changed" ref="/data/r/y"
        value="../x"/></input><input ref="/data/r/y"/></repeat>""",
    )
    of = session(form)
    of.set_value("/data/r[1]/y", "kept")
    of.set_value("/data/r[2]/x", "new")
    assert (values(of)["/data/r[1]/y"], values(of)["/data/r[2]/y"]) == ("kept", "new")
