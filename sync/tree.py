"""The signed tree: the form of an entry, how entries hang together, and what each one had seen.

Unit chains and spaces' control trees have the same form: every entry names the heads it was built on, its id is the
hash of its bytes. Leaves to `sync.chain` and `sync.control` who may say what.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec

from sync.acts import Act, decode_act, encode_act
from sync.change import Cid as Digest
from sync.change import Id
from sync.errors import BadEntry
from sync.keys import ID_DIGITS, SIGNATURE_SIZE, Domain, sign, verify

MAX_ENTRY = 128 * 1024
MAX_ENTRIES = 10_000
"""Entries of one tree that a client or server takes; what lies beyond is refused, not folded."""
MAX_PREV = 64

Heads = Annotated[tuple[Digest, ...], msgspec.Meta(max_length=MAX_PREV)]


class Standing(StrEnum):
    """`ok` counts in full. `late`: its signer's right was taken back by a closing that did not know the entry; it
    grants nothing. `waiting`: something it was built on is missing. `bad`: forged, or its signer had no right to it.
    """

    OK = "ok"
    LATE = "late"
    WAITING = "waiting"
    BAD = "bad"


class Link(msgspec.Struct, frozen=True):
    """The body. `tree` is the unit's or the space's id, "" in the founding entry of a space.

    `chains`: heads of unit chains that the signer had seen, his own unit's first (control trees only). `signer` is a
    seat, or in a chain the unit itself (its root key). `at`: claimed time, shown to people, decides nothing.
    """

    tree: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{32})?\Z")]
    prev: Heads
    signer: Id
    at: Annotated[str, msgspec.Meta(max_length=40)]
    act: msgspec.Raw
    chains: Annotated[tuple[tuple[Id, Heads], ...], msgspec.Meta(max_length=500)] = ()


@dataclass(frozen=True)
class Entry:
    """One entry as it was read: its id, its bytes, what they say. `act` is None for a kind not known here."""

    id: str
    raw: bytes
    link: Link
    act: Act | None

    def is_signed(self, key: bytes, domain: Domain) -> bool:
        """Whether the holder of `key` signed exactly these bytes for this purpose."""
        return _is_signed(self, key, domain)


_SIGNED: dict[tuple[str, bytes, Domain], bool] = {}
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Link)


def entry_id(raw: bytes) -> str:
    """SHA-256 of the entry, 64 hex digits."""
    return hashlib.sha256(raw).hexdigest()


def space_of(founding: bytes) -> str:
    """The id of the space that an entry founds: the first 32 digits of its own."""
    return entry_id(founding)[:ID_DIGITS]


def sign_entry(
    sign_private: bytes,
    domain: Domain,
    *,
    tree: str,
    prev: Iterable[str],
    signer: str,
    at: str,
    act: Act,
    chains: Sequence[tuple[str, tuple[str, ...]]] = (),
) -> bytes:
    """The bytes of a new entry: signature, then body. Raises `BadEntry` for one that no reader would take."""
    body = _ENCODER.encode(Link(tree, tuple(sorted(prev)), signer, at, encode_act(act), tuple(chains)))
    raw = sign(sign_private, domain, body) + body
    parse(raw)
    return raw


def parse(raw: bytes) -> Entry:
    """Read an entry; limits first. Raises `BadEntry`: control.size, control.form."""
    if not SIGNATURE_SIZE < len(raw) <= MAX_ENTRY:
        raise BadEntry("control.size", size=len(raw))
    try:
        link = _DECODER.decode(raw[SIGNATURE_SIZE:])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:  # ValueError: bytes that are not UTF-8
        raise BadEntry("control.form") from error
    if list(link.prev) != sorted(set(link.prev)):
        raise BadEntry("control.form")
    return Entry(entry_id(raw), raw, link, decode_act(link.act))


def name_of(heads: Iterable[str]) -> str:
    """One name for a set of heads: SHA-256 over their ids in order, 64 hex digits; "" for none."""
    ids = sorted(heads)
    return hashlib.sha256(b"".join(bytes.fromhex(head) for head in ids)).hexdigest() if ids else ""


@dataclass(frozen=True)
class Tree:
    """Entries in an order that depends on nothing but themselves: parents first, by depth, then by id.

    `before[i]` is the set of places of all that entry i was built on, as the bits of an integer. `waiting`: ids of
    entries of which something they were built on is missing.
    """

    entries: tuple[Entry, ...]
    before: tuple[int, ...]
    place: Mapping[str, int]
    waiting: frozenset[str]

    def seen_from(self, heads: Iterable[str]) -> int | None:
        """The set of places that these heads stand for, themselves included; None if one is not here."""
        seen = 0
        for head in heads:
            place = self.place.get(head)
            if place is None:
                return None
            seen |= self.before[place] | 1 << place
        return seen

    def heads(self, among: int) -> tuple[str, ...]:
        """Ids of the entries among a set of places that no other of the set was built on, sorted."""
        covered = 0
        for place in places(among):
            covered |= self.before[place]
        return tuple(sorted(self.entries[place].id for place in places(among & ~covered)))


def places(among: int) -> Iterable[int]:
    """The places of a set, ascending."""
    while among:
        lowest = among & -among
        yield lowest.bit_length() - 1
        among ^= lowest


def plant(raws: Iterable[bytes], accepts: Callable[[Entry], bool]) -> tuple[Tree, frozenset[str]]:
    """The tree of these entries, and the ids of what has no place in it: unreadable, or not for this tree."""
    readable: dict[str, Entry] = {}
    bad: set[str] = set()
    for raw in raws:
        try:
            entry = parse(raw)
        except BadEntry:
            bad.add(entry_id(raw))
            continue
        if accepts(entry):
            readable[entry.id] = entry
        else:
            bad.add(entry.id)
    depths = _depths(readable)
    ordered = sorted((readable[each] for each in depths), key=lambda entry: (depths[entry.id], entry.id))
    place = {entry.id: at for at, entry in enumerate(ordered)}
    before: list[int] = []
    for entry in ordered:
        seen = 0
        for parent in entry.link.prev:
            seen |= before[place[parent]] | 1 << place[parent]
        before.append(seen)
    return Tree(tuple(ordered), tuple(before), place, frozenset(readable.keys() - depths.keys())), frozenset(bad)


def _depths(readable: Mapping[str, Entry]) -> dict[str, int]:
    """The longest way from a founding entry to each entry whose every parent is here, all the way down."""
    children: dict[str, list[str]] = {}
    missing = {each: len(entry.link.prev) for each, entry in readable.items()}
    for each, entry in readable.items():
        for parent in entry.link.prev:
            children.setdefault(parent, []).append(each)
    ready = deque(each for each, count in missing.items() if not count)
    depths = dict.fromkeys(ready, 1)
    while ready:
        done = ready.popleft()
        for child in children.get(done, ()):
            depths[child] = max(depths.get(child, 0), depths[done] + 1)
            missing[child] -= 1
            if not missing[child]:
                ready.append(child)
    return {each: depth for each, depth in depths.items() if not missing[each]}


def _is_signed(entry: Entry, key: bytes, domain: Domain) -> bool:
    """Kept by id, because a tree is folded anew whenever an entry comes; the bytes are not kept along."""
    asked = (entry.id, key, domain)
    known = _SIGNED.get(asked)
    if known is None:
        if len(_SIGNED) >= 4 * MAX_ENTRIES:
            _SIGNED.clear()
        known = _SIGNED[asked] = verify(key, domain, entry.raw[SIGNATURE_SIZE:], entry.raw[:SIGNATURE_SIZE])
    return known
