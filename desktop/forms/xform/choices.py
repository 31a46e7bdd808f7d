"""The rows of a form's lists that an itemset takes its choices from, whatever filters them."""

from __future__ import annotations

from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xpath.nodes import Node
from desktop.forms.xpath.syntax import Call, Expression, Filter, Literal, Path


def rows_of(form: FormDefinition, nodeset: Expression) -> list[Node] | None:
    """The rows of the list that a nodeset begins at; None where it begins elsewhere."""
    while isinstance(nodeset, Filter):
        nodeset = nodeset.primary
    if isinstance(nodeset, Call) and nodeset.name == "randomize":
        return rows_of(form, nodeset.arguments[0])
    start = nodeset.start if isinstance(nodeset, Path) else nodeset
    while isinstance(start, Filter):
        start = start.primary
    if not isinstance(start, Call) or start.name != "instance" or not isinstance(start.arguments[0], Literal):
        return None
    instance = form.instances.get(start.arguments[0].value)
    return None if instance is None else [row for root in instance.elements() for row in root.elements()]
