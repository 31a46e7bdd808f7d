"""Who belongs where, as the signed trees held here say it: keeps the seat's identity in step with them.

Folds only what moved. Leaves the folds to `sync.chain` and `sync.control_state`, keeping entries to `trees`, judging
changes again to the ledger, and the acts of leads to `stewarding`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from desktop.store.database import Database
from desktop.store.seat import SeatIdentity
from desktop.store.trees import SPACE, UNIT, Trees
from sync.belonging import authorities, control_name, membership, roster_of
from sync.chain import ChainState, fold_chain
from sync.control_state import ControlState, fold_control
from sync.founding import held_space_keys
from sync.identity import Membership, Role, Roster, Seat, Space, Unit
from sync.records import SpaceKind
from sync.rotation import writing_key

JOINING = "joining"
"""Key in `meta`: where this seat has asked to be enrolled; stays, and means nothing once it is enrolled."""
REQUEST = "request"
"""Key in `meta`: the request to be enrolled, as this seat signed it."""


class Joining(msgspec.Struct, frozen=True):
    """What a seat knows of its unit before a lead has enrolled it: from the invitation, or of its own founding."""

    unit: str
    unit_name: str
    agency: str
    unit_space: str
    member_name: str


@dataclass(frozen=True)
class Moved:
    """What a refolding changed: spaces with another membership, spaces with another set of keys held."""

    judged: frozenset[str] = frozenset()
    keyed: frozenset[str] = frozenset()


@dataclass
class _Space:
    """One space as it was folded last: from how many entries, over which chains."""

    entries: int
    over: tuple[str, ...]
    control: ControlState
    membership: Membership
    keys: Mapping[str, bytes] = field(repr=False)


class Belonging:
    """The trees of one store, folded. `refresh` is called when entries came; everything else only reads."""

    def __init__(self, database: Database, seat: SeatIdentity, trees: Trees) -> None:
        self._database = database
        self._seat = seat
        self._trees = trees
        self._begun = seat.roster
        """What the seat was kept with: whether the partnership is an invented one, and the server's authority."""
        self._counts: dict[str, int] = {}
        self._spaces: dict[str, _Space] = {}
        self.chains: dict[str, ChainState] = {}
        """Every unit's chain held here, by unit id."""

    @property
    def stands(self) -> bool:
        """Whether signed trees say who belongs where, and not the roster alone."""
        return self._seat.judged is not None

    @property
    def controls(self) -> Mapping[str, ControlState]:
        """Every space's control state held here, by space id."""
        return {space: folded.control for space, folded in self._spaces.items()}

    @property
    def own_chain(self) -> ChainState | None:
        """The chain of the unit that enrolled this seat, or that it founded; None before that is known here."""
        enrolled = (chain for chain in self.chains.values() if self._seat.seat_id in chain.seats)
        joining = self._joining()
        return next(enrolled, self.chains.get(joining.unit) if joining else None)

    def refresh(self) -> Moved:
        """Fold what came and renew the identity. Without any tree, the roster keeps saying who belongs where."""
        counts = self._trees.counts()
        joining = self._joining()
        if not counts and joining is None:
            return Moved()
        for unit in self._trees.of_kind(UNIT):
            if self._counts.get(unit) != counts[unit]:
                self.chains[unit] = fold_chain(unit, self._trees.raws(unit))
        before = {space: (folded.membership.head, frozenset(folded.keys)) for space, folded in self._spaces.items()}
        for space in self._trees.of_kind(SPACE):
            self._fold_space(space, counts[space])
        self._counts = counts
        self._renew(joining)
        return _moved(before, self._spaces)

    def forget(self) -> None:
        """This seat is another now: every key is opened anew at the next refolding."""
        self._counts.clear()
        self._spaces.clear()

    def _fold_space(self, space: str, entries: int) -> None:
        over = tuple(self.chains[unit].name for unit in sorted(self.chains))
        folded = self._spaces.get(space)
        if folded is not None and (folded.entries, folded.over) == (entries, over):
            return
        control = fold_control(space, self._trees.raws(space), self.chains)
        name = control_name(control, self.chains)
        if folded is not None and folded.membership.head == name:
            folded.entries, folded.over, folded.control = entries, over, control
            return
        own = self.own_chain
        keys = held_space_keys(control, self.chains, own.unit if own else "", self._seat.seat_keys)
        self._spaces[space] = _Space(entries, over, control, membership(control, self.chains), keys)

    def _renew(self, joining: Joining | None) -> None:
        mine = {
            space: folded.membership
            for space, folded in self._spaces.items()
            if self._seat.seat_id in folded.membership.seats
        }
        keys = {space: self._spaces[space].keys for space in mine}
        writing = {space: writing_key(self._spaces[space].control, keys[space]) for space in mine}
        roster = roster_of(self._label(), self.controls, self.chains, practice=self._begun.practice)
        roster = msgspec.structs.replace(roster, authority=authorities(self._begun.authority, self.controls.values()))
        if joining is not None and not any(self._seat.seat_id in chain.seats for chain in self.chains.values()):
            provisional = _provisional(joining, self._seat)
            mine[joining.unit_space] = provisional
            roster = _with_applicant(roster, joining, provisional)
        self._seat.renew(roster, keys, mine, {space: held[0] for space, held in writing.items() if held})

    def _label(self) -> str:
        """The partnership's name, else the own unit's."""
        common = (each.label for each in self.controls.values() if each.kind is SpaceKind.PARTNERSHIP)
        own = self.own_chain
        return next(common, own.label if own else "")

    def _joining(self) -> Joining | None:
        kept = self._database.value("SELECT value FROM meta WHERE key = ?", (JOINING,))
        return None if kept is None else msgspec.json.decode(kept, type=Joining)


def _moved(before: Mapping[str, tuple[str, frozenset[str]]], now: Mapping[str, _Space]) -> Moved:
    none: tuple[str, frozenset[str]] = ("", frozenset())
    return Moved(
        frozenset(space for space, each in now.items() if before.get(space, none)[0] != each.membership.head),
        frozenset(space for space, each in now.items() if before.get(space, none)[1] != frozenset(each.keys)),
    )


def _provisional(joining: Joining, seat: SeatIdentity) -> Membership:
    """The unit's space as a seat sees it that waits to be enrolled: alone, so that real work can start at once. What it
    writes is judged by everybody else when a lead has enrolled it.
    """
    keys = seat.seat_keys
    own = Seat(
        seat.seat_id,
        seat.seat_id,
        joining.member_name,
        joining.unit,
        Role.PRACTITIONER,
        keys.sign_public,
        keys.seal_public,
    )
    space = Space(joining.unit_space, SpaceKind.UNIT, joining.unit_name, (joining.unit,))
    return Membership(space, {own.id: own})


def _with_applicant(roster: Roster, joining: Joining, provisional: Membership) -> Roster:
    units = roster.units
    if roster.unit(joining.unit) is None:
        units = (*units, Unit(joining.unit, joining.unit_name, joining.agency, b""))
    return msgspec.structs.replace(
        roster,
        name=roster.name or joining.unit_name,
        units=units,
        seats=(*roster.seats, *provisional.seats.values()),
        spaces=(*roster.spaces, provisional.space),
    )
