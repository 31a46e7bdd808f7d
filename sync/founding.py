"""Acts on membership as signed entries: founding a unit and a space, enrolling, closing, rotating.

Each function takes the state as its signer knows it and returns the bytes to keep and to send. An entry that a reader
would not let stand is never returned. Leaves verdicts to `sync.chain` and `sync.control`, secrets to the caller.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sync.acts import (
    CID_PREFIX,
    MAX_CIDS,
    Act,
    Adopted,
    MemberAdded,
    RecoveryAnnounced,
    SeatClosed,
    SeatEnrolled,
    SpaceFounded,
    SpaceUnit,
    UnitFounded,
    Wrap,
    cid_list,
)
from sync.belonging import Chains
from sync.chain import ChainState, fold_chain
from sync.control_state import ControlState, fold_control
from sync.enrolment import read_request, write_request
from sync.errors import SyncError
from sync.identity import Role
from sync.keys import (
    ID_DIGITS,
    Domain,
    SealSuite,
    SeatKeys,
    hpke_seal,
    info_unit_key,
    key_name,
    new_secret,
    sign_public_of,
)
from sync.records import RULES_VERSION, SpaceKind
from sync.rotation import (
    Private,
    Receiver,
    new_space_key,
    new_unit_key,
    open_space_keys,
    open_unit_keys,
    own_keys,
    share_unit_key,
)
from sync.tree import MAX_PREV, Standing, entry_id, sign_entry, space_of

NOT_ALLOWED = "control.refused"
"""The code when an entry would not stand: its signer has no right to the act, or it makes no sense."""


@dataclass(frozen=True)
class Signer:
    """Who signs: a seat of a unit, or the unit itself by its root key."""

    id: str
    unit: str
    private: bytes = field(repr=False)

    @classmethod
    def seat(cls, seat_keys: SeatKeys, unit: str) -> "Signer":
        return cls(seat_keys.seat_id, unit, seat_keys.sign_private)

    @classmethod
    def root(cls, root_private: bytes) -> "Signer":
        unit = key_name(sign_public_of(root_private))
        return cls(unit, unit, root_private)


@dataclass(frozen=True)
class FoundedUnit:
    """A new unit: its chain's entries, and the secrets of the one who founded it."""

    unit: str
    raws: tuple[bytes, ...]
    root_private: bytes = field(repr=False)
    keys: Mapping[str, Private] = field(repr=False)


@dataclass(frozen=True)
class FoundedSpace:
    """A new space with its first key."""

    space: str
    raws: tuple[bytes, ...]
    key: bytes = field(repr=False)


def write_chain(signer: Signer, chain: ChainState, act: Act, at: str) -> bytes:
    """A new entry of a unit's chain; raises `SyncError("control.refused")` if it would not stand."""
    raw = sign_entry(
        signer.private,
        Domain.CHAIN,
        tree=chain.unit,
        prev=chain.heads[:MAX_PREV],
        signer=signer.id,
        at=at,
        act=act,
    )
    _must_stand(raw, fold_chain(chain.unit, (*chain.raws(), raw)).standings)
    return raw


def write_control(signer: Signer, control: ControlState, chains: Chains, act: Act, at: str) -> bytes:
    """A new entry of a space's control tree; raises `SyncError("control.refused")` if it would not stand."""
    raw = sign_entry(
        signer.private,
        Domain.CONTROL,
        tree=control.space,
        prev=control.heads[:MAX_PREV],
        signer=signer.id,
        at=at,
        act=act,
        chains=_chain_heads(signer.unit, control.units, chains),
    )
    _must_stand(raw, fold_control(control.space, (*control.raws(), raw), chains).standings)
    return raw


