"""Keys by the control state: opening what is sealed to a seat, making new ones, and what is owed.

A rotation is owed when somebody who is no longer in can open the newest key. Every client computes it; no server is
asked. Leaves signing to `sync.founding`, the HPKE itself to `sync.keys`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sync.acts import MAX_WRAPS, KeyShared, SpaceKey, UnitKey, Wrap
from sync.belonging import Chains
from sync.chain import ChainState, Generation
from sync.control_state import ControlState, SpaceKeyState
from sync.errors import CannotOpen, SyncError
from sync.keys import (
    SECRET_SIZE,
    SealSuite,
    SeatKeys,
    hpke_open,
    hpke_seal,
    info_space_key,
    info_unit_key,
    key_name,
    new_seal_private,
    new_secret,
    open_older,
    seal_older,
    seal_public_of,
    space_key_name,
)
from sync.records import SpaceKind
from sync.tree import MAX_ENTRY

K = TypeVar("K", Generation, SpaceKeyState)

_WRAP_BYTES = {SealSuite.X25519: 320, SealSuite.MLKEM768_X25519: 1900}
"""What a wrap to a receiver of a suite takes at most in an entry, with 96 secret bytes in it."""


@dataclass(frozen=True)
class Private:
    """The private half of a key that opens wraps. Secret."""

    suite: SealSuite
    secret: bytes

    def __repr__(self) -> str:
        return f"Private({self.suite.name})"


@dataclass(frozen=True)
class Receiver:
    """To whom a secret is sealed: `id` as wraps name it, and the public key."""

    id: str
    suite: SealSuite
    public: bytes


def own_keys(seat_keys: SeatKeys) -> dict[str, Private]:
    """What a seat opens wraps with, by receiver."""
    return {seat_keys.seat_id: Private(SealSuite.X25519, seat_keys.seal_private)}


def open_unit_keys(chain: ChainState, holders: Mapping[str, Private]) -> dict[str, Private]:
    """The private half of every generation that the holders (a seat, the recovery key) reach, by name.

    A wrap that does not open, or opens to something else than the generation it names, is passed over.
    """
    sealed: dict[str, list[Wrap]] = {each.name: list(each.wraps) for each in chain.generations}
    for each in chain.generations:
        for wrap in each.older:
            sealed.setdefault(wrap.key, []).append(wrap)
    opened: dict[str, Private] = {}
    progress = True
    while progress:
        progress = False
        for each in chain.generations:
            if each.name in opened:
                continue
            for wrap in sealed[each.name]:
                holder = holders.get(wrap.receiver) or opened.get(wrap.receiver)
                info = info_unit_key(chain.unit, each.name, wrap.receiver)
                secret = _open(wrap, holder, info)
                if secret is not None and _is_half(secret, each.suite, each.public):
                    opened[each.name] = Private(each.suite, secret)
                    progress = True
                    break
    return opened


def open_space_keys(control: ControlState, holders: Mapping[str, Private]) -> dict[str, bytes]:
    """Every key of the space that the holders (unit generations, a seat, a recovery key) reach: name → 32 bytes, in
    the order of the control state. To write, take `writing_key`, not the last one.
    """
    opened: dict[str, bytes] = {}
    progress = True
    while progress:
        progress = False
        for each in control.keys:
            if each.name not in opened:
                key = _space_key(control, each, holders, opened)
                if key is not None:
                    opened[each.name] = key
                    progress = True
    return {each.name: opened[each.name] for each in control.keys if each.name in opened}


def writing_key(control: ControlState, opened: Mapping[str, bytes]) -> tuple[str, bytes] | None:
    """(name, key) to write under; None while the newest is not held: nothing is written under an older one."""
    newest = control.writing_key
    return (newest.name, opened[newest.name]) if newest and newest.name in opened else None


def owed_unit_key(chain: ChainState) -> frozenset[str]:
    """Closed seats that can open the newest unit key, for which a new one is owed; the unit's id if it has none."""
    newest = chain.newest_key
    if newest is None:
        return frozenset({chain.unit}) if chain.founded else frozenset()
    return (newest.receivers | {newest.signer}) & chain.closed


def owed_shares(chain: ChainState, held: Collection[str] = ()) -> frozenset[str]:
    """Seats (and the recovery key, by name) that the newest unit key was not sealed to, or one of those `held` (names)
    that no other holds: two leads may have made one each at the same time.
    """
    wanted = frozenset(receiver.id for receiver in unit_receivers(chain))
    newest = chain.newest_key
    if newest is None:
        return frozenset()
    return frozenset().union(*(wanted - each.receivers for each in (newest, *_loose(chain.generations, held))))


