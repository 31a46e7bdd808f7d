"""A small partnership of real processes, and what must hold in it whatever happened.

`Finished` is an account of its own: it hears of every change from the laptop that wrote it, and says which values
must stand or be in dispute, without the product's fold.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop.demo.partnership import UNIT_NAMES, Founded, found
from sync.records import SpaceKind
from tests.e2e.processes import ComputerProcess, Ended, ServerProcess

PASSPHRASE = "four invented words here"
SECOND_PASSPHRASE = "another four invented words"
EVERYONE = tuple(UNIT_NAMES)
NOWHERE = "http://127.0.0.1:9"
"""An address at which nobody answers."""
DAY = 24 * 3600.0
ROUNDS = 3

Place = tuple[str, str, str, str]
"""(space, tag, kind and record, field)."""


class Finished:
    """Every change that a person finished, and what follows from all of them together."""

    def __init__(self) -> None:
        self.changes: dict[str, dict[str, Any]] = {}

    def hear(self, written: Iterable[dict[str, Any]]) -> None:
        for change in written:
            self.changes[change["cid"]] = change

    def live(self, spaces: Iterable[str]) -> dict[Place, dict[tuple[str, int], Any]]:
        """The values that no change names, by field and id. A write-once record's are all there for ever."""
        values: dict[Place, dict[tuple[str, int], Any]] = defaultdict(dict)
        named: dict[Place, set[tuple[str, int]]] = defaultdict(set)
        for cid, change in self.changes.items():
            if change["space"] not in spaces:
                continue
            for index, (kind, record, field, value, over) in enumerate(change["sets"]):
                place = (change["space"], change["tag"], f"{kind} {record or cid}", field)
                values[place][cid, index] = value
                named[place] |= {(one[0], one[1]) for one in over}
        return {
            place: {one: value for one, value in held.items() if one not in named[place]}
            for place, held in values.items()
        }


@dataclass(frozen=True)
class SharedCase:
    """A case, its shared file (space and tag each), and the id of an action that lives in the shared file."""

    unit: list[str]
    key: list[str]
    action: str


class Laptop:
    """A member's laptop. `offset` is by how many seconds its clock is wrong."""

    def __init__(self, world: "World", member: str, computer: ComputerProcess, offset: float = 0.0) -> None:
        self._world = world
        self.member = member
        self.computer = computer
        self._offset = offset
        self.profile = Path()

    def make(self, passphrase: str = PASSPHRASE) -> None:
        self.computer.tell("make", label=self.member, passphrase=passphrase)

    def made(self) -> None:
        self.profile = Path(self.computer.hear()["ok"])

    def open(self, passphrase: str = PASSPHRASE) -> None:
        founded = self._world.founded
        roster, seat = founded.roster.to_bytes().decode(), founded.seats[self.member].to_bytes().hex()
        self.computer.tell(
            "open", label=self.member, passphrase=passphrase, clock=self._offset, roster=roster, seat=seat
        )
        self.computer.pid = self.computer.hear()["ok"]

    def close(self) -> None:
        """End the program in good order."""
        self.ask("close")
        assert self.how_it_ended() == 0

    def how_it_ended(self) -> int:
        """The status with which the program ends now, or ended."""
        with pytest.raises(Ended) as ended:
            self.computer.hear()
        return ended.value.status

    def ask(self, do: str, **said: Any) -> Any:
        """What the program answers. Raises `Ended` when it is killed over it, `RefusedHere`."""
        self.computer.tell(do, **said)
        return self.hear()

    def status_after(self, **command: Any) -> int | None:
        """None when the program answered, else the status with which it ended over the command."""
        try:
            self.ask(**command)
        except Ended as ended:
            return ended.status
        return None

    def hear(self) -> Any:
        """The answer to a command given before."""
        answer = self.computer.hear()
        self._world.finished.hear(answer["written"])
        return answer["ok"]

    def edit(self, case: SharedCase, field: str, value: str) -> str:
        """Edit a field of the case's action, with sight of what it shows."""
        cid: str = self.ask("edit", case=case.key, kind="action", record=case.action, field=field, value=value)
        return cid

    def value(self, case: SharedCase, field: str) -> Any:
        """What a field of the case's action shows."""
        return self.ask("value", case=case.key, kind="action", record=case.action, field=field)

    def sync(self, address: str = "", **said: Any) -> dict[str, Any]:
        done: dict[str, Any] = self.ask("sync", address=address or self._world.server.address, **said)
        return done


