"""A draft in another version of its form: what was entered is in its place or on the list, whatever was changed."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.forms.drafts import Draft
from desktop.forms.engine.session import FormSession
from desktop.forms.errors import FormError
from desktop.forms.migration import Migration, migrate
from desktop.forms.xform.definition import FormDefinition
from tests.desktop.forms.building import environment, session, values, xform

LIST = "<instance id='c'><root>{}</root></instance>"
SELECTS = {"one": "select1", "many": "select"}
TYPES = ("string", "int", "date", "one", "many")


def build(questions: dict[str, str], choices: str = "abc", *, repeat: dict[str, str] | None = None) -> FormDefinition:
    """A form of questions by name and type, with one list of choices, and a repeat with its own questions."""
    inner = "".join(f"<{name}/>" for name in repeat or {})
    instance = "".join(f"<{name}/>" for name in questions) + (f"<r jr:template=''>{inner}</r>" if inner else "")
    items = "".join(f"<item><name>{letter}</name></item>" for letter in choices)
    binds = [bind(f"/data/{name}", kind) for name, kind in questions.items()]
    binds += [bind(f"/data/r/{name}", kind) for name, kind in (repeat or {}).items()]
    body = "".join(control(f"/data/{name}", kind) for name, kind in questions.items())
    within = "".join(control(f"/data/r/{name}", kind) for name, kind in (repeat or {}).items())
    body += f'<repeat nodeset="/data/r">{within}</repeat>' if inner else ""
    return xform(instance, "".join(binds), body, LIST.format(items))


def bind(path: str, kind: str) -> str:
    return f'<bind nodeset="{path}" type="{"string" if kind in SELECTS else kind}"/>'


def control(path: str, kind: str) -> str:
    words = path.rpartition("/")[2].upper()
    if kind not in SELECTS:
        return f'<input ref="{path}"><label>{words}</label></input>'
    name = SELECTS[kind]
    itemset = """<itemset nodeset="instance('c')/root/item"><value ref="name"/><label ref="name"/></itemset>"""
    return f'<{name} ref="{path}"><label>{words}</label>{itemset}</{name}>'


NAMES = st.sampled_from("pqstuvw")
FORMS = st.builds(
    build,
    st.dictionaries(NAMES, st.sampled_from(TYPES), min_size=1, max_size=5),
    st.sampled_from(["abc", "ab", "cd"]),
    repeat=st.dictionaries(NAMES, st.sampled_from(TYPES), max_size=3),
)
ANSWERS = {
    "string": st.sampled_from(["a", "12", "2026-01-02", "her own words"]),
    "int": st.sampled_from(["1", "12"]),
    "date": st.sampled_from(["2026-01-02"]),
    "one": st.sampled_from("abc"),
    "many": st.sampled_from(["a", "a b", "c b a"]),
}


@st.composite
def drafts(draw: st.DrawFn) -> tuple[FormDefinition, Draft]:
    form = draw(FORMS)
    of = session(form)
    if form.model.nodes.get("/data/r"):
        for _ in range(draw(st.integers(0, 3))):
            of.add_repeat("/data/r")
    for node in list(of.node("/data").walk()):
        if node.definition.control is not None:
            of.set_value(node.reference(), draw(st.sampled_from(["", "a", "12", "a b", "2026-01-02", "c"])))
    return form, of.draft()


def words(draft: Draft) -> Counter[str]:
    """Every word entered, wherever it is now; the record's own identifier is nobody's answer."""
    held = {ref: text for ref, text in draft.values.items() if "meta" not in ref and "@" not in ref}
    return Counter(word for text in (*held.values(), *draft.unplaced.values()) for word in text.split())


@settings(max_examples=150, deadline=None)
@given(drafts(), FORMS, st.dictionaries(NAMES, NAMES, max_size=3))
def test_nothing_entered_vanishes(
    given_: tuple[FormDefinition, Draft], new: FormDefinition, names: dict[str, str]
) -> None:
    old, draft = given_
    renames = {f"/data/{before}": f"/data/{after}" for before, after in names.items()}
    migration = migrate(draft, old, new, renames)
    assert words(migration.draft) == words(draft)
    opened = FormSession(new, environment(), draft=migration.draft, migrated=True)
    assert words(opened.draft()) == words(draft)
    wrong = {violation.code for violation in opened.validate()} & {"type", "choice"}
    assert not wrong or old.hash == new.hash


@settings(max_examples=60, deadline=None)
@given(drafts())
def test_the_same_version_changes_nothing(given_: tuple[FormDefinition, Draft]) -> None:
    form, draft = given_
    assert migrate(draft, form, form).draft == draft


@settings(max_examples=60, deadline=None)
@given(drafts(), FORMS)
def test_there_and_back_again_loses_nothing(given_: tuple[FormDefinition, Draft], new: FormDefinition) -> None:
    old, draft = given_
    there = migrate(draft, old, new).draft
    assert words(migrate(there, new, old).draft) == words(draft)


def moved(
    old: FormDefinition, new: FormDefinition, answers: dict[str, str], renames: dict[str, str] | None = None
) -> Migration:
    of = session(old)
    for ref, text in answers.items():
        while "/r[" in ref and "r" not in {node.local for node in of.node("/data").instance_children()}:
            of.add_repeat("/data/r")
        of.set_value(ref, text)
    return migrate(of.draft(), old, new, renames)


def test_the_preview_names_the_question_the_answer_and_the_reason() -> None:
    old = build({"p": "string", "q": "many", "s": "string"}, repeat={"t": "string"})
    new = build({"p": "int", "q": "many"}, "ab")
    # what is no choice any more is told word by word
    found = moved(old, new, {"/data/p": "often", "/data/q": "a c", "/data/s": "x", "/data/r[1]/t": "y"})
    assert [(item.ref, item.label, item.text, item.reason) for item in found.unplaced] == [
        ("/data/p", "P", "often", "not_a_value"),
        ("/data/q", "Q", "c", "no_choice"),
        ("/data/s", "S", "x", "no_question"),
        ("/data/r[1]/t", "T", "y", "no_question"),
    ]
    assert [(move.old, move.new, move.text, move.renamed) for move in found.moves if "meta" not in move.old] == [
        ("/data/q", "/data/q", "a", False)
    ]


def test_a_group_that_is_called_otherwise_takes_its_answers_along() -> None:
    old, new = (
        xform(
            f"<{name} jr:template=''><a/></{name}>",
            body=f'<repeat nodeset="/data/{name}"><input ref="/data/{name}/a"/></repeat>',
        )
        for name in ("kids", "children")
    )
    of = session(old)
    for place, text in enumerate("xy", start=1):
        of.add_repeat("/data/kids")
        of.set_value(f"/data/kids[{place}]/a", text)
    found = migrate(of.draft(), old, new, {"/data/kids": "/data/children"})
    assert found.unplaced == ()
    assert values(session(new, found.draft))["/data/children[2]/a"] == "y"


def test_many_entries_do_not_fit_into_one_question() -> None:
    old, new = build({"p": "string"}, repeat={"t": "string"}), build({"p": "string", "t": "string"})
    of = session(old)
    for place, text in enumerate("xyz", start=1):
        of.add_repeat("/data/r")
        of.set_value(f"/data/r[{place}]/t", text)
    found = migrate(of.draft(), old, new, {"/data/r/t": "/data/t"})
    assert [(move.new, move.text) for move in found.moves if move.renamed] == [("/data/t", "x")]
    assert [(item.text, item.reason) for item in found.unplaced] == [("y", "no_entry"), ("z", "no_entry")]


def test_what_waits_already_is_not_written_over_and_finds_its_place_when_it_comes_back() -> None:
    old, without = build({"p": "string", "q": "string"}), build({"q": "string"})
    first = moved(old, without, {"/data/p": "one"}).draft
    assert first.unplaced == {"/data/p": "one"}
    second = migrate(
        Draft(first.form_hash, {**first.values, "/data/q": "two"}, first.unplaced), without, build({"s": "int"})
    )
    assert second.draft.unplaced == {"/data/q": "two", "/data/p": "one"}
    back = migrate(second.draft, build({"s": "int"}), old).draft
    assert (back.values["/data/p"], back.values["/data/q"], back.unplaced) == ("one", "two", {})


def test_calculations_of_the_new_version_are_made_and_answers_typed_over_them_stay() -> None:
    def form(calculation: str) -> FormDefinition:
        return xform(
            "<a/><sum/><typed/>",
            f"""<bind nodeset="/data/sum" calculate="{calculation}"/>
            <bind nodeset="/data/typed" calculate="{calculation}"/>""",
            '<input ref="/data/a"/><input ref="/data/typed"/>',
        )

    old, new = form("/data/a + 1"), form("/data/a + 100")
    of = session(old)
    of.set_value("/data/a", "1")
    of.set_value("/data/typed", "by hand")
    opened = FormSession(new, environment(), draft=migrate(of.draft(), old, new).draft, migrated=True)
    assert values(opened)["/data/sum"] == "101"
    assert values(opened)["/data/typed"] == "by hand"


def test_a_repeat_the_old_version_did_not_have_begins_as_it_is_written() -> None:
    old = build({"p": "string"})
    new = xform(
        "<p/><r><x/></r>", body='<input ref="/data/p"/><repeat nodeset="/data/r"><input ref="/data/r/x"/></repeat>'
    )
    opened = session(new, moved(old, new, {"/data/p": "kept"}).draft)
    assert "/data/r[1]/x" in values(opened)


def test_an_answer_is_taken_off_the_list_by_a_person_only() -> None:
    old, new = build({"p": "string", "q": "string"}), build({"q": "string"})
    opened: FormSession = session(new, moved(old, new, {"/data/p": "said"}).draft)
    assert opened.settle_unplaced("/data/p") == "said"
    assert opened.draft().unplaced == {}
    with pytest.raises(FormError):
        opened.settle_unplaced("/data/p")
