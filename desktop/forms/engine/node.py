"""The nodes of a form being answered: an answer, its state, and the tree that expressions walk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from desktop.forms.xform.model import NodeDefinition
from desktop.forms.xpath.nodes import ELEMENT, Node


class InstanceNode(Node):
    """`value` is what was entered or calculated and is never lost; `text` is what expressions read.

    A node that is not relevant reads as empty. `relevant` and `readonly` include what is inherited. `calculated` is
    the last result of its calculation. `offered` holds the values of the choices on offer, for selects whose answers
    follow them.
    """

    __slots__ = (
        "attached",
        "by_name",
        "calculated",
        "constraint_ok",
        "definition",
        "offered",
        "own_readonly",
        "own_relevant",
        "readonly",
        "relevant",
        "required",
        "value",
    )

    def __init__(self, definition: NodeDefinition, source: Node, kind: str = ELEMENT) -> None:
        super().__init__(kind, source.local, source.namespace, source.prefix)
        self.definition = definition
        self.namespaces = source.namespaces
        self.value = ""
        self.relevant = self.own_relevant = True
        self.readonly = self.own_readonly = False
        self.required = False
        self.constraint_ok = True
        self.attached = True
        self.offered: frozenset[str] | None = None
        self.calculated: str | None = None
        self.by_name: dict[str, list[Node]] | None = None

    @property
    def is_leaf(self) -> bool:
        return self.definition.is_leaf

    def string_value(self) -> str:
        if self.definition.is_leaf:
            return self.text
        return "".join(child.string_value() for child in self.children)

    def named(self, local: str) -> list[Node]:
        index = self.by_name
        if index is None:
            index = self.by_name = {}
            for child in self.children:
                index.setdefault(child.local, []).append(child)
        return index.get(local, [])

    def insert(self, place: int, child: InstanceNode) -> None:
        child.parent = self
        self.children.insert(place, child)
        self.by_name = None

    def insert_after(self, last: InstanceNode, child: InstanceNode) -> None:
        """Puts an instance after the last one of its repeat; the index of names is kept: entries come in hundreds."""
        child.parent = self
        self.children.insert(self.children.index(last) + 1, child)
        if self.by_name is not None:
            self.by_name[child.local].append(child)

    def append(self, child: Node) -> None:
        super().append(child)
        self.by_name = None

    def detach(self) -> None:
        """Takes the node out of its parent's children; the way up stays, so that readers can still be found."""
        parent = self.parent
        if isinstance(parent, InstanceNode):
            parent.children = [child for child in parent.children if child is not self]
            parent.by_name = None
        for node in self.walk():
            node.attached = False

    def instance_children(self) -> Iterator[InstanceNode]:
        return (child for child in self.children if isinstance(child, InstanceNode))

    def instances_of(self, definition: NodeDefinition) -> list[InstanceNode]:
        """The children of that definition, in order. Children of one name are of one definition but for prefixes."""
        named = self.named(definition.local)
        ends = {id(child.definition) for child in (*named[:1], *named[-1:]) if isinstance(child, InstanceNode)}
        if ends == {id(definition)}:
            return cast("list[InstanceNode]", named)
        return [child for child in named if isinstance(child, InstanceNode) and child.definition is definition]

    def walk(self) -> Iterator[InstanceNode]:
        """The node, its attributes, and all below, in document order."""
        yield self
        for item in self.attributes:
            if isinstance(item, InstanceNode):
                yield item
        for child in self.instance_children():
            yield from child.walk()

    def up_to(self, definition: NodeDefinition) -> InstanceNode | None:
        """The nearest of the node and its ancestors that is an instance of the definition."""
        node: Node | None = self
        while isinstance(node, InstanceNode):
            if node.definition is definition:
                return node
            node = node.parent
        return None

    def repeat_siblings(self) -> list[InstanceNode]:
        """All instances of the repeat that this node is one of, in order."""
        parent = self.parent
        if not isinstance(parent, InstanceNode):
            return [self]
        return parent.instances_of(self.definition)

    def reference(self) -> str:
        """The absolute path with 1-based positions on repeat instances."""
        parts: list[str] = []
        node: Node | None = self
        while isinstance(node, InstanceNode):
            name = node.definition.name
            if node.definition.repeat is not None:
                siblings = node.repeat_siblings()
                place = siblings.index(node) + 1 if node in siblings else 0
                name = f"{name}[{place}]"
            parts.append(name)
            node = node.parent
        return "/" + "/".join(reversed(parts))


def is_single(node: InstanceNode) -> bool:
    """Whether the answer is one choice, which may hold spaces, and not a list of several."""
    control = node.definition.control
    return control is not None and control.kind == "select1"
