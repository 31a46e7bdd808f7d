"""The invented partnership: three units of a rural district, founded and signed as real ones are, with their spaces.

Every key is made anew each time, so that nothing about a practice partnership opens anything else. Leaves the people
and cases to `desktop.demo.cases`, the laptops to `desktop.demo.laptop`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from desktop.seating import Grown, Seated
from desktop.store.trees import SPACE, UNIT
from sync.acts import Confirmed
from sync.belonging import Chains, roster_of
from sync.chain import ChainState, fold_chain
from sync.control_state import fold_control
from sync.enrolment import write_request
from sync.founding import Signer, enrol_seat, found_space, found_unit, held_space_keys, write_control
from sync.identity import KeyWrap, Role, Roster, Space
from sync.keys import SeatKeys, hpke_seal, info_space, info_unit
from sync.protocol import TreePush, encode
from sync.records import RULES_VERSION, SpaceKind
from sync.rotation import open_unit_keys, own_keys

POLICE, HEALTH, SUPPORT = "police", "health", "support"

UNIT_NAMES: Mapping[str, str] = {
    POLICE: "Police, Rural West",
    HEALTH: "Northmere hospital unit",
    SUPPORT: "Fenland victim support",
}

MEMBERS: Sequence[tuple[str, str, str, Role]] = (
    ("alder", "R. Alder", POLICE, Role.PRACTITIONER),
    ("rowan", "M. Rowan", POLICE, Role.LEAD),
    ("linden", "S. Linden", HEALTH, Role.PRACTITIONER),
    ("yew", "I. Yew", HEALTH, Role.LEAD),
    ("hazel", "T. Hazel", SUPPORT, Role.LEAD),
)
"""(short name, name, unit, role); each unit has one lead, who founds it."""

NAME = "Practice partnership"
AT = "2026-01-05T09:00:00Z"
"""When it is said to have been founded; shown, never weighed."""


@dataclass(frozen=True)
class Founded:
    """A founded practice partnership: its signed trees, each member's private seat keys, and all of it as one list.

    `roster` also seals every key to whom it belongs, for a server and laptops that go by a fixed list.
    """

    roster: Roster
    seats: Mapping[str, SeatKeys]
    trees: tuple[Grown, ...] = field(repr=False, default=())

    def seated(self, member: str, server: str = "") -> Seated:
        """A member's seat by the signed trees that its unit needs: all chains, and the spaces that it is in."""
        mine = {space.id for space in self.roster.spaces_of(self.seats[member].seat_id)}
        trees = tuple(each for each in self.trees if each.kind == UNIT or each.tree in mine)
        nobody = Roster(NAME, (), (), (), practice=True)
        return Seated(self.seats[member], nobody, server, trees=trees)

    def unit_id(self, agency: str) -> str:
        """The id of the one unit of `agency`; raises `KeyError` for an agency that takes no part."""
        found = {unit.agency: unit.id for unit in self.roster.units}
        return found[agency]

    def space(self, kind: SpaceKind, *agencies: str) -> Space:
        """The space of this kind whose members are exactly these agencies; raises `KeyError` if there is none."""
        wanted = {self.unit_id(agency) for agency in agencies}
        for space in self.roster.spaces:
            if space.kind is kind and set(space.units) == wanted:
                return space
        raise KeyError(kind, *agencies)

    def founding_push(self, unit: str, code: str) -> bytes:
        """What the first lead of a unit posts to a server that does not know it, with the operator's code."""
        raws = next(each.raws for each in self.trees if (each.kind, each.tree) == (UNIT, unit))
        return encode(TreePush(raws, code=code))


