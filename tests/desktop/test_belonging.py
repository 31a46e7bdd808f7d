"""Who belongs, from end to end: real encrypted files, real rounds, a real server that knows only what units signed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from desktop.model.record import CaseKey
from desktop.store.store import Store
from sync.change import Assign
from sync.client import RoundResult
from sync.envelope import EntryKind, key_id_of, parse
from sync.errors import Refused
from sync.protocol import NetCall, TreeKind, TreePush, encode, settle, tree_path
from sync.records import SpaceKind
from sync.server.app import Doorbell, make_app
from sync.server.backup import back_up, restore
from sync.server.founding import new_code
from sync.server.request import Server
from sync.server.settings import Settings, found_server, open_server, read_operator_key
from tests.desktop.store.unit_laptops import UnitLaptop, of_district
from tests.sync.driver import InProcess, drive
from tests.sync.founded import District, district

TAG = "7c" * 16
NOW = 1_776_200_000.0


@dataclass
class Whole:
    """A district, its server in this process, and the laptops of some of its seats."""

    world: District
    folder: Path
    space: str
    server: Server = field(init=False)
    net: InProcess = field(init=False)
    laptops: dict[str, UnitLaptop] = field(default_factory=dict)

    def start(self) -> None:
        self.server = open_server(self.folder, clock=lambda: NOW)
        self.net = InProcess(make_app(self.server, Doorbell()))

    def stop(self) -> None:
        self.net.close()
        self.server.storage.close()

    def found(self) -> None:
        for unit in self.world.units.values():
            push = TreePush(tuple(self.world.raws[unit]), code=new_code(self.server.storage))
            settle(self.net.ask(NetCall("POST", tree_path(TreeKind.UNIT, unit), body=encode(push))))

    def store(self, seat: str) -> Store:
        if seat not in self.laptops:
            self.laptops[seat] = of_district(self.world, seat)
        return self.laptops[seat].store

    def level(self, *seats: str) -> list[RoundResult]:
        return [drive(self.store(seat).replica, self.net.perform) for seat in seats]

    def agree(self, *seats: str) -> None:
        for _ in range(3):
            results = self.level(*seats)
        assert [(result.failure, result.faults) for result in results] == [("", ())] * len(seats)

    def write(self, seat: str, value: str) -> str:
        key = CaseKey(self.space, TAG)
        return self.store(seat).ledger.write(key, [Assign("note", None, "text", value)]).cid

    def notes(self, seat: str) -> set[str]:
        """The texts that count on a laptop."""
        database = self.store(seat).database
        rows = database.query("SELECT cid FROM change WHERE verdict = 'ok'")
        return {row[0] for row in rows}


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    world = district()
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    found_server(tmp_path / "server", None, Settings("Invented district"))
    made = Whole(world, tmp_path / "server", space)
    made.start()
    made.found()
    yield made
    made.stop()
    for laptop in made.laptops.values():
        laptop.discard()


def test_a_space_that_one_lead_founded_is_everybodys_after_a_round(whole: Whole) -> None:
    whole.agree("alder", "linden", "birch")
    note = whole.write("linden", "seen at the clinic")
    whole.agree("linden", "birch", "alder")
    assert whole.notes("birch") == whole.notes("alder") == {note}
    assert len({whole.store(seat).ledger.fold_hash(whole.space) for seat in ("alder", "linden", "birch")}) == 1


def test_a_lost_laptop_is_out_everywhere_and_what_was_trusted_stays(whole: Whole) -> None:
    everybody = ("alder", "rowan", "birch", "yew", "linden")
    whole.agree(*everybody)
    trusted, late = whole.write("birch", "before the loss"), whole.write("birch", "by the thief")
    whole.agree("birch")
    whole.agree("linden")
    assert whole.notes("linden") == {trusted, late}
    old_keys = set(whole.store("birch").seat.space_keys[whole.space])

    whole.store("alder").stewarding.close_seat(whole.world.id("birch"), {whole.space: [trusted]})
    whole.agree("alder", "yew", "linden")
    for seat in ("alder", "yew", "linden"):
        assert whole.notes(seat) == {trusted}
    assert not whole.store("alder").stewarding.owed()
    newest = whole.store("linden").seat.newest_space_key(whole.space)
    assert newest is not None
    assert newest[0] not in old_keys

    kept = whole.write("linden", "nobody outside reads this")
    whole.agree("linden", "rowan")
    assert whole.notes("rowan") == {trusted, kept}
    with pytest.raises(Refused):
        settle(whole.net.ask(NetCall("GET", "/v1/spaces", token="forged")))
    (result,) = whole.level("birch")
    assert result.failure == "session.refused"
    assert kept not in whole.notes("birch")


def test_what_was_written_offline_over_a_change_of_keys_is_sealed_anew(whole: Whole) -> None:
    whole.agree("alder", "linden", "birch", "yew")
    written = whole.write("linden", "on a night without a line")
    whole.store("alder").stewarding.close_seat(whole.world.id("birch"))
    whole.agree("alder")
    whole.agree("linden", "alder", "yew")
    assert whole.notes("yew") == {written}
    newest = whole.store("yew").seat.newest_space_key(whole.space)
    assert newest is not None
    page = whole.server.storage.read(whole.space, 0, 1 << 20, 200)
    entries = [(raw, parse(raw)) for raw in page.entries if raw is not None]
    wrapped_by = {key_id_of(raw): entry.key_id for raw, entry in entries if entry.kind is EntryKind.KEY}
    changes = [entry for _, entry in entries if entry.kind is EntryKind.CHANGE]
    assert [wrapped_by[entry.key_id] for entry in changes] == [newest[0]]


def test_a_server_restored_to_before_the_closing_is_given_it_back_first(whole: Whole, tmp_path: Path) -> None:
    whole.agree("alder", "birch", "linden")
    backup = tmp_path / "backup"
    back_up(whole.folder, backup, lambda: NOW)
    whole.store("alder").stewarding.close_seat(whole.world.id("birch"))
    whole.agree("alder", "linden")
    whole.stop()
    restore(whole.folder, backup, read_operator_key(whole.folder / "operator.key"), lambda: NOW)
    whole.start()
    assert whole.server.members.seat(whole.world.id("birch")) is not None
    whole.level("linden")  # any member heals it
    assert whole.server.members.seat(whole.world.id("birch")) is None
    (result,) = whole.level("birch")
    assert result.failure == "session.refused"
    whole.agree("alder", "linden")
