"""Binds: what the model says of a node: type, expressions, messages, preload, and the roles of scoring."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.forms.xform.expressions import expression_of
from desktop.forms.xform.text import TextSource, message_text
from desktop.forms.xpath.nodes import Node
from desktop.forms.xpath.syntax import Expression

DV_NAMESPACE = "urn:causeway:dv"
_EXPRESSIONS = ("relevant", "required", "readonly", "constraint", "calculate")
_TYPES = {
    "integer": "int",
    "datetime": "dateTime",
    "select": "string",
    "select1": "string",
    "rank": "string",
    "odk:rank": "string",
}


@dataclass(slots=True)
class BindDefinition:
    """Expressions by name; `type` is ODK's data type without prefix; `extras` are attributes of the dv namespace."""

    nodeset: str = ""
    type: str = "string"
    expressions: dict[str, Expression] = field(default_factory=dict)
    messages: dict[str, TextSource] = field(default_factory=dict)
    preload: tuple[str, str] = ("", "")
    extras: Mapping[str, str] = field(default_factory=dict)


def read_bind(node: Node, nodeset: str) -> BindDefinition:
    """Raises FormError where an expression cannot be read."""
    bind = BindDefinition(nodeset)
    written = node.attribute("type").rpartition(":")[2] or "string"
    bind.type = _TYPES.get(written, written)
    for name in _EXPRESSIONS:
        text = node.attribute(name)
        if text.strip():
            bind.expressions[name] = expression_of(text, f"{nodeset} {name}")
    for name, attribute in (("constraint", "constraintMsg"), ("required", "requiredMsg")):
        message = message_text(node.attribute(attribute))
        if message is not None:
            bind.messages[name] = message
    bind.preload = (node.attribute("preload"), node.attribute("preloadParams"))
    bind.extras = {
        item.local: item.text for item in node.attributes if item.prefix == "dv" or item.namespace == DV_NAMESPACE
    }
    return bind
