"""Judging the entries of one space's control tree: who may admit, remove, close, give keys, erase.

Each signer is judged by what he had seen: the tree below his entry, and his unit's chain at the heads that he names.
Leaves what the entries come to to `sync.control_state`, chains to `sync.chain`, closings to `sync.judging`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sync import judging, tree
from sync.acts import (
    SPACE_ACTS,
    Act,
    Adopted,
    AuthorityAnnounced,
    CaseMoved,
    Confirmed,
    Erase,
    Freeze,
    KeyShared,
    PolicySet,
    RulesRaised,
    SeatClosed,
    SeatGranted,
    SpaceFounded,
    SpaceKey,
    SpaceUnit,
    StewardNamed,
    Unfreeze,
    UnitAdmitted,
    UnitRemoved,
)
from sync.chain import ChainState
from sync.chain_judging import ChainView
from sync.keys import Domain
from sync.records import SpaceKind
from sync.tree import Entry, Standing, places, space_of

ERASE_LEADS = "erase_leads"
"""The policy that says how many leads an erasure needs: "1" or "2"."""

A = TypeVar("A", bound=Act)

_MANY_UNITS = {SpaceKind.SHARED, SpaceKind.CONFERENCE, SpaceKind.PARTNERSHIP}


@dataclass
class Facts:
    """Places of the entries that are not bad, by what they are about."""

    admitted: dict[str, list[int]] = field(default_factory=dict)
    removed: dict[str, list[int]] = field(default_factory=dict)
    granted: dict[str, list[int]] = field(default_factory=dict)
    stewards: dict[str, list[int]] = field(default_factory=dict)
    """By unit."""
    frozen: dict[str, list[int]] = field(default_factory=dict)
    thawed: dict[str, list[int]] = field(default_factory=dict)
    erasing: dict[str, list[int]] = field(default_factory=dict)
    policies: list[int] = field(default_factory=list)


class Judged:
    """The entries of a space and their standings. `chains`: the unit chains that are held, by unit."""

    def __init__(self, space: str, raws: Iterable[bytes], chains: Mapping[str, ChainState]) -> None:
        self.space = space
        self.chains = chains
        self.tree, unfit = tree.plant(raws, self._belongs)
        self.facts = Facts()
        self.closings = judging.Closings()
        self.sound = 0
        self.founding = next((entry.act for entry in self.tree.entries if isinstance(entry.act, SpaceFounded)), None)
        self.standings: dict[str, Standing] = dict.fromkeys(unfit, Standing.BAD)
        self.standings.update(dict.fromkeys(self.tree.waiting, Standing.WAITING))
        self._judge()
        self._close_units()
        shaken = any(chain.judged.sound != chain.judged.counted for chain in chains.values())
        self.counted = judging.counting(self.tree, self.sound, self.closings, self._still_may, shaken=shaken)
        for place in places(self.sound):
            counts = self.counted >> place & 1
            self.standings[self.tree.entries[place].id] = Standing.OK if counts else Standing.LATE

    # -- what is asked of a set of places

    def first(self, at: Iterable[int], seen: int) -> int | None:
        return next((place for place in at if seen >> place & 1), None)

    def units(self, seen: int) -> dict[str, SpaceUnit]:
        """The member units by id: admitted and not removed."""
        found: dict[str, SpaceUnit] = {}
        for unit, at in self.facts.admitted.items():
            place = self.first(at, seen)
            if place is not None and self.first(self.facts.removed.get(unit, ()), seen) is None:
                found[unit] = self._card(place, unit)
        return found

    def granted(self, seat: str, seen: int) -> bool:
        """Whether the seat is named in a restricted space."""
        return self.first(self.facts.granted.get(seat, ()), seen) is not None

    def stewards(self, seen: int) -> frozenset[str]:
        """Seats named stewards: of each unit those whose naming no later naming of that unit had seen."""
        found: set[str] = set()
        for at in self.facts.stewards.values():
            held = [place for place in at if seen >> place & 1]
            replaced = 0
            for place in held:
                replaced |= self.tree.before[place]
            found |= {self._steward(place) for place in held if not replaced >> place & 1}
        return frozenset(found)

    def is_frozen(self, tag: str, seen: int) -> bool:
        """Whether a freeze of the tag stands that no unfreezing had seen."""
        thawed = 0
        for place in self.facts.thawed.get(tag, ()):
            thawed |= self.tree.before[place] if seen >> place & 1 else 0
        return any(seen >> place & 1 and not thawed >> place & 1 for place in self.facts.frozen.get(tag, ()))

    def policy(self, seen: int) -> dict[str, str]:
        """The last word on each name, in order of depth and id."""
        acts = [self.act(place, PolicySet) for place in self.facts.policies if seen >> place & 1]
        return {act.name: act.value for act in acts}

    def own_unit(self, place: int) -> tuple[str, tuple[str, ...]]:
        """The signer's unit and the heads of its chain that he had seen; ("", ()) when he names none."""
        chains = self.tree.entries[place].link.chains
        return chains[0] if chains else ("", ())

    def act(self, place: int, kind: type[A]) -> A:
        act = self.tree.entries[place].act
        if not isinstance(act, kind):
            raise TypeError(kind)
        return act

    # -- judging

    def _belongs(self, entry: Entry) -> bool:
        known = entry.act is None or isinstance(entry.act, SPACE_ACTS)
        if isinstance(entry.act, SpaceFounded):
            return entry.link.tree == "" and not entry.link.prev and space_of(entry.raw) == self.space
        return known and entry.link.tree == self.space and bool(entry.link.prev)

    def _judge(self) -> None:
        waiting = 0
        for place, entry in enumerate(self.tree.entries):
            seen = self.tree.before[place]
            if seen & ~self.sound & ~waiting:
                self.standings[entry.id] = Standing.BAD
            elif seen & waiting or not self._chains_held(entry):
                waiting |= 1 << place
                self.standings[entry.id] = Standing.WAITING
            elif self._is_signed(place) and self._may(place, seen, counted=False):
                self.sound |= 1 << place
                self._note(place)
            else:
                self.standings[entry.id] = Standing.BAD

    def _chains_held(self, entry: Entry) -> bool:
        return all(self.chain_at(unit, heads) is not None for unit, heads in entry.link.chains)

    def chain_at(self, unit: str, heads: tuple[str, ...], *, counted: bool = False) -> ChainView | None:
        """A unit's chain at the heads that a signer names; None while it is not held that far."""
        chain = self.chains.get(unit)
        return None if chain is None else chain.at(heads, counted=counted)

    def _is_signed(self, place: int) -> bool:
        entry = self.tree.entries[place]
        view = self.chain_at(*self.own_unit(place))
        request = view.request(entry.link.signer) if view else None
        return request is not None and entry.is_signed(request.sign_key, Domain.CONTROL)

    def _still_may(self, place: int, seen: int) -> bool:
        return self._may(place, seen, counted=True)

    def _may(self, place: int, seen: int, *, counted: bool) -> bool:
        """Whether the signer had the right to this act by what he had seen; `counted`: of it, what counts today."""
        entry = self.tree.entries[place]
        unit, heads = self.own_unit(place)
        view = self.chain_at(unit, heads, counted=counted)
        signer = entry.link.signer
        if view is None or not view.is_active(signer) or self.closings.closed(signer, seen):
            return False
        if isinstance(entry.act, SpaceFounded):
            return view.is_lead(signer) and self._founds(entry, entry.act, unit)
        if unit not in self.units(seen) or self.founding is None:
            return False
        if isinstance(entry.act, SeatClosed) and entry.act.seat == signer:
            return True
        return view.is_lead(signer) and self._lead_may(place, unit, view, seen)

    def _founds(self, entry: Entry, act: SpaceFounded, unit: str) -> bool:
        units = [each.id for each in act.units]
        if unit not in units or len(set(units)) != len(units) or not self._rules_known(entry, act.rules, units):
            return False
        match act.kind:
            case SpaceKind.UNIT:
                return units == [unit] and not act.seats
            case SpaceKind.RESTRICTED:
                return len(set(act.seats)) > 1 and entry.link.signer in act.seats
            case SpaceKind.PARTNERSHIP:
                return len({each.agency for each in act.units}) > 1 and not act.seats
            case _:
                return len(units) > 1 and not act.seats

    def _lead_may(self, place: int, unit: str, view: ChainView, seen: int) -> bool:
        """What a lead of a member unit may do, and what only a steward, or a named seat of a restricted space."""
        entry, kind = self.tree.entries[place], self._kind()
        act, signer = entry.act, entry.link.signer
        steward = signer in self.stewards(seen)
        restricted = kind is SpaceKind.RESTRICTED
        if isinstance(act, SeatClosed | Adopted):
            return view.request(act.seat) is not None or (restricted and steward)
        if restricted and not self.granted(signer, seen):
            return False
        match act:
            case Confirmed():
                return kind is SpaceKind.PARTNERSHIP and self._is_second_agency(unit)
            case UnitRemoved():
                return act.unit in self.units(seen) and (steward or act.unit == unit)
            case StewardNamed():
                return view.is_lead(act.seat) and (not restricted or (steward and self.granted(act.seat, seen)))
            case Erase():
                return (steward or not restricted) and not any(self.is_frozen(tag, seen) for tag in act.tags)
            case Freeze() | Unfreeze():
                return steward or not restricted
            case SpaceKey() | KeyShared():
                return True
            case _:
                return steward and self._steward_may(entry, kind, seen)

    def _steward_may(self, entry: Entry, kind: SpaceKind, seen: int) -> bool:
        match entry.act:
            case UnitAdmitted():
                return kind in _MANY_UNITS
            case SeatGranted() | CaseMoved():
                return kind is SpaceKind.RESTRICTED
            case RulesRaised():
                return self._rules_known(entry, entry.act.version, self.units(seen))
            case AuthorityAnnounced():
                return kind is SpaceKind.PARTNERSHIP
            case _:
                return True

    def _rules_known(self, entry: Entry, version: int, units: Iterable[str]) -> bool:
        """Whether every seat of the space had announced this rule version, in chains that the signer names."""
        if version == 1:
            return True
        named = dict(entry.link.chains)
        for unit in units:
            view = self.chain_at(unit, named[unit]) if unit in named else None
            if view is None or any(view.announced(seat) < version for seat in view.active_seats()):
                return False
        return True

    def _is_second_agency(self, unit: str) -> bool:
        if self.founding is None:
            return False
        agencies = {each.id: each.agency for each in self.founding.units}
        first = self.own_unit(0)[0]
        return unit in agencies and agencies[unit] != agencies.get(first)

    def _kind(self) -> SpaceKind:
        return self.founding.kind if self.founding else SpaceKind.UNIT

    def _card(self, place: int, unit: str) -> SpaceUnit:
        act = self.tree.entries[place].act
        if isinstance(act, UnitAdmitted):
            return act.unit
        return next(each for each in self.act(place, SpaceFounded).units if each.id == unit)

    def _steward(self, place: int) -> str:
        entry = self.tree.entries[place]
        return entry.act.seat if isinstance(entry.act, StewardNamed) else entry.link.signer

    def _note(self, place: int) -> None:
        entry, facts = self.tree.entries[place], self.facts
        unit, _ = self.own_unit(place)
        match entry.act:
            case SpaceFounded() as act:
                for each in act.units:
                    facts.admitted.setdefault(each.id, []).append(place)
                for seat in act.seats:
                    facts.granted.setdefault(seat, []).append(place)
                facts.stewards.setdefault(unit, []).append(place)
            case UnitAdmitted() as act:
                facts.admitted.setdefault(act.unit.id, []).append(place)
            case UnitRemoved() as act:
                facts.removed.setdefault(act.unit, []).append(place)
            case SeatGranted() as act:
                facts.granted.setdefault(act.seat, []).append(place)
            case StewardNamed():
                facts.stewards.setdefault(unit, []).append(place)
            case SeatClosed() as act:
                self.closings.closing.setdefault(act.seat, []).append(place)
            case Adopted() as act:
                self.closings.adopting.setdefault(act.seat, []).append(place)
            case PolicySet():
                facts.policies.append(place)
            case Freeze() | Unfreeze() | Erase() as act:
                table = {Freeze: facts.frozen, Unfreeze: facts.thawed, Erase: facts.erasing}[type(act)]
                for tag in act.tags:
                    table.setdefault(tag, []).append(place)
            case _:
                pass

    def _close_units(self) -> None:
        """A removed unit is all its seats closed, also for what they had put into this tree."""
        for place in places(self.sound):
            unit, _ = self.own_unit(place)
            signer = self.tree.entries[place].link.signer
            known = self.closings.closing.setdefault(signer, [])
            known.extend(each for each in self.facts.removed.get(unit, ()) if each not in known)
            if not known:
                del self.closings.closing[signer]