def owed_space_key(control: ControlState, chains: Chains) -> frozenset[str]:
    """Closed seats and removed units that can open the key written under and could not open a new one; the space's id
    if there is no key. Whoever would open a new one too (his unit has not changed its own key yet) is `awaited`.
    """
    newest = control.writing_key
    if newest is None:
        return frozenset({control.space}) if control.founding else frozenset()
    return _knowing(control, chains, newest.receivers, newest.signer) - awaited(control, chains)


def awaited(control: ControlState, chains: Chains) -> frozenset[str]:
    """Closed seats that a new space key would be open to until their unit has changed its own key."""
    return _knowing(control, chains, frozenset(each.id for each in space_receivers(control, chains)), "")


def _knowing(control: ControlState, chains: Chains, receivers: frozenset[str], signer: str) -> frozenset[str]:
    """Who of those that are out opens a key that was sealed to these receivers by this signer."""
    closed = frozenset(control.closings).union(*(chain.closed for chain in chains.values()))
    knowing = {signer} & closed
    if control.kind is SpaceKind.RESTRICTED:
        return frozenset(knowing | (receivers & closed))
    for unit, chain in chains.items():
        for each in chain.generations:
            if each.name not in receivers:
                continue
            if unit in control.removed:
                knowing.add(unit)
            knowing |= (each.receivers | {each.signer}) & chain.closed
    return frozenset(knowing)


def owed_closings(control: ControlState, chains: Chains) -> frozenset[str]:
    """Seats closed in their unit's chain that this space does not know to be closed."""
    closed = (seat for unit in control.units if unit in chains for seat in chains[unit].closed)
    named = frozenset(closed) - control.closings.keys()
    return named & control.granted if control.kind is SpaceKind.RESTRICTED else named


def owed_space_shares(control: ControlState, chains: Chains, held: Collection[str] = ()) -> frozenset[str]:
    """Units (in a restricted space seats) that the key written under was sealed to in no generation of theirs, or one
    of those `held` (names) that no other holds.
    """
    newest = control.writing_key
    if newest is None:
        return frozenset()
    keys = (newest, *_loose(control.keys, held))
    if control.kind is SpaceKind.RESTRICTED:
        wanted = frozenset(each.id for each in space_receivers(control, chains))
        return frozenset().union(*(wanted - each.receivers for each in keys))
    names = {unit: {each.name for each in chains[unit].generations} for unit in control.units if unit in chains}
    return frozenset(unit for unit, own in names.items() if own and any(not own & each.receivers for each in keys))


def unit_receivers(chain: ChainState) -> tuple[Receiver, ...]:
    """Whom a unit key is sealed to: every seat that is not closed, and the recovery key."""
    seats = [Receiver(each, SealSuite.X25519, chain.seats[each].seal_key) for each in sorted(chain.active)]
    return (*seats, *_recovery(chain))


def space_receivers(control: ControlState, chains: Chains) -> tuple[Receiver, ...]:
    """Whom a space key is sealed to: each unit's newest generation; in a restricted space each named seat and the
    recovery key of its unit. Units without a key yet are left out and owed.
    """
    members = [chains[unit] for unit in sorted(control.units) if unit in chains]
    if control.kind is not SpaceKind.RESTRICTED:
        newest = [chain.newest_key for chain in members]
        return tuple(Receiver(each.name, each.suite, each.public) for each in newest if each)
    named = [
        Receiver(seat, SealSuite.X25519, chain.seats[seat].seal_key)
        for chain in members
        for seat in sorted(chain.active & control.granted - control.closings.keys())
    ]
    return (*named, *(each for chain in members for each in _recovery(chain)))


def new_unit_key(
    chain: ChainState, held: Mapping[str, Private], suite: SealSuite = SealSuite.X25519
) -> tuple[UnitKey, Private]:
    """The next generation: sealed to every seat that is not closed, with the generations before it under it."""
    private = new_seal_private(suite)
    public = seal_public_of(private, suite)
    name = key_name(public)
    wraps = tuple(_seal_unit_key(chain.unit, name, private, each) for each in _fitting(unit_receivers(chain)))
    under = {wrap.key for each in chain.generations for wrap in each.older if each.name in held}
    newest = Receiver(name, suite, public)
    older = tuple(
        _seal_unit_key(chain.unit, each, own.secret, newest) for each, own in held.items() if each not in under
    )
    number = max((each.number for each in chain.generations), default=0) + 1
    return UnitKey(number, suite, public, wraps, older), Private(suite, private)


