"""Forms as they are read: lists in files, types, what is refused and what is only left out, records edited again."""

import pytest

from desktop.forms.engine.casting import cast, fits
from desktop.forms.engine.environment import Environment
from desktop.forms.engine.session import FormSession
from desktop.forms.errors import FormError
from desktop.forms.xform.definition import parse_xform
from tests.desktop.forms.building import NOW, environment, session, values, xform

SELECT = """<select1 ref="/data/a"><itemset nodeset="instance('l')/root/item">
<value ref="{}"/><label ref="{}"/></itemset></select1>"""


def listed(source: str, content: bytes, value: str = "name", label: str = "label") -> list[tuple[str, str]]:
    """The choices of a select whose list is a file."""
    form = parse_xform(
        '<html xmlns:jr="j"><head><model><instance><data id="f"><a/></data></instance>'
        f'<instance id="l" src="{source}"/></model></head><body>{SELECT.format(value, label)}</body></html>',
        resources={source: content},
    )
    return [(choice.value, choice.label) for choice in session(form).question("/data/a").choices]


def test_lists_come_from_files_beside_the_form() -> None:
    assert listed("jr://file-csv/l.csv", b"name,label\na,A\n\nb\n") == [("a", "A"), ("b", "")]
    assert listed("jr://file-csv/l.csv", "\ufeffname;label\na;Ä\n".encode()) == [("a", "Ä")]
    xml = b"<root><item><name>a</name><label>A</label></item></root>"
    assert listed("jr://file/l.xml", xml) == [("a", "A")]
    for kind, points, shown in (
        ("Point", "[2, 1]", "1 2 0 0"),
        ("LineString", "[[2, 1], [4, 3]]", "1 2 0 0; 3 4 0 0"),
        ("Polygon", "[[[2, 1], [4, 3]]]", "1 2 0 0; 3 4 0 0"),
    ):
        geometry = f'{{"type": "{kind}", "coordinates": {points}}}'
        place = f'{{"features": [{{"id": "p", "geometry": {geometry}, "properties": {{"t": "T", "n": null}}}}]}}'
        assert listed("jr://file/l.geojson", place.encode(), "geometry", "t") == [(shown, "T")]


@pytest.mark.parametrize(
    ("source", "content"),
    [("l.csv", b"\xff\xfe\x00"), ("l.geojson", b"[]"), ("l.geojson", b'{"features": 1}'), ("l.xml", b"<a>"),
     ("l.geojson", b'{"features": [{"geometry": {"type": "Point", "coordinates": 1}}]}')],
)  # fmt: skip
def test_a_file_that_cannot_be_read_refuses_the_form(source: str, content: bytes) -> None:
    with pytest.raises(FormError) as refusal:
        listed(f"jr://file/{source}", content)
    assert refusal.value.code in ("attachment_broken", "xml_broken")


def test_a_missing_file_reads_as_empty_and_is_named() -> None:
    form = xform("<a/>", body=SELECT.format("name", "label"), model='<instance id="l" src="jr://file/l.xml"/>')
    assert form.missing_resources == ("jr://file/l.xml",)
    assert session(form).question("/data/a").choices == ()


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("<a", "xml_broken"),
        ("<a/>", "not_a_form"),
        ("<a><model/></a>", "no_instance"),
        ("<a><model><instance><d/></instance><submission method='fax'/></model></a>", "submission_method"),
        (
            "<a><model><instance><d><q/></d></instance><bind nodeset='/d/q' relevant='1 +'/></model></a>",
            "expression_broken",
        ),
        (
            "<a><model><instance><d><q/></d></instance></model><body><range ref='/d/q' start='1'/></body></a>",
            "range_bounds",
        ),
        (
            (
                "<a><model><instance><d><q/></d></instance></model>"
                "<body><range ref='/d/q' start='1' end='1' step='1'/></body></a>"
            ),
            "range_bounds",
        ),
    ],
)
def test_what_is_no_form_is_refused_with_a_code_a_sentence_and_a_remedy(xml: str, code: str) -> None:
    with pytest.raises(FormError) as refusal:
        parse_xform(xml)
    assert refusal.value.code == code
    assert refusal.value.explanation.sentence.endswith(".")
    assert refusal.value.explanation.remedy


def test_what_names_nothing_is_left_out_and_told() -> None:
    form = xform(
        "<a/>",
        '<bind nodeset="/data/none" relevant="1"/>',
        '<input ref="/data/none"/><repeat nodeset="/data/no"/><input ref="a"/><group ref="current()/b"/>',
        '<setvalue event="odk-instance-load" ref="/data/none" value="1"/>'
        '<setvalue event="odk-instance-load" ref="/data/a">x</setvalue>',
    )
    assert form.model.warnings == [
        "repeat /data/no",
        "body /data/none",
        "body /data/no",
        "body /data/b",
        "setvalue /data/none",
    ]
    assert values(session(form))["/data/a"] == "x"


def test_a_bind_may_be_named_by_its_id() -> None:
    form = xform(
        "<a/>", '<bind id="first" nodeset="/data/a" required="true()"/>', '<input bind="first"><label>L</label></input>'
    )
    question = session(form).question("/data/a")
    assert (question.label, question.required) == ("L", True)


