"""Three laptops of two units, one real server, and everything that happens to a line, a laptop and a disk in between.

The server is the real application on the real SQLite storage, spoken to without sockets; the laptops are
`tests.sync.memory_replica`. `step` does one random thing, `settle` ends the faults, `verify` says what must hold.
"""

import itertools
import random
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sync import keys
from sync.client import Carry, NetCall, NetReply, RoundResult
from sync.envelope import eid_of, seal_change
from sync.errors import Refused, RetryLater, Unreachable
from sync.protocol import Cursor, check_page
from sync.server.app import Doorbell, make_app
from sync.server.routes import Server
from sync.server.settings import DATABASE_FILE, Settings, after_restore, found_server, open_server
from sync.server.storage.sqlite import copy_database
from tests.sync.driver import InProcess, drive
from tests.sync.memory_replica import MemoryReplica, PowerCut
from tests.sync.practice import Practice, found_practice

TAGS = ("71" * 16, "72" * 16)
FIELDS = ("aim", "status")
FAULTS = (
    "lost_request",
    "lost_response",
    "killed",
    "killed_in_page",
    "twice",
    "busy",
    "restored",
    "rolled_back",
    *(f"refused_{status}" for status in (400, 401, 403, 413, 422, 507)),
)


@dataclass
class Fault:
    """Strikes once, at the `at`-th call of a round (session and heads count too), or at the `at`-th push."""

    kind: str
    at: int
    push: bool = False


class World:
    """`laptop` may be another class of replica, to see a planted fault."""

    def __init__(self, practice: Practice, laptop: type[MemoryReplica] = MemoryReplica) -> None:
        self.practice = practice
        self.folder = Path(tempfile.mkdtemp(prefix="causeway-rounds-"))
        found_server(self.folder / "server", practice.roster.to_bytes(), Settings("machine"))
        self.laptops = {name: laptop(practice.roster, seat) for name, seat in practice.seats.items()}
        self.carried: dict[str, Carry] = {}
        self.written: dict[str, set[str]] = {space: set() for space in practice.spaces.values()}
        self.poisoned: set[str] = set()
        self.happened: Counter[str] = Counter()
        self.backed_up = False
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._shut()
        shutil.rmtree(self.folder)

    # -- what happens

    def step(self, rng: random.Random) -> None:
        act = rng.choices(("write", "sync", "fault", "poison", "backup", "restore"), (10, 5, 8, 1, 2, 1))[0]
        name = rng.choice(sorted(self.laptops))
        space = rng.choice(sorted(self.laptops[name].copies))
        match act:
            case "write":
                self.write(name, space, rng.choice(TAGS), rng.choice(FIELDS), rng.randint(0, 3))
            case "sync":
                self.sync(name)
            case "fault":
                push = rng.random() < 0.5
                self.sync(name, Fault(rng.choice(FAULTS), rng.randint(1, 3 if push else 9), push))
            case "poison":
                self.poison(name, space, rng.choice((b"", b"not an entry", self._orphan(space, rng))))
            case "backup":
                self.backup()
            case "restore":
                self.restore(announced=rng.random() < 0.5)

    def write(self, name: str, space: str, tag: str, field: str, value: int) -> None:
        self.written[space].add(self.laptops[name].edit(space, tag, field, value))

    def poison(self, name: str, space: str, raw: bytes) -> None:
        self.poisoned.add(eid_of(raw))
        self.laptops[name].poison(space, raw)

    def sync(self, name: str, fault: Fault | None = None) -> RoundResult | None:
        """One round; None when the laptop went dark in it."""
        laptop = self.laptops[name]
        line = Line(self, laptop, fault)
        try:
            result = drive(laptop, line.perform, carry=self.carried.get(name))
        except PowerCut:
            self.carried.pop(name, None)
            return None
        finally:
            laptop.power_fails = False
        self.carried[name] = result.carry
        return result

    def backup(self) -> None:
        copy_database(self.folder / "server" / DATABASE_FILE, self.folder / "backup")
        self.backed_up = True

    def restore(self, *, announced: bool) -> None:
        """Last night's server. Unannounced: somebody copied the files back and told nobody, the epoch stays."""
        if not self.backed_up:
            return
        self._shut()
        database = self.folder / "server" / DATABASE_FILE
        for leftover in ("-wal", "-shm"):
            database.with_name(database.name + leftover).unlink(missing_ok=True)
        shutil.copyfile(self.folder / "backup", database)
        self._open()
        self.happened["restore"] += 1
        if announced:
            after_restore(self.server.storage)
            self._shut()
            self._open()

    # -- afterwards

    def settle(self) -> None:
        """The faults are over, and every person tries the tray once more."""
        for _ in range(4):
            for name, laptop in self.laptops.items():
                laptop.retry_refused()
                self.sync(name)

    def verify(self) -> None:
        for space in self.practice.spaces.values():
            members = [laptop for laptop in self.laptops.values() if space in laptop.copies]
            head = self._verify_log(space)
            for laptop in members:
                copy = laptop.copies[space]
                left = set(copy.outbox) - self.poisoned
                assert not left, "an outbox never drains"
                assert all(copy.outbox[eid].state == "refused" for eid in copy.outbox), "a poisoned item is not shown"
                assert copy.cursor == head, "a laptop believes itself elsewhere than at the log's end"
                assert copy.level_at == head, "a laptop does not know that it is level"
                assert self.written[space] <= set(copy.changes), "a finished change is not on every member"
                assert not copy.aside, "an entry cannot be opened by a member"
                assert laptop.fold(space) == members[0].fold(space), "two laptops of one space show different things"

    def _verify_log(self, space: str) -> Cursor:
        """Contiguous, chained, nothing twice; the end."""
        cursor, eids = Cursor(), set[str]()
        while True:
            page = self.server.storage.read(space, cursor.seq, 1 << 20, 50)
            entries, cursor = check_page(cursor, page)
            assert not eids & {entry.eid for entry in entries}, "an entry is in the log twice"
            eids |= {entry.eid for entry in entries}
            if cursor.seq == page.head:
                head = self.server.storage.heads([space])[space]
                assert cursor == head, "the log does not come out at its own head"
                return cursor
            assert entries, "the log has a gap"

    def _orphan(self, space: str, rng: random.Random) -> bytes:
        """A change under a key whose entry nobody has."""
        body = f'{{"space":"{space}","tag":"{TAGS[0]}","x":{rng.random()}}}'.encode()
        return seal_change(space, TAGS[0], "00" * 16, keys.new_secret(), body, bytes(64))

    def _open(self) -> None:
        self.server: Server = open_server(self.folder / "server")
        self.net = InProcess(make_app(self.server, Doorbell()))

    def _shut(self) -> None:
        self.net.close()
        self.server.storage.close()


