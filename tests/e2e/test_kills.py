"""A laptop's program killed (SIGKILL) just before statement k of what it does, for every k.

Each time it is opened again: what it did is there whole or not at all, and it still agrees with everybody.
"""

import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.line import Call, Cut, line_to, once
from tests.e2e.processes import Ended
from tests.e2e.world import Laptop, SharedCase, World

pytestmark = pytest.mark.e2e

Act = Callable[[int], dict[str, Any]]
"""The k-th command, which differs from all before it in what it writes."""


def swept(laptop: Laptop, act: Act, look: Callable[[], Any], *, step: int = 1) -> list[tuple[Any, Any]]:
    """What is seen before and after the command was killed at statement 1, 1 + step, …, until one comes to its end."""
    seen: list[tuple[Any, Any]] = []
    for k in range(1, 2000, step):
        before = look()
        status = laptop.status_after(**act(k), at_statement=k)
        assert status in {None, -signal.SIGKILL}
        if status:
            laptop.open()
        seen.append((before, look()))
        assert laptop.ask("sound") == 0
        assert laptop.sync()["level"]
        if status is None:
            return seen
    raise AssertionError("it never comes to its end")


@pytest.fixture
def case(world: World) -> SharedCase:
    return world.shared_case()


def test_edit_of_a_field(world: World, case: SharedCase) -> None:
    alder = world["alder"]

    def edit(k: int) -> dict[str, Any]:
        return {
            "do": "edit",
            "case": case.key,
            "kind": "action",
            "record": case.action,
            "field": "title",
            "value": str(k),
        }

    seen = swept(alder, edit, lambda: alder.value(case, "title"))
    assert len(seen) > 10
    for k, (before, after) in enumerate(seen, 1):
        assert after in {before, str(k)}
    assert seen[-1][1] == str(len(seen))
    assert any(before == after for before, after in seen)
    world.verify()
    assert world["linden"].value(case, "title") == str(len(seen))


def test_finishing_a_form(world: World, case: SharedCase) -> None:
    """Draft gone and record, flag and outbox row there; or the draft with every answer, and nothing else."""
    alder = world["alder"]
    answers = {"/risk/q1": "yes", "/risk/q2": "no"}
    begun = [alder.ask("draft", case=case.unit, answers=answers)]

    def finish(k: int) -> dict[str, Any]:
        if alder.ask("answers", draft=begun[-1]) is None:
            begun.append(alder.ask("draft", case=case.unit, answers=answers))
        fields = {"tool": "risk", "grade": "high", "reason": f"kill {k}", "answers": answers}
        flags = [{"code": f"flag{k}", "label": "Firearm", "do_now": []}]
        return {"do": "finish", "case": case.unit, "draft": begun[-1], "fields": fields, "flags": flags}

    def look() -> tuple[Any, int, int]:
        space, tag = case.unit
        records = alder.ask("fold")[space][tag]
        kinds = [record.split(" ")[0] for record in records]
        return alder.ask("answers", draft=begun[-1]), kinds.count("assessment"), kinds.count("flag")

    seen = swept(alder, finish, look)
    assert len(seen) > 10
    for before, after in seen:
        draft, assessments, flags = before
        assert after in [(answers, assessments, flags), (None, assessments + 1, flags + 1)], draft
    assert seen[-1][1][0] is None
    world.verify()


def test_sharing_a_case(world: World) -> None:
    """Two files and the link between them: partners see all of it or nothing of it."""
    alder = world["alder"]
    space = world.space("police", "health", "support")
    world["alder"].ask("new", code_name="LANTERN 0")

    def share(k: int) -> dict[str, Any]:
        return {"do": "share", "case": alder.ask("new", code_name=f"LANTERN {k}"), "space": space}

    def look() -> tuple[int, int, int]:
        fold = alder.ask("fold")
        unit = fold[world.space("police")].values()
        kinds = [record.split(" ")[0] for records in unit for record in records]
        return len(fold[space]), kinds.count("link"), kinds.count("disclosure")

    seen = swept(alder, share, look)
    assert len(seen) > 20
    for (files, links, disclosures), after in seen:
        assert after in [(files, links, disclosures), (files + 1, links + 1, disclosures + 1)]
    assert seen[-1][0] != seen[-1][1]
    world.verify()


@pytest.mark.parametrize("sends", [True, False], ids=["sends and reads", "only reads"])
def test_round(world: World, case: SharedCase, sends: bool) -> None:
    """Each time something else comes: a page that was lost could not be covered up by a later one."""
    alder, linden = world["alder"], world["linden"]

    def news(k: int) -> dict[str, Any]:
        if sends:
            alder.edit(case, "title", f"alder {k}")
        linden.ask("many", case=case.key, texts=[f"linden {k}"])
        assert linden.sync()["level"]
        return {"do": "sync", "address": world.server.address}

    seen = swept(alder, news, lambda: alder.ask("counts")["pending"], step=5)
    assert len(seen) > 10
    world.verify()
    space, tag = case.key
    notes = [record for record in alder.ask("fold")[space][tag] if record.startswith("note ")]
    assert len(notes) == len(seen)


def test_killed_from_outside_while_the_line_hangs(world: World, case: SharedCase) -> None:
    """Power cut between the sending of a batch and its answer."""
    alder = world["alder"]
    alder.ask("many", case=case.key, texts=["one", "two"])

    def power_cut(call: Call) -> None:
        call.forward()
        call.answer()
        alder.computer.kill_program()
        call.until_the_laptop_gives_up()
        raise Cut

    with line_to(world.server.port) as line:
        line.strike = once(lambda call: call.is_push, power_cut)
        with pytest.raises(Ended) as ended:
            alder.sync(line.address)
    assert ended.value.status == -signal.SIGKILL
    alder.open()
    assert alder.ask("counts")["pending"] == 2
    world.verify()
