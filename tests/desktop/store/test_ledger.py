"""One save is one fact: all of it or nothing, whatever stops it; and what is refused is refused whole."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.events import Changed
from desktop.store.migrate import open_store
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from sync.change import Assign
from sync.envelope import EntryKind, parse
from sync.identity import Role
from tests.desktop.store.laptops import KEY, PRACTICE, Clock, Exchange, Laptop, discard, laptop


@pytest.fixture
def police() -> Iterator[Laptop]:
    one = laptop("p1")
    yield one
    discard(one)


class Cut(BaseException):
    """The power goes."""


def everything(store: Store) -> tuple[object, ...]:
    """What a person and the round see."""
    return (
        store.ledger.fold_hash(PRACTICE.spaces["police"]),
        store.cases.caseload(),
        store.search.find("wren"),
        store.replica.counts(),
        [item.id for item in store.queue.items()],
        [tuple(row) for row in store.database.query("SELECT space, n, prev FROM space")],
        [draft.draft_id for draft in store.drafts.list()],
    )


def outcomes(police: Laptop, act: Callable[[Store], object], folder: Path) -> list[tuple[object, ...]]:
    """What a reopened laptop holds when the power went at statement 1, 2, 3 … of the act; last: when it did not."""
    police.close()
    found = []
    for k in range(1, 200):
        copy = folder / str(k)
        shutil.copytree(police.folder, copy, ignore=shutil.ignore_patterns("*.lock", "*-shm"))
        dark = folder / f"{k}-dark"
        ended = _cut_at(k, copy, dark, act)
        again = _open(dark if dark.exists() else copy)
        assert again.database.verify() == 0
        found.append(everything(again))
        again.close()
        if ended:
            return found
    raise AssertionError("the act never came to its end")


def _open(folder: Path) -> Store:
    database = open_store(folder / "store.db", KEY)
    return Store.open(database, SeatIdentity.of(PRACTICE.seats["p1"], PRACTICE.roster), Clock(), "UTC")


def _cut_at(k: int, folder: Path, dark: Path, act: Callable[[Store], object]) -> bool:
    """Run the act; at statement k the files are taken as they lie on the disk. Whether it came to its end before."""
    store = _open(folder)
    count = 0

    def observe(_number: int, _sql: str) -> None:
        nonlocal count
        count += 1
        if count == k:
            shutil.copytree(folder, dark, ignore=shutil.ignore_patterns("*.lock", "*-shm"))
            raise Cut

    store.database._observer = observe
    try:
        act(store)
    except Cut:
        return False
    finally:
        store.database._observer = None
        store.close()
    return True


def test_an_edit_cut_at_any_statement_leaves_the_old_or_the_new_state(police: Laptop, tmp_path: Path) -> None:
    key = police.store.cases.new("Harbour 214")
    person = police.store.cases.add_person(key, "victim", {"name": "Wren"})
    field = police.store.cases.file(key).records["person", person].fields["name"]
    before = everything(police.store)

    def act(store: Store) -> None:
        store.ledger.write(key, [Assign("person", person, "name", "Wrenna", field.shown_ids)])

    found = outcomes(police, act, tmp_path)
    new = found[-1]
    assert new[0] != before[0]
    assert {repr(state) for state in found} == {repr(before), repr(new)}
    assert len(found) > 10
    police.store = police._open(create=False)


def test_finishing_a_form_cut_at_any_statement_keeps_the_draft_or_the_record(police: Laptop, tmp_path: Path) -> None:
    key = police.store.cases.new("Harbour 214")
    draft = police.store.drafts.begin("risk", "1", "00", key.ref)
    police.store.drafts.save_answer(draft, "/data/a", "yes")
    before = everything(police.store)

    def act(store: Store) -> None:
        store.forms.finish(key, draft, {"tool": "risk", "grade": "high"}, form="risk@1", flags=[{"code": "weapon"}])

    found = outcomes(police, act, tmp_path)
    records = {(len(state[-1]), state[1][0].grade) for state in found}  # type: ignore[arg-type, index]  # of `everything`
    assert records == {(1, "ungraded"), (0, "high")}
    assert repr(found[0]) == repr(before)
    police.store = police._open(create=False)


def test_a_write_puts_its_key_and_itself_into_the_outbox_and_says_what_changed(police: Laptop) -> None:
    heard: list[Changed] = []
    police.store.database.on_changed = heard.append
    key = police.store.cases.new("Harbour 214")
    assert [item.what for item in police.store.queue.items()] == ["key", "case"]
    assert heard[-1].touches("case")
    assert heard[-1].touches("outbox")
    assert key.tag in heard[-1].ids
    row = police.store.cases.caseload()[0]
    assert (row.code_name, row.lead_worker, row.stage) == ("Harbour 214", "p1", "outbox")


def test_the_chain_of_a_seat_counts_per_space(police: Laptop) -> None:
    key = police.store.cases.new("A")
    police.store.cases.new("B")
    shared = police.store.cases.share(key, PRACTICE.spaces["shared"], [], basis="danger to life")
    rows = police.store.database.query("SELECT t.space, c.n FROM change c JOIN tag t ON t.id = c.tag ORDER BY c.id")
    by_space: dict[int, list[int]] = {}
    for space, n in rows:
        by_space.setdefault(space, []).append(n)
    assert sorted(by_space.values()) == [[1], [1, 2, 3]]
    assert shared.space == PRACTICE.spaces["shared"]


def _refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(KnownError) as caught:
        act()
    assert caught.value.code == code


def test_what_may_not_be_written_is_refused_whole(police: Laptop) -> None:
    store = police.store
    key = store.cases.new("Harbour 214")
    note = store.cases.add_record(key, "note", {"text": "first"})
    before = everything(store)
    _refused("write.once", lambda: store.cases.edit(key, "note", note, "text", "other"))
    _refused("write.not_allowed", lambda: store.ledger.write(key, [Assign("note", note, "text", "other")]))
    _refused("write.not_allowed", lambda: store.ledger.write(key, [Assign("referral", None, "urgency", "now")]))
    _refused("write.too_large", lambda: store.cases.add_record(key, "note", {"text": "x" * 1_200_000}))
    _refused("case.not_shared", lambda: store.cases.agree_grade(key, "high", []))
    _refused(
        "assessment.reason_needed",
        lambda: store.forms.finish(key, "", {"tool_result": {"grade": "high"}, "grade": "raised"}, form="risk@1"),
    )
    assert everything(store) == before


def test_an_auditor_reads_and_writes_nothing(police: Laptop) -> None:
    key = police.store.cases.new("Harbour 214")
    seats = tuple(
        msgspec.structs.replace(seat, role=Role.AUDITOR) if seat.name == "p1" else seat
        for seat in PRACTICE.roster.seats
    )
    store = police.reopen(roster=msgspec.structs.replace(PRACTICE.roster, seats=seats))
    assert len(store.database.query("SELECT 1 FROM change")) == 1
    _refused("write.not_allowed", lambda: store.cases.add_record(key, "note", {"text": "x"}))


def test_without_a_key_of_the_space_one_can_write_and_it_goes_out_when_the_key_has_come(police: Laptop) -> None:
    store = police.reopen(roster=msgspec.structs.replace(PRACTICE.roster, space_wraps={}))
    key = store.cases.new("Harbour 214")
    store.cases.add_record(key, "note", {"text": "x"})
    assert [row.code_name for row in store.cases.caseload()] == ["Harbour 214"]
    assert store.replica.outgoing(key.space, 1 << 20) == ()
    waiting = store.replica.counts().pending
    assert waiting > 0
    store = police.reopen(roster=PRACTICE.roster)
    raws = [item.raw for item in store.replica.outgoing(key.space, 1 << 20)]
    assert len(raws) == waiting + 1  # with the file's key, now sealed under the space's, ahead of the changes
    assert parse(raws[0]).kind is EntryKind.KEY
    colleague, exchange = laptop("p2"), Exchange()
    try:
        exchange.sync(store, colleague.store)
        assert [row.code_name for row in colleague.store.cases.caseload()] == ["Harbour 214"]
        assert store.replica.counts().pending == 0
    finally:
        discard(colleague)


def test_in_a_space_of_others_nothing_is_written(police: Laptop) -> None:
    note = [Assign("note", None, "text", "x")]
    _refused("write.no_space", lambda: police.store.ledger.write(CaseKey("ab" * 16, "cd" * 16), note))
