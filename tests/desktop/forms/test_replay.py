"""A session depends on what was done and nothing else: done again it is the same, also put away and taken up."""

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.forms.engine.session import FormSession
from tests.desktop.forms.building import session, values, xform

FORM = xform(
    """<a/><b/><shown/><over/><pick/><sum/><kids jr:template=''><age/><old/><share/>
    <toys jr:template=''><name/><told/></toys></kids>""",
    """<instance id="c"><root><item><name>x</name><for>1</for></item><item><name>y</name><for>2</for></item></root>
    </instance>
    <bind nodeset="/data/shown" relevant="/data/a &gt; 1"/><bind nodeset="/data/b" required="/data/a = 2"/>
    <bind nodeset="/data/over" calculate="if(/data/a &gt; 1, 'many', 'few')"/>
    <bind nodeset="/data/sum" calculate="count(/data/kids) + sum(/data/kids/age)"/>
    <bind nodeset="/data/kids/old" calculate="/data/kids/age &gt; 5"/>
    <bind nodeset="/data/kids/share" relevant="/data/kids/old = 'true'" calculate="../age div /data/sum"/>
    <bind nodeset="/data/kids/toys/told" calculate="concat(/data/kids/toys/name, position(..), /data/b)"/>""",
    """<input ref="/data/a"/><input ref="/data/b"/><input ref="/data/shown"/><input ref="/data/over"/>
    <select1 ref="/data/pick"><itemset nodeset="instance('c')/root/item[for = /data/a]"><value ref="name"/></itemset>
    </select1>
    <repeat nodeset="/data/kids"><input ref="/data/kids/age"/>
    <repeat nodeset="/data/kids/toys"><input ref="/data/kids/toys/name"/></repeat></repeat>""",
)
PLACES = ["/data/a", "/data/b", "/data/shown", "/data/over", "/data/pick", "kid", "toy", "age", "name", "drop"]
SAID = ["", "1", "2", "3", "7", "x", "her words"]
ACTS = st.lists(st.tuples(st.sampled_from(PLACES), st.integers(1, 3), st.sampled_from(SAID)), max_size=14)


def act(of: FormSession, what: str, place: int, text: str) -> None:
    kids = [node for node in of.node("/data").instance_children() if node.local == "kids"]
    kid = f"/data/kids[{(place - 1) % len(kids) + 1}]" if kids else ""
    if what.startswith("/"):
        of.set_value(what, text)
    elif what == "kid":
        of.add_repeat("/data/kids")
    elif kid and what == "drop":
        of.remove_repeat(kid)
    elif kid and what == "toy":
        of.add_repeat(f"{kid}/toys")
    elif kid and what == "age":
        of.set_value(f"{kid}/age", text)
    elif kid and any(node.local == "toys" for node in of.node(kid).instance_children()):
        of.set_value(f"{kid}/toys[1]/name", text)


def state(of: FormSession) -> object:
    return values(of), of.draft(), of.validate(), of.pages()


@settings(max_examples=80, deadline=None)
@given(ACTS)
def test_done_again_it_is_the_same(acts: list[tuple[str, int, str]]) -> None:
    first, second = session(FORM), session(FORM)
    for of in (first, second):
        for item in acts:
            act(of, *item)
    assert state(first) == state(second)


@settings(max_examples=120, deadline=None)
@given(ACTS, st.sets(st.integers(0, 13)))
def test_put_away_and_taken_up_at_any_point_it_is_the_same(acts: list[tuple[str, int, str]], breaks: set[int]) -> None:
    straight, broken = session(FORM), session(FORM)
    for number, item in enumerate(acts):
        act(straight, *item)
        act(broken, *item)
        if number in breaks:
            broken = session(FORM, broken.draft())
        assert state(straight) == state(broken)


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_what_the_graph_left_alone_would_not_have_changed(acts: list[tuple[str, int, str]]) -> None:
    """Opened anew with all calculations made again, every node reads the same: nothing was forgotten on the way."""
    of = session(FORM)
    for item in acts:
        if item[0] != "/data/over":
            act(of, *item)
    again = session(FORM, of.draft())
    for ref in ("/data/a", "/data/b"):
        text = values(of)[ref]
        again.set_value(ref, "other")
        again.set_value(ref, text)
    assert {ref: text for ref, text in values(again).items() if "over" not in ref} == {
        ref: text for ref, text in values(of).items() if "over" not in ref
    }


def test_an_answer_typed_over_a_calculation_survives_being_put_away() -> None:
    of = session(FORM)
    of.set_value("/data/a", "2")
    of.set_value("/data/over", "her words")
    again = session(FORM, of.draft())
    again.set_value("/data/a", "3")
    assert values(again)["/data/over"] == "her words"
    again.set_value("/data/a", "1")
    assert values(again)["/data/over"] == "few"
