"""Corners of the engine that real forms reach seldom: each with what it must do there."""

import math

import pytest

from desktop.forms.engine.casting import cast
from desktop.forms.engine.tree import MOST_INSTANCES
from desktop.forms.errors import FormError, XPathError
from desktop.forms.xform.reader import read_xml
from desktop.forms.xpath import regexes
from desktop.forms.xpath.compiler import compile_text
from desktop.forms.xpath.context import Context
from desktop.forms.xpath.nodes import in_document_order, walk
from desktop.forms.xpath.shuffle import shuffled
from desktop.forms.xpath.values import to_string
from tests.desktop.forms.building import session, values, workbook, xform
from tests.desktop.forms.test_expressions import host


def test_a_choice_name_of_a_question_without_choices_is_empty_and_told() -> None:
    form = xform(
        "<a>x</a><b/><c/>",
        """<bind nodeset="/data/b" calculate="jr:choice-name(/data/a, '/data/a')"/>
        <bind nodeset="/data/c" calculate="jr:choice-name(/data/a, '/data/none')"/>""",
        '<input ref="/data/a"/>',
    )
    of = session(form)
    assert (values(of)["/data/b"], of.warnings) == ("", ("choice_name_without_choices",))
    with pytest.raises(FormError):
        session(form, reference=True)


def test_a_choice_name_is_read_in_the_same_entry_and_of_nothing_is_nothing() -> None:
    item = "<item><label>{0}</label><value>{0}</value></item>"
    form = xform(
        "<r><a/><said/></r><r><a/><said/></r><u/>",
        """<bind nodeset="/data/r/said" calculate="jr:choice-name(../a, '/data/r/a')"/>
        <bind nodeset="/data/u" calculate="jr:choice-name('z', '/data/r/a')"/>""",
        f'<repeat nodeset="/data/r"><select1 ref="/data/r/a">{item.format("x")}{item.format("y")}</select1></repeat>',
    )
    of = session(form)
    of.set_value("/data/r[2]/a", "y")
    assert [values(of)[f"/data/r[{place}]/said"] for place in (1, 2)] == ["", "y"]
    assert values(of)["/data/u"] == ""


def test_texts_may_be_computed_and_are_nothing_where_a_language_has_none() -> None:
    itext = """<itext><translation lang="en"><text id="t"><value form="long">Said <output value="/data/a"/></value>
        <value form="image">jr://images/p.png</value></text></translation></itext>"""
    form = xform(
        "<a>x</a><b/><c/>",
        """<bind nodeset="/data/b" calculate="concat(jr:itext('t'), jr:itext('none'))"/>
        <bind nodeset="/data/c" constraint="1 = 2"
        jr:constraintMsg="jr:itext('t')"/>""",
        """<input ref="/data/a"><label ref="jr:itext(concat('', 't'))"/></input>
        <input ref="/data/c"><label ref="/data/a"/>
        <hint ref="jr:itext('none')"/></input>""",
        itext,
    )
    of = session(form)
    assert (of.question("/data/a").label, of.question("/data/a").image) == ("Said x", "p.png")
    assert (of.question("/data/c").label, of.question("/data/c").hint, values(of)["/data/b"]) == ("x", "", "Said x")
    of.set_value("/data/c", "1")
    assert [violation.message for violation in of.validate()] == ["Said x"]


def test_pictures_come_from_the_forms_own_folder_or_not_at_all() -> None:
    for address, name in (
        ("jr://images/p.png", "p.png"),
        ("https://x/p.png", ""),
        ("jr://images/..", ""),
        ("jr://i/a\\b", ""),
    ):
        value = f'<value form="image">{address}</value>'
        itext = f'<itext><translation lang="en"><text id="t">{value}</text></translation></itext>'
        form = xform("<a/>", body="""<input ref="/data/a"><label ref="jr:itext('t')"/></input>""", model=itext)
        assert session(form).question("/data/a").image == name


def test_a_repeat_as_a_whole_may_be_hidden_also_while_it_has_no_entries() -> None:
    form = xform(
        "<ask/><g><r jr:template=''><x/></r></g>",
        '<bind nodeset="/data/g/r" relevant="/data/ask = 1"/>',
        '<input ref="/data/ask"/><group ref="/data/g"><repeat nodeset="/data/g/r">'
        '<input ref="/data/g/r/x"/></repeat></group>',
    )
    of = session(form)
    of.add_repeat("/data/g/r")
    assert not of.question("/data/g/r[1]/x").relevant
    of.set_value("/data/ask", "1")
    assert of.question("/data/g/r[1]/x").relevant
    of.add_repeat("/data/g/r")
    of.set_value("/data/ask", "2")
    assert [page.ref for page in of.pages()] == ["/data/ask", "/data/g"]
    assert "x" not in str(of.answers())


