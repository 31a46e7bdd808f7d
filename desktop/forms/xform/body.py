"""The body of a form: groups, repeats and controls, as the ODK XForms specification names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from desktop.forms.errors import FormError
from desktop.forms.xform.expressions import expression_of
from desktop.forms.xform.text import TextSource, text_of
from desktop.forms.xpath.nodes import Node
from desktop.forms.xpath.syntax import Expression


@dataclass(slots=True)
class Item:
    """A choice written in place."""

    value: str
    label: TextSource | None


@dataclass(slots=True)
class Itemset:
    """Choices taken from a node-set: an expression for the items, then value and label read in each item."""

    nodeset: Expression
    value: Expression
    label: TextSource | None


@dataclass(slots=True)
class BodyElement:
    """What groups, repeats and controls share. `reference` is an absolute path, empty for a group without one."""

    reference: str
    label: TextSource | None = None
    hint: TextSource | None = None
    appearance: tuple[str, ...] = ()
    children: list[BodyElement] = field(default_factory=list)
    actions: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class GroupElement(BodyElement):
    pass


@dataclass(slots=True)
class RepeatElement(BodyElement):
    """`count` fixes the number of instances; `fixed` allows neither adding nor removing."""

    count: Expression | None = None
    fixed: bool = False


@dataclass(slots=True)
class Control(BodyElement):
    """A question. `parameters` holds the attributes that belong to its kind alone."""

    kind: ClassVar[str] = "input"
    parameters: dict[str, str] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    itemset: Itemset | None = None


@dataclass(slots=True)
class InputControl(Control):
    pass


@dataclass(slots=True)
class SelectControl(Control):
    kind: ClassVar[str] = "select"


@dataclass(slots=True)
class Select1Control(Control):
    kind: ClassVar[str] = "select1"


@dataclass(slots=True)
class RangeControl(Control):
    kind: ClassVar[str] = "range"


@dataclass(slots=True)
class RankControl(Control):
    kind: ClassVar[str] = "rank"


@dataclass(slots=True)
class TriggerControl(Control):
    kind: ClassVar[str] = "trigger"


@dataclass(slots=True)
class UploadControl(Control):
    kind: ClassVar[str] = "upload"


_CONTROLS: dict[str, type[Control]] = {
    "input": InputControl,
    "secret": InputControl,
    "select": SelectControl,
    "select1": Select1Control,
    "range": RangeControl,
    "rank": RankControl,
    "trigger": TriggerControl,
    "upload": UploadControl,
}
_PARAMETERS = (
    "start",
    "end",
    "step",
    "mediatype",
    "rows",
    "accuracyThreshold",
    "incremental",
    "max-pixels",
    "tickInterval",
    "placeholder",
)
ACTIONS = ("setvalue", "setgeopoint", "recordaudio")


def read_body(body: Node | None, base: str = "") -> list[BodyElement]:
    """The top-level elements of the body, in order; relative references are read from `base`."""
    return [] if body is None else _children(body, base)


def every_element(elements: list[BodyElement]) -> Iterator[BodyElement]:
    for element in elements:
        yield element
        yield from every_element(element.children)


def absolute(reference: str, base: str) -> str:
    """A reference as an absolute path; relative ones are read from `base`. Position predicates are left out."""
    path = "".join(piece.rpartition("]")[2] for piece in reference.strip().split("[")).removeprefix("current()/")
    if not path.startswith("/"):
        path = f"{base}/{path}"
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _children(parent: Node, base: str) -> list[BodyElement]:
    found: list[BodyElement] = []
    for node in parent.elements():
        if node.local == "group":
            found.append(_group(node, base))
        elif node.local == "repeat":
            found.append(_repeat(node, base))
        elif node.local in _CONTROLS:
            found.append(_control(node, base))
    return found


def _common(element: BodyElement, node: Node) -> None:
    element.label = text_of(node.first("label"))
    element.hint = text_of(node.first("hint"))
    element.appearance = tuple(node.attribute("appearance").split())
    element.actions = [child for child in node.elements() if child.local in ACTIONS]


def _group(node: Node, base: str) -> BodyElement:
    written = node.attribute("ref") or node.attribute("nodeset")
    group = GroupElement(absolute(written, base) if written else "")
    _common(group, node)
    group.children = _children(node, group.reference or base)
    return group


def _repeat(node: Node, base: str) -> BodyElement:
    count = node.attribute("count")
    repeat = RepeatElement(absolute(node.attribute("nodeset") or node.attribute("ref"), base))
    _common(repeat, node)
    repeat.count = expression_of(count, "jr:count") if count else None
    repeat.fixed = node.attribute("noAddRemove").strip() in ("true()", "true")
    repeat.children = _children(node, repeat.reference)
    return repeat


def _control(node: Node, base: str) -> Control:
    written = node.attribute("ref") or node.attribute("bind")
    control = _CONTROLS[node.local](absolute(written, base) if written else "")
    _common(control, node)
    control.parameters = {item.local: item.text for item in node.attributes if item.local in _PARAMETERS}
    if control.kind == "range":
        _check_range(control)
    if control.kind in ("select", "select1", "rank"):
        control.items = [_item(child) for child in node.elements() if child.local == "item"]
        itemset = node.first("itemset")
        control.itemset = None if itemset is None else _itemset(itemset)
    return control


def _check_range(control: Control) -> None:
    try:
        low, high, step = (float(control.parameters.get(name, "")) for name in ("start", "end", "step"))
    except ValueError as missing:
        raise FormError(
            "range_bounds", "A range question needs start, end and step as numbers.", "Correct its parameters."
        ) from missing
    if step == 0 or low == high:
        raise FormError(
            "range_bounds", "A range question needs a step and two different ends.", "Correct its parameters."
        )


def _item(node: Node) -> Item:
    value = node.first("value")
    return Item("" if value is None else value.string_value().strip(), text_of(node.first("label")))


def _itemset(node: Node) -> Itemset:
    value, label = node.first("value"), node.first("label")
    value_reference = value.attribute("ref") if value is not None else ""
    return Itemset(
        expression_of(node.attribute("nodeset"), "itemset"),
        expression_of(value_reference or "name", "itemset value"),
        text_of(label),
    )
