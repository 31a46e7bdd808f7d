"""Grows instance nodes from the form's XML. Leaves state and values that need evaluating to propagation."""

from desktop.forms.engine.node import InstanceNode
from desktop.forms.xform.body import RepeatElement
from desktop.forms.xform.model import NodeDefinition, is_template
from desktop.forms.xpath.nodes import ATTRIBUTE, TEXT, Node

MOST_INSTANCES = 1_000  # of one repeat: far above any household, far below what would freeze a laptop
MOST_NODES = 12_000  # of a whole record, where a form counts its entries itself


def grow(definition: NodeDefinition, source: Node) -> InstanceNode:
    """The subtree of an element: its attributes, values, groups, and the repeat instances that are no templates."""
    node = InstanceNode(definition, source)
    for item in definition.attributes:
        written = next((a for a in source.attributes if f"@{a.qualified_name()}" == item.name), None)
        if written is not None:
            leaf = InstanceNode(item, written, ATTRIBUTE)
            leaf.value = leaf.text = written.text
            leaf.parent = node
            node.attributes.append(leaf)
    if definition.is_leaf:
        node.value = node.text = _own_text(source)
        return node
    children = list(source.elements())
    for below in definition.children:
        mine = [child for child in children if child.qualified_name() == below.name]
        for child in mine if below.repeat is None else _instances(below.repeat, mine):
            node.append(grow(below, child))
    return node


def _instances(repeat: RepeatElement, written: list[Node]) -> list[Node]:
    """The instances a repeat begins with: none where a count decides, one of the template where none can be added."""
    if repeat.count is not None:
        return []
    if repeat.fixed and all(is_template(child) for child in written):
        return written
    return [child for child in written if not is_template(child)]


def _own_text(source: Node) -> str:
    return "".join(child.text for child in source.children if child.kind == TEXT)


def place_for(parent: InstanceNode, definition: NodeDefinition) -> int:
    """Where a new instance goes among the parent's children: after its siblings, else where its definition stands."""
    order = {id(child): place for place, child in enumerate(definition.parent.children)} if definition.parent else {}
    mine = order.get(id(definition), 0)
    place = 0
    for index, child in enumerate(parent.instance_children(), start=1):
        if order.get(id(child.definition), 0) <= mine:
            place = index
    return place
