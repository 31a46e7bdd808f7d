"""What is protected stays out of rows, search and lists; and nothing typed lies readable on the disk."""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from desktop.errors import KnownError
from desktop.store.packing import unpack
from desktop.store.sharing import Chosen
from tests.desktop.store.laptops import PRACTICE, RULE, Exchange, Laptop, discard, laptop

SECRET = "Kingfisher Lane 17"
CANARY = "quillwort"


@pytest.fixture
def police() -> Iterator[Laptop]:
    one = laptop("p1")
    yield one
    discard(one)


def test_protected_and_identifying_values_never_enter_rows_search_or_lists(police: Laptop) -> None:
    store = police.store
    key = store.cases.new("Harbour 214")
    person = store.cases.add_person(
        key,
        "victim",
        {"name": "Wren Müller", "aliases": ["Jenny"], "address": SECRET, "address_protected": True, "phone": "0777123"},
    )
    store.cases.add_record(key, "safe_contact", {"rule": RULE}, record=person)
    store.cases.add_record(key, "note", {"text": f"moved to {SECRET}"})
    for words in ("Kingfisher", "0777123", "07700"):
        assert store.search.find(words) == []
    assert {hit.record for hit in store.search.find("mueller")} == {person}
    assert {hit.record for hit in store.search.find("miller")} == {person}
    assert {hit.record for hit in store.search.find("jen")} == {person}
    listed = repr(store.cases.caseload()) + repr([tuple(row) for row in store.database.query("SELECT * FROM search")])
    listed += repr([tuple(row) for row in store.database.query("SELECT line FROM case_row")])
    listed += repr(store.queue.items()) + repr(store.today.items(police.clock()))
    file = store.cases.file(key)
    listed += repr(file.timeline) + repr(file.contact) + repr(file.records["person", person].plain())
    for words in (SECRET, "0777 900123", "900123"):
        assert words not in listed
    (victim,) = file.parties
    assert (victim.hidden, victim.shown) == (("address",), {"phone": "0777123"})


def test_the_marks_travel_with_the_value_they_stand_over(police: Laptop) -> None:
    key = police.store.cases.new("Harbour 214")
    person = police.store.cases.add_person(key, "victim", {"address": SECRET, "address_burnt": True})
    health = laptop("h1")
    exchange = Exchange()
    shared = police.store.cases.share(
        key, PRACTICE.spaces["shared"], [Chosen("person", person, ("address",))], basis="danger to life"
    )
    exchange.sync(police.store, health.store)
    (victim,) = [health.store.cases.file(shared).records["person", person]]
    assert victim.get("address_burnt") is True
    assert SECRET not in repr(victim.plain())
    discard(health)


def test_a_mark_stands_while_its_removal_is_in_dispute(police: Laptop) -> None:
    colleague = laptop("p2")
    exchange = Exchange()
    key = police.store.cases.new("Harbour 214")
    person = police.store.cases.add_person(key, "victim", {"address": SECRET, "address_protected": False})
    exchange.sync(police.store, colleague.store)
    for store, mark in ((police.store, True), (colleague.store, None)):
        view = store.cases.file(key).records["person", person].fields["address_protected"]
        store.cases.edit(key, "person", person, "address_protected", mark, view.shown_ids)
    exchange.sync(police.store, colleague.store)
    for store in (police.store, colleague.store):
        assert SECRET not in repr(store.cases.file(key).parties)
        (conflict,) = store.conflicts.open()
        assert conflict.lowers(None)
    discard(colleague)


def test_a_typed_secret_is_in_the_decrypted_export_and_in_no_file(
    police: Laptop, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    store = police.store
    said = ""
    key = store.cases.new(CANARY)
    person = store.cases.add_person(key, "victim", {"name": CANARY, "address": CANARY, "address_protected": True})
    note = store.cases.add_record(key, "note", {"text": f"{CANARY} " * 40})
    draft = store.drafts.begin("risk", "1", "00", key.ref)
    store.drafts.save_answer(draft, "/data/a", CANARY)
    store.audit.append("search", key.ref, CANARY)
    store.search.find(CANARY)
    for act in (
        lambda: store.cases.edit(key, "note", note, "text", CANARY),
        lambda: store.ledger.write_inside(key, []),
        lambda: store.cases.add_record(key, "note", {"text": CANARY * 200_000}),
        lambda: store.referrals.send(key, CANARY, {"needs": CANARY}, basis=CANARY),
    ):
        try:
            act()
        except Exception:  # noqa: BLE001  whatever comes must not quote the person
            said += traceback.format_exc(limit=0)
    exported = _export(police)
    assert CANARY in exported
    assert said.count("Error") + said.count("Bug") >= 3
    assert CANARY not in said
    captured = capfd.readouterr()
    for words in (caplog.text, captured.out, captured.err):
        assert CANARY not in words
    raw = _raw(police.folder)
    store.database.checkpoint()
    raw += _raw(police.folder)
    assert len(raw) > 100_000
    assert CANARY.encode() not in raw
    assert key.tag.encode() not in raw
    assert person.encode() not in raw
    assert not re.search(b"SQLite format", raw)


def _raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def _export(one: Laptop) -> str:
    """Every column of every table, compressed ones opened."""
    database = one.store.database
    parts: list[str] = []
    for (name,) in database.query("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in database.query(f'SELECT * FROM "{name}"'):  # noqa: S608  names from the schema
            parts.extend(_text(cell) for cell in row)
    return "\n".join(parts)


def _text(cell: object) -> str:
    if isinstance(cell, bytes):
        try:
            return unpack(cell).decode("utf-8", "replace")
        except (KnownError, zstandard.ZstdError):
            return cell.decode("utf-8", "replace")
    return str(cell)