class World:
    """A server and the laptops of some members, each on a computer of its own."""

    def __init__(self, folder: Path, members: Mapping[str, float]) -> None:
        """`members`: whose laptops there are, and by how many seconds each one's clock is wrong."""
        self.folder = folder
        self.founded: Founded = found()
        self.finished = Finished()
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.computers = [ComputerProcess(folder / member, self.temporary) for member in members]
        self.laptops = {
            member: Laptop(self, member, computer, members[member])
            for member, computer in zip(members, self.computers, strict=True)
        }
        for laptop in self.laptops.values():
            laptop.make()
        self.server = ServerProcess(folder / "server", self.founded.roster, self.temporary)
        self.server.start()
        for laptop in self.laptops.values():
            laptop.made()
            laptop.open()

    def second_person(self, member: str, on: Laptop) -> Laptop:
        """A profile of another member on the same laptop. No program is open then: one at a time."""
        self.laptops[member] = second = Laptop(self, member, on.computer)
        second.make(SECOND_PASSPHRASE)
        second.made()
        return second

    def __getitem__(self, member: str) -> Laptop:
        return self.laptops[member]

    def close(self) -> None:
        for computer in self.computers:
            computer.off()
        self.server.stop()

    def space(self, *agencies: str) -> str:
        """The shared space of these agencies; of one agency alone its unit's."""
        kind = SpaceKind.UNIT if len(agencies) == 1 else SpaceKind.SHARED
        return self.founded.space(kind, *agencies).id

    def spaces_of(self, laptop: Laptop) -> set[str]:
        return {space.id for space in self.founded.roster.spaces_of(self.founded.seats[laptop.member].seat_id)}

    def shared_case(self, writer: str = "alder") -> "SharedCase":
        """A case of the police with a file shared by all three units and an action in it, known to every laptop."""
        case = self[writer].ask("new", code_name="HARBOUR 12")
        shared = self[writer].ask("share", case=case, space=self.space(*EVERYONE))
        action = self[writer].ask(
            "add", case=case, kind="action", fields={"title": "Change the locks", "status": "open"}
        )
        self.level()
        return SharedCase(case, shared, action)

    def level(self) -> None:
        """Synchronise all in turn until every laptop holds what every other wrote. Every round must come to its end."""
        for _ in range(ROUNDS):
            for laptop in self.laptops.values():
                done = laptop.sync()
                assert done["level"], (laptop.member, done)

    def verify(self) -> None:
        """Level, then: nothing waits anywhere, folds are equal, every finished entry stands or is in dispute."""
        self.level()
        folds: dict[str, Any] = {}
        hashes: dict[str, Any] = {}
        for laptop in self.laptops.values():
            counts = laptop.ask("counts")
            assert counts == {"pending": 0, "refused": 0, "bad": 0, "waiting": 0}, (laptop.member, counts)
            assert laptop.ask("sound") == 0
            folds[laptop.member], hashes[laptop.member] = laptop.ask("fold"), laptop.ask("hashes")
            assert set(folds[laptop.member]) == self.spaces_of(laptop)
        self._verify_equal(folds)
        self._verify_equal(hashes)
        for laptop in self.laptops.values():
            self._verify_nothing_lost(laptop, folds[laptop.member])

    def _verify_equal(self, said: Mapping[str, Mapping[str, Any]]) -> None:
        for space in {space for fold in said.values() for space in fold}:
            told = {json.dumps(fold[space], sort_keys=True) for fold in said.values() if space in fold}
            assert len(told) == 1, f"folds of {space} differ"

    def _verify_nothing_lost(self, laptop: Laptop, fold: Mapping[str, Any]) -> None:
        expected = self.finished.live(self.spaces_of(laptop))
        held = {
            (space, tag, record, name): view
            for space, tags in fold.items()
            for tag, records in tags.items()
            for record, fields in records.items()
            for name, view in fields.items()
            if name
        }
        assert held.keys() == expected.keys()
        disputed = {tuple(json.dumps(side, sort_keys=True) for side in one[4]) for one in laptop.ask("conflicts")}
        for place, values in expected.items():
            view = held[place]
            told = sorted({json.dumps(value, sort_keys=True) for value in values.values()})
            sides = [side[0] for side in view["sides"]] if view["contested"] else [view["value"]]
            assert sorted(json.dumps(side, sort_keys=True) for side in sides) == told, place
            assert sorted((one[0], one[1]) for one in view["ids"]) == sorted(values), place
            if len(told) > 1:
                assert any(sorted(one) == told for one in disputed), f"{place} is in dispute, and nobody is asked"