def found_unit(
    seat_keys: SeatKeys,
    *,
    name: str,
    agency: str,
    member_name: str,
    device: str,
    at: str,
    roles: tuple[Role, ...] = (Role.LEAD, Role.PRACTITIONER),
    recovery_public: bytes = b"",
    suite: SealSuite = SealSuite.X25519,
) -> FoundedUnit:
    """A unit with its first lead on this seat. The root key signs; sealed to the recovery key, it can be forgotten."""
    root_private = new_secret()
    root = Signer.root(root_private)
    request = write_request(seat_keys, root.unit, member_name=member_name, device=device, rules=RULES_VERSION)
    member = secrets.token_hex(ID_DIGITS // 2)
    acts: list[Act] = [
        UnitFounded(sign_public_of(root_private), name, agency),
        MemberAdded(member, member_name, roles),
        SeatEnrolled(request, member),
    ]
    if recovery_public:
        acts.append(recovery(root.unit, recovery_public, suite, root_private, {}))
    raws: list[bytes] = []
    for act in acts:
        raws.append(write_chain(root, fold_chain(root.unit, raws), act, at))
    act, private = new_unit_key(fold_chain(root.unit, raws), {}, suite)
    raws.append(write_chain(root, fold_chain(root.unit, raws), act, at))
    return FoundedUnit(root.unit, tuple(raws), root_private, {key_name(act.public): private})


def recovery(
    unit: str, public: bytes, suite: SealSuite, root_private: bytes, held: Mapping[str, Private]
) -> RecoveryAnnounced:
    """The announcement of a recovery key: what it opens is the root key and the unit keys that are held."""
    name = key_name(public)

    def sealed(secret: bytes, key: str) -> bytes:
        return hpke_seal(public, secret, info=info_unit_key(unit, key, name), suite=suite)

    wraps = tuple(Wrap(name, key, sealed(own.secret, key)) for key, own in held.items())
    return RecoveryAnnounced(suite, public, wraps, sealed(root_private, unit) if root_private else b"")


def found_space(
    signer: Signer,
    chains: Chains,
    *,
    kind: SpaceKind,
    name: str,
    units: Iterable[str],
    at: str,
    seats: Collection[str] = (),
) -> FoundedSpace:
    """A space of units whose chains are held, with its first key; the founder is its first steward."""
    cards = tuple(SpaceUnit(unit, chains[unit].label, chains[unit].agency) for unit in units)
    named = [card.id for card in cards]
    act = SpaceFounded(kind, name, cards, secrets.token_hex(ID_DIGITS // 2), tuple(seats))
    founding = sign_entry(
        signer.private,
        Domain.CONTROL,
        tree="",
        prev=(),
        signer=signer.id,
        at=at,
        act=act,
        chains=_chain_heads(signer.unit, named, chains),
    )
    space = space_of(founding)
    control = fold_control(space, [founding], chains)
    _must_stand(founding, control.standings)
    first, key = new_space_key(control, chains, {})
    return FoundedSpace(space, (founding, write_control(signer, control, chains, first, at)), key)


def enrol_seat(
    signer: Signer,
    chain: ChainState,
    held: Mapping[str, Private],
    request: bytes,
    *,
    at: str,
    member: str = "",
    roles: tuple[Role, ...] = (Role.PRACTITIONER,),
) -> tuple[bytes, ...]:
    """A lead's approval: the seat in the chain, with the newest unit key sealed to it. Without `member` a new one is
    added under the name that the request says, with these roles.
    """
    asked = read_request(request)
    raws: list[bytes] = []
    if not member:
        member = secrets.token_hex(ID_DIGITS // 2)
        raws.append(write_chain(signer, chain, MemberAdded(member, asked.member_name, roles), at))
    receiver = Receiver(asked.seat_id, SealSuite.X25519, asked.seal_key)
    wraps = share_unit_key(chain, held, [receiver]).wraps
    before = fold_chain(chain.unit, (*chain.raws(), *raws))
    raws.append(write_chain(signer, before, SeatEnrolled(request, member, wraps), at))
    return tuple(raws)


def close_here(
    signer: Signer, control: ControlState, chains: Chains, *, seat: str, trusted: Iterable[str], at: str
) -> tuple[bytes, ...]:
    """The closing of a seat in one space with the list of its changes that stay trusted, split if long."""
    cids = cid_list(trusted)
    step = MAX_CIDS * CID_PREFIX
    parts = [cids[at_byte : at_byte + step] for at_byte in range(0, len(cids), step)] or [b""]
    acts: list[Act] = [SeatClosed(seat, parts[0]), *(Adopted(seat, part) for part in parts[1:])]
    raws: list[bytes] = []
    for act in acts:
        now = fold_control(control.space, (*control.raws(), *raws), chains)
        raws.append(write_control(signer, now, chains, act, at))
    return tuple(raws)


def rotate_unit(signer: Signer, chain: ChainState, seat_keys: SeatKeys, at: str) -> bytes:
    """A new generation of the unit's key, by a seat that opens those before it."""
    act, _ = new_unit_key(chain, open_unit_keys(chain, own_keys(seat_keys)))
    return write_chain(signer, chain, act, at)


def rotate_space(signer: Signer, control: ControlState, chains: Chains, seat_keys: SeatKeys, at: str) -> bytes:
    """A new space key, by a seat that opens those before it."""
    act, _ = new_space_key(control, chains, held_space_keys(control, chains, signer.unit, seat_keys))
    return write_control(signer, control, chains, act, at)


def held_space_keys(control: ControlState, chains: Chains, unit: str, seat_keys: SeatKeys) -> dict[str, bytes]:
    """Seat → generations of its unit → keys of the space, by name."""
    holders = own_keys(seat_keys)
    if unit in chains:
        holders |= open_unit_keys(chains[unit], holders)
    return open_space_keys(control, holders)


def _chain_heads(
    own: str, units: Iterable[str], chains: Mapping[str, ChainState]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The heads of every unit's chain that is held, the signer's own first."""
    others = [unit for unit in sorted(units) if unit != own and unit in chains]
    return tuple((unit, chains[unit].heads[:MAX_PREV]) for unit in (own, *others) if unit in chains)


def _must_stand(raw: bytes, standings: Mapping[str, Standing]) -> None:
    if standings[entry_id(raw)] is not Standing.OK:
        raise SyncError(NOT_ALLOWED)
