"""Ranks for a directed graph that may have cycles: Tarjan's strongly connected components, without recursion."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


def ranks(items: Sequence[Item], needs: Mapping[Item, Sequence[Item]]) -> tuple[dict[Item, int], list[list[Item]]]:
    """A rank for each item, greater than the ranks of what it needs; items of one cycle share theirs.

    Also the cycles: components of more than one item.
    """
    search = _Search(needs)
    for item in items:
        if item not in search.index:
            search.visit(item)
    return search.rank, [component for component in search.components if len(component) > 1]


class _Search(Generic[Item]):
    """Components come out in reverse topological order: what is needed first comes first."""

    def __init__(self, needs: Mapping[Item, Sequence[Item]]) -> None:
        self._needs = needs
        self.index: dict[Item, int] = {}
        self._low: dict[Item, int] = {}
        self._stack: list[Item] = []
        self._on_stack: set[Item] = set()
        self.rank: dict[Item, int] = {}
        self.components: list[list[Item]] = []

    def visit(self, start: Item) -> None:
        work: list[tuple[Item, Iterator[Item]]] = [self._open(start)]
        while work:
            item, waiting = work[-1]
            following = next(waiting, None)
            if following is None:
                work.pop()
                self._close(item)
                if work:
                    self._low[work[-1][0]] = min(self._low[work[-1][0]], self._low[item])
            elif following not in self.index:
                work.append(self._open(following))
            elif following in self._on_stack:
                self._low[item] = min(self._low[item], self.index[following])

    def _open(self, item: Item) -> tuple[Item, Iterator[Item]]:
        self.index[item] = self._low[item] = len(self.index)
        self._stack.append(item)
        self._on_stack.add(item)
        return item, iter(self._needs.get(item, ()))

    def _close(self, item: Item) -> None:
        if self._low[item] != self.index[item]:
            return
        component: list[Item] = []
        while True:
            member = self._stack.pop()
            self._on_stack.discard(member)
            component.append(member)
            if member == item:
                break
        for member in component:
            self.rank[member] = len(self.components)
        self.components.append(component)
