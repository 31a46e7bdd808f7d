"""Every fault of sync.md §8 and the test that injects it; named tests here for those that have none
elsewhere. Paths are within `tests`.

| Fault | Test |
|---|---|
| refused | sync/test_transport.py::test_a_closed_port_and_an_unknown_name_were_surely_never_reached |
| DNS gone | sync/test_transport.py::test_a_closed_port_and_an_unknown_name_were_surely_never_reached |
| wrong CA | sync/test_transport.py::test_only_the_partnerships_own_ca_is_trusted |
| `REQUESTS_CA_BUNDLE` set | sync/test_transport.py::test_only_the_partnerships_own_ca_is_trusted |
| captive portal with 200 | e2e/test_line.py::test_captive_portals_page_is_not_taken_for_a_server |
| proxy 407 | sync/test_transport.py::test_a_proxy_that_wants_a_password_is_named |
| time-out before the commit | e2e/test_line.py::test_line_that_stays_silent_gives_the_round_up_and_keeps_everything |
| time-out after the commit | e2e/test_line.py::test_time_out_after_the_servers_commit_sends_nothing_twice |
| response cut at byte k | e2e/test_line.py::test_answer_cut_at_byte_k |
| duplicates | machines/test_sync_machine.py::test_one_fault_at_any_call_of_a_round_leaves_nothing_behind |
| reordering | machines/test_faults.py::test_calls_that_arrive_late_and_in_another_order |
| 413 on item k | machines/test_faults.py::test_a_status_on_item_k |
| 422 on item k | machines/test_faults.py::test_a_status_on_item_k |
| 429 on item k | machines/test_faults.py::test_a_status_on_item_k |
| 503 on item k | machines/test_faults.py::test_a_status_on_item_k |
| 507 on item k | machines/test_faults.py::test_a_status_on_item_k |
| clock ±10 years | rivals/test_rivals.py::test_a_clock_wrong_by_a_day_or_ten_years_decides_nothing |
| SIGKILL at statement k of an edit | e2e/test_kills.py::test_edit_of_a_field |
| SIGKILL at statement k of a form | e2e/test_kills.py::test_finishing_a_form |
| SIGKILL at statement k of a sharing | e2e/test_kills.py::test_sharing_a_case |
| SIGKILL at statement k of a round | e2e/test_kills.py::test_round |
| disk full | desktop/store/test_database_refusals.py::test_a_full_disk_loses_only_what_was_not_saved |
| read-only | desktop/store/test_database_refusals.py::test_read_only |
| WAL lost | machines/test_faults.py::test_a_lost_wal_is_an_older_disk_and_no_damage |
| store copied | desktop/store/test_replica.py::test_a_copied_store_is_recognised_and_stops_writing_and_loses_nothing |
| store restored | rivals/test_rivals.py::test_a_full_tray_is_kept_when_the_writer_may_write_no_more |
| server restored | rivals/test_rivals.py::test_a_server_restored_from_last_night_gets_the_day_back |
| body nulled | desktop/store/test_hostile.py::test_a_server_that_says_erased_does_not_empty_the_outbox |
| substituted key | sync/test_control.py::test_a_key_on_the_servers_word_is_none |
| extra member by a non-steward | sync/test_control.py::test_only_a_steward_admits |
| replay into another space | desktop/store/test_replica.py::test_forged_replayed_and_foreign_entries_are_put_aside |
| foreign unit overwriting an assessment | machines/test_faults.py::test_a_foreign_unit_overwrites_no_assessment |
| equivocating seat | machines/test_faults.py::test_two_statements_under_one_number_are_shown_side_by_side |
| forged time | machines/test_faults.py::test_a_time_from_the_future_wins_nothing |
| false checkpoint | desktop/store/test_replica.py::test_an_erased_body_is_counted_and_a_checkpoint_changes_nothing |
| zstd bomb | sync/test_envelope.py::test_the_declared_size_is_read_before_anything_is_decompressed |
| path names in a bundle | sync/test_courier.py::test_a_name_that_could_be_a_path_is_refused |
| two people on one laptop | e2e/test_two_people.py::test_second_person_over_a_full_queue |
| recovery with a wrong share | desktop/crypto/test_shares.py::test_papers_of_two_sets_are_told_apart |
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.model.record import CaseKey
from sync.change import Assign
from sync.client import NetCall, NetReply
from sync.envelope import eid_of
from sync.errors import Refused, RetryLater
from sync.protocol import PushBatch, decode
from tests.machines.account import held
from tests.machines.rounds import Fault
from tests.machines.stores import TAGS, Machine, StoreWorld, over
from tests.sync.driver import drive

TESTS = Path(__file__).resolve().parents[1]
ROW = re.compile(r"^\| (.+?) \| (\S+)::(test_\w+) \|$", re.MULTILINE)
DESIGN = (
    "refused, DNS gone, wrong CA, `REQUESTS_CA_BUNDLE` set, captive portal with 200, proxy 407,"
    " time-out before the commit, time-out after the commit, response cut at byte k, duplicates,"
    " reordering, 413 on item k, 422 on item k, 429 on item k, 503 on item k, 507 on item k, clock ±10 years,"
    " SIGKILL at statement k of an edit, SIGKILL at statement k of a form, SIGKILL at statement k of a sharing,"
    " SIGKILL at statement k of a round, disk full, read-only, WAL lost, store copied, store restored,"
    " server restored, body nulled, blob missing, substituted key, extra member by a non-steward,"
    " replay into another space, foreign unit overwriting an assessment, equivocating seat, forged time,"
    " false checkpoint, zstd bomb, path names in a bundle, two people on one laptop,"
    " passphrase change while syncing, last seat closed, recovery with a wrong share"
)
ELSEWHERE = {"blob missing", "passphrase change while syncing", "last seat closed"}
"""Belong to parts with suites of their own: attachments, the vault, seats."""


@pytest.fixture
def world() -> Iterator[StoreWorld]:
    with StoreWorld() as made:
        yield made


def shared(world: StoreWorld) -> CaseKey:
    return CaseKey(world.practice.spaces["shared"], TAGS[0])


def level(world: StoreWorld) -> None:
    for laptop in world.laptops.values():
        world.hear(laptop)
    world.settle()
    world.verify()


def aim(laptop: Machine, key: CaseKey) -> object:
    return laptop.store.cases.records(key)["case", "case"].fields["aim"].value


def test_every_fault_of_the_design_has_a_test_that_is_there() -> None:
    rows = ROW.findall(__doc__ or "")
    assert {fault for fault, *_ in rows} | ELSEWHERE == set(DESIGN.split(", "))
    for fault, path, name in rows:
        assert f"def {name}(" in (TESTS / path).read_text(encoding="utf-8"), fault


@pytest.mark.parametrize("status", [413, 422, 429, 503, 507])
@pytest.mark.parametrize("k", [0, 3])
def test_a_status_on_item_k(world: StoreWorld, status: int, k: int) -> None:
    """Whatever the server answers to a batch that holds item k: the others arrive, and k waits or lies in the tray."""
    alder, key = world.laptops["alder"], shared(world)
    for number in range(6):
        world.write(alder, key, Assign("note", None, "text", f"note {number}"))
    guilty = alder.store.replica.outgoing(key.space, 1 << 20)[k].eid

    def strike(call: NetCall) -> NetReply:
        batch = decode(PushBatch, call.body).entries if call.body and call.path.endswith("/log") else ()
        if guilty in {eid_of(raw) for raw in batch}:
            if status in {429, 503}:
                raise RetryLater("server.busy", 1)
            raise Refused("planted", status=status)
        return world.place.perform(call)

    for _ in range(3):
        drive(alder.store.replica, strike)
        assert guilty in {item.id for item in alder.store.queue.items()}
    assert len(held(alder.store, key.space)) == 6
    level(world)


def test_calls_that_arrive_late_and_in_another_order(world: StoreWorld) -> None:
    alder, key = world.laptops["alder"], shared(world)
    for number in range(4):
        world.write(alder, key, Assign("case", "case", "aim", f"aim {number}", over(alder, key, "case", "case", "aim")))
        world.sync(alder, Fault("late", 1, push=True))
    assert len(world.delayed) == 4
    world.delayed.reverse()
    world.deliver_late()
    world.sync(world.laptops["linden"])
    level(world)
    assert aim(world.laptops["linden"], key) == "aim 3"
    assert world.laptops["linden"].store.conflicts.open() == ()


def test_a_lost_wal_is_an_older_disk_and_no_damage(world: StoreWorld) -> None:
    """What was saved since the last checkpoint is gone from the disk; what had been sent comes back from the log, and
    the file knows that it is not what it was.
    """
    alder, key = world.laptops["alder"], shared(world)
    alder.store.database.checkpoint()
    world.write(alder, key, Assign("note", None, "text", "in the log and in the WAL"))
    world.sync(alder)
    disk = alder.read_disk()
    assert disk.pop("store.db-wal")
    alder.put_back(disk)
    assert alder.store.database.verify() == 0
    assert held(alder.store, key.space) == {}
    result = world.sync(alder)
    assert result is not None
    assert result.level
    assert len(held(alder.store, key.space)) == 1
    assert alder.store.ledger.copied


def test_a_foreign_unit_overwrites_no_assessment(world: StoreWorld) -> None:
    alder, key = world.laptops["alder"], shared(world)
    world.write(alder, key, Assign("assessment", None, "grade", "high"), Assign("assessment", None, "tool", "risk"))
    (cid,) = held(alder.store, key.space)
    world.sync(alder)
    world.stranger.bring(world.place.perform, key.tag, "overwriting")
    for laptop in world.laptops.values():
        world.sync(laptop)
        assert laptop.store.cases.records(key)["assessment", cid].fields["grade"].value == "high"
        assert sorted(verdict for _, verdict in held(laptop.store, key.space).values()) == ["bad", "ok"]
    level(world)


def test_two_statements_under_one_number_are_shown_side_by_side(world: StoreWorld) -> None:
    key = shared(world)
    world.stranger.bring(world.place.perform, key.tag, "equivocating")
    for name in ("alder", "linden"):
        world.sync(world.laptops[name])
        (view,) = world.laptops[name].store.conflicts.open()
        assert {side.value for side in view.sides} == {"open", "closed"}
    level(world)


def test_a_time_from_the_future_wins_nothing(world: StoreWorld) -> None:
    """Ten years ahead and with sight of nothing: it stands beside what is there, and a person decides."""
    alder, key = world.laptops["alder"], shared(world)
    world.write(alder, key, Assign("case", "case", "status", "reviewed"))
    world.sync(alder)
    world.stranger.bring(world.place.perform, key.tag, "equivocating")
    world.sync(alder)
    (view,) = alder.store.conflicts.open()
    assert {side.value for side in view.sides} == {"reviewed", "open", "closed"}
    level(world)
