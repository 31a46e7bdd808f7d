"""Two files of one case, edited without sight of each other: no edit is hidden, and one decision makes both agree."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.sharing import Chosen
from desktop.store.store import Store
from sync.change import Assign
from tests.desktop.store.laptops import PRACTICE, RULE, Exchange, Laptop, discard, laptop, shared_case

SHARED = PRACTICE.spaces["shared"]


@pytest.fixture
def police() -> Iterator[Laptop]:
    one = laptop("p1")
    yield one
    discard(one)


@pytest.fixture
def health() -> Iterator[Laptop]:
    one = laptop("h1")
    yield one
    discard(one)


def say(store: Store, key: CaseKey, person: str, name: str) -> None:
    view = store.cases.records(key)["person", person].fields["name"]
    store.cases.edit(key, "person", person, "name", name, view.shown_ids)


def apart(police: Laptop, health: Laptop) -> tuple[Exchange, CaseKey, str, CaseKey]:
    """Both sides changed the name before either heard of the other."""
    key, person, shared = shared_case(police.store)
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    say(police.store, key, person, "Wrenna")
    say(health.store, shared, person, "Wren-Anne")
    exchange.sync(police.store, health.store)
    return exchange, key, person, shared


def test_an_edit_inside_and_a_partners_edit_are_shown_as_one_conflict(police: Laptop, health: Laptop) -> None:
    _, key, person, _ = apart(police, health)
    (conflict,) = police.store.conflicts.open()
    assert {side.value: (side.agency, side.mine) for side in conflict.sides} == {
        "Wrenna": ("police", True),
        "Wren-Anne": ("health", False),
    }
    assert (conflict.key, conflict.record, conflict.field) == (key, person, "name")
    file = police.store.cases.file(key)
    assert [view.id for view in file.conflicts] == [conflict.id]
    assert file.records["person", person].contested == ("name",)
    assert file.shared[0].older == ()
    assert [row.contested for row in police.store.cases.caseload()] == [1]
    assert health.store.conflicts.open() == ()


@pytest.mark.parametrize("choice", ["Wrenna", "Wren-Anne", "Wren Anna"])
def test_the_decision_makes_both_files_agree(police: Laptop, health: Laptop, choice: str) -> None:
    exchange, key, person, shared = apart(police, health)
    police.store.conflicts.resolve(police.store.conflicts.open()[0], choice, "asked her")
    exchange.sync(police.store, health.store)
    assert police.store.conflicts.open() == ()
    assert [row.contested for row in police.store.cases.caseload()] == [0]
    assert police.store.cases.records(key)["person", person].text("name") == choice
    theirs = health.store.cases.records(shared)
    assert theirs["person", person].text("name") == choice
    assert [kind for kind, _ in theirs if kind == "resolution"] == []
    assert [told.kept for told in police.store.conflicts.decided()] == [choice]
    say(health.store, shared, person, "Wrenny")
    exchange.sync(police.store, health.store)
    assert police.store.cases.records(key)["person", person].text("name") == "Wrenny"
    assert police.store.conflicts.open() == ()


def test_an_edit_of_the_field_on_screen_settles_it_too(police: Laptop, health: Laptop) -> None:
    exchange, key, person, shared = apart(police, health)
    say(police.store, key, person, "Wren Anna")
    exchange.sync(police.store, health.store)
    assert police.store.conflicts.open() == ()
    assert police.store.cases.records(key)["person", person].text("name") == "Wren Anna"
    assert health.store.cases.records(shared)["person", person].text("name") == "Wren Anna"


def test_a_colleagues_late_edit_inside_is_not_hidden_by_ours_in_the_shared_file(police: Laptop, health: Laptop) -> None:
    colleague = laptop("p2")
    key, person, shared = shared_case(police.store)
    exchange = Exchange()
    exchange.sync(police.store, health.store, colleague.store)
    say(health.store, shared, person, "Wren-Anne")
    exchange.sync(police.store, health.store)
    say(police.store, key, person, "Wren Anna")
    say(colleague.store, key, person, "Wrenna")
    exchange.sync(police.store, health.store, colleague.store)
    for one in (police, colleague):
        (conflict,) = one.store.conflicts.open()
        assert {side.value for side in conflict.sides} == {"Wren Anna", "Wrenna"}
    discard(colleague)


def test_a_contact_rule_written_inside_before_the_sharing_was_known_is_not_hidden() -> None:
    one, two = laptop("p1"), laptop("p2")
    exchange = Exchange()
    key = one.store.cases.new("Harbour 214")
    person = one.store.cases.add_person(key, "victim", {"name": "Wren"})
    one.store.cases.add_record(key, "safe_contact", {"rule": RULE}, record=person)
    exchange.sync(one.store, two.store)
    one.store.cases.share(key, SHARED, [Chosen("safe_contact", person)], basis="danger to life")
    view = two.store.cases.records(key)["safe_contact", person].fields["rule"]
    two.store.cases.edit(key, "safe_contact", person, "rule", {"level": "none"}, view.shown_ids)
    exchange.sync(one.store, two.store)
    for each in (one, two):
        rule = each.store.cases.records(key)["safe_contact", person].fields["rule"]
        assert rule.value["level"] == "none"
        assert rule.contested
        assert [side.value for side in rule.alternatives if side.value == {"level": "none"}]
    (conflict,) = one.store.conflicts.open()
    one.store.conflicts.resolve(conflict, {"level": "none"}, "")
    exchange.sync(one.store, two.store)
    for each in (one, two):
        rule = each.store.cases.records(key)["safe_contact", person].fields["rule"]
        assert (rule.value, rule.contested) == ({"level": "none"}, False)
    discard(one, two)


def test_sharing_again_never_writes_our_older_value_over_a_partners_newer(police: Laptop, health: Laptop) -> None:
    key, person, shared = shared_case(police.store)
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    say(health.store, shared, person, "Wren-Anne")
    exchange.sync(police.store, health.store)
    police.store.cases.share(key, SHARED, [Chosen("person", person)], basis="danger to life")
    exchange.sync(police.store, health.store)
    assert health.store.cases.records(shared)["person", person].text("name") == "Wren-Anne"
    assert police.store.cases.records(key)["person", person].text("name") == "Wren-Anne"


def test_sharing_one_field_more_keeps_what_was_said_of_the_others(police: Laptop, health: Laptop) -> None:
    key, person, _ = shared_case(police.store)
    police.store.cases.edit(key, "person", person, "language", "sl")
    police.store.cases.share(key, SHARED, [Chosen("person", person, ("language",))], basis="danger to life")
    say(police.store, key, person, "Wrenna")
    assert police.store.cases.file(key).shared[0].older == (("person", person, "name"),)
    assert police.store.conflicts.open() == ()


def test_a_decision_never_sends_a_value_without_its_mark(police: Laptop, health: Laptop) -> None:
    key, person, shared = shared_case(police.store)
    police.store.cases.edit(key, "person", person, "address", "Lane 1")
    police.store.cases.share(key, SHARED, [Chosen("person", person, ("address",))], basis="danger to life")
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    for one, own, address in ((police, key, "Lane 17"), (health, shared, "Lane 2")):
        view = one.store.cases.records(own)["person", person].fields["address"]
        one.store.cases.edit(own, "person", person, "address", address, view.shown_ids)
    exchange.sync(police.store, health.store)
    (conflict,) = police.store.conflicts.open()
    police.store.ledger.write(key, [Assign("person", person, "address_protected", value=True)])
    police.store.conflicts.resolve(conflict, "Lane 17", "new address")
    exchange.sync(police.store, health.store)
    theirs = health.store.cases.records(shared)["person", person]
    assert (theirs.text("address"), theirs.get("address_protected")) == ("Lane 17", True)


def test_a_withdrawal_in_the_shared_file_stops_sharing(police: Laptop, health: Laptop) -> None:
    key, person, shared = shared_case(police.store)
    exchange = Exchange()
    given = {"recipient": "", "state": "given", "circumstances": {"freely": "yes"}}
    police.store.cases.add_record(key, "consent", given)
    exchange.sync(police.store, health.store)
    health.store.cases.add_record(shared, "consent", {"recipient": "", "state": "withdrawn"})
    exchange.sync(police.store, health.store)
    with pytest.raises(KnownError) as caught:
        police.store.cases.share(key, SHARED, [Chosen("person", person)], basis="consent")
    assert caught.value.code == "share.stopped"


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6))
def test_no_edit_is_ever_out_of_sight(acts: list[tuple[int, bool]]) -> None:
    """Whatever p1, p2 and a partner write and whenever they meet: each one's last word stands, is a side of a conflict,
    or somebody wrote over it having seen it.
    """
    ones = [laptop(seat) for seat in ("p1", "p2", "h1")]
    try:
        key, person, shared = shared_case(ones[0].store)
        exchange = Exchange()
        exchange.sync(*(one.store for one in ones))
        unanswered: set[str] = {"Wren"}
        for number, (who, meet) in enumerate(acts):
            store, own = ones[who].store, shared if who == 2 else key
            view = store.cases.records(own)["person", person].fields["name"]
            seen = {side.value for side in view.alternatives} if view.contested else {view.value}
            unanswered = (unanswered - seen) | {f"n{number}"}
            say(store, own, person, f"n{number}")
            if meet:
                exchange.sync(*(one.store for one in ones))
        exchange.sync(*(one.store for one in ones))
        for one in ones[:2]:
            view = one.store.cases.records(key)["person", person].fields["name"]
            shown = {side.value for side in view.alternatives} if view.contested else {view.value}
            assert unanswered <= shown
    finally:
        discard(*ones)


def test_a_row_tells_of_what_waits_in_the_shared_file(police: Laptop, health: Laptop) -> None:
    key, person, _ = shared_case(police.store)
    other = police.store.cases.new("Lantern 7")
    Exchange().sync(police.store, health.store)
    assert {row.stage for row in police.store.cases.caseload()} == {"server"}
    view = police.store.cases.records(key)["safe_contact", person].fields["rule"]
    police.store.cases.edit(key, "safe_contact", person, "rule", RULE | {"from": "10:00"}, view.shown_ids)
    told = {row.key: (row.stage, row.draft) for row in police.store.cases.caseload()}
    assert told == {key: ("outbox", False), other: ("server", False)}
