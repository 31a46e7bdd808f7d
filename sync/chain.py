"""The chain of one unit: its members, seats and keys, folded from signed entries.

The unit's id is the hash of its root key, so nobody else can found it; every later entry is signed by a lead's seat
(or by the root key) and judged by what its signer had seen. The fold is a function of the set of entries: order-free,
idempotent, no clock. Leaves the judging to `sync.chain_judging`, spaces to `sync.control`, keys to `sync.rotation`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sync import tree
from sync.acts import KeyShared, MemberAdded, RecoveryAnnounced, SeatEnrolled, UnitFounded, UnitKey, Wrap
from sync.chain_judging import ChainView, JudgedChain
from sync.identity import Role, Seat
from sync.keys import SealSuite, key_name
from sync.tree import Standing, places

_STRONGEST = (Role.LEAD, Role.COORDINATOR, Role.PRACTITIONER, Role.AUDITOR)


@dataclass(frozen=True)
class Member:
    """A person of the unit. `roles` as they stand in all branches; `left` once a lead wrote so."""

    id: str
    name: str
    roles: frozenset[Role]
    left: bool


@dataclass(frozen=True)
class Generation:
    """One generation of the unit's key. `name` is its public half's; `receivers` are whom it was sealed to, ever."""

    name: str
    number: int
    suite: SealSuite
    public: bytes
    signer: str
    wraps: tuple[Wrap, ...]
    older: tuple[Wrap, ...]

    @property
    def receivers(self) -> frozenset[str]:
        return frozenset(wrap.receiver for wrap in self.wraps)


@dataclass(frozen=True)
class ChainState:
    """What a unit's entries come to. Equal sets of entries give equal states.

    `seats` holds closed ones too. `heads` are what the next entry is built on; `frontier` are the heads of everything
    that has an effect, and `name` is theirs: equal names mean equal states. `generations`: the newest last.
    """

    unit: str
    label: str
    agency: str
    members: Mapping[str, Member]
    seats: Mapping[str, Seat]
    devices: Mapping[str, str]
    closed: frozenset[str]
    generations: tuple[Generation, ...]
    recovery: RecoveryAnnounced | None
    standings: Mapping[str, Standing]
    heads: tuple[str, ...]
    frontier: tuple[str, ...]
    judged: JudgedChain = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return tree.name_of(self.frontier)

    @property
    def founded(self) -> bool:
        return bool(self.label)

    @property
    def newest_key(self) -> Generation | None:
        return self.generations[-1] if self.generations else None

    @cached_property
    def leads(self) -> frozenset[str]:
        """Seats that may sign for the unit now."""
        view = self.now()
        return frozenset(seat for seat in self.seats if seat not in self.closed and view.is_lead(seat))

    @cached_property
    def active(self) -> frozenset[str]:
        """Seats that are enrolled and not closed."""
        return frozenset(self.seats) - self.closed

    def now(self) -> ChainView:
        """The unit by everything that counts."""
        return self.judged.view(self.judged.counted)

    def at(self, heads: Iterable[str], *, counted: bool = False) -> ChainView | None:
        """The unit as a signer who had seen these heads knew it, of that (`counted`) only what counts today; None
        while one of the heads is missing or bad.
        """
        seen = self.judged.tree.seen_from(heads)
        if seen is None or seen & ~self.judged.sound:
            return None
        return self.judged.view(seen & self.judged.counted if counted else seen)

    def raws(self) -> tuple[bytes, ...]:
        """The entries worth keeping and sending on, parents first."""
        return tuple(self.judged.tree.entries[place].raw for place in places(self.judged.sound))

    def __hash__(self) -> int:
        return hash((self.unit, self.frontier))


def fold_chain(unit: str, raws: Iterable[bytes]) -> ChainState:
    """The state of a unit's chain from its entries, in whatever order and however often they came."""
    chain = JudgedChain(unit, raws)
    now = chain.view(chain.counted)
    founding = next((chain.act(place, UnitFounded) for place in chain.facts.founding), None)
    seats = {seat: _seat(now, unit, seat) for seat in sorted(chain.facts.enrolled) if now.request(seat) is not None}
    return ChainState(
        unit=unit,
        label=founding.name if founding else "",
        agency=founding.agency if founding else "",
        members={member: _member(now, member) for member in _members(now)},
        seats=seats,
        devices={seat: _device(now, seat) for seat in seats},
        closed=frozenset(seat for seat in seats if chain.closings.closing.get(seat)),
        generations=_generations(chain),
        recovery=_recovery(chain),
        standings=chain.standings,
        heads=chain.tree.heads(chain.counted),
        frontier=chain.tree.heads(chain.sound),
        judged=chain,
    )


def _members(now: ChainView) -> list[str]:
    return [member for member, at in sorted(now.chain.facts.added.items()) if now.first(at) is not None]


def _member(now: ChainView, member: str) -> Member:
    place = now.first(now.chain.facts.added[member])
    added = now.chain.act(0 if place is None else place, MemberAdded)
    return Member(member, added.name, now.roles(member), bool(now.chain.facts.left.get(member)))


def _seat(now: ChainView, unit: str, seat: str) -> Seat:
    """As `sync.accept` reads it: one role, the one that may do most."""
    request, member = now.request(seat), now.member_of(seat)
    if request is None:
        raise KeyError(seat)
    roles = now.roles(member)
    role = next((each for each in _STRONGEST if each in roles), Role.AUDITOR)
    name = _member(now, member).name
    return Seat(seat, member, name, unit, role, request.sign_key, request.seal_key)


def _device(now: ChainView, seat: str) -> str:
    request = now.request(seat)
    return request.device if request else ""


def _generations(chain: JudgedChain) -> tuple[Generation, ...]:
    """Every generation that can be opened; those that count last, in order of depth and id."""
    shared: dict[str, list[Wrap]] = {}
    made: list[tuple[bool, int, UnitKey, str]] = []
    for place in places(chain.sound):
        act = chain.tree.entries[place].act
        if isinstance(act, UnitKey):
            made.append((bool(chain.counted >> place & 1), place, act, chain.tree.entries[place].link.signer))
        elif isinstance(act, KeyShared | SeatEnrolled | RecoveryAnnounced):
            for wrap in act.wraps:
                shared.setdefault(wrap.key, []).append(wrap)
    found: dict[str, Generation] = {}
    for _, _, act, signer in sorted(made, key=lambda each: each[:2]):
        name = key_name(act.public)
        same = found.pop(name, None)  # announced again: nobody loses what was sealed before
        wraps = (*(same.wraps if same else shared.get(name, ())), *act.wraps)
        older = (*(same.older if same else ()), *act.older)
        found[name] = Generation(name, act.generation, act.suite, act.public, signer, wraps, older)
    return tuple(found.values())


def _recovery(chain: JudgedChain) -> RecoveryAnnounced | None:
    acts = [chain.tree.entries[place].act for place in places(chain.counted)]
    announced = [act for act in acts if isinstance(act, RecoveryAnnounced)]
    return announced[-1] if announced else None
