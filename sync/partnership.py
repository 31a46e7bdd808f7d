"""All chains and control trees that one place holds, folded together: what a server needs of them, and no more.

A value: taking entries gives a new one. A server keeps the bytes and asks here whom to serve; it decides nothing that
a laptop would not find out for itself. Leaves storing and routes to `sync.server`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sync.belonging import readers
from sync.chain import ChainState, fold_chain
from sync.control_state import ControlState, fold_control
from sync.errors import BadEntry
from sync.identity import Seat
from sync.protocol import ItemResult, ItemStatus, TreeKind
from sync.tree import MAX_ENTRIES, Standing, entry_id, parse

BAD, WAITING, FULL = "control.bad", "control.waiting", "control.full"

_KEPT = {Standing.OK, Standing.LATE}


@dataclass(frozen=True)
class Partnership:
    """Chains by unit, control trees by space, in one consistent fold."""

    chains: Mapping[str, ChainState] = field(default_factory=dict)
    controls: Mapping[str, ControlState] = field(default_factory=dict)

    @classmethod
    def of(cls, chains: Mapping[str, Iterable[bytes]], controls: Mapping[str, Iterable[bytes]]) -> "Partnership":
        """From stored entries, by unit and by space."""
        folded = {unit: fold_chain(unit, raws) for unit, raws in chains.items()}
        return cls(folded, {space: fold_control(space, raws, folded) for space, raws in controls.items()})

    def name(self, kind: TreeKind, tree: str) -> str:
        """The name of what a tree comes to; "" for one that is not held."""
        held = self._held(kind, tree)
        return held.name if held else ""

    def take(
        self, kind: TreeKind, tree: str, raws: Sequence[bytes]
    ) -> tuple["Partnership", tuple[ItemResult, ...], tuple[bytes, ...]]:
        """The partnership with these entries, the answer to each (without numbers), and those to store, in order.

        Rejected: control.bad, control.waiting (its parents or chains first), control.full, and the codes of form. A
        tree that does not stand with them is not begun.
        """
        held = self._held(kind, tree)
        known = {entry_id(raw): raw for raw in held.raws()} if held else {}
        after = self._fold(kind, tree, (*known.values(), *raws))
        results: list[ItemResult] = []
        new: dict[str, bytes] = {}
        for raw in raws:
            each = entry_id(raw)
            code = _fault(raw, after.standings.get(each))
            if each in known or each in new:
                results.append(ItemResult(each, ItemStatus.DUP))
            elif code or len(known) + len(new) >= MAX_ENTRIES:
                results.append(ItemResult(each, ItemStatus.REJECTED, code or FULL))
            else:
                new[each] = raw
                results.append(ItemResult(each, ItemStatus.OK))
        if not new:
            return self, tuple(results), ()
        return self._with(kind, tree, (*known.values(), *new.values())), tuple(results), tuple(new.values())

    def seat(self, seat: str) -> Seat | None:
        """An enrolled seat that is not closed; None also for one that has bound itself to two units."""
        found = [chain.seats[seat] for chain in self.chains.values() if seat in chain.active]
        return found[0] if len(found) == 1 else None

    def spaces_of(self, seat: str) -> tuple[str, ...]:
        """The spaces that a seat may read, ascending."""
        return self._spaces_by_seat.get(seat, ())

    def may_read_control(self, seat: str, space: str) -> bool:
        """Whether a control tree is shown to a seat: any seat of its units, also before a partnership is confirmed."""
        control, own = self.controls.get(space), self.seat(seat)
        return control is not None and own is not None and own.unit in control.units

    def chains_for(self, seat: str) -> tuple[str, ...]:
        """The units whose chains a seat needs: its own and those of every space of its unit, removed ones too."""
        own = self.seat(seat)
        if own is None:
            return ()
        spaces = [control for control in self.controls.values() if own.unit in control.units]
        units = {own.unit}.union(*(control.units.keys() | control.removed.keys() for control in spaces))
        return tuple(sorted(units & self.chains.keys()))

    @cached_property
    def _spaces_by_seat(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for space, control in sorted(self.controls.items()):
            for seat in readers(control, self.chains):
                found.setdefault(seat, []).append(space)
        return {seat: tuple(spaces) for seat, spaces in found.items()}

    def _held(self, kind: TreeKind, tree: str) -> ChainState | ControlState | None:
        return self.chains.get(tree) if kind is TreeKind.UNIT else self.controls.get(tree)

    def _fold(self, kind: TreeKind, tree: str, raws: Iterable[bytes]) -> ChainState | ControlState:
        return fold_chain(tree, raws) if kind is TreeKind.UNIT else fold_control(tree, raws, self.chains)

    def _with(self, kind: TreeKind, tree: str, raws: Sequence[bytes]) -> "Partnership":
        if kind is TreeKind.SPACE:
            return replace(self, controls={**self.controls, tree: fold_control(tree, raws, self.chains)})
        chains = {**self.chains, tree: fold_chain(tree, raws)}
        moved = {
            space: fold_control(space, control.raws(), chains) if _rests_on(control, tree) else control
            for space, control in self.controls.items()
        }
        return Partnership(chains, moved)


def _rests_on(control: ControlState, unit: str) -> bool:
    """Whether the chain of a unit bears on a space: any entry of which a signer named it."""
    named = (chains for entry in control.judged.tree.entries for chains, _ in entry.link.chains)
    return unit in control.units or unit in control.removed or unit in named


def _fault(raw: bytes, standing: Standing | None) -> str:
    """Why an entry is not taken; "" if it is."""
    try:
        parse(raw)
    except BadEntry as error:
        return error.code
    if standing in _KEPT:
        return ""
    return WAITING if standing is Standing.WAITING else BAD
