"""The model: one NodeDefinition per generic path of the primary instance, its binds, its actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from desktop.forms.errors import FormError
from desktop.forms.xform.bind import BindDefinition, read_bind
from desktop.forms.xform.body import ACTIONS, BodyElement, Control, RepeatElement, absolute, every_element
from desktop.forms.xform.expressions import expression_of
from desktop.forms.xpath.nodes import ELEMENT, Node
from desktop.forms.xpath.syntax import Expression, Literal

OPENROSA = "http://openrosa.org/xforms"
EVENTS = frozenset({"odk-instance-load", "odk-instance-first-load", "odk-new-repeat", "xforms-value-changed"})


@dataclass(frozen=True, slots=True, eq=False)
class SetValueAction:
    """On one of `events`, `target` takes the value. `source` is the question whose change sets it off."""

    events: frozenset[str]
    target: NodeDefinition
    value: Expression
    source: NodeDefinition | None
    repeat: NodeDefinition | None


@dataclass(slots=True, eq=False)
class NodeDefinition:
    """A node of the primary instance at a generic path (`/data/children/name`, attributes as `@name`).

    `place` counts definitions in document order. `prototype` is the XML a new repeat instance starts from, `defaults`
    the instances that the form itself has. `is_repeated`: it is a repeat or inside one.
    """

    name: str
    local: str
    path: str
    parent: NodeDefinition | None
    place: int = 0
    children: list[NodeDefinition] = field(default_factory=list)
    attributes: list[NodeDefinition] = field(default_factory=list)
    bind: BindDefinition = field(default_factory=BindDefinition)
    element: BodyElement | None = None
    repeat: RepeatElement | None = None
    prototype: Node | None = None
    defaults: list[Node] = field(default_factory=list)
    actions: list[SetValueAction] = field(default_factory=list)
    repeat_actions: list[SetValueAction] = field(default_factory=list)
    itemset_labels: frozenset[str] = frozenset()
    is_repeated: bool = False

    @property
    def is_leaf(self) -> bool:
        return not self.children

    @property
    def control(self) -> Control | None:
        return self.element if isinstance(self.element, Control) else None

    def named(self, local: str) -> Iterator[NodeDefinition]:
        return (child for child in self.children if child.local == local)

    def walk(self) -> Iterator[NodeDefinition]:
        yield self
        yield from self.attributes
        for child in self.children:
            yield from child.walk()

    def ancestors(self) -> Iterator[NodeDefinition]:
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def nearest_repeat(self) -> NodeDefinition | None:
        """The repeat this node is in, or is."""
        return next((node for node in (self, *self.ancestors()) if node.repeat is not None), None)


@dataclass
class ModelDefinition:
    """All definitions by path; `warnings` name what has no node; `load_actions` stand in document order."""

    root: NodeDefinition
    instance: Node
    nodes: dict[str, NodeDefinition]
    warnings: list[str] = field(default_factory=list)
    bind_ids: dict[str, str] = field(default_factory=dict)
    load_actions: list[SetValueAction] = field(default_factory=list)


def _complete_meta(instance: Node) -> None:
    """Every submission names its instance: a form without meta/instanceID is given one."""
    meta = instance.first("meta")
    if meta is None:
        meta = Node(ELEMENT, "meta", OPENROSA, "orx")
        instance.append(meta)
    if meta.first("instanceID") is None:
        meta.append(Node(ELEMENT, "instanceID", meta.namespace, meta.prefix))


def _add_deprecated_id(identity: NodeDefinition, nodes: dict[str, NodeDefinition]) -> None:
    """A record that is edited names the one it replaces: a place for it, empty until then."""
    meta = identity.parent
    if meta is not None and not any(child.local == "deprecatedID" for child in meta.children):
        name = identity.name.replace("instanceID", "deprecatedID")
        nodes[f"{meta.path}/{name}"] = NodeDefinition(name, "deprecatedID", f"{meta.path}/{name}", meta)
        meta.children.append(nodes[f"{meta.path}/{name}"])


def is_template(node: Node) -> bool:
    return any(item.local == "template" and item.prefix != "" for item in node.attributes)


def read_model(model: Node, instance: Node, body: list[BodyElement]) -> ModelDefinition:
    """What names a node that is not there is left out with a warning; raises FormError for an unknown event."""
    nodes: dict[str, NodeDefinition] = {}
    warnings: list[str] = []
    _complete_meta(instance)
    root = _grow(instance, None, nodes)
    repeats = {element.reference: element for element in every_element(body) if isinstance(element, RepeatElement)}
    for path, element in repeats.items():
        definition = nodes.get(_plain(path, nodes))
        if definition is None:
            warnings.append(f"repeat {path}")
        else:
            definition.repeat = element
    ids = _read_binds(model, nodes)
    _place_elements(body, nodes, ids, warnings)
    _find_prototypes(instance, root)
    identity = next(
        node for node in root.walk() if node.local == "instanceID" and node.parent and node.parent.local == "meta"
    )
    if not (identity.bind.preload[0] or "calculate" in identity.bind.expressions):
        identity.bind.preload = ("uid", "")
    _add_deprecated_id(identity, nodes)
    definition_of = ModelDefinition(root, instance, nodes, warnings, ids)
    _read_actions(model, body, definition_of)
    for place, node in enumerate(root.walk()):
        node.place = place
        node.is_repeated = node.nearest_repeat() is not None
    return definition_of


def _grow(node: Node, parent: NodeDefinition | None, nodes: dict[str, NodeDefinition]) -> NodeDefinition:
    """One definition per path: instances of one repeat share theirs, with all children that any of them has."""
    path = f"{parent.path if parent else ''}/{node.qualified_name()}"
    definition = nodes.get(path)
    if definition is None:
        definition = nodes[path] = NodeDefinition(node.qualified_name(), node.local, path, parent)
        if parent is not None:
            parent.children.append(definition)
    for item in node.attributes:
        name = f"{path}/@{item.qualified_name()}"
        if name not in nodes and not (item.local == "template" and item.prefix):
            nodes[name] = NodeDefinition(f"@{item.qualified_name()}", item.local, name, definition)
            definition.attributes.append(nodes[name])
    for child in node.elements():
        _grow(child, definition, nodes)
    return definition


def _plain(path: str, nodes: dict[str, NodeDefinition]) -> str:
    """The path as the instance writes it: prefixes of a path are ignored where only one node fits without them."""
    if path in nodes:
        return path
    bare = [part.rpartition(":")[2] for part in path.split("/")]
    return next((known for known in nodes if [part.rpartition(":")[2] for part in known.split("/")] == bare), path)


def _read_binds(model: Node, nodes: dict[str, NodeDefinition]) -> dict[str, str]:
    """Gives each definition its bind; returns the paths of binds that have an id."""
    ids: dict[str, str] = {}
    for element in (child for child in model.elements() if child.local == "bind"):
        path = _plain(absolute(element.attribute("nodeset") or element.attribute("ref"), ""), nodes)
        if element.attribute("id"):
            ids[element.attribute("id")] = path
        bind = read_bind(element, path)
        definition = nodes.get(path)
        if definition is not None:
            definition.bind = bind
    return ids


def _place_elements(
    body: list[BodyElement], nodes: dict[str, NodeDefinition], ids: dict[str, str], warnings: list[str]
) -> None:
    for element in every_element(body):
        if not element.reference:
            continue
        path = ids.get(element.reference.rpartition("/")[2], "")
        path = path if path and element.reference not in nodes else _plain(element.reference, nodes)
        definition = nodes.get(path)
        if definition is None:
            warnings.append(f"body {path}")
            continue
        element.reference = path
        if not isinstance(element, RepeatElement) and (definition.element is None or isinstance(element, Control)):
            definition.element = element


def _find_prototypes(instance: Node, root: NodeDefinition) -> None:
    """The XML that a new instance starts from: the jr:template if there is one, else the first instance."""
    home: dict[NodeDefinition, Node] = {}

    def visit(node: Node, definition: NodeDefinition) -> None:
        names = {item.name: item for item in definition.children}
        for child in node.elements():
            below = names[child.qualified_name()]
            if below.repeat is not None and (
                below.prototype is None or (is_template(child) and not is_template(below.prototype))
            ):
                below.prototype = child
            if below.repeat is not None and not is_template(child) and node is home.setdefault(below, node):
                below.defaults.append(child)
            visit(child, below)

    visit(instance, root)


def _read_actions(model: Node, body: list[BodyElement], definition: ModelDefinition) -> None:
    for node in (child for child in model.elements() if child.local in ACTIONS):
        action = _action(node, None, definition)
        if action is not None:
            definition.load_actions.append(action)
    for element in every_element(body):
        for node in element.actions:
            action = _action(node, element, definition)
            if action is None:
                continue
            definition.load_actions.append(action)
            if action.source is not None:
                action.source.actions.append(action)
            if action.repeat is not None:
                action.repeat.repeat_actions.append(action)
    for action in definition.load_actions:
        if action.repeat is None and "odk-new-repeat" in action.events:
            repeat = action.target.nearest_repeat()
            if repeat is not None:
                repeat.repeat_actions.append(action)


def _action(node: Node, element: BodyElement | None, definition: ModelDefinition) -> SetValueAction | None:
    events = frozenset(node.attribute("event").split())
    if not events <= EVENTS:
        raise FormError(
            "event_unknown",
            "This form reacts to an event that does not exist.",
            "Correct the event.",
            events=" ".join(events),
        )
    if node.local != "setvalue":
        return None
    source = definition.nodes.get(element.reference) if element is not None else None
    base = source.path if source is not None else definition.root.path
    path = definition.bind_ids.get(
        node.attribute("bind"), _plain(absolute(node.attribute("ref"), base), definition.nodes)
    )
    target = definition.nodes.get(path)
    if target is None:
        definition.warnings.append(f"setvalue {path}")
        return None
    written = node.attribute("value")
    value: Expression = expression_of(written, f"{path} setvalue") if written else Literal(node.string_value())
    is_repeat = isinstance(element, RepeatElement)
    return SetValueAction(events, target, value, None if is_repeat else source, source if is_repeat else None)
