"""Two agencies, two laptops, the envelopes between them: what one writes the other reads, and both decide alike."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.errors import KnownError
from desktop.model.queue import QueueItem
from desktop.model.record import CaseKey, RecordView, ValueId
from desktop.model.referral import ReferralState
from desktop.store.sharing import Chosen
from desktop.store.store import Store
from tests.desktop.store.laptops import PRACTICE, RULE, Exchange, Laptop, discard, laptop, shared_case

HEALTH = {unit.name: unit.id for unit in PRACTICE.roster.units}["health"]
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


def test_a_partners_file_appears_in_the_caseload_and_the_inside_stays_inside(police: Laptop, health: Laptop) -> None:
    key, person, shared = shared_case(police.store)
    police.store.cases.add_record(key, "note", {"text": "inside only"})
    Exchange().sync(police.store, health.store)
    rows = health.store.cases.caseload()
    assert [(row.key, row.code_name, row.where, row.shared_with) for row in rows] == [
        (shared, "Harbour 214", "shared", ("police",))
    ]
    theirs = health.store.cases.file(shared)
    assert {kind for kind, _ in theirs.records} == {"case", "person", "party", "safe_contact"}
    assert theirs.header.aim == ""
    assert theirs.records["person", person].text("name") == "Wren"
    ours = police.store.cases.caseload()
    assert [(row.key, row.where) for row in ours] == [(key, "both")]


def test_an_edit_of_the_contact_rule_goes_to_the_shared_file(police: Laptop, health: Laptop) -> None:
    key, person, shared = shared_case(police.store)
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    view = police.store.cases.file(key).safe_contact
    assert view is not None
    assert view.where == "shared"
    police.store.cases.edit(key, "safe_contact", person, "rule", RULE | {"from": "10:00"}, view.shown_ids)
    exchange.sync(police.store, health.store)
    contact = health.store.cases.file(shared).contact
    assert contact is not None
    assert (contact.start, contact.contested) == ("10:00", False)


def test_a_conflict_appears_on_both_sides_and_one_decision_settles_both(police: Laptop, health: Laptop) -> None:
    key, person, shared = shared_case(police.store)
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    for store, own, start in ((police.store, key, "11:00"), (health.store, shared, "08:00")):
        view = store.cases.file(own).safe_contact
        assert view is not None
        store.cases.edit(own, "safe_contact", person, "rule", RULE | {"from": start}, view.shown_ids)
    exchange.sync(police.store, health.store)
    for laptop_ in (police, health):
        (conflict,) = laptop_.store.conflicts.open()
        assert sorted(side.value["from"] for side in conflict.sides) == ["08:00", "11:00"]
        assert {side.agency for side in conflict.sides} == {"police", "health"}
        assert [side.mine for side in conflict.sides].count(True) == 1
        assert (conflict.why, conflict.stands["from"], conflict.home) == ("stands.contact", "11:00", shared)
        assert laptop_.store.cases.caseload()[0].contested == 1
    conflict = health.store.conflicts.open()[0]
    looser = next(side.value for side in conflict.sides if side.value["from"] == "08:00")
    before = health.store.ledger.fold_hash(SHARED)
    with pytest.raises(KnownError) as caught:
        health.store.conflicts.resolve(conflict, looser, "  ")
    assert caught.value.code == "conflict.reason_needed"
    assert health.store.ledger.fold_hash(SHARED) == before
    health.store.conflicts.resolve(conflict, looser, "She said so on Sunday")
    exchange.sync(health.store, police.store)
    for laptop_ in (police, health):
        assert laptop_.store.conflicts.open() == ()
        (told,) = laptop_.store.conflicts.decided()
        assert (told.reason, told.kept["from"], told.decided_by) == ("She said so on Sunday", "08:00", "h1")
        assert len(told.sides) == 2
    assert police.store.ledger.fold_hash(SHARED) == health.store.ledger.fold_hash(SHARED)


def test_a_decision_leaves_a_value_it_has_not_seen_in_dispute(police: Laptop, health: Laptop) -> None:
    key, _, shared = shared_case(police.store)
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    for store, own, aim in ((police.store, shared, "a"), (health.store, shared, "b")):
        store.cases.edit(own, "action", "act", "title", aim)
    exchange.sync(police.store, health.store)
    conflict = police.store.conflicts.open()[0]
    health.store.cases.edit(shared, "action", "act", "title", "c", conflict.shown_ids)
    police.store.conflicts.resolve(conflict, "a", "")
    exchange.sync(police.store, health.store)
    (left,) = police.store.conflicts.open()
    assert sorted(side.value for side in left.sides) == ["a", "c"]
    assert key in {row.key for row in police.store.cases.caseload()}


def test_a_referral_from_sending_to_feedback(police: Laptop, health: Laptop) -> None:
    key, person, _ = shared_case(police.store)
    exchange = Exchange()
    sent = police.store.referrals.send(
        key,
        HEALTH,
        {"safe_contact": RULE, "urgency": "today"},
        share=[Chosen("person", person)],
        basis="danger to life",
    )
    exchange.sync(police.store, health.store)
    (theirs,) = health.store.referrals.list()
    assert (theirs.state, theirs.holder) == (ReferralState.DELIVERED, police.store.seat.unit)
    exchange.sync(health.store, police.store)
    assert police.store.referrals.one(key, sent).state is ReferralState.DELIVERED
    assert health.store.referrals.note_delivered() == 0
    assert health.store.referrals.opened(theirs.key, sent)
    assert not health.store.referrals.opened(theirs.key, sent)
    health.store.referrals.event(theirs.key, sent, "accepted")
    exchange.sync(health.store, police.store)
    ours = police.store.referrals.one(key, sent)
    assert (ours.state, ours.holder, ours.contested) == (ReferralState.ACCEPTED, HEALTH, False)
    assert ours.spoken_reference == theirs.spoken_reference
    assert len(ours.spoken_reference) == 6
    with pytest.raises(KnownError) as caught:
        health.store.referrals.event(theirs.key, sent, "seen")
    assert caught.value.code == "referral.not_next"
    with pytest.raises(KnownError) as caught:
        health.store.referrals.event(theirs.key, sent, "declined")
    assert caught.value.code == "referral.reason_needed"
    health.store.referrals.event(theirs.key, sent, "declined", reason="full", suggestion="support")
    exchange.sync(health.store, police.store)
    ours = police.store.referrals.one(key, sent)
    assert (ours.state, ours.holder, ours.reason) == (ReferralState.DECLINED, police.store.seat.unit, "full")
    assert police.store.today.items(police.clock())[0].title_code == "today.referral_declined"


def test_a_referral_without_a_safe_contact_block_or_a_basis_is_not_sent(police: Laptop) -> None:
    key, _, _ = shared_case(police.store)
    before = police.store.replica.counts()
    for content, basis, code in (
        ({}, "danger to life", "referral.no_safe_contact"),
        ({"safe_contact": {"level": "restricted"}}, "danger to life", "referral.no_safe_contact"),
        ({"safe_contact": RULE}, "consent", "share.no_basis"),
    ):
        with pytest.raises(KnownError) as caught:
            police.store.referrals.send(key, HEALTH, content, basis=basis)
        assert caught.value.code == code
    with pytest.raises(KnownError) as caught:
        police.store.referrals.send(key, "00" * 16, {"safe_contact": RULE}, basis="danger to life")
    assert caught.value.code == "referral.no_shared_file"
    assert police.store.replica.counts() == before
    assert police.store.referrals.list() == []


def test_a_withdrawn_consent_stops_sharing_at_once_and_travels_first(police: Laptop) -> None:
    key, person, _ = shared_case(police.store)
    consent = police.store.cases.add_record(
        key, "consent", {"recipient": HEALTH, "state": "given", "circumstances": {"freely": "yes"}}
    )
    police.store.cases.share(key, SHARED, [Chosen("person", person)], basis="consent")
    police.store.cases.add_record(key, "note", {"text": "later"})
    view = police.store.cases.file(key).records["consent", consent].fields["state"]
    police.store.cases.edit(key, "consent", consent, "state", "withdrawn", view.shown_ids)
    with pytest.raises(KnownError) as caught:
        police.store.cases.share(key, SHARED, [Chosen("person", person)], basis="consent")
    assert caught.value.code == "share.stopped"
    kinds = [item.what for item in _due(police)]
    assert kinds.index("consent") < kinds.index("note")


def _due(one: Laptop) -> list[QueueItem]:
    """The queue in the order of sending."""
    order = [row.eid for row in one.store.replica.outgoing(PRACTICE.spaces["police"], 1 << 20)]
    items = {item.id: item for item in one.store.queue.items()}
    return [items[eid] for eid in order]


def test_what_changed_here_after_sharing_is_offered_and_sent(police: Laptop, health: Laptop) -> None:
    key, person, shared = shared_case(police.store)
    exchange = Exchange()
    view = police.store.cases.file(key).records["person", person].fields["name"]
    police.store.cases.edit(key, "person", person, "name", "Wrenna", view.shown_ids)
    (file,) = police.store.cases.file(key).shared
    assert file.older == (("person", person, "name"),)
    assert police.store.cases.send_newer(key) == 1
    assert police.store.cases.file(key).shared[0].older == ()
    exchange.sync(police.store, health.store)
    assert health.store.cases.file(shared).records["person", person].text("name") == "Wrenna"
    theirs = health.store.cases.file(shared).records["person", person].fields["name"]
    health.store.cases.edit(shared, "person", person, "name", "Wren-Anne", theirs.shown_ids)
    exchange.sync(health.store, police.store)
    seen = police.store.cases.file(key).records["person", person].fields["name"]
    assert (seen.value, seen.where, seen.inside.value if seen.inside else "") == ("Wren-Anne", "shared", "Wrenna")
    assert police.store.cases.file(key).shared[0].older == ()


def test_a_contested_value_is_shared_with_all_its_sides(police: Laptop, health: Laptop) -> None:
    colleague = laptop("p2")
    exchange = Exchange()
    key = police.store.cases.new("Harbour 214")
    person = police.store.cases.add_person(key, "victim", {"name": "Wren"})
    exchange.sync(police.store, colleague.store)
    for store, name in ((police.store, "Anna"), (colleague.store, "Ann")):
        view = store.cases.file(key).records["person", person].fields["name"]
        store.cases.edit(key, "person", person, "name", name, view.shown_ids)
    exchange.sync(police.store, colleague.store)
    shared = police.store.cases.share(key, SHARED, [Chosen("person", person)], basis="danger to life")
    exchange.sync(police.store, health.store)
    theirs = health.store.cases.file(shared).records["person", person].fields["name"]
    assert theirs.contested
    assert sorted(side.value for side in theirs.alternatives) == ["Ann", "Anna"]
    discard(colleague)


def test_two_assessments_are_shared_whole_and_once_and_considered_under_either_id(
    police: Laptop, health: Laptop
) -> None:
    exchange = Exchange()
    key = police.store.cases.new("Harbour 214")
    ids = [
        police.store.forms.finish(key, "", fields, form="risk@1")
        for fields in ({"tool": "a", "grade": "extreme"}, {"tool": "b", "grade": "high", "victim_view": "afraid"})
    ]
    for _ in range(2):
        chosen = [Chosen("assessment", name) for name in ids]
        shared = police.store.cases.share(key, SHARED, chosen, basis="danger to life")
    exchange.sync(police.store, health.store)
    theirs = health.store.cases.file(shared)
    assert sorted((item.tool, item.grade, item.victim_view) for item in theirs.assessments) == [
        ("a", "extreme", ""),
        ("b", "high", "afraid"),
    ]
    assert len(police.store.cases.file(key).assessments) == 2
    assert theirs.grades.standing.grade == "extreme"
    health.store.cases.agree_grade(shared, "raised", [item.id for item in theirs.assessments])
    exchange.sync(health.store, police.store)
    assert police.store.cases.file(key).grades.standing.grade == "raised"
    agreed = police.store.cases.file(key).records["agreed_grade", "agreed"]
    police.store.cases.agree_grade(key, "standard", ids, over=_shown(agreed))
    exchange.sync(police.store, health.store)
    for store in (police.store, health.store):
        assert store.cases.caseload()[0].grade == "standard"


def test_a_partners_file_can_become_a_case_of_our_own(police: Laptop, health: Laptop) -> None:
    _, _, shared = shared_case(police.store)
    Exchange().sync(police.store, health.store)
    own = health.store.cases.adopt(shared)
    assert health.store.cases.adopt(shared) == own
    assert [(row.key, row.code_name, row.where) for row in health.store.cases.caseload()] == [
        (own, "Harbour 214", "both")
    ]


def _shown(record: RecordView) -> dict[str, tuple[ValueId, ...]]:
    return {name: view.shown_ids for name, view in record.fields.items()}


def test_an_agreed_grade_never_replaces_what_a_partner_wrote_unseen(police: Laptop, health: Laptop) -> None:
    key, _, shared = shared_case(police.store)
    exchange = Exchange()
    police.store.cases.agree_grade(key, "high", ["a"], dissent="health sees more")
    exchange.sync(police.store, health.store)
    seen = _shown(police.store.cases.records(key)["agreed_grade", "agreed"])
    health.store.cases.agree_grade(
        shared,
        "extreme",
        ["a", "b"],
        dissent="police sees less",
        over=_shown(health.store.cases.records(shared)["agreed_grade", "agreed"]),
    )
    exchange.sync(police.store, health.store)
    police.store.cases.agree_grade(key, "standard", ["a"], dissent="", over=seen)
    exchange.sync(police.store, health.store)
    for store, name in ((police.store, key), (health.store, shared)):
        record = store.cases.records(name)["agreed_grade", "agreed"]
        assert sorted(record.contested) == ["considered", "dissent", "grade"]
        assert {side.value for side in record.fields["grade"].alternatives} == {"standard", "extreme"}
        assert {side.value for side in record.fields["dissent"].alternatives} == {"", "police sees less"}
        assert record.fields["grade"].value == "extreme"
        assert store.cases.file(name).grades.standing.grade == "extreme"
    police.store.cases.agree_grade(
        key,
        "high",
        ["a", "b"],
        dissent="settled",
        over=_shown(police.store.cases.records(key)["agreed_grade", "agreed"]),
    )
    exchange.sync(police.store, health.store)
    assert health.store.cases.records(shared)["agreed_grade", "agreed"].contested == ()


@pytest.mark.parametrize("answered_before", [False, True])
def test_a_step_of_a_shared_flag_is_answered_where_partners_see_it(
    police: Laptop,
    health: Laptop,
    answered_before: bool,
) -> None:
    key, _, shared = shared_case(police.store)
    steps = [{"act": "Offer a medical check", "who": "you", "within": "now"}, {"act": "Call the lead"}]
    police.store.cases.add_record(
        key, "flag", {"label": "Strangulation", "raised": True, "do_now": steps}, "strangulation"
    )
    police.store.cases.add_record(key, "flag", {"label": "Firearm", "raised": True, "do_now": steps}, "firearm")
    if answered_before:
        police.store.cases.edit(key, "flag", "strangulation", "step_0", "not_possible")
    police.store.cases.share(key, SHARED, [Chosen("flag", "strangulation")], basis="danger to life")
    exchange = Exchange()
    for code in ("strangulation", "firearm"):
        held = police.store.cases.records(key)["flag", code].fields.get("step_0")
        police.store.cases.edit(key, "flag", code, "step_0", "done", held.shown_ids if held else ())
    exchange.sync(police.store, health.store)
    (theirs,) = health.store.cases.file(shared).flags
    assert [step.state for step in theirs.steps] == ["done", ""]
    ours = {flag.code: [step.state for step in flag.steps] for flag in police.store.cases.file(key).flags}
    assert ours == {"strangulation": ["done", ""], "firearm": ["done", ""]}
    view = health.store.cases.records(shared)["flag", "strangulation"].fields["step_0"]
    health.store.cases.edit(shared, "flag", "strangulation", "step_0", "", view.shown_ids)
    exchange.sync(police.store, health.store)
    back = {flag.code: [step.state for step in flag.steps] for flag in police.store.cases.file(key).flags}
    assert back["strangulation"] == ["", ""]


def test_an_edit_of_a_person_takes_nothing_out_that_stays_inside(police: Laptop, health: Laptop) -> None:
    """The name is the partner's newest, the address was never shared: one edit of both writes two files."""
    key, person, shared = shared_case(police.store)
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    shown = health.store.cases.records(shared)["person", person].fields["name"].shown_ids
    health.store.cases.edit(shared, "person", person, "name", "Wren Hale", shown)
    exchange.sync(health.store, police.store)
    held = police.store.cases.records(key)["person", person].fields["name"]
    assert (held.value, held.where) == ("Wren Hale", "shared")
    fields = {
        "name": ("Wren Hale-Moss", held.shown_ids),
        "address": ("Old mill lane 3", ()),
        "address_protected": (True, ()),
    }
    police.store.cases.edit_fields(key, "person", person, fields)
    exchange.sync(police.store, health.store)
    theirs = health.store.cases.records(shared)["person", person]
    assert theirs.text("name") == "Wren Hale-Moss"
    assert theirs.contested == ()
    assert "address" not in theirs.fields
    assert police.store.cases.records(key)["person", person].text("address") == "Old mill lane 3"


