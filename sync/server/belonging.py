"""Members as the signed chains and control trees say: stored, folded, followed as other workers add to them.

The server verifies and stores; who belongs is the fold's word (`sync.partnership`), the same that every laptop comes
to. Leaves rows to the storage and endpoints to `sync.server.tree_routes`.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from sync.envelope import parse
from sync.identity import Seat
from sync.partnership import Partnership
from sync.protocol import MAX_PAGE_BYTES, ItemResult, ItemStatus, TreeHead, TreeKind
from sync.server.blobs import Blobs
from sync.server.storage.contract import Storage, StorageBusy

MOST_TRIES = 5
"""So often is a push judged anew because another one was quicker."""


@dataclass(frozen=True)
class _Named:
    """What one seat is told of the trees."""

    controls: Mapping[str, str]
    chains: tuple[TreeHead, ...]


class TreeMembers:
    """Implements `sync.server.membership.Members`. Safe from any thread; `refresh` when another may have written."""

    def __init__(self, storage: Storage, blobs: Blobs) -> None:
        self._storage = storage
        self._blobs = blobs
        self._one = threading.Lock()
        self._held: dict[str, int] = {}
        self._spaces: tuple[str, ...] = ()
        self._named: dict[str, _Named] = {}
        self.now = Partnership()
        self.refresh()

    def refresh(self) -> None:
        """Take in what was added to the trees, and carry out the erasures that follow."""
        with self._one:
            grown = [each for each in self._storage.trees() if each.entries != self._held.get(each.tree, 0)]
            if not grown:
                return
            before, now = self.now, self.now
            for kind in TreeKind:  # chains first: control trees are judged by them
                for each in grown:
                    if each.kind is kind:
                        now, _, _ = now.take(kind, each.tree, self._entries(each.tree))
            self._follow(before, now)
            self.now = now
            self._named = {}  # after `now`: who filled the old one meanwhile fills nothing that is kept
            self._held |= {each.tree: each.entries for each in grown}

    def push(self, kind: TreeKind, tree: str, raws: Sequence[bytes]) -> tuple[ItemResult, ...]:
        """Judge and store; the answer to each entry. Raises `StorageBusy` when others are quicker all the time."""
        for _ in range(MOST_TRIES):
            self.refresh()
            held = self._held.get(tree, 0)
            _, results, new = self.now.take(kind, tree, raws)
            if not new:
                return results
            if self._storage.add_to_tree(kind, tree, held, new):
                self.refresh()
                numbers = iter(range(held + 1, held + 1 + len(new)))
                return tuple(
                    msgspec.structs.replace(each, seq=next(numbers)) if each.status is ItemStatus.OK else each
                    for each in results
                )
        raise StorageBusy

    def seat(self, seat_id: str) -> Seat | None:
        return self.now.seat(seat_id)

    def seats(self) -> Sequence[str]:
        return sorted(seat for chain in self.now.chains.values() for seat in chain.active)

    def unit_of(self, seat_id: str) -> str:
        seat = self.now.seat(seat_id)
        return seat.unit if seat else ""

    def spaces(self) -> Sequence[str]:
        return self._spaces

    def spaces_of(self, seat_id: str) -> Sequence[str]:
        return self.now.spaces_of(seat_id)

    def controls_for(self, seat_id: str) -> Mapping[str, str]:
        return self._names(seat_id).controls

    def chains_for(self, seat_id: str) -> tuple[TreeHead, ...]:
        return self._names(seat_id).chains

    def _names(self, seat_id: str) -> "_Named":
        """Asked at every wake of every long poll, and the same until a tree grows."""
        named = self._named
        if seat_id not in named:
            now, spaces = self.now, self._spaces
            own = frozenset(now.spaces_of(seat_id))
            controls = {
                space: now.controls[space].name
                for space in spaces
                if space in own or now.may_read_control(seat_id, space)
            }
            chains = tuple(TreeHead(unit, now.chains[unit].name) for unit in now.chains_for(seat_id))
            named[seat_id] = _Named(controls, chains)
        return named[seat_id]

    def _entries(self, tree: str) -> list[bytes]:
        raws: list[bytes] = []
        after = self._held.get(tree, 0)
        while True:
            part = self._storage.read_tree(tree, after, MAX_PAGE_BYTES, 1000)
            raws += part.entries
            after += len(part.entries)
            if after >= part.total:
                return raws

    def _follow(self, before: Partnership, now: Partnership) -> None:
        """What the database does about a new state: a log for each new space, nothing left of what is erased."""
        standing = {space for space, control in now.controls.items() if control.founding is not None}
        self._storage.add_spaces(sorted(standing - set(self._spaces)))
        self._spaces = tuple(sorted(standing))
        for space, control in now.controls.items():
            known = before.controls.get(space)
            tags = control.erased - (known.erased if known else frozenset())
            if tags and space in standing:
                taken = self._storage.erase(space, sorted(tags))
                self._blobs.erase(space, frozenset(blob for raw in taken for blob in parse(raw).blobs))
