"""What goes into a courier's file and what comes out of one: choosing for the recipients, taking in like a page.

Leaves the framing to `sync.courier` (named again by `sync.envelope`), files to `desktop.sticks`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from desktop.errors import KnownError
from desktop.model.moment import stamp
from desktop.store.belonging import Belonging
from desktop.store.database import Database
from desktop.store.keysets import among
from desktop.store.replica import StoreReplica
from desktop.store.seat import SeatIdentity
from desktop.store.trees import SPACE, UNIT, Held, Trees
from sync.chain import fold_chain
from sync.control_state import fold_control
from sync.envelope import EntryKind, Holders, Kind, PackReader, PackWriter, Receiver, Record, parse
from sync.errors import CannotOpen
from sync.keys import SealSuite, hpke_open, info_unit, key_name, seal_public_of
from sync.protocol import Cursor
from sync.rotation import open_unit_keys, own_keys
from sync.tree import MAX_ENTRIES, Standing, entry_id

AT_ONCE = 100
"""Entries chosen, sealed or taken in one step."""
MOST_BEYOND = 5000
"""So many changes beyond the log are named in a summary; what is not named is sent twice."""
SUMMARY = "courier summary "
"""Begins the key in `meta` of what a partner unit said it holds of our common spaces."""


_TAKEN = frozenset({Kind.CHAIN, Kind.CONTROL, Kind.KEY, Kind.ENTRY})


class Summary(msgspec.Struct, frozen=True):
    """What the writer of a file holds of one space: read up to `cursor`, and these changes (cids) beyond."""

    cursor: Cursor
    beyond: tuple[str, ...] = ()


@dataclass
class Plan:
    """One export: for which units, of which spaces, and the rows still to be sealed. `total` counts all of them."""

    units: tuple[str, ...]
    spaces: tuple[str, ...]
    keys: list[int] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    unopened: list[int] = field(default_factory=list)
    total: int = 0

    @property
    def left(self) -> int:
        return len(self.keys) + len(self.changes) + len(self.unopened)


@dataclass
class Taken:
    """What a file brought: changes new here, entries that go on their way from here, that wait for a key, that break a
    rule; `chains` counts new entries about who belongs. `writer` is the seat that signed for the whole, "" for none.
    """

    changes: int = 0
    queued: int = 0
    held: int = 0
    faulty: int = 0
    chains: int = 0
    ending: str = ""
    writer: str = ""
    writer_name: str = ""


class Incoming:
    """A file being read: what has come of it, and what waits to be taken in."""

    def __init__(self, holders: Holders) -> None:
        self.reader = PackReader(holders)
        self.taken = Taken()
        self.waiting: list[Record] = []
        self.summaries: list[Record] = []

    def feed(self, data: bytes) -> None:
        """The next bytes of the file, on any thread. Raises KnownError `courier.not_for_us`."""
        try:
            records = self.reader.feed(data)
        except CannotOpen:
            raise KnownError(
                "courier.not_for_us",
                "This file is sealed to others: nobody here can open it.",
                "Give it on to whom it is meant for, or ask for one that is sealed to your unit.",
            ) from None
        self.waiting += [record for record in records if record.kind in _TAKEN]
        self.summaries += [record for record in records if record.kind is Kind.SUMMARY]


class Courier:
    """Every call is a step on the store's thread."""

    def __init__(
        self,
        database: Database,
        seat: SeatIdentity,
        trees: Trees,
        belonging: Belonging,
        replica: StoreReplica,
        *,
        follow: Callable[[], object],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._seat = seat
        self._trees = trees
        self._belonging = belonging
        self._replica = replica
        self._follow = follow
        self._clock = clock

    # -- writing

    def destinations(self) -> tuple[tuple[str, str], ...]:
        """(unit id, name) of every unit that shares a space with this seat, its own among them."""
        named = {unit for space in self._seat.spaces.values() for unit in space.units}
        return tuple(
            sorted(
                ((unit.id, unit.name) for unit in self._seat.units.values() if unit.id in named), key=lambda one: one[1]
            )
        )

    def plan(self, units: Collection[str], *, only: str = "") -> Plan:
        """What these units lack of the spaces they read with us, as far as they have said; what waits goes first.

        `only`: the eid of one item of the outbox, which then goes alone with the keys of its case.
        """
        spaces = tuple(space.id for space in self._seat.spaces.values() if set(space.units) & set(units))
        rows = {row[1]: row[0] for row in self._database.query("SELECT id, space FROM space")}
        plan = Plan(tuple(units), spaces)
        for space in spaces:
            if space in rows:
                self._choose(plan, rows[space], self._told(units, space), only)
        plan.total = plan.left
        return plan

    def begin(self, plan: Plan, pack: bytes, part: int) -> PackWriter:
        """The writer of one file, sealed to the newest key of each unit and to each of its seats."""
        return PackWriter(self._receivers(plan.units), pack=pack, part=part)

    def first(self, plan: Plan) -> list[Record]:
        """Who belongs: the entries by which everything after them is judged."""
        chains = [Record(Kind.CHAIN, tree, raw) for tree in self._trees.of_kind(UNIT) for raw in self._trees.raws(tree)]
        controls = [Record(Kind.CONTROL, tree, raw) for tree in plan.spaces for raw in self._trees.raws(tree)]
        return chains + controls

    def next(self, plan: Plan) -> list[Record]:
        """The next records of a plan, keys before entries; empty when all are given."""
        if plan.keys:
            rows, plan.keys = plan.keys[:AT_ONCE], plan.keys[AT_ONCE:]
            return self._kept("SELECT raw FROM case_key WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", rows)
        if plan.changes:
            rows, plan.changes = plan.changes[:AT_ONCE], plan.changes[AT_ONCE:]
            return [_record(raw) for raw in self._replica.sealed_again(rows)]
        rows, plan.unopened = plan.unopened[:AT_ONCE], plan.unopened[AT_ONCE:]
        return self._kept("SELECT raw FROM bad_entry WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", rows)

    def finish(self, plan: Plan, writer: PackWriter) -> bytes:
        """What this seat holds, so that an answer carries only what is missing; then the signed end."""
        given = b""
        for space in plan.spaces:
            row = self._database.one("SELECT id FROM space WHERE space = ?", (space,))
            if row is not None:
                beyond = self._database.query(
                    "SELECT c.cid FROM change c JOIN tag t ON t.id = c.tag WHERE t.space = :space AND c.id NOT IN"
                    " (SELECT change FROM entry WHERE space = :space AND seq IS NOT NULL AND change IS NOT NULL)"
                    " ORDER BY c.id LIMIT :most",
                    {"space": row[0], "most": MOST_BEYOND},
                )
                summary = Summary(self._replica.cursor(space), tuple(one[0] for one in beyond))
                given += writer.add(Record(Kind.SUMMARY, space, msgspec.msgpack.encode(summary)))
        return given + writer.finish(self._seat.seat_keys.sign_private, self._seat.seat_id, stamp(self._clock()))

    # -- reading

    def incoming(self) -> Incoming:
        """Begin to read a file: it opens when it is sealed to this seat or to its unit."""
        return Incoming(self._holders())

    def take(self, incoming: Incoming) -> None:
        """Take in some of the records that wait, in the order they came: like a page of the log, without numbers."""
        records, taken = incoming.waiting[:AT_ONCE], incoming.taken
        del incoming.waiting[:AT_ONCE]
        trees = [record for record in records if record.kind in (Kind.CHAIN, Kind.CONTROL)]
        for kind, tree in dict.fromkeys((record.kind, record.name) for record in trees):
            raws = [record.data for record in trees if (record.kind, record.name) == (kind, tree)]
            taken.chains += self._take_tree(UNIT if kind is Kind.CHAIN else SPACE, tree, raws)
        entries = [record for record in records if record.kind in (Kind.KEY, Kind.ENTRY)]
        for space in dict.fromkeys(record.name for record in entries):
            self._take_entries(space, [record.data for record in entries if record.name == space], taken)

    def note_end(self, incoming: Incoming) -> Taken:
        """What came of the file: how it ended, who signed for it; what its writer holds is kept."""
        reader, taken = incoming.reader, incoming.taken
        taken.ending = reader.ending
        trailer = reader.trailer
        seat = self._seat.seats.get(trailer.seat) if trailer else None
        if seat is None or not reader.is_signed(seat.sign_key):
            return taken
        taken.writer, taken.writer_name = seat.id, seat.name
        with self._database.transaction():
            for record in incoming.summaries:
                self._database.execute(
                    "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
                    (f"{SUMMARY}{seat.unit} {record.name}", record.data),
                )
        return taken

    # -- choosing

    def _choose(self, plan: Plan, space: int, told: Summary, only: str) -> None:
        """Rows of a space, what waits first, then as it came. Entries that they said to have are left out."""
        epoch = self._database.value("SELECT epoch FROM space WHERE id = ?", (space,))
        known = told.cursor.seq if told.cursor.epoch == epoch else 0
        changes = self._database.query(
            "SELECT c.id, c.tag FROM change c JOIN tag t ON t.id = c.tag LEFT JOIN outbox o ON o.change = c.id"
            " WHERE t.space = :space AND instr(c.cid, ' ') = 0 AND (:only = '' OR o.eid = :only)"
            " AND NOT EXISTS (SELECT 1 FROM json_each(:known) k WHERE k.value = c.id)"
            " ORDER BY o.id IS NULL, o.priority, c.id",
            {"space": space, "only": only, "known": among(self._held_there(space, known, told.beyond))},
        )
        plan.changes += [row[0] for row in changes]
        tags = among({row[1] for row in changes})
        plan.keys += [
            row[0]
            for row in self._database.query(
                "SELECT id FROM case_key WHERE length(raw) > 0 AND tag IN (SELECT value FROM json_each(?)) ORDER BY id",
                (tags,),
            )
        ]
        if not only:
            plan.unopened += [
                row[0]
                for row in self._database.query(
                    "SELECT id FROM bad_entry WHERE space = ? AND code = 'key.missing' ORDER BY id", (space,)
                )
            ]

    def _held_there(self, space: int, seq: int, beyond: Sequence[str]) -> list[int]:
        rows = self._database.query(
            "SELECT change FROM entry WHERE space = :space AND change IS NOT NULL AND seq <= :seq"
            " UNION SELECT id FROM change WHERE cid IN (SELECT value FROM json_each(:beyond))",
            {"space": space, "seq": seq, "beyond": among(beyond)},
        )
        return [row[0] for row in rows]

    def _told(self, units: Collection[str], space: str) -> Summary:
        """What all of these units have said to hold; the least of it, since the file is for each of them."""
        said: list[Summary] = []
        for unit in units:
            kept = self._database.value("SELECT value FROM meta WHERE key = ?", (f"{SUMMARY}{unit} {space}",))
            if kept is None:
                return Summary(Cursor())
            try:
                said.append(msgspec.msgpack.decode(kept, type=Summary))
            except (msgspec.DecodeError, ValueError):  # another version's
                return Summary(Cursor())
        least = min(said, key=lambda one: one.cursor.seq, default=Summary(Cursor()))
        same = len({one.cursor.epoch for one in said}) == 1
        beyond = frozenset.intersection(*(frozenset(one.beyond) for one in said)) if said else frozenset[str]()
        return Summary(least.cursor if same else Cursor(), tuple(sorted(beyond)))

    def _kept(self, select: str, rows: Sequence[int]) -> list[Record]:
        return [_record(row[0]) for row in self._database.query(select, (among(rows),))]

    # -- keys

    def _receivers(self, units: Iterable[str]) -> list[Receiver]:
        found: dict[bytes, Receiver] = {}
        for unit in units:
            chain = self._belonging.chains.get(unit)
            newest = chain.newest_key if chain else None
            held = self._seat.units.get(unit)
            if newest is not None:
                found[newest.public] = Receiver(newest.public, newest.suite)
            elif held is not None and held.seal_key:
                found[held.seal_key] = Receiver(held.seal_key)
            seats = [seat for seat in self._seat.seats.values() if seat.unit == unit]
            found.update({seat.seal_key: Receiver(seat.seal_key) for seat in seats})
        return list(found.values())

    def _holders(self) -> Holders:
        own = self._seat.seat_keys
        holders = {key_name(own.seal_public): (SealSuite.X25519, own.seal_private)}
        chain = self._belonging.own_chain
        if chain is not None:
            opened = open_unit_keys(chain, own_keys(own))
            holders |= {name: (private.suite, private.secret) for name, private in opened.items()}
        for wrap in self._seat.roster.unit_wraps:
            if wrap.receiver == own.seat_id:
                try:
                    secret = hpke_open(own.seal_private, wrap.sealed, info=info_unit(self._seat.unit))
                    holders[key_name(seal_public_of(secret))] = (SealSuite.X25519, secret)
                except CannotOpen:
                    continue
        return holders

    # -- taking in

    def _take_tree(self, kind: str, tree: str, raws: Sequence[bytes]) -> int:
        held = self._trees.raws(tree)
        known = {entry_id(raw) for raw in held}
        new = {entry_id(raw): raw for raw in raws if entry_id(raw) not in known}
        if not new or len(known) + len(new) > MAX_ENTRIES:
            return 0
        whole = (*held, *new.values())
        state = fold_chain(tree, whole) if kind == UNIT else fold_control(tree, whole, self._belonging.chains)
        sound = [Held(each, raw) for each, raw in new.items() if state.standings.get(each) not in (None, Standing.BAD)]
        if sound:
            with self._database.transaction() as transaction:
                self._trees.keep(kind, tree, sound, on_server=False)
                transaction.touch("membership", tree)
            self._follow()
        return len(sound)

    def _take_entries(self, space: str, raws: Sequence[bytes], taken: Taken) -> None:
        if space not in self._seat.spaces:  # carried for others: it has no home on this laptop
            return
        done = self._replica.take_loose(space, raws, queue=True)
        taken.changes += done.changes
        taken.queued += done.queued
        taken.held += done.held
        taken.faulty += len(done.faulty)


def _record(raw: bytes) -> Record:
    envelope = parse(raw)
    return Record(Kind.KEY if envelope.kind is EntryKind.KEY else Kind.ENTRY, envelope.space, raw)
