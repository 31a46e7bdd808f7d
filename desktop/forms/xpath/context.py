"""What an expression may ask of the world while it is evaluated. Leaves answering to the engine (or to a test)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Protocol

from desktop.forms.xpath.nodes import Node
from desktop.forms.xpath.values import Value


class Host(Protocol):
    """The surroundings of an evaluation: the document, the clock, the dice, the texts. All of it injected."""

    @property
    def root(self) -> Node:
        """The node whose children absolute paths begin at."""

    @property
    def zone(self) -> tzinfo: ...

    @property
    def namespaces(self) -> Mapping[str, str]: ...

    def now(self) -> datetime: ...

    def uuid(self) -> str: ...

    def random(self) -> float: ...

    def lineage(self, node: Node) -> Sequence[Node]:
        """From the root element down to the node where absolute paths keep to its repeat instances, else empty."""

    def instance(self, name: str) -> Node | None:
        """The root element's parent of a secondary instance; None reads as an empty node-set."""

    def itext(self, name: str) -> str:
        """The text of that id in the language in use."""

    def choice_label(self, value: str, reference: str, context: Node) -> str:
        """The label of a choice of the select at `reference`, in the language in use."""

    def warn(self, code: str) -> None:
        """Note something an author should know; each code is kept once."""

    def spend(self, nodes: int) -> None:
        """So many nodes were looked at. Raises XPathError where an expression looks at more than any form needs."""


@dataclass(slots=True)
class Context:
    """Where an expression stands: the node with its place in the set, and `origin`, what current() means."""

    node: Node
    host: Host
    origin: Node
    position: int = 1
    size: int = 1


Compiled = Callable[[Context], Value]


@dataclass
class PlainHost:
    """A host over one document with a fixed clock: for definitions, lint and tests."""

    root: Node
    zone: tzinfo
    clock: Callable[[], datetime]
    dice: Callable[[], float] = lambda: 0.5
    ids: Callable[[], str] = lambda: "00000000-0000-4000-8000-000000000000"
    namespaces: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, Node] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.clock()

    def uuid(self) -> str:
        return self.ids()

    def random(self) -> float:
        return self.dice()

    def lineage(self, node: Node) -> Sequence[Node]:  # noqa: ARG002  no repeats here
        return ()

    def instance(self, name: str) -> Node | None:
        return self.instances.get(name)

    def itext(self, name: str) -> str:
        return self.texts.get(name, "")

    def choice_label(self, value: str, reference: str, context: Node) -> str:  # noqa: ARG002  no selects here
        return value

    def warn(self, code: str) -> None:
        """Nobody to tell."""

    def spend(self, nodes: int) -> None:
        """Nobody waits."""
