"""Absolute paths inside repeats, as ODK XForms has them: they keep to the instance they are read in.

In a form about children, "is this child hurt" must follow this child's answer and nobody else's.
"""

from hypothesis import given
from hypothesis import strategies as st

from desktop.forms.engine.session import FormSession
from desktop.forms.xform.definition import FormDefinition
from tests.desktop.forms.building import session, values, xform

FORM = xform(
    """<many/><children jr:template=''><age/><school/><place/><all/><mine/>
    <toys jr:template=''><name/><owner/></toys></children>""",
    """<bind nodeset="/data/many" calculate="count(/data/children)"/>
    <bind nodeset="/data/children/school" relevant="/data/children/age &gt; 5"/>
    <bind nodeset="/data/children/place" calculate="position(..)"/>
    <bind nodeset="/data/children/all" calculate="count(/data/children)"/>
    <bind nodeset="/data/children/mine" calculate="count(/data/children/toys)"/>
    <bind nodeset="/data/children/toys/owner" calculate="/data/children/age"/>""",
    """<repeat nodeset="/data/children"><input ref="/data/children/age"/><input ref="/data/children/school"/>
    <repeat nodeset="/data/children/toys"><input ref="/data/children/toys/name"/></repeat></repeat>""",
)


def children(ages: list[int], form: FormDefinition = FORM, *, reference: bool = False) -> FormSession:
    of = session(form, reference=reference)
    for place, age in enumerate(ages, start=1):
        of.add_repeat("/data/children")
        of.set_value(f"/data/children[{place}]/age", str(age))
    return of


@given(st.lists(st.integers(0, 12), max_size=5))
def test_each_child_follows_its_own_age(ages: list[int]) -> None:
    of = children(ages)
    assert [of.node(f"/data/children[{n}]/school").relevant for n in range(1, len(ages) + 1)] == [a > 5 for a in ages]


def test_the_reference_engine_reads_all_of_them() -> None:
    of = children([3, 9], reference=True)
    assert [of.node(f"/data/children[{n}]/school").relevant for n in (1, 2)] == [True, True]


def test_a_path_to_the_repeat_itself_still_means_all() -> None:
    of = children([1, 2, 3])
    assert values(of)["/data/many"] == "3"
    assert [values(of)[f"/data/children[{n}]/all"] for n in (1, 2, 3)] == ["3", "3", "3"]


def test_inner_repeats_are_those_of_the_outer_instance() -> None:
    of = children([4, 7])
    of.add_repeat("/data/children[2]/toys")
    of.add_repeat("/data/children[2]/toys")
    found = values(of)
    assert (found["/data/children[1]/mine"], found["/data/children[2]/mine"]) == ("0", "2")
    assert found["/data/children[2]/toys[2]/owner"] == "7"
    of.set_value("/data/children[2]/age", "8")
    assert values(of)["/data/children[2]/toys[2]/owner"] == "8"
    of.remove_repeat("/data/children[1]")
    assert values(of)["/data/children[1]/toys[1]/owner"] == "8"


def test_indexed_repeat_and_positions_reach_the_others() -> None:
    form = xform(
        "<r jr:template=''><x/><before/><first/></r>",
        """<bind nodeset="/data/r/before" calculate="indexed-repeat(/data/r/x, /data/r, position(..) - 1)"/>
        <bind nodeset="/data/r/first" calculate="/data/r[1]/x"/>""",
        '<repeat nodeset="/data/r"><input ref="/data/r/x"/></repeat>',
    )
    of = session(form)
    for place, text in enumerate("ab", start=1):
        of.add_repeat("/data/r")
        of.set_value(f"/data/r[{place}]/x", text)
    found = values(of)
    assert (found["/data/r[1]/before"], found["/data/r[2]/before"]) == ("", "a")
    assert (found["/data/r[1]/first"], found["/data/r[2]/first"]) == ("a", "a")
