"""Judging the entries of one unit's chain: each signer by what he had seen, and the unit at any set of places.

Leaves what the entries come to to `sync.chain`, the rule of closings to `sync.judging`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sync import judging, tree
from sync.acts import (
    CHAIN_ACTS,
    Act,
    Adopted,
    MemberAdded,
    MemberLeft,
    RecoveryAnnounced,
    RolesChanged,
    RulesAnnounced,
    SeatClosed,
    SeatEnrolled,
    UnitFounded,
    UnitKey,
)
from sync.enrolment import EnrolRequest, read_request
from sync.errors import BadEntry
from sync.identity import Role
from sync.keys import SEAL_PUBLIC_SIZES, Domain, key_name
from sync.tree import Entry, Standing, places

A = TypeVar("A", bound=Act)


@dataclass
class Facts:
    """Places of the entries that are not bad, by what they are about."""

    founding: list[int] = field(default_factory=list)
    added: dict[str, list[int]] = field(default_factory=dict)
    roles: dict[str, list[int]] = field(default_factory=dict)
    enrolled: dict[str, list[int]] = field(default_factory=dict)
    left: dict[str, list[int]] = field(default_factory=dict)
    requests: dict[int, EnrolRequest] = field(default_factory=dict)


@dataclass(frozen=True)
class ChainView:
    """The unit as it stands at a set of places: what a signer had seen, or everything that counts."""

    chain: "JudgedChain"
    seen: int

    def first(self, at: Sequence[int]) -> int | None:
        return next((place for place in at if self.seen >> place & 1), None)

    def request(self, seat: str) -> EnrolRequest | None:
        """What the seat signed when it was enrolled; None for a seat that is not enrolled here."""
        place = self.first(self.chain.facts.enrolled.get(seat, ()))
        return None if place is None else self.chain.facts.requests[place]

    def member_of(self, seat: str) -> str:
        """The id of the member whose seat it is; "" when it is not enrolled here."""
        place = self.first(self.chain.facts.enrolled.get(seat, ()))
        return "" if place is None else self.chain.act(place, SeatEnrolled).member

    def roles(self, member: str) -> frozenset[Role]:
        """Of all branches: a change of roles replaces only what its writer had seen."""
        held = [place for place in self.chain.facts.roles.get(member, ()) if self.seen >> place & 1]
        replaced = 0
        for place in held:
            replaced |= self.chain.tree.before[place]
        standing = [self.chain.tree.entries[place].act for place in held if not replaced >> place & 1]
        acts = [act for act in standing if isinstance(act, MemberAdded | RolesChanged)]
        return frozenset(role for act in acts for role in act.roles)

    def has_left(self, member: str) -> bool:
        return self.first(self.chain.facts.left.get(member, ())) is not None

    def is_closed(self, seat: str) -> bool:
        return self.chain.closings.closed(seat, self.seen)

    def is_active(self, seat: str) -> bool:
        """Whether the seat is enrolled, not closed, and its member has not left."""
        member = self.member_of(seat)
        return bool(member) and not self.is_closed(seat) and not self.has_left(member)

    def is_lead(self, seat: str) -> bool:
        return self.is_active(seat) and Role.LEAD in self.roles(self.member_of(seat))

    def announced(self, seat: str) -> int:
        """The newest rule version that the seat said its program knows; 0 for an unknown seat."""
        request = self.request(seat)
        later = [
            act.version
            for place in places(self.seen)
            for entry in (self.chain.tree.entries[place],)
            for act in (entry.act,)
            if isinstance(act, RulesAnnounced) and entry.link.signer == seat
        ]
        return max([request.rules, *later]) if request else 0

    def active_seats(self) -> tuple[str, ...]:
        return tuple(seat for seat in sorted(self.chain.facts.enrolled) if self.is_active(seat))


class JudgedChain:
    """The judging of one chain; `ChainState` is what comes of it."""

    def __init__(self, unit: str, raws: Iterable[bytes]) -> None:
        self.unit = unit
        self.tree, unfit = tree.plant(raws, self._belongs)
        self.facts = Facts()
        self.closings = judging.Closings()
        self.root_key = b""
        self.sound = 0
        self.standings: dict[str, Standing] = dict.fromkeys(unfit, Standing.BAD)
        self.standings.update(dict.fromkeys(self.tree.waiting, Standing.WAITING))
        for place, entry in enumerate(self.tree.entries):
            seen = self.tree.before[place]
            if seen & ~self.sound or not self._is_signed(place) or not self._may(place, seen):
                self.standings[entry.id] = Standing.BAD
            else:
                self.sound |= 1 << place
                self._note(place)
        self._close_members()
        self.counted = judging.counting(self.tree, self.sound, self.closings, self._may)
        for place in places(self.sound):
            counts = self.counted >> place & 1
            self.standings[self.tree.entries[place].id] = Standing.OK if counts else Standing.LATE

    def act(self, place: int, kind: type[A]) -> A:
        act = self.tree.entries[place].act
        if not isinstance(act, kind):
            raise TypeError(kind)
        return act

    def view(self, seen: int) -> ChainView:
        return ChainView(self, seen)

    def _belongs(self, entry: Entry) -> bool:
        founds = isinstance(entry.act, UnitFounded)
        known = entry.act is None or isinstance(entry.act, CHAIN_ACTS)
        return entry.link.tree == self.unit and known and founds == (not entry.link.prev)

    def _is_signed(self, place: int) -> bool:
        entry = self.tree.entries[place]
        if isinstance(entry.act, UnitFounded):
            own = key_name(entry.act.root) == self.unit == entry.link.signer
            self.root_key = entry.act.root if own else self.root_key
            return own and entry.is_signed(entry.act.root, Domain.CHAIN)
        if entry.link.signer == self.unit:
            return entry.is_signed(self.root_key, Domain.CHAIN)
        request = self.view(self.tree.before[place]).request(entry.link.signer)
        return request is not None and entry.is_signed(request.sign_key, Domain.CHAIN)

    def _may(self, place: int, seen: int) -> bool:
        """Whether the signer had the right to this act, by what he had seen (`seen`), and it makes sense there."""
        entry, view = self.tree.entries[place], self.view(seen)
        act, signer = entry.act, entry.link.signer
        if isinstance(act, UnitFounded):
            return True
        if signer == self.unit:
            return not isinstance(act, RulesAnnounced) and self._makes_sense(act, view, signer)
        if not view.is_active(signer):
            return False
        own = isinstance(act, RulesAnnounced) or (isinstance(act, SeatClosed) and act.seat == signer)
        return (own or view.is_lead(signer)) and self._makes_sense(act, view, signer)

    def _makes_sense(self, act: Act | None, view: ChainView, signer: str) -> bool:
        """The rules that need more than the act itself: its member is there, its request is for this unit, its word is
        new (a seat that says the same for ever would fill the chain).
        """
        if isinstance(act, MemberAdded):
            return view.first(self.facts.added.get(act.member, ())) is None
        if isinstance(act, RolesChanged | MemberLeft):
            return view.first(self.facts.added.get(act.member, ())) is not None
        if isinstance(act, SeatEnrolled):
            request = _request(act)
            known = view.first(self.facts.added.get(act.member, ())) is not None and not view.has_left(act.member)
            return known and request is not None and request.unit == self.unit
        if isinstance(act, RulesAnnounced):
            return act.version > view.announced(signer)
        if isinstance(act, UnitKey | RecoveryAnnounced):
            return len(act.public) == SEAL_PUBLIC_SIZES[act.suite]
        return True

    def _note(self, place: int) -> None:
        act, facts = self.tree.entries[place].act, self.facts
        match act:
            case UnitFounded():
                facts.founding.append(place)
            case MemberAdded():
                facts.added.setdefault(act.member, []).append(place)
                facts.roles.setdefault(act.member, []).append(place)
            case RolesChanged():
                facts.roles.setdefault(act.member, []).append(place)
            case MemberLeft():
                facts.left.setdefault(act.member, []).append(place)
            case SeatEnrolled():
                request = read_request(act.request)
                facts.requests[place] = request
                facts.enrolled.setdefault(request.seat_id, []).append(place)
            case SeatClosed():
                self.closings.closing.setdefault(act.seat, []).append(place)
            case Adopted():
                self.closings.adopting.setdefault(act.seat, []).append(place)
            case _:
                pass

    def _close_members(self) -> None:
        """Who left takes all seats along, whichever of the member's enrolments came from whichever branch."""
        for seat, enrolments in self.facts.enrolled.items():
            members = {self.act(place, SeatEnrolled).member for place in enrolments}
            left = [place for member in sorted(members) for place in self.facts.left.get(member, ())]
            if left:
                self.closings.closing.setdefault(seat, []).extend(left)


def _request(act: SeatEnrolled) -> EnrolRequest | None:
    try:
        return read_request(act.request)
    except BadEntry:
        return None
