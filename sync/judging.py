"""Closings and what they take back: the rule that chains and control trees share.

A closing of any branch closes. What the closed seat had put into the tree counts only where a closing knew it (it was
built on the entry) or names it; everything else of that seat is late and grants nothing. So a stolen laptop cannot
enrol a seat from an old place in the tree, and a lead's honest acts before his leaving stay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sync.acts import Adopted, SeatClosed, UnitRemoved, prefixes
from sync.keys import ID_DIGITS
from sync.tree import Tree, places

Authorised = Callable[[int, int], bool]
"""(place, set of places that the signer had seen and that count) → whether the entry's signer had the right to it."""


@dataclass
class Closings:
    """Places of the closings of each seat, and of the adoptions for it, among the entries that are not bad."""

    closing: dict[str, list[int]] = field(default_factory=dict)
    adopting: dict[str, list[int]] = field(default_factory=dict)

    def closed(self, seat: str, seen: int) -> bool:
        """Whether a closing of the seat is among the places `seen`."""
        return any(seen >> place & 1 for place in self.closing.get(seat, ()))


def is_late(tree: Tree, place: int, closings: Sequence[int]) -> bool:
    """Whether no closing of the signer of `place` had seen it. Where others closed the seat, its own word on itself
    counts no more: a thief could close the seat and list what he forged.
    """
    signer = tree.entries[place].link.signer
    others = [each for each in closings if tree.entries[each].link.signer != signer]
    decisive = others or closings
    return bool(decisive) and not any(each == place or tree.before[each] >> place & 1 for each in decisive)


def trusted(tree: Tree, seat: str, closings: Closings, counted: int | None = None) -> frozenset[str]:
    """First 32 digits of everything that the lists for a seat name together, of every branch.

    A list by the seat itself counts only while nobody else has closed it, before or after: a thief could close the seat
    first and list what he forged. An adoption counts only among the places `counted` (None: only if it is not late by
    its own signer's closings).
    """
    named: frozenset[str] = frozenset()
    closing = closings.closing.get(seat, ())
    others = any(tree.entries[place].link.signer != seat for place in closing)
    for place in closing:
        act, signer = tree.entries[place].act, tree.entries[place].link.signer
        if isinstance(act, SeatClosed | UnitRemoved) and not (signer == seat and others):
            named |= prefixes(act.cids)
    for place in closings.adopting.get(seat, ()):
        act, signer = tree.entries[place].act, tree.entries[place].link.signer
        late = is_late(tree, place, closings.closing.get(signer, ()))
        if isinstance(act, Adopted) and (not late if counted is None else counted >> place & 1):
            named |= prefixes(act.cids)
    return named


def counting(tree: Tree, sound: int, closings: Closings, authorised: Authorised, *, shaken: bool = False) -> int:
    """The places that count in full among the `sound` ones: not late, and resting on rights that are not late.

    `shaken`: something outside this tree on which rights rest is late.
    """
    late = _late(tree, sound, closings)
    if not late and not shaken:
        return sound
    counted = 0
    for place in places(sound & ~late):
        if authorised(place, tree.before[place] & counted):
            counted |= 1 << place
    return counted


def _late(tree: Tree, sound: int, closings: Closings) -> int:
    by_signer: dict[str, list[int]] = {}
    for place in places(sound):
        by_signer.setdefault(tree.entries[place].link.signer, []).append(place)
    late = 0
    for seat, own in by_signer.items():
        if seat not in closings.closing:
            continue
        named = trusted(tree, seat, closings)
        for place in own:
            if tree.entries[place].id[:ID_DIGITS] not in named and is_late(tree, place, closings.closing[seat]):
                late |= 1 << place
    return late
