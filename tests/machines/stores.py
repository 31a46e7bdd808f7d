"""Three laptops with real encrypted files, the real round and the real server, and all that befalls line and disk.

`step` does one random thing, `settle` ends the faults, `verify` says what must hold (sync.md §8, by number where it is
checked). A power cut leaves the files exactly as they lay on the disk at that statement.
"""

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.store import Store
from sync.change import Assign, ValueId
from sync.client import Carry, NetCall, NetReply, RoundResult
from sync.envelope import eid_of
from sync.errors import Refused, RetryLater, SyncError, Unreachable
from tests.desktop.store.laptops import START, Laptop
from tests.machines.account import Account, held, shown
from tests.machines.district import LAPTOPS, Stranger, found_district
from tests.machines.place import Place
from tests.machines.rounds import FAULTS as LINE_FAULTS
from tests.machines.rounds import Fault
from tests.sync.driver import drive
from tests.sync.memory_replica import PowerCut
from tests.sync.practice import Practice

FAULTS = (*LINE_FAULTS, "late")
"""Besides those of `rounds`: a call given up that reaches the server later, in another order than it was sent."""
TAGS = ("71" * 16, "72" * 16)
FIELDS = (
    ("case", "case", "aim", ("lower the risk", "protect the child", None)),
    ("case", "case", "status", ("open", "closed", "open")),
    ("consent", "c1", "state", ("given", "withdrawn", None)),
    ("flag", "f1", "raised", (True, False, None)),
    ("safe_contact", "s1", "rule", ({"level": "none"}, {"level": "free"}, {"level": "restricted"})),
)
"""Few, so that laptops meet in them: (kind, record, field, values)."""
FOREIGN = ("newer", "garbled", "forged", "overwriting", "equivocating")
WEIGHTS = {
    "edit": 14,
    "note": 5,
    "hostile_over": 2,
    "resolve": 2,
    "sync": 8,
    "faulty_sync": 12,
    "power_cut": 3,
    "foreign": 3,
    "poison": 1,
    "wrong_clock": 1,
    "backup": 2,
    "restore": 1,
    "disk_copied": 1,
    "disk_put_back": 1,
}


@lru_cache(maxsize=1)
def district() -> Practice:
    """Founded once: keys are slow to make, and nothing changes them."""
    return found_district()


class Machine(Laptop):
    """A laptop whose power may fail just before a statement: `cut_in` counts down to it."""

    def __init__(self, seat: str, folder: Path) -> None:
        self.cut_in = 0
        self.carry: Carry | None = None
        self._disk: dict[str, bytes] = {}
        super().__init__(seat, folder, district())
        self.reopen(observer=self._observe)

    def read_disk(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes() for path in self.folder.iterdir() if path.name in {"store.db", "store.db-wal"}
        }

    def _observe(self, _number: int, _sql: str) -> None:
        if self.cut_in:
            self.cut_in -= 1
            if not self.cut_in:
                self._disk = self.read_disk()
                raise PowerCut

    def power_cut(self) -> None:
        """Dark now, wherever it stood; on again."""
        self.put_back(self._disk or self.read_disk())
        self._disk, self.cut_in, self.carry = {}, 0, None

    def put_back(self, disk: dict[str, bytes]) -> None:
        self.store.close()
        for name in ("store.db", "store.db-wal"):
            self.path.with_name(name).unlink(missing_ok=True)
        for name, content in disk.items():
            self.path.with_name(name).write_bytes(content)
        self.store = self._open(create=False, observer=self._observe)


