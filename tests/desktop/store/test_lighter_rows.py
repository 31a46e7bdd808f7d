"""What is cheap must stay cheap and say the same: edits over a long history, records of one change, old rows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from desktop.model.case import CaseRow, RowGrade
from desktop.model.grade import Grade
from desktop.model.record import CaseKey
from desktop.store import caseload
from desktop.store.database import Database
from desktop.store.migrate import open_store, upgrade
from desktop.store.sharing import Chosen
from desktop.store.steps import shipped_steps
from desktop.store.store import Store
from sync.change import Assign, ValueId
from tests.desktop.store.laptops import KEY, PRACTICE, Exchange, Laptop, discard, laptop, shared_case, writer

SHARED = PRACTICE.spaces["shared"]
BEFORE = 5
"""The schema step before rows became lighter."""


@pytest.fixture
def one() -> Iterator[Laptop]:
    made = laptop("p1")
    yield made
    discard(made)


def steps_of(store: Store, key: CaseKey, person: str, shown: tuple[ValueId, ...], value: str) -> tuple[int, str]:
    """How many steps the database's machine takes for an edit, and the edit's cid."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection = store.database._connection
    connection.set_progress_handler(count, 1)
    try:
        cid = store.cases.edit(key, "person", person, "name", value, shown)
    finally:
        connection.set_progress_handler(None, 1)
    return taken, cid


def test_an_edit_costs_the_same_whatever_the_history_of_its_field(one: Laptop) -> None:
    store = one.store
    key = store.cases.new("Harbour 214")
    person = store.cases.add_person(key, "victim", {"name": "Wren", "note": "x"})
    shown = store.cases.records(key)["person", person].fields["name"].shown_ids
    costs = []
    for number in range(240):
        cost, cid = steps_of(store, key, person, shown, f"Wren {number}")
        costs.append(cost)
        shown = ((cid, 0),)
    assert store.cases.records(key)["person", person].fields["name"].value == "Wren 239"
    assert store.cases.records(key)["person", person].fields["name"].shown_ids == shown
    early, late = sorted(costs[10:30])[10], sorted(costs[-20:])[10]
    assert late < early * 1.2, (early, late)


def rows_of(store: Store, record: str) -> int:
    return int(
        store.database.value("SELECT count(*) FROM value v JOIN record r ON r.id = v.record WHERE r.rid = ?", (record,))
    )


def test_a_record_of_one_change_has_no_rows_until_a_second_names_it(one: Laptop) -> None:
    store = one.store
    key = store.cases.new("Harbour 214")
    person = store.cases.add_person(key, "victim", {"name": "Wren", "phone": "07700 900123"})
    action = store.cases.add_record(key, "action", {"title": "Change the locks", "status": "open"})
    before = store.cases.records(key)
    assert rows_of(store, action) == 0
    shown = before["action", action].fields["status"].shown_ids
    store.cases.edit(key, "action", action, "status", "done", shown)
    assert rows_of(store, action) == 3
    after = store.cases.records(key)
    assert after["action", action].text("status") == "done"
    assert after["action", action].fields["title"] == before["action", action].fields["title"]
    assert (after["action", action].author, after["action", action].at) == (
        before["action", action].author,
        before["action", action].at,
    )
    assert after["person", person] == before["person", person]
    assert [hit.record for hit in store.search.find("locks")] == [action]


def test_the_records_of_a_case_that_is_shared_are_compared_by_their_rows(one: Laptop) -> None:
    health = laptop("h1")
    exchange = Exchange()
    try:
        key, person, shared = shared_case(one.store)
        exchange.sync(one.store, health.store)
        row = one.store.database.value("SELECT id FROM tag WHERE tag = ?", (shared.tag,))
        whole = "SELECT count(*) FROM record WHERE once IS NOT NULL AND kind <> 'disclosure' AND tag IN (?, ?)"
        assert one.store.database.value(whole, (row, one.store.database.value("SELECT min(id) FROM tag"))) == 0
        theirs = health.store.database.value("SELECT id FROM tag WHERE tag = ?", (shared.tag,))
        assert health.store.database.value(whole, (theirs, theirs)) > 0
        assert health.store.cases.records(shared)["person", person].text("name") == "Wren"
        assert one.store.ledger.fold_hash(shared.space) == health.store.ledger.fold_hash(shared.space)
        adopted = health.store.cases.adopt(shared, "Ours")
        assert health.store.database.value(whole, (theirs, theirs)) == 0
        assert health.store.cases.records(adopted)["person", person].text("name") == "Wren"
        assert one.store.cases.records(key)["person", person].text("name") == "Wren"
        assert one.store.ledger.fold_hash(shared.space) == health.store.ledger.fold_hash(shared.space)
    finally:
        discard(health)