def found() -> Founded:
    """Found the partnership: every unit by its lead, who enrols the others; then the spaces, each by one of them."""
    seats = {member: SeatKeys.generate() for member, *_ in MEMBERS}
    chains = {}
    for agency in UNIT_NAMES:
        chain = _found_unit(agency, seats)
        chains[chain.unit] = chain
    spaces = dict(_spaces(chains, seats))
    controls = {space: fold_control(space, raws, chains) for space, raws in spaces.items()}
    trees = (
        *(Grown(UNIT, unit, chain.raws()) for unit, chain in chains.items()),
        *(Grown(SPACE, space, raws) for space, raws in spaces.items()),
    )
    roster = msgspec.structs.replace(
        roster_of(NAME, controls, chains, practice=True),
        unit_wraps=tuple(wrap for chain in chains.values() for wrap in _unit_wraps(chain, seats)),
    )
    founded = Founded(roster, seats, trees)
    wraps = {space: _space_wraps(founded, space, raws, chains) for space, raws in spaces.items()}
    return Founded(msgspec.structs.replace(roster, space_wraps=wraps), seats, trees)


def _found_unit(agency: str, seats: Mapping[str, SeatKeys]) -> ChainState:
    """The chain of one unit, founded by its lead, with all its seats."""
    lead = _lead(agency)
    name = next(name for member, name, *_ in MEMBERS if member == lead)
    made = found_unit(
        seats[lead], name=UNIT_NAMES[agency], agency=agency, member_name=name, device="Practice laptop", at=AT
    )
    chain = fold_chain(made.unit, made.raws)
    for member, member_name, unit, role in MEMBERS:
        if unit != agency or member == lead:
            continue
        request = write_request(
            seats[member], chain.unit, member_name=member_name, device="Practice laptop", rules=RULES_VERSION
        )
        held = open_unit_keys(chain, own_keys(seats[lead]))
        signer = Signer.seat(seats[lead], chain.unit)
        approved = enrol_seat(signer, chain, held, request, at=AT, roles=(role,))
        chain = fold_chain(chain.unit, (*chain.raws(), *approved))
    return chain


def _lead(agency: str) -> str:
    return next(member for member, _, unit, role in MEMBERS if unit == agency and role is Role.LEAD)


def _spaces(chains: Chains, seats: Mapping[str, SeatKeys]) -> Sequence[tuple[str, tuple[bytes, ...]]]:
    """(id, entries) of every space: each unit's own, those of two units and of all three, the partnership's."""
    every = tuple(UNIT_NAMES)
    shared = [(POLICE, HEALTH), (POLICE, SUPPORT)]
    plan = [
        *((SpaceKind.UNIT, UNIT_NAMES[agency], (agency,)) for agency in UNIT_NAMES),
        *((SpaceKind.SHARED, " · ".join(UNIT_NAMES[agency] for agency in pair), pair) for pair in shared),
        (SpaceKind.SHARED, "All three units", every),
        (SpaceKind.PARTNERSHIP, NAME, every),
    ]
    units = {chain.agency: unit for unit, chain in chains.items()}
    made = []
    for kind, name, agencies in plan:
        signer = Signer.seat(seats[_lead(agencies[0])], units[agencies[0]])
        named = [units[agency] for agency in agencies]
        space = found_space(signer, chains, kind=kind, name=name, units=named, at=AT)
        raws = space.raws
        if kind is SpaceKind.PARTNERSHIP:
            second = Signer.seat(seats[_lead(HEALTH)], units[HEALTH])
            control = fold_control(space.space, raws, chains)
            raws = (*raws, write_control(second, control, chains, Confirmed(), AT))
        made.append((space.space, raws))
    return made


def _unit_wraps(chain: ChainState, seats: Mapping[str, SeatKeys]) -> Sequence[KeyWrap]:
    (opened,) = open_unit_keys(chain, own_keys(seats[_lead(chain.agency)])).items()
    name, private = opened
    return [
        KeyWrap(seat.id, name, hpke_seal(seat.seal_key, private.secret, info=info_unit(chain.unit)))
        for seat in chain.seats.values()
    ]


def _space_wraps(founded: Founded, space: str, raws: Sequence[bytes], chains: Chains) -> tuple[KeyWrap, ...]:
    control = fold_control(space, raws, chains)
    first = min(control.units)
    lead = founded.seats[_lead(chains[first].agency)]
    ((name, key),) = held_space_keys(control, chains, first, lead).items()
    units = [unit for unit in founded.roster.units if unit.id in control.units]
    return tuple(KeyWrap(unit.id, name, hpke_seal(unit.seal_key, key, info=info_space(space))) for unit in units)
