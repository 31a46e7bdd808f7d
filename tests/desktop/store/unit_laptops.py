"""Laptops of units that were founded by signed entries: real encrypted files, trees carried from one to another."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from desktop.store.belonging import JOINING, Joining
from desktop.store.migrate import open_store
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from desktop.store.trees import SPACE, UNIT, Held, Trees
from sync.identity import Roster
from sync.keys import SeatKeys
from sync.protocol import ItemResult, ItemStatus, TreeKind, TreePage
from sync.replica import TreeRef
from sync.tree import entry_id
from tests.desktop.store.laptops import EPOCH, KEY, Clock
from tests.sync.founded import District

NOBODY = Roster("", (), (), ())


@dataclass
class UnitLaptop:
    """One seat's encrypted file. `district` gives the trees that it begins with, `joining` where it asked to belong."""

    keys: SeatKeys
    trees: dict[str, list[bytes]] = field(default_factory=dict)
    joining: Joining | None = None
    clock: Clock = field(default_factory=Clock)
    spool: Path | None = None

    def __post_init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="unit-laptop-"))
        database = open_store(self.folder / "store.db", KEY, create=True)
        trees = Trees(database)
        with database.transaction():
            for tree, raws in self.trees.items():
                trees.keep(*tree_of(tree, raws), [Held(entry_id(raw), raw) for raw in raws], on_server=True)
            if self.joining:
                database.execute(
                    "INSERT INTO meta (key, value) VALUES (?, ?)", (JOINING, msgspec.json.encode(self.joining))
                )
        self.store = Store.open(
            database, SeatIdentity(self.keys, NOBODY, {}), self.clock, "Europe/London", spool=self.spool
        )

    def reopen(self) -> Store:
        self.store.close()
        database = open_store(self.folder / "store.db", KEY)
        self.store = Store.open(
            database, SeatIdentity(self.keys, NOBODY, {}), self.clock, "Europe/London", spool=self.spool
        )
        return self.store

    def discard(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


def tree_of(tree: str, raws: list[bytes]) -> tuple[str, str]:
    """(kind, id): a chain's first entry names the unit as its tree, a space's founding names none."""
    return (UNIT if any(b'"unit_founded"' in raw for raw in raws) else SPACE), tree


@dataclass
class TreeServer:
    """Keeps every entry in the order of arrival, as a server does."""

    held: dict[tuple[TreeKind, str], list[bytes]] = field(default_factory=dict)
    epoch: str = EPOCH

    def sync(self, *stores: Store, rounds: int = 2) -> None:
        for _ in range(rounds):
            for store in stores:
                self._push(store)
                self._pull(store)

    def _push(self, store: Store) -> None:
        trees = store.replica.trees
        assert trees is not None
        for ref in trees.refs():
            while due := trees.due(ref, 1 << 20):
                held = self.held.setdefault((ref.kind, ref.tree), [])
                held += [raw for raw in due if raw not in held]
                trees.sent(ref, tuple(ItemResult(entry_id(raw), ItemStatus.OK) for raw in due))

    def _pull(self, store: Store) -> None:
        trees = store.replica.trees
        assert trees is not None
        for (kind, tree), entries in sorted(
            self.held.items(), key=lambda item: (item[0][0] is TreeKind.SPACE, item[0][1])
        ):
            ref = TreeRef(kind, tree)
            first = trees.cursor(ref).count
            trees.take(ref, TreePage(self.epoch, first + 1, tuple(entries[first:]), len(entries), ""))


def of_district(made: District, seat: str, *, trees: bool = True, spool: Path | None = None) -> UnitLaptop:
    """The laptop of a seat of an invented district, with all of its trees or none."""
    return UnitLaptop(
        made.seats[seat], {tree: list(raws) for tree, raws in made.raws.items()} if trees else {}, spool=spool
    )


def seeded(*stores: Store) -> TreeServer:
    """A server that holds all trees, and knows that the laptops have them."""
    server = TreeServer()
    for store in stores:
        trees = store.replica.trees
        assert trees is not None
        for ref in trees.refs():
            rows = store.database.query(
                "SELECT e.raw FROM tree_entry e JOIN tree t ON t.id = e.tree WHERE t.tree = ? ORDER BY e.id",
                (ref.tree,),
            )
            server.held.setdefault((ref.kind, ref.tree), [row[0] for row in rows])
            held = server.held[ref.kind, ref.tree]
            trees.take(ref, TreePage(EPOCH, 1, tuple(held), len(held), ""))
    return server
