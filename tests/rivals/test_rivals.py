"""Fifteen ways in which other programs lost what a person had written; here each is tried on real files.

The list is that of sync.md §8. Most run whole rounds against the real server; a power cut leaves the file as it lay on
the disk at that statement. What a form does is tried on the form engine itself.
"""

import secrets
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from sync.change import Assign
from sync.client import NetCall, NetReply
from sync.errors import Refused, Unreachable
from sync.identity import KeyWrap, Roster
from sync.keys import hpke_seal, info_space, new_secret, space_key_name
from sync.protocol import PushAnswer, decode
from tests.desktop.forms.building import session, values, workbook
from tests.desktop.store.laptops import START
from tests.machines.account import held
from tests.machines.rounds import Fault
from tests.machines.stores import TAGS, Machine, StoreWorld, over
from tests.sync.driver import drive
from tests.sync.memory_replica import PowerCut

MANY = 1500


@pytest.fixture
def world() -> Iterator[StoreWorld]:
    """alder and rowan of the police, linden of the hospital, and their server."""
    with StoreWorld() as made:
        yield made


def level(world: StoreWorld) -> None:
    """Everything is everywhere, by the account of every change."""
    for laptop in world.laptops.values():
        world.hear(laptop)
    world.settle()
    world.verify()


def shared(world: StoreWorld) -> CaseKey:
    return CaseKey(world.practice.spaces["shared"], TAGS[0])


def value(laptop: Machine, key: CaseKey, field: str) -> object:
    return laptop.store.cases.records(key)["case", "case"].fields[field].value


def notes(laptop: Machine, key: CaseKey) -> list[str]:
    records = laptop.store.cases.records(key)
    return sorted(str(record.fields["text"].value) for (kind, _), record in records.items() if kind == "note")


def edit(world: StoreWorld, laptop: Machine, key: CaseKey, field: str, to: object) -> None:
    world.write(laptop, key, Assign("case", "case", field, to, over(laptop, key, "case", "case", field)))


def note(world: StoreWorld, laptop: Machine, key: CaseKey, text: str) -> None:
    world.write(laptop, key, Assign("note", None, "text", text))


def test_same_field_on_two_laptops_shows_both_and_asks(world: StoreWorld) -> None:
    alder, linden, key = world.laptops["alder"], world.laptops["linden"], shared(world)
    edit(world, alder, key, "aim", "protect the child")
    edit(world, linden, key, "aim", "lower the risk")
    for name in ("alder", "linden", "alder"):
        world.sync(world.laptops[name])
    for laptop in (alder, linden):
        (view,) = laptop.store.conflicts.open()
        assert {side.value for side in view.sides} == {"protect the child", "lower the risk"}
    level(world)


def test_record_deleted_while_an_edit_of_it_waits_keeps_the_edit(world: StoreWorld) -> None:
    alder, linden, key = world.laptops["alder"], world.laptops["linden"], shared(world)
    world.write(alder, key, Assign("party", "child", "present", True), Assign("party", "child", "note", "at school"))
    world.sync(alder)
    world.sync(linden)
    world.write(linden, key, Assign("party", "child", "present", None, over(linden, key, "party", "child", "present")))
    alder.store.cases.edit(key, "party", "child", "note", "with her aunt", over(alder, key, "party", "child", "note"))
    for name in ("linden", "alder", "linden"):
        world.sync(world.laptops[name])
    for laptop in (alder, linden):
        fields = laptop.store.cases.records(key)["party", "child"].fields
        assert (fields["note"].value, fields["present"].contested) == ("with her aunt", True)
    level(world)


def test_access_withdrawn_while_an_edit_waits_keeps_the_edit_and_says_why(world: StoreWorld) -> None:
    linden, key = world.laptops["linden"], shared(world)
    note(world, linden, key, "written in time")

    def shut(call: NetCall) -> NetReply:
        if call.path.endswith("/log"):
            raise Refused("space.not_member", status=403)
        return world.place.perform(call)

    result = drive(linden.store.replica, shut)
    assert {fault.code for fault in result.faults} == {"space.not_member"}
    assert linden.store.replica.counts().pending == 2, "the note and the key that it travels with"
    assert notes(linden, key) == ["written in time"]
    level(world)