class StoreWorld:
    """`database` is a URL, "" for SQLite."""

    def __init__(self, seed: int = 0, database: str = "") -> None:
        self.rng = random.Random(seed)  # noqa: S311  a walk must be repeatable, not secret
        self.practice = district()
        self.folder = Path(tempfile.mkdtemp(prefix="causeway-stores-"))
        self.place = Place(self.folder / "server", self.practice.roster, database)
        self.laptops: dict[str, Machine] = {}
        for name in LAPTOPS:
            self.add(name)
        self.stranger = Stranger(self.practice, self.rng)
        self.account = Account()
        self.happened: Counter[str] = Counter()
        self.delayed: list[NetCall] = []
        self._poison: list[tuple[Machine, str]] = []
        self._copies: dict[str, dict[str, bytes]] = {}
        self._put_back: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.place.stop()
        for laptop in self.laptops.values():
            laptop.close()
        shutil.rmtree(self.folder)

    def add(self, name: str, seat: str = "") -> Machine:
        folder = self.folder / name
        folder.mkdir()
        self.laptops[name] = Machine(seat or name, folder)
        return self.laptops[name]

    # -- what happens

    def step(self) -> str:
        """One thing at random; its name."""
        act = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        laptop = self.laptops[self.rng.choice(LAPTOPS)]
        space = self.rng.choice(laptop.store.replica.spaces())
        self.happened[act] += 1
        getattr(self, f"do_{act}")(laptop, CaseKey(space, self.rng.choice(TAGS)))
        self.hear(laptop)
        return act

    def hear(self, laptop: Machine) -> None:
        for space in laptop.store.replica.spaces():
            self.account.hear(laptop.store, space, laptop.store.seat.seat_id)

    def do_edit(self, laptop: Machine, key: CaseKey) -> None:
        """One field or two, with sight of what is shown, or of what was shown before the last page came."""
        fields = self.rng.sample(FIELDS, self.rng.choice((1, 1, 1, 2)))
        blind = self.rng.random() < 0.2
        sets = [
            Assign(kind, record, name, self.rng.choice(values), () if blind else over(laptop, key, kind, record, name))
            for kind, record, name, values in fields
        ]
        self.write(laptop, key, *sets)

    def do_note(self, laptop: Machine, key: CaseKey) -> None:
        self.write(laptop, key, Assign("note", None, "text", self.rng.randbytes(self.rng.choice((4, 400))).hex()))

    def do_hostile_over(self, laptop: Machine, key: CaseKey) -> None:
        """A broken client names values of every field it sees."""
        every = [one for ids in shown(laptop.store, key.space).values() for one in sorted(ids)]
        self.rng.shuffle(every)
        self.write(laptop, key, Assign("case", "case", "aim", "over all", tuple(every[:60])))

    def do_resolve(self, laptop: Machine, _key: CaseKey) -> None:
        views = laptop.store.conflicts.open()
        if views:
            choice = self.rng.choice([side.value for side in views[0].sides])
            self._written(lambda: laptop.store.conflicts.resolve(views[0], choice, "agreed by telephone"))

    def do_sync(self, laptop: Machine, _key: CaseKey) -> None:
        self.sync(laptop)

    def do_faulty_sync(self, laptop: Machine, _key: CaseKey) -> None:
        push = self.rng.random() < 0.5
        self.sync(laptop, Fault(self.rng.choice(FAULTS), self.rng.randint(1, 3 if push else 9), push))

    def do_power_cut(self, laptop: Machine, key: CaseKey) -> None:
        """In the middle of a save."""
        laptop.cut_in = self.rng.randint(1, 25)
        try:
            self.do_edit(laptop, key)
        except PowerCut:
            laptop.power_cut()
        laptop.cut_in = 0

    def do_foreign(self, _laptop: Machine, key: CaseKey) -> None:
        what = self.rng.choice(FOREIGN)
        self.happened[what] += 1
        answer = self.stranger.bring(self.place.perform, key.tag, what)
        assert all(item.code == "" for item in answer.results), answer

    def do_poison(self, laptop: Machine, key: CaseKey) -> None:
        """A row of the outbox that no server takes: a bug of some version of the program."""
        raw = f"not an entry {len(self._poison)}".encode()
        database = laptop.store.database
        row = database.one(
            "SELECT t.id, t.space FROM tag t JOIN space s ON s.id = t.space WHERE t.tag = ? AND s.space = ?",
            (key.tag, key.space),
        )
        if row is not None:
            with database.transaction():
                database.insert(
                    "INSERT INTO outbox (space, tag, eid, sealed_under, priority, state, since, size, raw)"
                    " VALUES (?, ?, ?, '', 1, 'queued', '', ?, ?)",
                    (row[1], row[0], eid_of(raw), len(raw), raw),
                )
            self._poison.append((laptop, eid_of(raw)))

    def do_wrong_clock(self, laptop: Machine, _key: CaseKey) -> None:
        laptop.clock.now = START + timedelta(days=self.rng.choice((-3653, -1, 0, 1, 3653)))

    def do_backup(self, _laptop: Machine, _key: CaseKey) -> None:
        self.place.backup()

    def do_restore(self, _laptop: Machine, _key: CaseKey) -> None:
        self._restore(announced=self.rng.random() < 0.5)

    def do_disk_copied(self, laptop: Machine, _key: CaseKey) -> None:
        self._copies[laptop.seat] = laptop.read_disk()

    def do_disk_put_back(self, laptop: Machine, _key: CaseKey) -> None:
        """Last night's copy of a laptop's disk, as IT puts it back: what nobody else holds is gone with the disk."""
        if laptop.seat not in self._copies:
            return
        self._put_back.add(laptop.seat)
        others = [other.store for other in self.laptops.values() if other is not laptop]
        for space in laptop.store.replica.spaces():
            elsewhere = {cid for store in others if space in store.replica.spaces() for cid in held(store, space)}
            self.account.may_miss |= held(laptop.store, space).keys() - elsewhere
        laptop.put_back(self._copies[laptop.seat])
        self._poison = [item for item in self._poison if item[0] is not laptop]
        laptop.carry = None

    def write(self, laptop: Machine, key: CaseKey, *sets: Assign) -> None:
        self._written(lambda: laptop.store.ledger.write(key, sets))

    def _written(self, act: Callable[[], object]) -> None:
        try:
            act()
        except KnownError as refused:
            if refused.code != "store.copied" or not self._put_back:
                raise
            self.happened["copied"] += 1

    def sync(self, laptop: Machine, fault: Fault | None = None) -> RoundResult | None:
        """One round; None when the laptop went dark in it. Property 12: what was held is held."""
        before = {space: held(laptop.store, space).keys() for space in laptop.store.replica.spaces()}
        line = StoreLine(self, laptop, fault)
        try:
            result = drive(laptop.store.replica, line.perform, carry=laptop.carry)
            laptop.carry = result.carry
        except PowerCut:
            laptop.power_cut()
            result = None
        laptop.cut_in = 0
        for space, cids in before.items():
            assert cids <= held(laptop.store, space).keys(), "a round took something away"
            self._verify_queue(laptop.store, space)
        return result

    def _verify_queue(self, store: Store, space: str) -> None:
        """Property 9: every row of the outbox is due or in the tray, and on the screen."""
        rows = store.database.query(
            "SELECT o.eid, o.state FROM outbox o JOIN space s ON s.id = o.space WHERE s.space = ?", (space,)
        )
        on_screen = {item.id for item in store.queue.items()}
        assert {row[0] for row in rows} <= on_screen, "a row that waits is not shown"
        assert {row[1] for row in rows} <= {"queued", "sent", "acked", "refused"}

    def _restore(self, *, announced: bool) -> None:
        if self.place.restore(announced=announced):
            self.happened["restored"] += 1

    def restore(self, *, announced: bool) -> None:
        self._restore(announced=announced)

    # -- afterwards

    def settle(self) -> None:
        """The faults are over, calls given up arrive at last, and every person tries the tray once more."""
        self.deliver_late()
        for _ in range(5):
            for laptop in self.laptops.values():
                for item in laptop.store.queue.items():
                    laptop.store.queue.retry(item.id)
                self.sync(laptop)

    def deliver_late(self) -> None:
        """A lost call arrives after all; the server may refuse it by now, and nobody hears the answer."""
        self.rng.shuffle(self.delayed)
        while self.delayed:
            try:
                self.place.perform(self.delayed.pop())
            except SyncError:
                continue

    def verify(self) -> None:
        """Properties 1, 2, 4, 5, 6, 8, 9, 11 and 14, with a joiner of each unit who reads everything anew."""
        for seat in ("rowan", "linden"):
            joiner = self.add(f"{seat}'s next laptop", seat)
            result = self.sync(joiner)
            assert result is not None
            assert result.level, "a joiner does not come level"
        for space in self.practice.spaces.values():
            entries = self.place.entries(space)
            stores = [one.store for one in self.laptops.values() if space in one.store.replica.spaces()]
            self.account.verify(stores, self.practice.roster.membership(space), self.stranger.bad, self.rng)
            in_log = {entry.eid for entry in entries}
            for store in stores:
                self._verify_level(store, space, in_log)
        self._verify_foreign()
        for laptop, eid in self._poison:
            assert eid in {item.id for item in laptop.store.queue.items()}, "what was refused is gone"

    def _verify_level(self, store: Store, space: str, in_log: set[str]) -> None:
        assert store.replica.cursor(space) == self.place.head(space), "a laptop believes itself elsewhere than level"
        left = store.database.query(
            "SELECT o.raw, o.state, o.code FROM outbox o JOIN space s ON s.id = o.space WHERE s.space = ?", (space,)
        )
        assert all(bytes(row[0]).startswith(b"not an entry") for row in left), "an outbox never drains"
        assert all(row[1] == "refused" and row[2] for row in left), "a poisoned item is not shown with its reason"
        aside = {
            row[0]
            for row in store.database.query(
                "SELECT b.eid FROM bad_entry b JOIN space s ON s.id = b.space WHERE s.space = ?", (space,)
            )
        }
        assert aside == self.stranger.aside & in_log, "an entry that should open is aside, or one that should not is in"
        assert store.database.verify() == 0

    def _verify_foreign(self) -> None:
        """Property 11: what a newer client wrote is kept byte by byte."""
        for laptop in self.laptops.values():
            for cid, (body, _) in held(laptop.store, self.stranger.space).items():
                assert self.stranger.bodies.get(cid, body) == body
            if laptop.store.ledger.copied:
                assert laptop.seat in self._put_back or "next" in laptop.folder.name, (
                    "a whole laptop calls itself copied"
                )