def test_an_edit_that_comes_before_what_it_replaces_still_replaces_it(one: Laptop) -> None:
    hand = writer("p2", "police")
    tag = "ab" * 16
    raw_key, key_id, secret = hand.key_entry(tag)
    first, founding = hand.change(tag, Assign("action", "a", "title", "Locks"), Assign("action", "a", "status", "open"))
    second, edit = hand.change(tag, Assign("action", "a", "title", "Doors", ((first, 0),)))
    _, last = hand.change(tag, Assign("action", "a", "title", "Windows", ((second, 0),)))
    entries = [raw_key, *(hand.entry(tag, key_id, secret, body) for body in (last, edit, founding))]
    exchange, key = Exchange(), CaseKey(hand.space, tag)
    for entry in entries:
        exchange.log(hand.space).push(entry)
        exchange.pull(one.store)
    record = one.store.cases.records(key)["action", "a"]
    assert {name: view.value for name, view in record.fields.items()} == {"title": "Windows", "status": "open"}
    assert record.contested == ()
    assert one.store.database.query("SELECT cid FROM awaited") == []


def test_a_row_says_the_same_after_the_store_was_closed(one: Laptop) -> None:
    store = one.store
    keys = [store.cases.new(f"Harbour {number}") for number in range(7)]
    person = store.cases.add_person(keys[0], "victim", {"name": "Wren"})
    store.cases.add_record(keys[1], "assessment", {"tool": "risk", "grade": "high"})
    store.cases.add_record(keys[2], "flag", {"raised": True}, record="firearm")
    shared = store.cases.share(keys[0], SHARED, [Chosen("person", person)], basis="danger to life")
    store.cases.edit(keys[3], "case", "case", "lead_worker", "")
    before = store.cases.caseload()
    assert {row.key for row in before} >= {*keys[1:]}
    assert [row.grade for row in before] == [Grade.HIGH, *[Grade.UNGRADED] * 6]
    again = one.reopen()
    assert [replace(row, grade_params={}) for row in before] == again.cases.caseload()
    again.cases.edit(shared, "person", person, "name", "Wrenna")
    again.cases.edit(keys[6], "case", "case", "code_name", "Later")
    touched = again.cases.caseload()
    assert [replace(row, grade_params={}) for row in touched] == one.reopen().cases.caseload()


def test_all_rows_are_read_however_many_at_once(one: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caseload, "MOST_AT_ONCE", 3)
    keys = {one.store.cases.new(f"Harbour {number}") for number in range(7)}
    assert {row.key for row in one.reopen().cases.caseload()} == keys


def test_rows_of_older_stores_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    database = Database.open(path, KEY, create=True)
    upgrade(database, KEY, shipped_steps()[:BEFORE])
    rows = [
        CaseRow(
            CaseKey(PRACTICE.spaces["police"], f"{number:032x}"),
            f"Harbour “{number}”",
            Grade.EXTREME,
            "grade.assessment",
            {"agency": "police", "at": "2026-11-22T21:15:35+00:00"},
            Grade.HIGH,
            tuple(RowGrade(agency, Grade.HIGH, f"2026-11-2{n}") for n, agency in enumerate(("police", "health"))),
            ("firearm", "strangulation"),
            "R. Alder",
            contested=number,
            next_act="clock.reply",
            updated_at="2026-11-22T21:15:35+00:00",
            shared_with=("health",),
            where="both",
            stage="server",
        )
        for number in (1, 2)
    ]
    with database.transaction():
        space = database.insert("INSERT INTO space (space) VALUES (?)", (PRACTICE.spaces["police"],))
        for row in rows:
            tag = database.insert("INSERT INTO tag (space, tag) VALUES (?, ?)", (space, row.key.tag))
            line = msgspec.json.encode(row).decode()
            database.execute("INSERT INTO case_row (tag, line) VALUES (?, ?)", (tag, line))
        change = database.insert(
            "INSERT INTO change (cid, tag, seat, n, at, seen, what, verdict, signature, body)"
            " VALUES ('held', ?, 's', 1, '', 0, '', 'ok', x'', x'')",
            (tag,),
        )
        record = database.insert("INSERT INTO record (tag, kind, rid) VALUES (?, 'action', 'a')", (tag,))
        over = msgspec.json.encode([("held", 0), ("to come", 1)])
        database.execute(
            "INSERT INTO value (record, field, change, place, live, content, over) VALUES (?, 'title', ?, 0, 1, ?, ?)",
            (record, change, b'"x"', over),
        )
    database.close()
    open_store(path, KEY).close()
    made = Laptop("p1", tmp_path)
    try:
        assert sorted(made.store.cases.caseload(), key=lambda row: row.contested) == rows
        assert [row[0] for row in made.store.database.query("SELECT cid FROM awaited")] == ["to come"]
    finally:
        made.close()
