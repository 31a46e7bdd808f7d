"""Two laptops, two agencies, no line between them for a while: what each wrote is there afterwards, or asked about."""

import pytest

from tests.e2e.conftest import MakeWorld
from tests.e2e.processes import RefusedHere
from tests.e2e.world import DAY, World

pytestmark = pytest.mark.e2e


def test_offline_edits_of_different_fields_both_stand(world: World) -> None:
    case = world.shared_case()
    world["alder"].edit(case, "title", "Change all locks")
    world["linden"].edit(case, "status", "done")
    world.verify()
    for laptop in world.laptops.values():
        assert laptop.ask("conflicts") == []
        assert laptop.value(case, "title") == "Change all locks"
        assert laptop.value(case, "status") == "done"


def test_offline_edits_of_the_same_field_are_shown_on_both_resolved_on_one_and_settled_on_both(world: World) -> None:
    case = world.shared_case()
    world["alder"].edit(case, "title", "Change the front lock")
    world["linden"].edit(case, "title", "Change the back lock")
    world.verify()
    for laptop in world.laptops.values():
        ((*_, field, sides),) = laptop.ask("conflicts")
        assert field == "title"
        assert sorted(sides) == ["Change the back lock", "Change the front lock"]
        assert laptop.value(case, "title") is None

    world["linden"].ask("resolve", field="title", choice="Change the back lock", reason="she said so herself")
    world.verify()
    for laptop in world.laptops.values():
        assert laptop.ask("conflicts") == []
        assert laptop.value(case, "title") == "Change the back lock"


def test_the_stricter_of_two_contact_rules_stands_until_people_decide(world: World) -> None:
    case = world.shared_case()
    free = {"level": "free", "channel": "telephone", "number": "0170 5550101", "voicemail": "yes"}
    never = {"level": "none"}
    contact = {"case": case.key, "kind": "safe_contact", "record": "safe_contact", "field": "rule"}
    world["alder"].ask("edit", **contact, value=free)
    world["linden"].ask("edit", **contact, value=never)
    world.verify()
    for laptop in world.laptops.values():
        standing = laptop.ask("value", **contact)
        assert standing["level"] == "none"
        assert standing["voicemail"] == "no"
    with pytest.raises(RefusedHere) as refused:
        world["linden"].ask("resolve", field="rule", choice=free, reason="")
    assert refused.value.code == "conflict.reason_needed"
    world["alder"].ask("resolve", field="rule", choice=never, reason="")
    world.verify()
    assert world["linden"].ask("conflicts") == []
    assert world["linden"].ask("value", **contact) == never


def test_both_resolving_the_same_conflict_differently_is_a_conflict_again(world: World) -> None:
    case = world.shared_case()
    for laptop in world.laptops.values():
        laptop.edit(case, "title", f"as {laptop.member} wrote it")
    world.level()
    for laptop in world.laptops.values():
        laptop.ask("resolve", field="title", choice=f"as {laptop.member} wrote it", reason="")
    world.verify()
    assert len(world["alder"].ask("conflicts")) == 1
    world["alder"].ask("resolve", field="title", choice="as both wrote it", reason="")
    world.verify()
    assert world["linden"].ask("conflicts") == []
    assert world["linden"].value(case, "title") == "as both wrote it"


@pytest.mark.parametrize("offset", [DAY, -DAY], ids=["ahead", "behind"])
def test_a_clock_that_is_a_day_off_decides_nothing(make_world: MakeWorld, offset: float) -> None:
    world = make_world(alder=offset, linden=0.0)
    case = world.shared_case()
    world["alder"].edit(case, "title", "by the wrong clock")
    world["linden"].edit(case, "title", "by the right clock")
    world.verify()
    assert len(world["linden"].ask("conflicts")) == 1

    world["alder"].ask("resolve", field="title", choice="decided by the wrong clock", reason="")
    world.verify()
    world["linden"].edit(case, "title", "and later by the right one")
    world.verify()
    assert world["alder"].value(case, "title") == "and later by the right one"


def test_fifteen_hundred_records_at_once_arrive_whole(world: World) -> None:
    case = world.shared_case()
    texts = [f"note {number}: {'and what she told ' * (number % 7)}" for number in range(1500)]
    assert world["alder"].ask("many", case=case.key, texts=texts) == 1500
    world["linden"].edit(case, "title", "written meanwhile")
    assert world["alder"].ask("counts")["pending"] == 1500
    world.verify()
    space, tag = case.key
    shared = world["linden"].ask("fold")[space][tag]
    arrived = [fields["text"]["value"] for record, fields in shared.items() if record.startswith("note ")]
    assert sorted(arrived) == sorted(texts)
    assert world["linden"].ask("cases") == ["HARBOUR 12"]
    assert case.unit[1] not in str(world["linden"].ask("fold")).replace(case.key[1], "")
