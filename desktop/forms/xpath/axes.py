"""The axes of a location path and the tests on a node. Leaves predicates and ordering to `paths`."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from desktop.forms.xpath.nodes import ATTRIBUTE, DOCUMENT, ELEMENT, NAMESPACE, Node, walk
from desktop.forms.xpath.syntax import KindTest, NameTest

Axis = Callable[[Node], Iterable[Node]]
REVERSE = frozenset({"ancestor", "ancestor-or-self", "preceding", "preceding-sibling"})


def _ancestors(node: Node) -> Iterator[Node]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _siblings_after(node: Node) -> Iterator[Node]:
    if node.parent is None or node.kind in (ATTRIBUTE, NAMESPACE):
        return
    seen = False
    for sibling in node.parent.children:
        if seen:
            yield sibling
        seen = seen or sibling is node


def _siblings_before(node: Node) -> list[Node]:
    if node.parent is None or node.kind in (ATTRIBUTE, NAMESPACE):
        return []
    before: list[Node] = []
    for sibling in node.parent.children:
        if sibling is node:
            break
        before.append(sibling)
    return before[::-1]


def _following(node: Node) -> Iterator[Node]:
    if node.kind in (ATTRIBUTE, NAMESPACE) and node.parent is not None:
        for child in node.parent.children:
            yield from walk(child)
        node = node.parent
    current: Node | None = node
    while current is not None:
        for sibling in _siblings_after(current):
            yield from walk(sibling)
        current = current.parent


def _preceding(node: Node) -> Iterator[Node]:
    current: Node | None = node.parent if node.kind in (ATTRIBUTE, NAMESPACE) else node
    while current is not None:
        for sibling in _siblings_before(current):
            yield from reversed(list(walk(sibling)))
        current = current.parent


def _namespaces(node: Node) -> list[Node]:
    if node.kind != ELEMENT:
        return []
    scope = {"xml": "http://www.w3.org/XML/1998/namespace", **node.in_scope_namespaces()}
    return [Node(NAMESPACE, prefix, text=uri, parent=node) for prefix, uri in scope.items()]


def _descendants(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield from walk(child)


AXES: Mapping[str, Axis] = {
    "ancestor": _ancestors,
    "ancestor-or-self": lambda node: (node, *_ancestors(node)),
    "attribute": lambda node: node.attributes,
    "child": lambda node: node.children,
    "descendant": _descendants,
    "descendant-or-self": walk,
    "following": _following,
    "following-sibling": _siblings_after,
    "namespace": _namespaces,
    "parent": lambda node: () if node.parent is None else (node.parent,),
    "preceding": _preceding,
    "preceding-sibling": _siblings_before,
    "self": lambda node: (node,),
}


def node_test(axis: str, test: NameTest | KindTest, namespaces: Mapping[str, str]) -> Callable[[Node], bool]:
    """A predicate for the test on that axis, whose principal kind is attribute, namespace or element.

    A name without prefix matches names without prefix: in a form the default namespace is not written.
    """
    if isinstance(test, KindTest):
        return _kind_test(test)
    kind = {"attribute": ATTRIBUTE, "namespace": NAMESPACE}.get(axis, ELEMENT)
    local, prefix = test.local, test.prefix
    if not prefix:
        if local == "*":
            return lambda node: node.kind == kind
        return lambda node: node.local == local and node.kind == kind and not node.prefix
    uri = namespaces.get(prefix)

    def matches(node: Node) -> bool:
        return (
            node.kind == kind
            and local in ("*", node.local)
            and (node.namespace == uri if uri is not None else node.prefix == prefix)
        )

    return matches


def _kind_test(test: KindTest) -> Callable[[Node], bool]:
    if test.kind == "node":
        return lambda node: node.kind != ""
    if test.kind == "processing-instruction":
        return lambda node: node.kind == test.kind and test.target in ("", node.local)
    return lambda node: node.kind == test.kind


def document_of(node: Node) -> Node:
    """The document node, or the topmost node where the tree has none."""
    current = node
    while current.parent is not None and current.kind != DOCUMENT:
        current = current.parent
    return current