def test_another_user_logs_in_over_a_full_queue_and_the_queue_stays_its_writers(world: StoreWorld) -> None:
    alder, key = world.laptops["alder"], shared(world)
    for number in range(50):
        note(world, alder, key, f"night {number}")
    waiting = alder.store.replica.counts()
    alder.store.close()
    before = alder.read_disk()
    second = world.add("second profile on the same laptop", "yew")
    note(world, second, key, "day")
    world.sync(second)
    assert alder.read_disk() == before
    alder.put_back(before)
    assert alder.store.replica.counts() == waiting
    world.sync(alder)
    world.sync(second)
    assert len(notes(second, key)) == 51
    world.hear(second)
    level(world)


def test_log_out_and_in_offline_keeps_the_queue_and_its_order(world: StoreWorld) -> None:
    alder, key = world.laptops["alder"], shared(world)
    for number in range(5):
        edit(world, alder, key, "aim", f"aim {number}")
        alder.put_back(_closed(alder))
    assert value(alder, key, "aim") == "aim 4"
    assert alder.store.replica.counts().pending == 6
    level(world)
    assert value(world.laptops["linden"], key, "aim") == "aim 4"


def _closed(laptop: Machine) -> dict[str, bytes]:
    laptop.store.close()
    return laptop.read_disk()


def test_keys_rotated_while_an_edit_waits_seals_it_anew_and_sends_it(world: StoreWorld) -> None:
    """Seats closed while edits wait: `tests/desktop/store/test_stewarding.py`."""
    alder, key = world.laptops["alder"], shared(world)
    note(world, alder, key, "sealed under the older key")
    before = {row.eid for row in alder.store.replica.outgoing(key.space, 1 << 20)}
    newer = rekeyed(world.practice.roster, key.space)
    for laptop in world.laptops.values():
        laptop.reopen(roster=newer)
    after = {row.eid for row in alder.store.replica.outgoing(key.space, 1 << 20)}
    assert after - before
    world.sync(alder)
    world.sync(world.laptops["linden"])
    assert alder.store.replica.counts().pending == 0
    assert notes(world.laptops["linden"], key) == ["sealed under the older key"]


def rekeyed(roster: Roster, space: str) -> Roster:
    secret = new_secret()
    members = next(one.units for one in roster.spaces if one.id == space)
    wraps = tuple(
        KeyWrap(unit.id, space_key_name(secret), hpke_seal(unit.seal_key, secret, info=info_space(space)))
        for unit in roster.units
        if unit.id in members
    )
    return msgspec.structs.replace(
        roster, space_wraps={**roster.space_wraps, space: (*roster.space_wraps[space], *wraps)}
    )


def test_a_poisoned_item_blocks_nothing_and_is_shown(world: StoreWorld) -> None:
    alder, key = world.laptops["alder"], shared(world)
    note(world, alder, key, "before")
    world.do_poison(alder, key)
    note(world, alder, key, "behind")
    result = world.sync(alder)
    assert result is not None
    assert (result.level, result.refused) == (True, 1)
    assert [item.code for item in alder.store.queue.items() if item.state == "refused"] == ["entry.form"]
    level(world)


def test_a_time_out_is_not_read_as_success_nor_sent_twice(world: StoreWorld) -> None:
    alder, key = world.laptops["alder"], shared(world)
    for kind in ("lost_request", "lost_response"):
        note(world, alder, key, kind)
        for _ in range(3):
            world.sync(alder, Fault(kind, 1, push=True))
    alder_held = held(alder.store, key.space)
    assert len(alder_held) == 2
    level(world)
    assert notes(world.laptops["linden"], key) == ["lost_request", "lost_response"]


def test_an_edit_before_the_first_sync_of_what_it_edits_arrives_behind_it(world: StoreWorld) -> None:
    alder, key = world.laptops["alder"], shared(world)
    edit(world, alder, key, "aim", "first")
    edit(world, alder, key, "aim", "second")
    world.sync(alder)
    world.sync(world.laptops["linden"])
    assert value(world.laptops["linden"], key, "aim") == "second"
    assert world.laptops["linden"].store.conflicts.open() == ()
    level(world)


