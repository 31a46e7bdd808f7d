"""The tree that expressions read: one node class for form definitions, secondary instances and answers.

Leaves relevance and answers to `desktop.forms.engine.node`, which overrides `string_value`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

DOCUMENT: Final = "document"
ELEMENT: Final = "element"
TEXT: Final = "text"
ATTRIBUTE: Final = "attribute"
COMMENT: Final = "comment"
INSTRUCTION: Final = "processing-instruction"
NAMESPACE: Final = "namespace"


class Node:
    """A node of an XML document. `local` is the name without prefix; `text` holds the value of leaf kinds."""

    __slots__ = ("attributes", "children", "kind", "local", "namespace", "namespaces", "parent", "prefix", "text")

    def __init__(
        self,
        kind: str,
        local: str = "",
        namespace: str = "",
        prefix: str = "",
        text: str = "",
        *,
        parent: Node | None = None,
    ) -> None:
        self.kind = kind
        self.local = local
        self.namespace = namespace
        self.prefix = prefix
        self.text = text
        self.parent: Node | None = parent
        self.children: list[Node] = []
        self.attributes: list[Node] = []
        self.namespaces: dict[str, str] = {}

    def append(self, child: Node) -> None:
        child.parent = self
        self.children.append(child)

    def elements(self) -> Iterator[Node]:
        return (child for child in self.children if child.kind == ELEMENT)

    def named(self, local: str) -> list[Node]:
        """The child nodes of that local name, in document order."""
        return [child for child in self.children if child.local == local]

    def first(self, local: str) -> Node | None:
        """The first child element of that local name."""
        return next((child for child in self.elements() if child.local == local), None)

    def attribute(self, local: str, default: str = "") -> str:
        """The value of the first attribute of that local name, whatever its prefix."""
        return next((item.text for item in self.attributes if item.local == local), default)

    def string_value(self) -> str:
        """XPath's string value: the text of a leaf, or all descendant text in document order."""
        if self.kind in (ELEMENT, DOCUMENT):
            return "".join(child.string_value() for child in self.children if child.kind in (ELEMENT, TEXT))
        return self.text

    def in_scope_namespaces(self) -> dict[str, str]:
        """Prefix to URI, nearest declaration first; an undeclared default namespace is left out."""
        found: dict[str, str] = {}
        node: Node | None = self
        while node is not None:
            for prefix, uri in node.namespaces.items():
                found.setdefault(prefix, uri)
            node = node.parent
        return {prefix: uri for prefix, uri in found.items() if uri}

    def qualified_name(self) -> str:
        return f"{self.prefix}:{self.local}" if self.prefix else self.local

    def root(self) -> Node:
        node = self
        while node.parent is not None:
            node = node.parent
        return node


def walk(node: Node) -> Iterator[Node]:
    """The node and its descendants (without attributes), in document order."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children))


def _index(siblings: list[Node], node: Node) -> int:
    return next(index for index, sibling in enumerate(siblings) if sibling is node)


def order_key(node: Node) -> tuple[int, ...]:
    """A key that sorts nodes of one document in document order: attributes after their element, before its children."""
    key: list[int] = []
    while node.parent is not None:
        parent = node.parent
        if node.kind == NAMESPACE:
            key.append(0)
        elif node.kind == ATTRIBUTE:
            key.append(1 + _index(parent.attributes, node))
        else:
            key.append(1 + len(parent.attributes) + _index(parent.children, node))
        node = parent
    return tuple(reversed(key))


def in_document_order(nodes: list[Node]) -> list[Node]:
    """The distinct nodes, sorted; a list of one is returned as it is."""
    if len(nodes) < 2:
        return nodes
    distinct = list({id(node): node for node in nodes}.values())
    return sorted(distinct, key=order_key) if len(distinct) > 1 else distinct