TYPES = [
    ("int", "12.9", "12"),
    ("int", "x", None),
    ("int", "99999999999", None),
    ("int", "", ""),
    ("decimal", "10", "10.0"),
    ("decimal", "x", None),
    ("date", "2024-02-29", "2024-02-29"),
    ("date", "2023-02-29", None),
    ("date", "2024-13-01", None),
    ("date", "soon", None),
    ("dateTime", "2024-02-29T10:00", "2024-02-29T10:00"),
    ("dateTime", "2024-02-30T10:00", None),
    ("time", "23:59", "23:59"),
    ("time", "24:00", None),
    ("geopoint", "1 2", "1.0 2.0"),
    ("geopoint", "91 0", None),
    ("geopoint", "1", None),
    ("geotrace", "1 2;3 4;", "1.0 2.0;3.0 4.0"),
    ("geotrace", "1 2", None),
    ("string", " x ", " x "),
    ("geoshape", "0 0;0 1;1 1;0 0", "0.0 0.0;0.0 1.0;1.0 1.0;0.0 0.0"),
    ("geoshape", "0 0;0 1;1 1;1 0", None),
]


@pytest.mark.parametrize(("kind", "text", "found"), TYPES)
def test_types_say_what_a_value_is(kind: str, text: str, found: str | None) -> None:
    assert cast(kind, text) == found
    assert fits(kind, text) == (found is not None and text != "12.9")


PRELOADS = """<bind nodeset="/data/day" jr:preload="date" jr:preloadParams="today"/>
<bind nodeset="/data/began" jr:preload="timestamp" jr:preloadParams="start"/>
<bind nodeset="/data/ended" jr:preload="timestamp" jr:preloadParams="end"/>
<bind nodeset="/data/who" jr:preload="property" jr:preloadParams="username"/>
<bind nodeset="/data/made" calculate="/data/ended"/>"""


def test_a_record_knows_its_times_and_nothing_of_the_person_who_filled_it() -> None:
    form = xform("<day/><began/><ended/><who/><made/>", PRELOADS)
    of = session(form)
    assert values(of)["/data/day"] == "2026-03-15"
    assert values(of)["/data/began"] == "2026-03-15T10:00:00.000+00:00"
    assert (values(of)["/data/ended"], values(of)["/data/who"]) == ("", "")
    assert "<made>2026-03-15T10:00:00.000+00:00</made>" in of.submission_xml()
    named = Environment(
        lambda: NOW, environment().zone, environment().uuid, environment().random, properties={"UserName": "x"}
    )
    assert values(FormSession(form, named))["/data/who"] == "x"


def test_a_record_edited_again_gets_a_new_name_and_keeps_the_old_one() -> None:
    form = xform("<a/>", body='<input ref="/data/a"/>')
    first = session(form)
    first.set_value("/data/a", "x")
    draft = first.draft()
    other = Environment(lambda: NOW, environment().zone, lambda: "two", environment().random)
    again = FormSession(form, other, draft=draft, editing=True)
    assert values(again)["/data/orx:meta/orx:instanceID"] == "uuid:two"
    assert values(again)["/data/orx:meta/orx:deprecatedID"] == values(first)["/data/orx:meta/orx:instanceID"]
    third = FormSession(form, environment(), draft=again.draft(), editing=True)
    assert values(third)["/data/orx:meta/orx:deprecatedID"] == "uuid:two"
    assert "orx:deprecatedID>uuid:two<" in third.submission_xml()


def test_expressions_over_all_axes_are_followed() -> None:
    form = xform(
        "<g x='1'><a/><b/></g><s/><t/><u/><v/><w/>",
        """<bind nodeset="/data/s" calculate="count(//a[. = 'x'])"/>
        <bind nodeset="/data/t" calculate="string(/data/*/a | /data/g/b)"/>
        <bind nodeset="/data/u" calculate="/data/g/b/preceding-sibling::a"/>
        <bind nodeset="/data/v" calculate="-(/data/g/a = 'x')"/>
        <bind nodeset="/data/w" calculate="concat((/data/g/a)[. != ''], current()/../g/@x, /data/g/descendant::b)"/>""",
        '<input ref="/data/g/a"/><input ref="/data/g/b"/>',
    )
    of = session(form)
    of.set_value("/data/g/a", "x")
    of.set_value("/data/g/b", "y")
    assert [values(of)[f"/data/{name}"] for name in "stuvw"] == ["1", "x", "x", "-1", "x1y"]


def test_state_below_a_group_follows_it() -> None:
    form = xform(
        "<ask/><g><a q='1'>k</a><r jr:template=''><x/></r></g><n/>",
        """<bind nodeset="/data/g" relevant="/data/ask != 'n'" readonly="/data/ask = 'r'"/>
        <bind nodeset="/data/n" calculate="count(/data/g/r)"/>""",
        '<input ref="/data/ask"/><input ref="/data/g/a"/><repeat nodeset="/data/g/r">'
        '<input ref="/data/g/r/x"/></repeat>',
    )
    of = session(form)
    of.set_value("/data/ask", "n")
    of.add_repeat("/data/g/r")
    assert not of.question("/data/g/r[1]/x").relevant
    of.set_value("/data/ask", "r")
    of.add_repeat("/data/g/r")
    assert of.question("/data/g/r[2]/x").readonly
    assert of.node("/data/g/a/@q").string_value() == "1"
    assert values(of)["/data/n"] == "2"
    assert session(form, of.draft()).draft() == of.draft()
