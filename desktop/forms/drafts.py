"""Unfinished answers: kept by reference with the hash of the form they belong to, and put back losslessly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.forms.engine.node import InstanceNode
from desktop.forms.engine.tree import MOST_INSTANCES, grow, place_for

_PART = re.compile(r"/(?:[^/:\[\]]+:)?([^/\[\]]+)(?:\[(\d+)\])?")


@dataclass(frozen=True)
class Draft:
    """`values` maps references to text: every leaf, and every repeat instance (with empty text).

    `unplaced` keeps what fits nowhere in the form it was last opened with. Nothing entered may vanish.
    """

    form_hash: str
    values: Mapping[str, str] = field(default_factory=dict)
    unplaced: Mapping[str, str] = field(default_factory=dict)


def answers_of(top: InstanceNode) -> dict[str, str]:
    """References to values, of all leaves and repeat instances, in document order."""
    found: dict[str, str] = {}
    for node in top.walk():
        if node.definition.repeat is not None or node.is_leaf:
            found[node.reference()] = node.value if node.is_leaf else ""
    return found


def put_back(top: InstanceNode, draft: Draft) -> dict[str, str]:
    """Restores repeat instances and values in a freshly grown tree; returns what fits nowhere.

    Instances the draft does not have are taken out: they were removed by the person.
    """
    kept: set[int] = set()
    unplaced: dict[str, str] = dict(draft.unplaced)
    for reference, value in draft.values.items():
        node = _ensure(top, reference, kept)
        if node is None or (value and not node.is_leaf):
            if value:
                unplaced[reference] = value
        elif node.is_leaf:
            node.value = node.text = value
    for node in list(top.walk()):
        if node.definition.repeat is not None and id(node) not in kept:
            node.detach()
    return unplaced


def _ensure(top: InstanceNode, reference: str, kept: set[int]) -> InstanceNode | None:
    """The node at the reference, with repeat instances grown up to the positions on the way."""
    parts = _PART.findall(reference)
    if not parts or parts[0][0] != top.local:
        return None
    node = top
    for name, position in parts[1:]:
        found = _child(node, name, int(position or 1))
        if found is None:
            return None
        if found.definition.repeat is not None:
            kept.update(id(sibling) for sibling in found.repeat_siblings()[: int(position or 1)])
        node = found
    return node


def _child(node: InstanceNode, name: str, position: int) -> InstanceNode | None:
    if name.startswith("@"):
        found = (a for a in node.attributes if isinstance(a, InstanceNode) and a.local == name[1:].rpartition(":")[2])
        return next(found, None)
    definition = next((d for d in node.definition.children if d.local == name), None)
    if definition is None:
        return None
    present = [child for child in node.instance_children() if child.definition is definition]
    if definition.repeat is None:
        return present[0] if present else None
    while definition.prototype is not None and len(present) < min(position, MOST_INSTANCES):
        present.append(grow(definition, definition.prototype))
        node.insert(place_for(node, definition), present[-1])
    return present[position - 1] if position <= len(present) else None
