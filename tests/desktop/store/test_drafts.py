"""Drafts: every answer is on disk when saving returns, and nothing entered vanishes but by an act that says so."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.errors import Bug, KnownError
from desktop.store.database import Database
from desktop.store.drafts import Drafts
from desktop.store.events import Changed
from desktop.store.migrate import open_store

KEY = bytes(range(32))

refs = st.sampled_from(["/data/a", "/data/b", "/data/child[1]/name", "/data/child[2]/name"])
steps = st.lists(
    st.tuples(st.just("save"), st.dictionaries(refs, st.none() | st.text(), max_size=3))
    | st.tuples(st.just("restate"), st.dictionaries(refs, st.text(), max_size=3)),
    max_size=8,
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "store.db", KEY, create=True)
    yield opened
    opened.close()


@pytest.fixture
def drafts(database: Database) -> Drafts:
    return Drafts(database, itertools.count(1000).__next__)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps)
def test_what_was_saved_is_what_is_loaded(drafts: Drafts, acts: list[tuple[str, dict[str, str | None]]]) -> None:
    draft_id = drafts.begin("risk", "3", "ab" * 32)
    expected: dict[str, str] = {}
    for act, answers in acts:
        given_values = {ref: value for ref, value in answers.items() if value is not None}
        if act == "save":
            drafts.save_answers(draft_id, answers)
            expected = {ref: value for ref, value in expected.items() if ref not in answers} | given_values
        else:
            drafts.restate(draft_id, given_values)
            expected = given_values
    draft = drafts.load(draft_id)
    assert draft is not None
    assert draft.answers == expected
    assert draft.head.answers == len(expected)


def test_a_draft_keeps_its_form_its_case_and_its_context_over_a_restart(database: Database, drafts: Drafts) -> None:
    context = {"over": {"grade": [["ab" * 32, 0]]}, "seen": [1, 2]}
    draft_id = drafts.begin("risk", "3", "ab" * 32, "case/1", context=context)
    drafts.save_answer(draft_id, "/data/a", "yes")
    database.close()
    again = open_store(database.path, KEY)
    draft = Drafts(again, lambda: 0).load(draft_id)
    again.close()
    assert draft is not None
    head = draft.head
    assert (head.draft_id, head.form_id, head.form_version, head.form_hash) == (draft_id, "risk", "3", "ab" * 32)
    assert (head.case_ref, draft.context, draft.answers) == ("case/1", context, {"/data/a": "yes"})
    assert head.begun_at < head.changed_at


def test_the_list_shows_the_last_touched_first_and_can_be_of_one_case(drafts: Drafts) -> None:
    first = drafts.begin("risk", "1", "00", "case/1")
    second = drafts.begin("referral", "1", "00", "case/2")
    assert [head.draft_id for head in drafts.list()] == [second, first]
    drafts.save_answer(first, "/a", "x")
    assert [head.draft_id for head in drafts.list()] == [first, second]
    assert [head.draft_id for head in drafts.list("case/2")] == [second]
    assert drafts.list("case/3") == []


def test_finishing_belongs_to_the_callers_transaction(database: Database, drafts: Drafts) -> None:
    def finish_but_fail() -> None:
        with database.transaction():
            drafts.finish(draft_id)
            raise ZeroDivisionError

    draft_id = drafts.begin("risk", "1", "00")
    drafts.save_answer(draft_id, "/a", "x")
    with pytest.raises(Bug):
        drafts.finish(draft_id)
    with pytest.raises(ZeroDivisionError):
        finish_but_fail()
    kept = drafts.load(draft_id)
    assert kept is not None
    assert kept.answers == {"/a": "x"}
    with database.transaction():
        drafts.finish(draft_id)
    assert drafts.load(draft_id) is None
    assert database.value("SELECT count(*) FROM draft_answer") == 0


def test_discarding_leaves_other_drafts_alone(drafts: Drafts) -> None:
    gone, stays = drafts.begin("risk", "1", "00"), drafts.begin("risk", "1", "00")
    drafts.save_answer(gone, "/a", "x")
    drafts.save_answer(stays, "/a", "y")
    drafts.discard(gone)
    assert drafts.load(gone) is None
    kept = drafts.load(stays)
    assert kept is not None
    assert kept.answers == {"/a": "y"}


def test_one_that_is_gone_says_so_and_saves_nothing(database: Database, drafts: Drafts) -> None:
    with pytest.raises(KnownError) as gone:
        drafts.save_answer("nothing", "/a", "x")
    assert gone.value.code == "draft.gone"
    assert database.value("SELECT count(*) FROM draft_answer") == 0


def test_each_act_is_told(database: Database, drafts: Drafts) -> None:
    told: list[Changed] = []
    database.on_changed = told.append
    draft_id = drafts.begin("risk", "1", "00")
    drafts.save_answer(draft_id, "/a", "x")
    drafts.restate(draft_id, {})
    drafts.discard(draft_id)
    assert told == [Changed(frozenset({"draft"}), frozenset({draft_id}))] * 4