def test_an_update_that_arrives_before_its_create_waits_for_nothing(world: StoreWorld) -> None:
    """The log holds them in the wrong order: key, edit, founding change."""
    alder, linden, key = world.laptops["alder"], world.laptops["linden"], shared(world)
    edit(world, alder, key, "aim", "first")
    edit(world, alder, key, "aim", "second")

    def turned(call: NetCall) -> NetReply:
        if call.method == "POST" and call.path.endswith("/log") and call.body:
            batch = msgspec.msgpack.decode(call.body)
            batch["entries"].reverse()
            reply = world.place.perform(msgspec.structs.replace(call, body=msgspec.msgpack.encode(batch)))
            decode(PushAnswer, reply.body)
            raise Unreachable("net.cut", after_send=True)
        return world.place.perform(call)

    drive(alder.store.replica, turned)
    world.sync(linden)
    assert value(linden, key, "aim") == "second"
    assert linden.store.conflicts.open() == ()
    level(world)


ASKS = """| survey | | | |
| | type | name | label |
| | select_one grades | grade | Grade |
| | text | reason | Reason |
| choices | | | |
| | list_name | name | label |
| | grades | low | Low |
| | grades | high | High |
"""


def test_a_form_changed_under_a_draft_loses_no_answer() -> None:
    """A question was taken out: its answer is kept beside the record, and the others stay in their places."""
    before = workbook(ASKS)
    filled = session(before)
    filled.set_value("/data/grade", "high")
    filled.set_value("/data/reason", "he came back")
    draft = filled.draft()
    after = workbook(ASKS.replace("| | text | reason | Reason |\n", "| | text | since | Since |\n"))
    again = session(after, draft)
    assert values(again)["/data/grade"] == "high"
    assert again.draft().unplaced == {"/data/reason": "he came back"}


def test_an_option_removed_under_a_draft_keeps_the_answer_and_says_so() -> None:
    filled = session(workbook(ASKS))
    filled.set_value("/data/grade", "high")
    again = session(workbook(ASKS.replace("| | grades | high | High |\n", "")), filled.draft())
    assert values(again)["/data/grade"] == "high"


def test_a_server_restored_from_last_night_gets_the_day_back(world: StoreWorld) -> None:
    alder, linden, key = world.laptops["alder"], world.laptops["linden"], shared(world)
    note(world, alder, key, "yesterday")
    world.sync(alder)
    world.place.backup()
    note(world, alder, key, "today, of the police")
    note(world, linden, key, "today, of the hospital")
    for laptop in (alder, linden, alder):
        world.sync(laptop)
    for announced in (False, True):
        world.restore(announced=announced)
        for laptop in (linden, alder, linden):
            world.sync(laptop)
        assert len(notes(alder, key)) == len(notes(linden, key)) == 3
    level(world)


def test_a_server_that_goes_back_while_its_log_is_read_anew_gets_everything_again(world: StoreWorld) -> None:
    """A reader at the beginning is told by no page that the log went back a second time."""
    alder, key = world.laptops["alder"], shared(world)
    world.place.backup()
    note(world, alder, key, "read back and let go")
    world.sync(alder)
    world.hear(alder)
    cursor = alder.store.replica.cursor(key.space)
    alder.store.replica.restart_space(key.space, cursor.epoch)
    world.restore(announced=False)
    for _ in range(2):
        world.sync(alder)
    world.sync(world.laptops["linden"])
    assert notes(world.laptops["linden"], key) == ["read back and let go"]
    level(world)


@pytest.mark.parametrize("days", [-1, 1, -3653, 3653])
def test_a_clock_wrong_by_a_day_or_ten_years_decides_nothing(world: StoreWorld, days: int) -> None:
    alder, linden, key = world.laptops["alder"], world.laptops["linden"], shared(world)
    alder.clock.now = START + timedelta(days=days)
    edit(world, alder, key, "aim", "by the wrong clock")
    world.sync(alder)
    world.sync(linden)
    edit(world, linden, key, "aim", "later, by the right one")
    world.sync(linden)
    world.sync(alder)
    assert value(alder, key, "aim") == "later, by the right one"
    edit(world, alder, key, "aim", "last, by the wrong one")
    level(world)
    assert value(linden, key, "aim") == "last, by the wrong one"