def new_space_key(control: ControlState, chains: Chains, held: Mapping[str, bytes]) -> tuple[SpaceKey, bytes]:
    """A new space key, sealed to all who are in, with those before it under it."""
    key = new_secret()
    name, space = space_key_name(key), control.space
    under = {wrap.key for each in control.keys for wrap in each.older if each.name in held}
    older = tuple(
        Wrap(name, each, seal_older(key, secret, info=info_space_key(space, each, name)))
        for each, secret in held.items()
        if each not in under
    )
    receivers = _fitting(space_receivers(control, chains))
    return SpaceKey(name, tuple(_seal_space_key(space, name, key, each) for each in receivers), older), key


def share_unit_key(chain: ChainState, held: Mapping[str, Private], receivers: Iterable[Receiver]) -> KeyShared:
    """The newest unit key, and held ones that no other holds, sealed to those of the receivers that lack them.

    Raises `SyncError("key.missing")` when the newest is not held.
    """
    newest = chain.newest_key
    if newest is None or newest.name not in held:
        raise SyncError("key.missing")
    pairs = _lacking(dict.fromkeys((newest, *_loose(chain.generations, held))), receivers)
    return KeyShared(tuple(_seal_unit_key(chain.unit, key, held[key].secret, each) for key, each in pairs))


def share_space_key(control: ControlState, held: Mapping[str, bytes], receivers: Iterable[Receiver]) -> KeyShared:
    """As `share_unit_key`, for the key of a space that is written under."""
    newest = control.writing_key
    if newest is None or newest.name not in held:
        raise SyncError("key.missing")
    pairs = _lacking(dict.fromkeys((newest, *_loose(control.keys, held))), receivers)
    return KeyShared(tuple(_seal_space_key(control.space, key, held[key], each) for key, each in pairs))


def _loose(keys: Sequence[K], held: Collection[str]) -> tuple[K, ...]:
    """Held keys that lie under no other one: who gets the newest does not reach them by it."""
    under = {wrap.key for each in keys for wrap in each.older}
    return tuple(each for each in keys if each.name in held and each.name not in under)


def _lacking(keys: Iterable[K], receivers: Iterable[Receiver]) -> list[tuple[str, Receiver]]:
    """(key name, receiver) of what was never sealed, as much as one entry holds."""
    chosen = list(receivers)
    pairs = [(key.name, each) for key in keys for each in chosen if each.id not in key.receivers]
    return pairs[: len(_fitting(each for _, each in pairs))]


def _fitting(receivers: Iterable[Receiver]) -> tuple[Receiver, ...]:
    """As many as one entry holds; the others are owed a share of the key, which goes out in entries of its own."""
    chosen: list[Receiver] = []
    room = MAX_ENTRY * 3 // 4
    for each in receivers:
        room -= _WRAP_BYTES[each.suite]
        if room < 0 or len(chosen) == MAX_WRAPS:
            break
        chosen.append(each)
    return tuple(chosen)


def _recovery(chain: ChainState) -> tuple[Receiver, ...]:
    own = chain.recovery
    return (Receiver(key_name(own.public), own.suite, own.public),) if own else ()


def _seal_unit_key(unit: str, name: str, private: bytes, receiver: Receiver) -> Wrap:
    info = info_unit_key(unit, name, receiver.id)
    return Wrap(receiver.id, name, hpke_seal(receiver.public, private, info=info, suite=receiver.suite))


def _seal_space_key(space: str, name: str, key: bytes, receiver: Receiver) -> Wrap:
    info = info_space_key(space, name, receiver.id)
    return Wrap(receiver.id, name, hpke_seal(receiver.public, key, info=info, suite=receiver.suite))


def _space_key(
    control: ControlState, state: SpaceKeyState, holders: Mapping[str, Private], opened: Mapping[str, bytes]
) -> bytes | None:
    """The key, if one of its wraps, or of a newer key's, opens to what it names."""
    for wrap in state.wraps:
        info = info_space_key(control.space, state.name, wrap.receiver)
        secret = _open(wrap, holders.get(wrap.receiver), info)
        if secret is not None and space_key_name(secret) == state.name:
            return secret
    for newer in control.keys:
        for wrap in newer.older if newer.name in opened else ():
            if wrap.key != state.name:
                continue
            try:
                info = info_space_key(control.space, wrap.key, newer.name)
                secret = open_older(opened[newer.name], wrap.sealed, info=info)
            except CannotOpen:
                continue
            if len(secret) == SECRET_SIZE and space_key_name(secret) == state.name:
                return secret
    return None


def _open(wrap: Wrap, holder: Private | None, info: bytes) -> bytes | None:
    if holder is None:
        return None
    try:
        return hpke_open(holder.secret, wrap.sealed, info=info, suite=holder.suite)
    except CannotOpen:
        return None


def _is_half(secret: bytes, suite: SealSuite, public: bytes) -> bool:
    try:
        return seal_public_of(secret, suite) == public
    except SyncError:
        return False
