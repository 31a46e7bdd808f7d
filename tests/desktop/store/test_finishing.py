"""Finishing a form that fires flags: where the flag goes, and that a second firing contradicts nobody."""

from collections.abc import Iterator

import pytest

from desktop.model.flag import read_flag
from desktop.model.record import CaseKey
from desktop.store.sharing import Chosen
from desktop.store.store import Store
from tests.desktop.store.laptops import PRACTICE, Exchange, Laptop, discard, laptop, shared_case

SHARED = PRACTICE.spaces["shared"]
OLD = [{"act": "Do not go back alone", "who": "you", "within": "now"}]
NEW = [{"act": "Warn everyone who goes there", "who": "you", "within": "now"}, *OLD]


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


def finish(store: Store, key: CaseKey, steps: list[dict[str, str]], **ended: str) -> None:
    flag = {"code": "firearm", "label": "Firearm", "do_now": steps, **ended}
    store.forms.finish(key, "", {"tool": "risk", "grade": "high"}, form="risk@1", flags=[flag])


def test_a_flag_that_fires_again_is_no_conflict_and_asks_every_step_again(police: Laptop) -> None:
    key = police.store.cases.new("Harbour 214")
    finish(police.store, key, OLD, step_0="done")
    finish(police.store, key, NEW)
    assert police.store.conflicts.open() == ()
    flag = read_flag(police.store.cases.records(key)["flag", "firearm"])
    assert [(step.act, step.state) for step in flag.steps] == [(step["act"], "") for step in NEW]
    assert flag.is_waiting


def test_a_step_answered_in_the_form_itself_stays_answered(police: Laptop) -> None:
    key = police.store.cases.new("Harbour 214")
    finish(police.store, key, OLD)
    finish(police.store, key, NEW, step_1="done")
    flag = read_flag(police.store.cases.records(key)["flag", "firearm"])
    assert [step.state for step in flag.steps] == ["", "done"]


def test_a_copied_flag_is_offered_to_the_partners_when_it_fires_again(police: Laptop, health: Laptop) -> None:
    key, _, shared = shared_case(police.store)
    finish(police.store, key, OLD)
    police.store.cases.share(key, SHARED, [Chosen("flag", "firearm")], basis="danger to life")
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    finish(police.store, key, NEW)
    assert police.store.cases.records(key)["flag", "firearm"].fields["do_now"].partners_hold_older
    police.store.cases.send_newer(key)
    exchange.sync(police.store, health.store)
    assert [len(store.conflicts.open()) for store in (police.store, health.store)] == [0, 0]
    seen = read_flag(health.store.cases.records(shared)["flag", "firearm"])
    assert [step.act for step in seen.steps] == [step["act"] for step in NEW]


def test_a_flag_that_lives_with_the_partners_fires_there(police: Laptop, health: Laptop) -> None:
    key, _, shared = shared_case(police.store)
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    finish(health.store, shared, OLD)
    exchange.sync(police.store, health.store)
    finish(police.store, key, NEW)
    exchange.sync(police.store, health.store)
    assert [len(store.conflicts.open()) for store in (police.store, health.store)] == [0, 0]
    seen = read_flag(health.store.cases.records(shared)["flag", "firearm"])
    assert [step.act for step in seen.steps] == [step["act"] for step in NEW]
