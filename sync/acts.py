"""What an entry of a unit's chain or of a space's control tree says: one struct for each kind of act.

Data only. Who may say it is judged by `sync.chain` and `sync.control`; `sync.tree` holds the form around it. An act
that this program does not know (a newer client's) decodes to None: its entry is kept and passed on and has no effect.
"""

from typing import Annotated, Any

import msgspec

from sync.change import Id
from sync.errors import BadEntry
from sync.identity import Role
from sync.keys import ID_DIGITS, SealSuite
from sync.records import SpaceKind

MAX_CIDS = 4000
"""Cids that one closing, adoption or removal may name; a longer list is split into adoptions."""
MAX_WRAPS = 512
CID_PREFIX = ID_DIGITS // 2
"""Bytes by which a list names a change or an entry."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Version = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Key = Annotated[bytes, msgspec.Meta(min_length=32, max_length=2048)]
Cids = Annotated[bytes, msgspec.Meta(max_length=MAX_CIDS * CID_PREFIX)]


class Wrap(msgspec.Struct, frozen=True):
    """A secret sealed to one receiver. `key` is the secret's name; `receiver` a seat's id or the name of a key."""

    receiver: Id
    key: Id
    sealed: Annotated[bytes, msgspec.Meta(max_length=4096)]


Wraps = Annotated[tuple[Wrap, ...], msgspec.Meta(max_length=MAX_WRAPS)]
Tags = Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=1000)]
Roles = Annotated[tuple[Role, ...], msgspec.Meta(min_length=1, max_length=len(Role))]


class Act(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is"):
    """What one entry states."""


class ChainAct(Act, frozen=True):
    """An act on who is in a unit."""


class SpaceAct(Act, frozen=True):
    """An act on who is in a space, its keys and its cases."""


class UnitFounded(ChainAct, frozen=True, tag="unit_founded"):
    """`root` is the Ed25519 key whose hash is the unit's id."""

    root: Key
    name: Name
    agency: Name


class MemberAdded(ChainAct, frozen=True, tag="member_added"):
    member: Id
    name: Name
    roles: Roles


class RolesChanged(ChainAct, frozen=True, tag="roles_changed"):
    member: Id
    roles: Roles


class MemberLeft(ChainAct, frozen=True, tag="member_left"):
    """All seats of the member are closed, whenever they were enrolled."""

    member: Id


class SeatEnrolled(ChainAct, frozen=True, tag="seat_enrolled"):
    """`request` is what the seat itself signed (`sync.enrolment`); `wraps` seal the unit's key to it."""

    request: Annotated[bytes, msgspec.Meta(max_length=4096)]
    member: Id
    wraps: Wraps = ()


class UnitKey(ChainAct, frozen=True, tag="unit_key"):
    """A generation of the unit's key. `wraps` seal its private half to seats and to the recovery key, `older` the
    private halves before it under this one.
    """

    generation: Version
    suite: SealSuite
    public: Key
    wraps: Wraps
    older: Wraps = ()


class RecoveryAnnounced(ChainAct, frozen=True, tag="recovery_announced"):
    """The key whose private half is printed in shares. `root_sealed` is the unit's root key sealed to it."""

    suite: SealSuite
    public: Key
    wraps: Wraps = ()
    root_sealed: Annotated[bytes, msgspec.Meta(max_length=4096)] = b""


class RecoveryUsed(ChainAct, frozen=True, tag="recovery_used"):
    why: Text


class RulesAnnounced(ChainAct, frozen=True, tag="rules_announced"):
    """The newest rule version that the signing seat's program knows."""

    version: Version


class SpaceUnit(msgspec.Struct, frozen=True):
    """A unit as a space names it: the directory that pins names to root ids."""

    id: Id
    name: Name
    agency: Name


class SpaceFounded(SpaceAct, frozen=True, tag="space_founded"):
    """The first entry of a space, whose id is taken from this entry's. `seats` names those of a restricted space."""

    kind: SpaceKind
    name: Name
    units: Annotated[tuple[SpaceUnit, ...], msgspec.Meta(min_length=1, max_length=500)]
    salt: Id
    seats: Annotated[tuple[Id, ...], msgspec.Meta(max_length=500)] = ()
    rules: Version = 1


class Confirmed(SpaceAct, frozen=True, tag="confirmed"):
    """A lead of a second agency founds the partnership with the first."""


class UnitAdmitted(SpaceAct, frozen=True, tag="unit_admitted"):
    unit: SpaceUnit
    wraps: Wraps = ()


