"""Forms nobody would write, and nobody's answers: opened or refused by name, soon, and without touching the machine."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.forms.drafts import Draft
from desktop.forms.engine.session import FormSession
from desktop.forms.errors import FormError
from desktop.forms.submission import draft_of
from desktop.forms.xform.definition import FormDefinition, parse_xform
from tests.desktop.forms.building import environment, session, xform

SECONDS = 2.0
_watching: list[str] = []
_armed = [False]


def _note(event: str, arguments: tuple[object, ...]) -> None:
    """The interpreter tells of every file opened, every connection, every process: a form may cause none."""
    if _armed[0] and (event in ("open", "os.system", "subprocess.Popen") or event.startswith(("socket.", "urllib."))):
        _watching.append(f"{event} {arguments[:1]}")


sys.addaudithook(_note)


@contextmanager
def untouched() -> Iterator[None]:
    """Nothing is opened or asked inside, and it does not last: processor time, for other tests run beside."""
    _watching.clear()
    _armed[0], begin = True, time.process_time()
    try:
        yield
    finally:
        _armed[0] = False
    assert _watching == []
    assert time.process_time() - begin < SECONDS


def opened(make: Callable[[], FormDefinition]) -> tuple[str, FormSession | None]:
    """The form in use, or the code by which it was refused."""
    try:
        of = FormSession(make(), environment())
        of.pages()
        of.validate()
        of.submission_xml()
    except FormError as refused:
        return refused.code, None
    return "", of


PATHS = [
    "/data/a",
    "/data/b",
    "/data/g/c",
    "/data/g",
    "/data/r/d",
    "/data/r",
    "../b",
    ".",
    "/data/missing",
    "/data/@id",
]
VALUES = st.sampled_from(
    [
        *PATHS,
        "'y'",
        "1",
        "0",
        "true()",
        "count(/data/r)",
        "position(..)",
        "sum(/data/r/d)",
        "once(random())",
        "now()",
        "//*",
    ]
)
EXPRESSIONS = st.recursive(
    VALUES,
    lambda inner: (
        st.builds("({0} {1} {2})".format, inner, st.sampled_from(["+", "=", "or", "and", "!=", "div"]), inner)
        | st.builds("{0}({1})".format, st.sampled_from(["not", "string-length", "concat", "number", "coalesce"]), inner)
        | st.builds("if({0}, {1}, {2})".format, inner, inner, inner)
    ),
    max_leaves=6,
)
BINDS = st.lists(
    st.tuples(
        st.sampled_from(PATHS),
        st.sampled_from(["relevant", "required", "readonly", "constraint", "calculate"]),
        EXPRESSIONS,
    ),
    max_size=6,
)
TYPES = st.sampled_from(["string", "int", "decimal", "date", "time", "dateTime", "geopoint", "geotrace", "nonsense"])


def build(binds: list[tuple[str, str, str]], kind: str, count: str, label: str) -> FormDefinition:
    """A form with two questions, a group and a repeat, and any rules at all."""
    rules: dict[str, dict[str, str]] = {}
    for path, name, expression in binds:
        rules.setdefault(path, {})[name] = expression
    written = "".join(
        f'<bind nodeset="{path}" type="{kind}" '
        + " ".join(f'{name}="{text.replace("<", "&lt;")}"' for name, text in found.items())
        + "/>"
        for path, found in rules.items()
    )
    counted = f'jr:count="{count}"' if count else ""
    return xform(
        "<a>1</a><b/><g><c/></g><r jr:template=''><d/></r>",
        written,
        f"""<input ref="/data/a"><label>A <output value="{label}"/></label></input><input ref="/data/b"/>
        <group ref="/data/g"><input ref="/data/g/c"/></group>
        <repeat nodeset="/data/r" {counted}><input ref="/data/r/d"/></repeat>""",
    )


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["set", "add", "remove", "draft"]),
        st.sampled_from(
            ["/data/a", "/data/b", "/data/g/c", "/data/r[1]/d", "/data/r", "/data/r[1]", "/data/zz", "", "/"]
        ),
        st.sampled_from(["", "y", "1", "2026-01-02", "9" * 5_000, "\x00", "\ud800", "-1e400", "1 2;3 4"]),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(BINDS, TYPES, st.sampled_from(["", "2", "/data/a", "'x'", "-1"]), EXPRESSIONS, ACTS)
def test_any_rules_and_any_answers(
    binds: list[tuple[str, str, str]], kind: str, count: str, label: str, acts: list[tuple[str, str, str]]
) -> None:
    with untouched():
        _code, of = opened(lambda: build(binds, kind, count, label))
        for act, ref, text in acts if of is not None else ():
            assert of is not None
            of = played(of, act, ref, text)


def played(of: FormSession, act: str, ref: str, text: str) -> FormSession:
    """One act; the engine may refuse it by name, and nothing else may happen."""
    said = "refused"
    try:
        if act == "set":
            of.set_value(ref, text)
        elif act == "add":
            of.add_repeat(ref)
        elif act == "remove":
            of.remove_repeat(ref)
        else:
            return session(of.definition, of.draft())
    except FormError as refused:
        said = refused.code
    assert said
    return of


SMALL = (
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
    'xmlns:jr="http://openrosa.org/javarosa"><h:head><model><itext><translation lang="en" default="true()">'
    '<text id="t"><value>Hi <output value="/data/a"/></value></text></translation></itext><instance><data id="f"><a/>'
    '<r jr:template=""><b/></r></data></instance><instance id="c"><root><item><name>x</name></item></root></instance>'
    '<bind nodeset="/data/a" type="int" relevant="true()" constraint=". &gt; 1"/>'
    '<setvalue ref="/data/a" event="odk-instance-first-load" value="1"/></model></h:head><h:body>'
    '<select1 ref="/data/a"><label ref="jr:itext(\'t\')"/><itemset nodeset="instance(\'c\')/root/item">'
    '<value ref="name"/><label ref="name"/></itemset></select1><group ref="/data/r"><repeat nodeset="/data/r" '
    'jr:count="2"><range ref="/data/r/b" start="1" end="5" step="1"/></repeat></group></h:body></h:html>'
)
PIECES = [piece for piece in SMALL.replace(">", ">\n").split("\n") if piece]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(PIECES) - 1), st.sampled_from(["drop", "twice", "swap"])), max_size=4))
def test_a_form_with_its_parts_mixed_up(changes: list[tuple[int, str]]) -> None:
    pieces = list(PIECES)
    for at, change in changes:
        place = at % len(pieces)
        if change == "drop":
            pieces[place] = ""
        elif change == "twice":
            pieces[place] *= 2
        else:
            pieces[place], pieces[-1 - place] = pieces[-1 - place], pieces[place]
    with untouched():
        code, of = opened(lambda: parse_xform("".join(pieces)))
        assert (of is None) == bool(code)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(SMALL)), st.integers(0, 40), st.text(max_size=12))
def test_a_form_with_a_piece_cut_out_or_put_in(at: int, length: int, put: str) -> None:
    with untouched():
        code, of = opened(lambda: parse_xform(SMALL[:at] + put + SMALL[at + length :]))
        assert (of is None) == bool(code)


DEEP = 3_000


def put(old: str, new: str, *, into: str = SMALL) -> str:
    assert old in into
    return into.replace(old, new)


def around(tag: str, inner: str = "") -> str:
    return f"<{tag}>" * DEEP + inner + f"</{tag}>" * DEEP


COUNTED = 'jr:count="2"><range ref="/data/r/b" start="1" end="5" step="1"/></repeat>'
TWICE = (
    'jr:count="1000"><repeat nodeset="/data/r/s" jr:count="1000">'
    '<range ref="/data/r/s/b" start="1" end="5" step="1"/></repeat></repeat>'
)
WALKING = "//*[//*[//*[//*[//*]]]] and //*//*//*//*"
MONSTERS = {
    "deep groups": put("<a/>", around("a")),
    "deep body": put("<h:body>", "<h:body>" + around("group")),
    "deep list": put("<name>x</name>", around("n")),
    "deep label": put("Hi ", around("b")),
    "entities": '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]>' + put("Hi", "&d;"),
    "file": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + put("Hi", "&b;"),
    "address": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">' + SMALL,
    "many entries": put('jr:count="2"', 'jr:count="1e9"'),
    "entries of entries": put(COUNTED, TWICE, into=put("<b/>", '<s jr:template=""><b/></s>')),
    "walking": put("true()", WALKING, into=put('jr:count="2"', 'jr:count="300"')),
    "slow pattern": put(". &gt; 1", "regex('" + "a" * 3_000 + "!', '(a|aa)+$')"),
    "ring": put('relevant="true()"', 'calculate="../a + 1" relevant=". &lt; 5"'),
}


@pytest.mark.parametrize("name", sorted(MONSTERS))
def test_a_monster_is_refused_or_tamed(name: str) -> None:
    with untouched():
        code, of = opened(lambda: parse_xform(MONSTERS[name]))
        assert (of is None) == bool(code)
        for text in ("1", "2", "3") if of is not None else ():
            assert of is not None
            played(of, "set", "/data/a", text)


def test_a_text_that_doubles_forty_times_ends() -> None:
    names = [f"q{n}" for n in range(40)]
    binds = "".join(
        f'<bind nodeset="/data/{after}" calculate="concat(/data/{before}, /data/{before})"/>'
        for before, after in pairwise(names)
    )
    form = xform("".join(f"<{name}/>" for name in names), binds, '<input ref="/data/q0"/>')
    with untouched():
        of = session(form)
        of.set_value("/data/q0", "x" * 100)
        assert max(len(node.text) for node in of.node("/data").walk()) <= 2_000_000


ODD = ["<data>" * DEEP, around("data"), "<other/>", "<data><r/><r/><r><b>1</b></r></data>", ""]
BITS = ["<data>", "</data>", "<a>", "</a>", "<r>", "</r>", "x", "<b/>", "&lt;", "&x;"]
RECORDS = st.text(max_size=60) | st.sampled_from(ODD) | st.lists(st.sampled_from(BITS), max_size=12).map("".join)
REFS = st.text(st.sampled_from(list("/data[]r1290b@:~ax")), max_size=20)


@settings(max_examples=60, deadline=None)
@given(RECORDS)
def test_any_record_is_read_or_refused(xml: str) -> None:
    form = parse_xform(SMALL)
    with untouched():
        code = ""
        try:
            FormSession(form, environment(), draft=draft_of(form, xml), editing=True).submission_xml()
        except FormError as refused:
            code = refused.code
        assert code in ("", "xml_broken", "xml_unsafe", "too_deep")


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(REFS, st.text(max_size=5), max_size=6))
def test_any_draft_opens_and_keeps_what_it_holds(values: dict[str, str]) -> None:
    form = parse_xform(SMALL)
    with untouched():
        kept = session(form, Draft(form.hash, values)).draft()
    held = sorted(text for text in (*kept.values.values(), *kept.unplaced.values()) if text)
    assert all(text in held for text in values.values() if text)