def test_a_power_cut_in_mid_transfer_leaves_the_whole_page_or_nothing_of_it(world: StoreWorld) -> None:
    alder, linden, key = world.laptops["alder"], world.laptops["linden"], shared(world)
    cuts = 0
    for k in range(1, 60, 4):
        note(world, linden, key, f"page {k}")
        note(world, alder, key, f"own {k}")
        world.sync(linden)
        alder.cut_in = k
        try:
            drive(alder.store.replica, world.place.perform)
        except PowerCut:
            cuts += 1
            alder.power_cut()
        alder.cut_in = 0
        assert alder.store.database.verify() == 0
    assert cuts > 5
    level(world)


def test_fifteen_hundred_new_records_at_once_arrive_each_once(world: StoreWorld) -> None:
    alder, linden, key = world.laptops["alder"], world.laptops["linden"], shared(world)
    with alder.store.database.transaction():
        for number in range(MANY):
            sets = [Assign("note", None, "text", f"{number} {secrets.token_hex(20)}")]
            alder.store.ledger.write_inside(key, sets)
    assert alder.store.replica.counts().pending == MANY + 1
    for fault in (Fault("lost_response", 2, push=True), Fault("killed_in_page", 9), None):
        world.sync(alder, fault)
    world.sync(linden)
    assert len(notes(linden, key)) == MANY
    assert notes(linden, key) == notes(alder, key)


def test_a_full_tray_is_kept_when_the_writer_may_write_no_more(world: StoreWorld) -> None:
    """A copied disk stops its writer; what waited is still sent."""
    alder, key = world.laptops["alder"], shared(world)
    disk = alder.read_disk()
    note(world, alder, key, "on the first disk")
    world.sync(alder)
    world.hear(alder)
    alder.put_back(disk)
    note(world, alder, key, "on the copy")
    world.sync(alder)
    with pytest.raises(KnownError) as refused:
        alder.store.ledger.write(key, [Assign("note", None, "text", "no more")])
    assert refused.value.code == "store.copied"
    world.sync(world.laptops["linden"])
    assert notes(world.laptops["linden"], key) == ["on the copy", "on the first disk"]


DEFECTS = {
    "same field on two laptops": "test_same_field_on_two_laptops_shows_both_and_asks",
    "record deleted": "test_record_deleted_while_an_edit_of_it_waits_keeps_the_edit",
    "access withdrawn while an edit waits": "test_access_withdrawn_while_an_edit_waits_keeps_the_edit_and_says_why",
    "another user logs in over a full queue": (
        "test_another_user_logs_in_over_a_full_queue_and_the_queue_stays_its_writers"
    ),
    "log out and in offline": "test_log_out_and_in_offline_keeps_the_queue_and_its_order",
    "keys rotated while edits wait": "test_keys_rotated_while_an_edit_waits_seals_it_anew_and_sends_it",
    "a poisoned item": "test_a_poisoned_item_blocks_nothing_and_is_shown",
    "time-out read as success": "test_a_time_out_is_not_read_as_success_nor_sent_twice",
    "edit before first sync of a create": "test_an_edit_before_the_first_sync_of_what_it_edits_arrives_behind_it",
    "update before create": "test_an_update_that_arrives_before_its_create_waits_for_nothing",
    "form changed under a draft": "test_a_form_changed_under_a_draft_loses_no_answer",
    "option removed": "test_an_option_removed_under_a_draft_keeps_the_answer_and_says_so",
    "server restored from last night": "test_a_server_restored_from_last_night_gets_the_day_back",
    "clock wrong by a day": "test_a_clock_wrong_by_a_day_or_ten_years_decides_nothing",
    "power cut in mid-transfer": "test_a_power_cut_in_mid_transfer_leaves_the_whole_page_or_nothing_of_it",
    "1,500 new records at once": "test_fifteen_hundred_new_records_at_once_arrive_each_once",
}
"""The list, each with its test."""


def test_every_defect_of_the_list_has_its_test() -> None:
    assert len(DEFECTS) == 16, "fifteen, of which one is two"
    tests = {name for name in globals() if name.startswith("test_")}
    assert set(DEFECTS.values()) <= tests