class Line:
    """A laptop's line to the server during one round, with at most one fault."""

    def __init__(self, world: World, laptop: MemoryReplica, fault: Fault | None) -> None:
        self._world = world
        self._laptop = laptop
        self._fault = fault
        self._calls = 0
        self._struck = False

    def perform(self, call: NetCall) -> NetReply:
        if self._fault is None:
            return self._world.net.perform(call)
        self._calls += not self._fault.push or (call.method == "POST" and call.path.endswith("/log"))
        if self._struck or self._calls < self._fault.at:
            return self._world.net.perform(call)
        self._struck = True
        kind = self._fault.kind
        self._world.happened[kind] += 1
        self._strike_before(kind)
        reply = self._world.net.perform(call)
        if kind == "lost_response":
            raise Unreachable("net.timeout", after_send=True)
        if kind == "twice":
            reply = self._world.net.perform(call)
        if kind == "killed":
            raise PowerCut
        return reply

    def _strike_before(self, kind: str) -> None:
        if kind == "lost_request":
            raise Unreachable("net.timeout", after_send=True)
        if kind == "busy":
            raise RetryLater("server.busy", 5)
        if kind.startswith("refused_"):
            raise Refused("planted", status=int(kind.removeprefix("refused_")))
        if kind == "killed_in_page":
            self._laptop.power_fails = True
        if kind in {"restored", "rolled_back"}:
            self._world.restore(announced=kind == "restored")


def walk(seed: int, steps: int = 25, laptop: type[MemoryReplica] = MemoryReplica) -> Counter[str]:
    """A weighted random walk from start to verification; what happened in it."""
    rng = random.Random(seed)  # noqa: S311  a walk must be repeatable, not secret
    with World(found_practice(), laptop) as world:
        for _ in range(steps):
            world.step(rng)
        world.settle()
        world.verify()
        return world.happened


def sweep(kind: str, laptop: type[MemoryReplica] = MemoryReplica) -> int:
    """One fault at every single call of a round, of a quiet one and of one that finds the server restored.

    Returns at how many places it struck.
    """
    practice, struck = found_practice(), 0
    for restored in (False, True):
        for at in itertools.count(1):
            with World(practice, laptop) as world:
                if not _one_fault(world, Fault(kind, at), restored=restored):
                    break
                struck += 1
    return struck


def _one_fault(world: World, fault: Fault, *, restored: bool) -> bool:
    """Whether the fault struck. Only one laptop holds what a restore takes from the server: nobody else can heal it.

    In one space it is level and reads back with the push, in the other somebody else wrote and it reads after it.
    """
    police, shared = world.practice.spaces["police"], world.practice.spaces["shared"]
    world.write("h1", shared, TAGS[1], FIELDS[0], 2)
    world.sync("h1")
    if restored:
        world.backup()
    for space in (police, shared):
        world.write("p1", space, TAGS[0], FIELDS[0], 1)
    world.sync("p1")
    if restored:
        world.restore(announced=True)
    world.write("h1", shared, TAGS[1], FIELDS[0], 4)
    world.sync("h1")
    if not restored:
        world.backup()
    for space in (police, shared):
        world.write("p1", space, TAGS[1], FIELDS[1], 3)  # another case: its key entry would call for the healing
    world.sync("p1", fault)
    struck = world.happened[fault.kind] > 0
    world.settle()
    world.verify()
    return struck
