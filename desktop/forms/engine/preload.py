"""What a new record begins with by jr:preload: its identifier, dates, times. Nothing about the person or the device."""

from desktop.forms.engine.evaluation import Evaluator
from desktop.forms.engine.node import InstanceNode
from desktop.forms.xpath.compiler import compile_text
from desktop.forms.xpath.nodes import ELEMENT, Node
from desktop.forms.xpath.values import to_string


def preload(evaluator: Evaluator, top: InstanceNode, *, editing: bool = False) -> None:
    """Fills the nodes that ask for it, before anything is computed.

    A record that is edited gets a new identifier and names the old one; its dates and times stay.
    """
    for node in list(top.walk()):
        event, parameter = node.definition.bind.preload
        if editing and event == "uid":
            _deprecate(node)
        value = _value(evaluator, event, parameter) if node.local == "instanceID" or not editing else ""
        if value:
            node.value = node.text = value


def _deprecate(identity: InstanceNode) -> None:
    meta = identity.parent
    if not isinstance(meta, InstanceNode) or identity.local != "instanceID":
        return
    held = next((node for node in meta.instance_children() if node.local == "deprecatedID"), None)
    if held is None:
        definition = next(node for node in meta.definition.children if node.local == "deprecatedID")
        held = InstanceNode(definition, Node(ELEMENT, "deprecatedID", identity.namespace, identity.prefix))
        meta.append(held)
    held.value = held.text = identity.value


def finish(evaluator: Evaluator, top: InstanceNode) -> list[InstanceNode]:
    """The nodes that hold when the form was finished, filled with the time."""
    ends = [node for node in top.walk() if node.definition.bind.preload == ("timestamp", "end")]
    for node in ends:
        node.value = node.text = _now(evaluator)
    return ends


def _now(evaluator: Evaluator) -> str:
    return to_string(evaluator.value(compile_text("now()"), evaluator.top))


def _value(evaluator: Evaluator, event: str, parameter: str) -> str:
    if event == "uid":
        return f"uuid:{evaluator.uuid()}"
    if event == "date" and parameter == "today":
        return to_string(evaluator.value(compile_text("today()"), evaluator.top))
    if event == "timestamp" and parameter == "start":
        return _now(evaluator)
    if event == "property":
        found = evaluator.environment.properties
        return next((value for name, value in found.items() if name.lower() == parameter.lower()), "")
    return ""
