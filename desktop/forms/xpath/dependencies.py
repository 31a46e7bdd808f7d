"""Which nodes an expression reads, found without evaluating it: references from a place to generic paths.

JavaRosa's idea: a static graph over generic paths. A reference also says how far up it climbs before it goes down
(`anchor`): what is read below a repeat instance without leaving it concerns that instance alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from desktop.forms.xpath.functions.table import FUNCTIONS
from desktop.forms.xpath.syntax import (
    Binary,
    Call,
    Expression,
    Filter,
    KindTest,
    Literal,
    NameTest,
    Negate,
    Number,
    Path,
    Step,
)


class Place(Protocol):
    """A generic path, as this walk needs it. `desktop.forms.xform.model.NodeDefinition` is one."""

    local: str


PlaceT = TypeVar("PlaceT", bound=Place)


class Places(Protocol[PlaceT]):
    """How to move between places."""

    root: PlaceT

    def parent(self, place: PlaceT) -> PlaceT | None: ...

    def children(self, place: PlaceT) -> Iterable[PlaceT]: ...

    def attributes(self, place: PlaceT) -> Iterable[PlaceT]: ...

    def descendants(self, place: PlaceT) -> Iterable[PlaceT]:
        """The place itself and all below it."""


@dataclass(frozen=True, slots=True)
class Reference(Generic[PlaceT]):
    """`target` is read; `anchor` is the highest place climbed to. `structure`: only how many there are, and where."""

    target: PlaceT
    anchor: PlaceT
    structure: bool = False


@dataclass
class Reads(Generic[PlaceT]):
    """All that an expression reads. `choice_paths` are the arguments of jr:choice-name, read by the caller."""

    references: dict[Reference[PlaceT], None] = field(default_factory=dict)
    calls: set[str] = field(default_factory=set)
    choice_paths: list[tuple[str, PlaceT]] = field(default_factory=list)
    itext_ids: list[str] = field(default_factory=list)

    @property
    def pure(self) -> bool:
        return all(FUNCTIONS[name].pure for name in self.calls if name in FUNCTIONS)


_Scope = tuple[PlaceT | None, PlaceT]
_COUNTING = frozenset({"count", "position"})


class Walk(Generic[PlaceT]):
    """One walk over an expression standing at `origin`."""

    def __init__(self, places: Places[PlaceT], origin: PlaceT, reads: Reads[PlaceT] | None = None) -> None:
        self._places = places
        self._origin = origin
        self.reads: Reads[PlaceT] = reads if reads is not None else Reads()

    def read(self, expression: Expression) -> Reads[PlaceT]:
        """All references of the expression."""
        self._visit(expression, [(self._origin, self._origin)])
        return self.reads

    def places(self, path: Path) -> list[PlaceT]:
        """Where a path leads in this document; empty where it leads nowhere, or into another document."""
        return [place for place, _anchor in self._resolve(path, [(self._origin, self._origin)]) if place is not None]

    def _visit(self, expression: Expression, scopes: list[_Scope[PlaceT]], *, structure: bool = False) -> None:
        if isinstance(expression, Number | Literal):
            return
        if isinstance(expression, Binary):
            self._visit(expression.left, scopes)
            self._visit(expression.right, scopes)
        elif isinstance(expression, Negate):
            self._visit(expression.operand, scopes)
        elif isinstance(expression, Call) and expression.name not in ("current", "instance"):
            self._call(expression, scopes)
        else:
            for place, anchor in self._resolve(expression, scopes):
                if place is not None:
                    self.reads.references[Reference(place, anchor, structure)] = None

    def _call(self, call: Call, scopes: list[_Scope[PlaceT]]) -> None:
        self.reads.calls.add(call.name)
        if call.name == "jr:choice-name" and len(call.arguments) == 2 and isinstance(call.arguments[1], Literal):
            self.reads.choice_paths.append((call.arguments[1].value, self._origin))
        if call.name == "jr:itext" and call.arguments and isinstance(call.arguments[0], Literal):
            self.reads.itext_ids.append(call.arguments[0].value)
        for index, argument in enumerate(call.arguments):
            counting = call.name in _COUNTING or (call.name == "indexed-repeat" and index % 2 == 1)
            self._visit(argument, scopes, structure=counting)

    def _resolve(self, expression: Expression, scopes: list[_Scope[PlaceT]]) -> list[_Scope[PlaceT]]:
        """The places a node-set expression leads to; empty for places of other documents."""
        if isinstance(expression, Path):
            found: list[_Scope[PlaceT]] = scopes
            if expression.absolute:
                found = [(None, self._places.root)]
            elif expression.start is not None:
                found = self._resolve(expression.start, scopes)
            for step in expression.steps:
                found = self._step(step, found)
            return found
        if isinstance(expression, Filter):
            found = self._resolve(expression.primary, scopes)
            for predicate in expression.predicates:
                self._visit(predicate, found)
            return found
        if isinstance(expression, Call):
            return self._node_call(expression, scopes)
        if isinstance(expression, Binary) and expression.operator == "|":
            return [*self._resolve(expression.left, scopes), *self._resolve(expression.right, scopes)]
        self._visit(expression, scopes)
        return []

    def _node_call(self, call: Call, scopes: list[_Scope[PlaceT]]) -> list[_Scope[PlaceT]]:
        if call.name == "current":
            return [(self._origin, self._origin)]
        if call.name in ("indexed-repeat", "randomize") and call.arguments:
            for argument in call.arguments[1:]:
                self._visit(argument, scopes, structure=True)
            self.reads.calls.add(call.name)
            return self._resolve(call.arguments[0], scopes)
        self._call(call, scopes)
        return []

    def _step(self, step: Step, scopes: list[_Scope[PlaceT]]) -> list[_Scope[PlaceT]]:
        found: dict[tuple[int, int], _Scope[PlaceT]] = {}
        for scope in scopes:
            above, anchor = scope
            if above is not None and step.axis == "child" and isinstance(step.test, NameTest):  # nearly every step
                for child in self._places.children(above):
                    if step.test.local in ("*", child.local):
                        found[id(child), id(anchor)] = (child, anchor)
                continue
            for place, anchor in self._move(step, scope):
                if self._fits(step, place):
                    found[id(place), id(anchor)] = (place, anchor)
        result = list(found.values())
        for predicate in step.predicates:
            self._visit(predicate, result)
        return result

    def _move(self, step: Step, scope: _Scope[PlaceT]) -> Iterator[_Scope[PlaceT]]:
        place, anchor = scope
        places = self._places
        if place is None:
            if step.axis == "child":
                yield places.root, places.root
            elif step.axis.startswith("descendant"):
                yield from ((below, places.root) for below in places.descendants(places.root))
                yield None, places.root
        elif step.axis == "self":
            yield scope
        elif step.axis == "child":
            yield from ((child, anchor) for child in places.children(place))
        elif step.axis == "attribute":
            yield from ((item, anchor) for item in places.attributes(place))
        elif step.axis == "parent":
            above = places.parent(place)
            if above is not None:
                yield above, self._higher(above, anchor)
        elif step.axis.startswith("descendant"):
            yield from ((below, anchor) for below in places.descendants(place))
        else:
            yield from ((other, places.root) for other in places.descendants(places.root))

    def _higher(self, first: PlaceT, second: PlaceT) -> PlaceT:
        return first if self._depth_of(first) < self._depth_of(second) else second

    def _depth_of(self, place: PlaceT) -> int:
        depth = 0
        above = self._places.parent(place)
        while above is not None:
            depth, above = depth + 1, self._places.parent(above)
        return depth

    @staticmethod
    def _fits(step: Step, place: PlaceT | None) -> bool:
        if isinstance(step.test, KindTest):
            return step.test.kind == "node"
        return place is not None and isinstance(step.test, NameTest) and step.test.local in ("*", place.local)