class UnitRemoved(SpaceAct, frozen=True, tag="unit_removed"):
    """All seats of the unit are closed here; `cids` are the entries of theirs that stay trusted."""

    unit: Id
    cids: Cids = b""


class SeatGranted(SpaceAct, frozen=True, tag="seat_granted"):
    seat: Id
    wraps: Wraps = ()


class StewardNamed(SpaceAct, frozen=True, tag="steward_named"):
    seat: Id


class SpaceKey(SpaceAct, frozen=True, tag="space_key"):
    """A space key by name, sealed to each unit's generation (or seat); `older` holds those before it under it."""

    key: Id
    wraps: Wraps
    older: Wraps = ()


class Erase(SpaceAct, frozen=True, tag="erase"):
    tags: Tags


class Freeze(SpaceAct, frozen=True, tag="freeze"):
    tags: Tags


class Unfreeze(SpaceAct, frozen=True, tag="unfreeze"):
    tags: Tags


class CaseMoved(SpaceAct, frozen=True, tag="case_moved"):
    """A case came into this restricted space; `held_by` lists the seats that held it where it was."""

    tag: Id
    source_space: Id
    source_tag: Id
    held_by: Annotated[tuple[Id, ...], msgspec.Meta(max_length=500)] = ()


class RulesRaised(SpaceAct, frozen=True, tag="rules_raised"):
    version: Version


class AuthorityAnnounced(SpaceAct, frozen=True, tag="authority_announced"):
    """A further CA of the partnership's server (DER), announced a year before `valid_from` (YYYY-MM-DD)."""

    certificate: Annotated[bytes, msgspec.Meta(min_length=1, max_length=16384)]
    valid_from: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]


class PolicySet(SpaceAct, frozen=True, tag="policy_set"):
    name: Name
    value: Text


class SeatClosed(Act, frozen=True, tag="seat_closed"):
    """The seat writes no more. `cids`: what of it stays trusted, 16 bytes each: changes of this space, or entries of
    this chain or tree.
    """

    seat: Id
    cids: Cids = b""


class Adopted(Act, frozen=True, tag="adopted"):
    """More of a closed seat that stays trusted, 16 bytes each."""

    seat: Id
    cids: Cids


class KeyShared(Act, frozen=True, tag="key_shared"):
    """A key that exists, sealed to more receivers."""

    wraps: Wraps


CHAIN_ACTS: tuple[type[Act], ...] = (
    *(UnitFounded, MemberAdded, RolesChanged, MemberLeft, SeatEnrolled, UnitKey, RecoveryAnnounced, RecoveryUsed),
    *(RulesAnnounced, SeatClosed, Adopted, KeyShared),
)
SPACE_ACTS: tuple[type[Act], ...] = (
    *(SpaceFounded, Confirmed, UnitAdmitted, UnitRemoved, SeatGranted, StewardNamed, SpaceKey, Erase, Freeze, Unfreeze),
    *(CaseMoved, RulesRaised, AuthorityAnnounced, PolicySet, SeatClosed, Adopted, KeyShared),
)
_BY_TAG = {str(act.__struct_config__.tag): act for act in (*CHAIN_ACTS, *SPACE_ACTS)}


class _Tagged(msgspec.Struct):
    kind: str = msgspec.field(name="is")


def decode_act(raw: msgspec.Raw | bytes) -> Act | None:
    """The act, or None for one of a kind that is not known here; raises `BadEntry("control.form")`."""
    try:
        kind = _BY_TAG.get(msgspec.json.decode(raw, type=_Tagged).kind)
        act: Act | None = None if kind is None else msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadEntry("control.form") from error
    if len(getattr(act, "cids", b"")) % CID_PREFIX:
        raise BadEntry("control.form")
    return act


def encode_act(act: Act) -> msgspec.Raw:
    """The act's JSON, to stand in an entry's body."""
    return msgspec.Raw(msgspec.json.encode(act, order="deterministic"))


def prefixes(cids: bytes) -> frozenset[str]:
    """The first 32 digits of each cid of a list."""
    return frozenset(cids[at : at + CID_PREFIX].hex() for at in range(0, len(cids), CID_PREFIX))


def cid_list(cids: Any) -> bytes:
    """A list of cids (or entry ids) as an entry carries it: 16 bytes each, sorted."""
    return b"".join(sorted({bytes.fromhex(cid[:ID_DIGITS]) for cid in cids}))
