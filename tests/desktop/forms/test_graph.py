"""The graph gives what evaluating everything until nothing changes gives, and evaluates little to get there."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.forms.engine.graph import Computation
from desktop.forms.engine.node import InstanceNode
from desktop.forms.engine.propagation import Propagation
from desktop.forms.engine.ranking import ranks
from desktop.forms.engine.session import FormSession
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xpath.compiler import compiled_of
from desktop.forms.xpath.context import Context
from desktop.forms.xpath.values import to_boolean, to_string
from tests.desktop.forms.building import session, values, xform

SIZE = 7


@st.composite
def acyclic_forms(draw: Any) -> FormDefinition:
    """Questions q0…; each may be computed from, shown by and checked against earlier ones; half stand in a repeat."""
    binds: list[str] = []
    names = [f"q{place}" for place in range(SIZE)]
    for place, name in enumerate(names):
        parts = []
        earlier = st.sampled_from(names[:place]) if place else None
        if earlier is not None and draw(st.booleans()):
            one, other = draw(earlier), draw(earlier)
            shape = draw(
                st.sampled_from(
                    [
                        "concat(../{a}, ../{b})",
                        "../{a} + 1",
                        "if(../{a} = ../{b}, 1, ../{b})",
                        "count(../../r)",
                        "position(..)",
                    ]
                )
            )
            parts.append(f'calculate="{shape.format(a=one, b=other)}"')
        if earlier is not None and draw(st.booleans()):
            parts.append(f'relevant="../{draw(earlier)} != {draw(st.sampled_from(["1", "2"]))}"')
        if earlier is not None and draw(st.booleans()):
            parts.append(f'constraint=". != ../{draw(earlier)}" required="../{draw(earlier)} = 1"')
        binds.append(f'<bind nodeset="/data/r/{name}" {" ".join(parts)}/>')
    total = draw(
        st.sampled_from(
            ["concat(/data/total, '')", "sum(/data/r/q0)", "count(/data/r[q1 = 1])", "join(',', /data/r/q6)"]
        )
    )
    binds.append(f'<bind nodeset="/data/all" calculate="{total.replace("/data/total", "/data/first")}"/>')
    fields = "".join(f"<{name}/>" for name in names)
    inputs = "".join(f'<input ref="/data/r/{name}"/>' for name in names)
    return xform(
        f"<first/><r>{fields}</r><all/>",
        "".join(binds),
        f'<input ref="/data/first"/><repeat nodeset="/data/r">{inputs}</repeat>',
    )


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["set", "set", "set", "add", "remove"]),
        st.integers(0, 3),
        st.integers(0, SIZE - 1),
        st.sampled_from(["", "1", "2", "x"]),
    ),
    max_size=8,
)


def play(of: FormSession, acts: list[tuple[str, int, int, str]]) -> None:
    for act, instance, question, text in acts:
        count = sum(1 for node in of.node("/data").instance_children() if node.local == "r")
        if act == "add":
            of.add_repeat("/data/r")
        elif count and act == "remove":
            of.remove_repeat(f"/data/r[{instance % count + 1}]")
        elif count:
            node = of.node(f"/data/r[{instance % count + 1}]/q{question}")
            if "calculate" not in node.definition.bind.expressions:
                of.set_value(node.reference(), text)


def unsettled(of: FormSession) -> list[str]:
    """Every bind evaluated again, once, from the outside: what does not agree with the session's state."""
    evaluator = of._evaluator
    found: list[str] = []
    for node in of.node("/data").walk():
        for kind, expression in node.definition.bind.expressions.items():
            value = compiled_of(expression)(Context(node, evaluator, node))
            if kind == "relevant":
                agrees = node.own_relevant == to_boolean(value)
            elif kind == "required":
                agrees = node.required == to_boolean(value)
            elif kind == "constraint":
                agrees = node.constraint_ok == (node.text == "" or to_boolean(value))
            else:
                agrees = not node.relevant or node.text == to_string(value).replace("NaN", "")
            if not agrees:
                found.append(f"{node.reference()} {kind}")
    return found


@settings(max_examples=120, deadline=None)
@given(acyclic_forms(), ACTS)
def test_the_graph_ends_where_a_fixed_point_would(form: FormDefinition, acts: list[tuple[str, int, int, str]]) -> None:
    of = session(form)
    play(of, acts)
    assert unsettled(of) == []
    assert of.warnings == ()


def test_a_forgotten_notification_is_seen_by_the_fixed_point(monkeypatch: pytest.MonkeyPatch) -> None:
    form = xform(
        "<r><q0/><q1/></r>",
        '<bind nodeset="/data/r/q1" calculate="../q0"/>',
        '<repeat nodeset="/data/r"><input ref="/data/r/q0"/></repeat>',
    )
    of = session(form)
    monkeypatch.setattr(Propagation, "notify", lambda self, node: None)
    of.set_value("/data/r[1]/q0", "1")
    assert unsettled(of) == ["/data/r[1]/q1 calculate"]


def test_an_answer_evaluates_only_what_reads_it_in_its_own_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    form = xform(
        "<r jr:template=''><a/><b/></r>",
        '<bind nodeset="/data/r/b" calculate="../a"/>',
        '<repeat nodeset="/data/r"><input ref="/data/r/a"/><input ref="/data/r/b"/></repeat>',
    )
    of = session(form)
    for _ in range(5):
        of.add_repeat("/data/r")
    of.set_value("/data/r[2]/b", "typed")
    evaluated: list[str] = []
    honest = Propagation._evaluate

    def watched(self: Propagation, computation: Computation, node: InstanceNode) -> None:
        evaluated.append(node.reference())
        honest(self, computation, node)

    monkeypatch.setattr(Propagation, "_evaluate", watched)
    of.set_value("/data/r[4]/a", "x")
    assert evaluated == ["/data/r[4]/b"]
    assert values(of)["/data/r[2]/b"] == "typed"


@settings(max_examples=200)
@given(st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4), max_size=10))
def test_ranks_put_what_is_needed_first_and_cycles_together(needs: dict[int, list[int]]) -> None:
    order, cycles = ranks(sorted(set(needs) | {n for found in needs.values() for n in found}), needs)
    together = [set(cycle) for cycle in cycles]
    for item, needed in needs.items():
        for other in needed:
            same = any({item, other} <= cycle for cycle in together)
            assert order[other] == order[item] if same or other == item else order[other] < order[item]
