"""Who writes on this laptop: the seat's keys, who else belongs, and the keys of the spaces it reads. No disk.

One object for as long as a store is open: what belongs to whom moves under it (`renew`), and every repository asks it
anew. Leaves reading signed trees to `desktop.store.belonging`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from sync.identity import Membership, Roster, Seat, Space, Unit
from sync.keys import SeatKeys, open_space_keys
from sync.records import SpaceKind


@dataclass(eq=False)
class SeatIdentity:
    """The seat of this profile. `space_keys`: space id → space-key name → 32 bytes, the newest of a space last.

    `judged`: the memberships of the spaces it reads, as signed trees give them; None where the roster alone says who
    belongs where. `writing`: space id → name of the key to write under, of those spaces whose newest key is held.
    """

    seat_keys: SeatKeys
    roster: Roster
    space_keys: Mapping[str, Mapping[str, bytes]] = field(repr=False)
    judged: Mapping[str, Membership] | None = None
    writing: Mapping[str, str] = field(default_factory=dict)
    successor: tuple[SeatKeys, Seat] | None = field(default=None, repr=False)
    """Under which seat this file writes since it was found to be a copy; not enrolled yet."""

    @classmethod
    def of(cls, seat_keys: SeatKeys, roster: Roster) -> "SeatIdentity":
        """The identity whose space keys are those that the roster seals to this seat's unit."""
        return cls(seat_keys, roster, open_space_keys(roster, seat_keys))

    def renew(
        self,
        roster: Roster,
        space_keys: Mapping[str, Mapping[str, bytes]],
        judged: Mapping[str, Membership],
        writing: Mapping[str, str],
    ) -> None:
        """Membership is another now. The seat's own keys, and so its id, stay."""
        self.roster, self.space_keys, self.judged, self.writing = roster, space_keys, judged, writing
        self._forget()

    def go_on_as(self, keys: SeatKeys, seat: Seat) -> None:
        """What is new is signed by another seat from now on; this one still speaks to the server."""
        self.successor = (keys, seat)
        self._forget()

    def succeed(self, keys: SeatKeys) -> None:
        """The other seat was enrolled and is this one."""
        self.seat_keys, self.successor = keys, None
        self.__dict__.pop("seat_id", None)
        self._forget()

    def _forget(self) -> None:
        for name in ("seat", "seats", "units", "spaces", "memberships", "members"):
            self.__dict__.pop(name, None)

    @property
    def writer(self) -> SeatKeys:
        """The keys that what is new is signed with."""
        return self.successor[0] if self.successor else self.seat_keys

    @cached_property
    def seat_id(self) -> str:
        """32 hex digits."""
        return self.seat_keys.seat_id

    @cached_property
    def seat(self) -> Seat | None:
        """This seat as the roster names it; None before it is enrolled."""
        return self.seats.get(self.seat_id)

    @property
    def unit(self) -> str:
        """The id of the own unit; "" before enrolment."""
        return self.seat.unit if self.seat else ""

    @cached_property
    def seats(self) -> Mapping[str, Seat]:
        """Every seat by id."""
        going_on = (self.successor[1],) if self.successor else ()
        return {seat.id: seat for seat in (*self.roster.seats, *going_on)}

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """Every unit by id."""
        return {unit.id: unit for unit in self.roster.units}

    @cached_property
    def spaces(self) -> Mapping[str, Space]:
        """The spaces this seat is a member of, by id."""
        if self.judged is not None:
            return {space: membership.space for space, membership in self.judged.items()}
        return {space.id: space for space in self.roster.spaces_of(self.seat_id)}

    @cached_property
    def memberships(self) -> Mapping[str, Membership]:
        """The control state of each space this seat reads; here the seat it goes on as counts as enrolled already."""
        if self.judged is not None:
            return {space: self._with_successor(each) for space, each in self.judged.items()}
        return {space: self.roster.membership(space) for space in self.spaces}

    def _with_successor(self, membership: Membership) -> Membership:
        if self.successor is None or self.successor[1].id in membership.seats:
            return membership
        return replace(membership, seats={**membership.seats, self.successor[1].id: self.successor[1]})

    @cached_property
    def members(self) -> Mapping[str, str]:
        """The name of each member, by member id, seat id and name alike."""
        return {key: seat.name for seat in self.roster.seats for key in (seat.name, seat.id, seat.member)}

    @property
    def unit_space(self) -> str:
        """The id of the own unit's space; "" before enrolment."""
        own = (space.id for space in self.spaces.values() if space.kind is SpaceKind.UNIT)
        return next(own, "")

    @property
    def partnership_space(self) -> str:
        """The id of the space that every member of the partnership reads; "" where there is none."""
        common = (space.id for space in self.spaces.values() if space.kind is SpaceKind.PARTNERSHIP)
        return next(common, "")

    def is_shared(self, space: str) -> bool:
        """Whether a space is read by other units too."""
        found = self.spaces.get(space)
        return found is not None and found.kind is not SpaceKind.UNIT

    def shared_with(self, unit: str) -> str:
        """The id of the first space that the own unit shares with one other and nobody else; "" where there is none.

        What is meant for one recipient never goes to a third unit because it happens to share a space with both.
        """
        both = {self.unit, unit}
        return min(
            (space.id for space in self.spaces.values() if space.kind is SpaceKind.SHARED and set(space.units) == both),
            default="",
        )

    def agencies_in(self, space: str) -> tuple[str, ...]:
        """The agencies of the other units of a space, in order of the roster."""
        found = self.spaces.get(space)
        others = [unit for unit in (found.units if found else ()) if unit != self.unit]
        return tuple(self.units[unit].agency for unit in others if unit in self.units)

    def agency(self, unit: str) -> str:
        """The agency of a unit; "" for an unknown one."""
        return self.units[unit].agency if unit in self.units else ""

    def author(self, seat: str) -> tuple[str, str]:
        """(name, unit id) of a seat; ("", "") while it is unknown."""
        found = self.seats.get(seat)
        return (found.name, found.unit) if found else ("", "")

    def newest_space_key(self, space: str) -> tuple[str, bytes] | None:
        """(name, key) under which new case keys are wrapped; None while the newest key of the space is not held."""
        held = self.space_keys.get(space)
        if not held or (self.judged is not None and space not in self.writing):
            return None
        name = list(held)[-1] if self.judged is None else self.writing[space]
        return name, held[name]
