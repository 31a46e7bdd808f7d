"""Two invented units and what they share, founded by signed entries: the district of the tests on belonging."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sync.acts import Act
from sync.chain import ChainState, fold_chain
from sync.control_state import ControlState, fold_control
from sync.enrolment import write_request
from sync.founding import (
    Signer,
    close_here,
    enrol_seat,
    found_space,
    found_unit,
    rotate_space,
    rotate_unit,
    write_chain,
    write_control,
)
from sync.identity import Role
from sync.keys import SeatKeys
from sync.records import SpaceKind
from sync.rotation import open_unit_keys, own_keys

AT = "2026-04-14T21:07:00Z"


@dataclass
class District:
    """Entries by tree, private keys by seat name, and what each seat's unit is."""

    raws: dict[str, list[bytes]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    roots: dict[str, bytes] = field(default_factory=dict)
    seats: dict[str, SeatKeys] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)

    def copy(self) -> "District":
        return District(
            {tree: list(raws) for tree, raws in self.raws.items()},
            dict(self.units),
            dict(self.roots),
            dict(self.seats),
            dict(self.home),
        )

    def found(self, unit: str, lead: str) -> None:
        keys = SeatKeys.generate()
        made = found_unit(keys, name=unit, agency=unit, member_name=lead, device="laptop", at=AT)
        self.units[unit], self.roots[unit] = made.unit, made.root_private
        self.raws[made.unit] = list(made.raws)
        self.seats[lead], self.home[lead] = keys, unit

    def enrol(self, name: str, by: str, *roles: Role) -> None:
        """A new seat, approved by a lead of its unit."""
        unit = self.home[by]
        keys = SeatKeys.generate()
        request = write_request(keys, self.units[unit], member_name=name, device="laptop", rules=1)
        held = open_unit_keys(self.chain(unit), own_keys(self.seats[by]))
        roles = roles or (Role.PRACTITIONER,)
        self.raws[self.units[unit]] += enrol_seat(self.signer(by), self.chain(unit), held, request, at=AT, roles=roles)
        self.seats[name], self.home[name] = keys, unit

    def space(self, kind: SpaceKind, by: str, *units: str, seats: Iterable[str] = ()) -> str:
        made = found_space(
            self.signer(by),
            self.chains(),
            kind=kind,
            name=kind.value,
            units=[self.units[unit] for unit in units],
            at=AT,
            seats=[self.seats[seat].seat_id for seat in seats],
        )
        self.raws[made.space] = list(made.raws)
        return made.space

    def signer(self, name: str) -> Signer:
        return Signer.seat(self.seats[name], self.units[self.home[name]])

    def chain(self, unit: str) -> ChainState:
        return fold_chain(self.units[unit], self.raws[self.units[unit]])

    def chains(self) -> dict[str, ChainState]:
        return {unit: self.chain(name) for name, unit in self.units.items()}

    def control(self, space: str) -> ControlState:
        return fold_control(space, self.raws[space], self.chains())

    def say(self, by: str, space: str, act: Act, *, built_on: ControlState | None = None) -> bytes:
        """An entry of a space; built on an older state it is a branch."""
        raw = write_control(self.signer(by), built_on or self.control(space), self.chains(), act, AT)
        self.raws[space].append(raw)
        return raw

    def say_in_chain(self, by: str, act: Act, *, built_on: ChainState | None = None) -> bytes:
        unit = self.home[by]
        raw = write_chain(self.signer(by), built_on or self.chain(unit), act, AT)
        self.raws[self.units[unit]].append(raw)
        return raw

    def close(self, seat: str, by: str, space: str, trusted: Iterable[str] = ()) -> None:
        self.raws[space] += close_here(
            self.signer(by), self.control(space), self.chains(), seat=self.id(seat), trusted=trusted, at=AT
        )

    def rotate(self, by: str, space: str | None = None) -> None:
        if space is None:
            unit = self.home[by]
            self.raws[self.units[unit]].append(rotate_unit(self.signer(by), self.chain(unit), self.seats[by], AT))
        else:
            self.raws[space].append(
                rotate_space(self.signer(by), self.control(space), self.chains(), self.seats[by], AT)
            )

    def id(self, seat: str) -> str:
        return self.seats[seat].seat_id


def district() -> District:
    """Police with a lead, a second lead and a practitioner; health with a lead and a practitioner."""
    made = District()
    made.found("police", "alder")
    made.found("health", "yew")
    made.enrol("rowan", "alder", Role.LEAD)
    made.enrol("birch", "alder")
    made.enrol("linden", "yew")
    return made
