"""What the control entries of a space come to: members, stewards, keys, closings, erasures, directory.

A value that depends on nothing but the set of entries and the unit chains they rest on. Leaves the judging of each
entry to `sync.control`, the membership that a change is judged against to `sync.belonging`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sync import judging
from sync.acts import (
    AuthorityAnnounced,
    CaseMoved,
    Confirmed,
    KeyShared,
    RulesRaised,
    SeatGranted,
    SpaceFounded,
    SpaceKey,
    SpaceUnit,
    UnitAdmitted,
    UnitRemoved,
    Wrap,
    prefixes,
)
from sync.chain import ChainState
from sync.control import ERASE_LEADS, Judged
from sync.records import RULES_VERSION, SpaceKind
from sync.tree import Standing, name_of, places


@dataclass(frozen=True)
class SpaceKeyState:
    """A space key by name. `counts`: it may be written under; one that does not still opens what it sealed."""

    name: str
    signer: str
    wraps: tuple[Wrap, ...]
    older: tuple[Wrap, ...]
    counts: bool

    @property
    def receivers(self) -> frozenset[str]:
        return frozenset(wrap.receiver for wrap in self.wraps)


@dataclass(frozen=True)
class ControlState:
    """What a space's entries come to. Equal sets of entries, over equal chains, give equal states.

    `founding` is None until the founding entry stands; `confirmed` is false for a partnership that a second agency
    has not joined. `closings`: for each seat closed here the first 32 digits of what stays trusted. `removed`: the
    same for units. `keys`: the newest last. `heads`: what the next entry is built on. `name`: of everything that has
    an effect.
    """

    space: str
    founding: SpaceFounded | None
    confirmed: bool
    units: Mapping[str, SpaceUnit]
    removed: Mapping[str, frozenset[str]]
    granted: frozenset[str]
    stewards: frozenset[str]
    closings: Mapping[str, frozenset[str]]
    keys: tuple[SpaceKeyState, ...]
    erased: frozenset[str]
    erasing: Mapping[str, int]
    """Tags for which a lead has asked and another lead has still to agree: how many are still needed."""
    frozen: frozenset[str]
    rules: int
    moves: tuple[CaseMoved, ...]
    authorities: tuple[AuthorityAnnounced, ...]
    policy: Mapping[str, str]
    standings: Mapping[str, Standing]
    heads: tuple[str, ...]
    frontier: tuple[str, ...]
    judged: Judged = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return name_of(self.frontier)

    @property
    def kind(self) -> SpaceKind:
        return self.founding.kind if self.founding else SpaceKind.UNIT

    @property
    def label(self) -> str:
        return self.founding.name if self.founding else ""

    @property
    def writing_key(self) -> SpaceKeyState | None:
        """The key to write under: of those that count the deepest, then the greatest id."""
        return self.keys[-1] if self.keys and self.keys[-1].counts else None

    def raws(self) -> tuple[bytes, ...]:
        """The entries worth keeping and sending on, parents first."""
        return tuple(self.judged.tree.entries[place].raw for place in places(self.judged.sound))


def fold_control(space: str, raws: Iterable[bytes], chains: Mapping[str, ChainState]) -> ControlState:
    """The state of a space from its entries, in whatever order and however often they came."""
    judged = Judged(space, raws, chains)
    counted, sound = judged.counted, judged.sound
    acts = [judged.tree.entries[place].act for place in places(counted)]
    founding = judged.founding if sound else None
    units = {unit: card for unit, card in judged.units(counted).items() if unit not in judged.facts.removed}
    erased, erasing = _erasures(judged)
    return ControlState(
        space=space,
        founding=founding,
        confirmed=founding is not None
        and (founding.kind is not SpaceKind.PARTNERSHIP or any(isinstance(act, Confirmed) for act in acts)),
        units=units if founding else {},
        removed={unit: _left_trusted(judged, unit) for unit in sorted(judged.facts.removed)},
        granted=frozenset(seat for seat in judged.facts.granted if judged.granted(seat, counted)),
        stewards=frozenset(seat for seat in judged.stewards(counted) if seat not in judged.closings.closing),
        closings={
            seat: judging.trusted(judged.tree, seat, judged.closings, counted)
            for seat in sorted(judged.closings.closing)
        },
        keys=_keys(judged),
        erased=erased,
        erasing=erasing,
        frozen=frozenset(tag for tag in judged.facts.frozen if judged.is_frozen(tag, counted)) - erased,
        rules=max(
            [founding.rules if founding else RULES_VERSION]
            + [act.version for act in acts if isinstance(act, RulesRaised)]
        ),
        moves=tuple(act for act in acts if isinstance(act, CaseMoved)),
        authorities=tuple(act for act in acts if isinstance(act, AuthorityAnnounced)),
        policy=judged.policy(counted),
        standings=judged.standings,
        heads=judged.tree.heads(counted),
        frontier=judged.tree.heads(sound),
        judged=judged,
    )


def _left_trusted(judged: Judged, unit: str) -> frozenset[str]:
    """What the removals of a unit name, all branches together."""
    acts = [judged.act(place, UnitRemoved) for place in judged.facts.removed[unit]]
    return frozenset(prefix for act in acts for prefix in prefixes(act.cids))


def _keys(judged: Judged) -> tuple[SpaceKeyState, ...]:
    """Every key of every branch; those that count last, in order of depth and id."""
    shared: dict[str, list[Wrap]] = {}
    made: list[tuple[bool, int]] = []
    for place in places(judged.sound):
        act = judged.tree.entries[place].act
        if isinstance(act, SpaceKey):
            made.append((bool(judged.counted >> place & 1), place))
        elif isinstance(act, KeyShared | UnitAdmitted | SeatGranted):
            for wrap in act.wraps:
                shared.setdefault(wrap.key, []).append(wrap)
    found: dict[str, SpaceKeyState] = {}
    for counts, place in sorted(made):
        act = judged.act(place, SpaceKey)
        older = found.pop(act.key, None)
        wraps = (*(older.wraps if older else ()), *act.wraps, *(() if older else shared.get(act.key, ())))
        links = (*(older.older if older else ()), *act.older)
        found[act.key] = SpaceKeyState(act.key, judged.tree.entries[place].link.signer, wraps, links, counts)
    return tuple(found.values())


def _erasures(judged: Judged) -> tuple[frozenset[str], dict[str, int]]:
    """Tags that are erased for ever, and those that still need a lead's word.

    How many leads it takes is judged at each erasure's own place, so that no later policy brings anything back.
    """
    erased: set[str] = set()
    lacking: dict[str, int] = {}
    for tag, at in judged.facts.erasing.items():
        for place in at:
            before = judged.tree.before[place]
            needed = 2 if judged.policy(before).get(ERASE_LEADS) == "2" else 1
            agreed = {_member(judged, each) for each in at if each == place or before >> each & 1}
            if len(agreed) >= needed:
                erased.add(tag)
            else:
                lacking[tag] = needed - len(agreed)
    return frozenset(erased), {tag: count for tag, count in lacking.items() if tag not in erased}


def _member(judged: Judged, place: int) -> tuple[str, str]:
    unit, heads = judged.own_unit(place)
    view = judged.chain_at(unit, heads)
    return unit, view.member_of(judged.tree.entries[place].link.signer) if view else ""