def test_a_count_inside_an_entry_belongs_to_that_entry() -> None:
    form = xform(
        "<o jr:template=''><n/><i jr:template=''><y/></i></o>",
        '<bind nodeset="/data/o/n" type="int"/>',
        """<repeat nodeset="/data/o"><input ref="/data/o/n"/><repeat nodeset="/data/o/i" jr:count="../n">
        <input ref="/data/o/i/y"/></repeat></repeat>""",
    )
    of = session(form)
    of.add_repeat("/data/o")
    of.add_repeat("/data/o")
    of.set_value("/data/o[2]/n", "2")
    refs = [ref for ref in values(of) if ref.endswith("/y")]
    assert refs == ["/data/o[2]/i[1]/y", "/data/o[2]/i[2]/y"]
    of.set_value("/data/o[2]/n", "-4")
    assert not [ref for ref in values(of) if ref.endswith("/y")]
    of.remove_repeat("/data/o[2]")
    assert len([ref for ref in values(of) if ref.endswith("/n")]) == 1


def test_a_repeat_has_room_for_many_and_not_for_all() -> None:
    form = xform(
        "<n/><r jr:template=''><x/></r>", body='<input ref="/data/n"/><repeat nodeset="/data/r" jr:count="/data/n"/>'
    )
    of = session(form)
    of.set_value("/data/n", "999999")
    assert sum(1 for ref in values(of) if ref.startswith("/data/r[")) == MOST_INSTANCES


def test_records_hold_values_by_type() -> None:
    form = workbook(
        """
        | survey |
        | | type | name | label |
        | | integer | n | N |
        | | decimal | d | D |
        | | select_multiple c | m | M |
        | | note | said | Said |

        | choices |
        | | list_name | name | label |
        | | c | a | A |
        | | c | b | B |
        """
    )
    of = session(form)
    of.set_value("/data/n", "3")
    of.set_value("/data/d", "2.5")
    of.set_value("/data/m", "a b")
    found = of.answers()
    assert (found["n"], found["d"], found["m"], "said" in found) == (3, 2.5, ["a", "b"], False)
    of.set_value("/data/n", "three")
    assert of.answers()["n"] == "three"


def test_pages_inside_groups_and_loose_questions() -> None:
    form = xform(
        "<a/><o><f><x/></f><y/></o>",
        "",
        """<input ref="/data/a"/><group ref="/data/o"><group ref="/data/o/f" appearance="field-list"><label>F</label>
        <input ref="/data/o/f/x"/></group><input ref="/data/o/y"/></group><repeat nodeset="/data/none"/>""",
    )
    assert [(page.ref, page.label) for page in session(form).pages()] == [
        ("/data/a", ""), ("/data/o/f", "F"), ("/data/o/y", "")
    ]  # fmt: skip


def test_axes_from_attributes_and_documents() -> None:
    surroundings = host()
    top = surroundings.root.children[0]
    identity = next(top.elements()).attributes[0]

    def at_attribute(text: str) -> str:
        return to_string(compile_text(text)(Context(identity, surroundings, identity)))

    assert at_attribute("following::b") == "2"
    assert at_attribute("count(preceding::node())") == "1"
    assert at_attribute("count(following-sibling::node() | preceding-sibling::node())") == "0"
    assert at_attribute("..") == "1"
    namespace = compile_text("namespace::*")(Context(top, surroundings, top))
    assert isinstance(namespace, list)
    both = in_document_order([*namespace[::-1], identity, *list(walk(top))[::-1]])
    assert both[0] is top
    assert len(both) == len(namespace) + 1 + sum(1 for _ in walk(top))
    assert compile_text("namespace::*")(Context(identity, surroundings, identity)) == []


def test_prefixes_without_a_declaration_are_compared_as_they_are_written() -> None:
    document = read_xml("<a xmlns:q='urn:q'><q:b>1</q:b></a>")
    surroundings = host()
    assert to_string(compile_text("q:b")(Context(document.children[0], surroundings, document))) == "1"


def test_patterns_dates_and_orders_at_their_edges() -> None:
    with pytest.raises(regexes.PatternInvalid):
        regexes.check("[")
    with pytest.raises(regexes.PatternTimeout):
        regexes.found("^(a|aa)+$", "a" * 80 + "!")
    assert shuffled([1, 2], "") == shuffled([1, 2], 0.0)
    assert cast("dateTime", "soon") is None
    surroundings = host()
    with pytest.raises(XPathError):
        compile_text("boolean(")
    assert math.isnan(
        float(to_string(compile_text("1e400 * 0")(Context(surroundings.root, surroundings, surroundings.root))))
    )