def test_a_mark_goes_wherever_the_value_is_held(police: Laptop, health: Laptop) -> None:
    key, person, shared = shared_case(police.store)
    police.store.cases.edit(key, "person", person, "address", "Old mill lane 3")
    police.store.cases.share(key, SHARED, [Chosen("person", person, ("address",))], basis="danger to life")
    police.store.cases.edit(key, "person", person, "address_burnt", True)
    exchange = Exchange()
    exchange.sync(police.store, health.store)
    (party,) = health.store.cases.file(shared).parties
    assert party.burnt == ("address",)
    assert police.store.cases.file(key).parties[0].burnt == ("address",)


_acts = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(("edit", "sync", "resolve")), st.sampled_from("abc"), st.integers(0, 2)
    ),
    max_size=14,
)


def _conflicts(store: Store) -> set[tuple[CaseKey, tuple[str, str, str]]]:
    """The conflicts that a laptop shows: where each lives, and which field it is about."""
    return {(each.home, (each.kind, each.record, each.field)) for each in store.conflicts.open()}


@settings(max_examples=15)
@given(_acts)
def test_three_laptops_converge_whatever_they_do(acts: list[tuple[int, str, str, int]]) -> None:
    laptops = [laptop("p1"), laptop("p2"), laptop("h1")]
    exchange = Exchange()
    try:
        _, person, shared = shared_case(laptops[0].store)
        exchange.sync(*(one.store for one in laptops))
        for who, act, value, _ in acts:
            store = laptops[who].store
            if act == "sync":
                exchange.sync(store, rounds=1)
            elif act == "resolve" and (open_ones := store.conflicts.open()):
                store.conflicts.resolve(open_ones[0], open_ones[0].sides[0].value, "because")
            else:
                view = store.cases.file(shared).records["person", person].fields["name"]
                where = store.cases.home(shared, "person", person, "name")
                store.cases.edit(where, "person", person, "name", value, view.shown_ids)
        exchange.sync(*(one.store for one in laptops), rounds=3)
        for space in (SHARED, PRACTICE.spaces["police"]):
            readers = [one.store for one in laptops if space in one.store.replica.spaces()]
            assert len({store.ledger.fold_hash(space) for store in readers}) == 1
        first, second, health = (_conflicts(one.store) for one in laptops)
        assert first == second
        assert {name for _, name in health} <= {name for _, name in first}  # there perhaps under the unit's own file
        assert {name for home, name in first if home == shared} <= {name for _, name in health}
        assert all(one.store.replica.counts().pending == 0 for one in laptops)
    finally:
        discard(*laptops)
