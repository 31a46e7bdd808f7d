"""A draft loses nothing: whatever was entered comes back, and what fits nowhere is kept with the record."""

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.forms.drafts import Draft
from desktop.forms.submission import draft_of
from tests.desktop.forms.building import session, values, xform

FORM = xform(
    "<ask/><gone/><made/><r jr:template=''><x/><inner jr:template=''><y/></inner></r>",
    """<bind nodeset="/data/gone" relevant="/data/ask = 'y'"/>
    <bind nodeset="/data/made" calculate="concat(/data/ask, '!')"/>""",
    """<input ref="/data/ask"/><input ref="/data/gone"/><input ref="/data/made"/><repeat nodeset="/data/r">
    <input ref="/data/r/x"/><repeat nodeset="/data/r/inner"><input ref="/data/r/inner/y"/></repeat></repeat>""",
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("set"),
            st.sampled_from(["/data/ask", "/data/gone", "/data/made"]),
            st.sampled_from(["y", "n", "<&>"]) | TEXT,
        ),
        st.tuples(st.just("add"), st.just("/data/r"), st.just("")),
        st.tuples(st.just("inner"), st.integers(0, 3), TEXT),
        st.tuples(st.just("remove"), st.integers(0, 3), st.just("")),
    ),
    max_size=12,
)


def play(acts: list[tuple[str, str | int, str]]) -> object:
    of = session(FORM)
    for act, where, text in acts:
        count = sum(1 for node in of.node("/data").instance_children() if node.local == "r")
        if act == "set":
            of.set_value(str(where), text)
        elif act == "add":
            of.add_repeat("/data/r")
        elif count:
            place = int(where) % count + 1
            if act == "remove":
                of.remove_repeat(f"/data/r[{place}]")
            else:
                of.set_value(f"/data/r[{place}]/x", text)
                of.add_repeat(f"/data/r[{place}]/inner")
                of.set_value(f"/data/r[{place}]/inner[1]/y", text)
    return of


@settings(max_examples=60)
@given(ACTS)
def test_a_draft_comes_back_as_it_was(acts: list[tuple[str, str | int, str]]) -> None:
    of = play(acts)
    draft = of.draft()  # type: ignore[attr-defined]  # the session under test
    restored = session(FORM, draft)
    assert restored.draft() == draft
    assert values(restored) == values(of)  # type: ignore[arg-type]  # as above


@settings(max_examples=40)
@given(ACTS)
def test_a_submission_read_back_gives_what_is_relevant(acts: list[tuple[str, str | int, str]]) -> None:
    of = play(acts)
    xml = of.submission_xml()  # type: ignore[attr-defined]  # the session under test
    again = session(FORM, draft_of(FORM, xml))
    assert again.submission_xml() == xml


def test_what_no_xml_may_hold_does_not_break_a_submission() -> None:
    of = session(FORM)
    of.set_value("/data/ask", "a\rb\x0bc]]>&")
    again = session(FORM, draft_of(FORM, of.submission_xml()))
    assert values(again)["/data/ask"] == "a\rb\ufffdc]]>&"
    assert of.answers()["ask"] == "a\rb\x0bc]]>&"


def test_what_fits_nowhere_is_kept_with_the_record() -> None:
    draft = Draft("other", {"/data/ask": "y", "/data/old": "said", "/data/r[2]/x": "two", "/elsewhere/a": "lost?"})
    of = session(FORM, draft)
    assert of.unplaced == {"/data/old": "said", "/elsewhere/a": "lost?"}
    assert values(of)["/data/r[2]/x"] == "two"
    assert session(FORM, of.draft()).draft().unplaced == of.unplaced


def test_entries_that_were_removed_stay_removed() -> None:
    form = xform("<r><x/></r>", body='<repeat nodeset="/data/r"><input ref="/data/r/x"/></repeat>')
    of = session(form)
    of.remove_repeat("/data/r[1]")
    assert not [ref for ref in values(session(form, of.draft())) if ref.startswith("/data/r[")]
