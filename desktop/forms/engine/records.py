"""The record of a finished form: JSON values by type, in the shape of the form. Leaves XML to `submission`."""

from typing import Any

from desktop.forms.engine.node import InstanceNode
from desktop.forms.engine.presenting import kind_of


def record_of(node: InstanceNode) -> dict[str, Any]:
    """The relevant children of a group; repeats as lists of objects, in order."""
    found: dict[str, Any] = {}
    for child in node.instance_children():
        if not child.relevant:
            continue
        name = child.local
        if child.definition.repeat is not None:
            found.setdefault(name, []).append(record_of(child))
        elif child.is_leaf:
            if kind_of(child) != "note":
                found[name] = _value(child)
        else:
            found[name] = record_of(child)
    return found


def _value(node: InstanceNode) -> Any:
    """None for no answer; numbers as numbers, several choices as a list, all else as text."""
    text = node.text
    if not text:
        return None
    if kind_of(node) in ("select_multiple", "rank"):
        return text.split()
    try:
        if node.definition.bind.type == "int":
            return int(text)
        if node.definition.bind.type == "decimal":
            return float(text)
    except ValueError:
        return text
    return text