def over(laptop: Machine, key: CaseKey, kind: str, record: str, name: str) -> tuple[ValueId, ...]:
    """What the field shows now."""
    view = laptop.store.cases.records(key).get((kind, record))
    field = view.fields.get(name) if view else None
    return field.shown_ids if field else ()


class StoreLine:
    """A laptop's line to the server during one round, with at most one fault."""

    def __init__(self, world: StoreWorld, laptop: Machine, fault: Fault | None) -> None:
        self._world = world
        self._laptop = laptop
        self._fault = fault
        self._calls = 0

    def perform(self, call: NetCall) -> NetReply:
        fault = self._fault
        if fault is None:
            return self._world.place.perform(call)
        self._calls += not fault.push or (call.method == "POST" and call.path.endswith("/log"))
        if self._calls < fault.at:
            return self._world.place.perform(call)
        self._fault = None
        self._world.happened[fault.kind] += 1
        self._strike(fault.kind, call)
        reply = self._world.place.perform(call)
        if fault.kind == "lost_response":
            raise Unreachable("net.timeout", after_send=True)
        if fault.kind == "twice":
            reply = self._world.place.perform(call)
        if fault.kind == "killed":
            raise PowerCut
        return reply

    def _strike(self, kind: str, call: NetCall) -> None:
        match kind:
            case "late":
                self._world.delayed.append(call)
                raise Unreachable("net.timeout", after_send=True)
            case "lost_request":
                raise Unreachable("net.timeout", after_send=True)
            case "busy":
                raise RetryLater("server.busy", 5)
            case "killed_in_page":
                self._laptop.cut_in = self._world.rng.randint(1, 40)
            case "restored" | "rolled_back":
                self._world.restore(announced=kind == "restored")
            case _ if kind.startswith("refused_"):
                raise Refused("planted", status=int(kind.removeprefix("refused_")))


def walk(seed: int, steps: int = 40, database: str = "") -> Counter[str]:
    """A weighted random walk from start to verification; what happened in it."""
    with StoreWorld(seed, database) as world:
        for _ in range(steps):
            if world.delayed and world.rng.random() < 0.3:
                world.deliver_late()
            world.step()
        world.settle()
        world.verify()
        return world.happened
