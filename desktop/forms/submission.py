"""The XML of a finished record (OpenRosa submission), out and in: what is not relevant is left out."""

import re
from xml.sax.saxutils import escape, quoteattr

from desktop.forms.drafts import Draft
from desktop.forms.engine.node import InstanceNode
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.depth import check_depth
from desktop.forms.xform.reader import read_xml
from desktop.forms.xpath.nodes import TEXT, Node

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML document may hold these


def submission_text(top: InstanceNode) -> str:
    """The instance as XML text, in document order, with the namespaces the form declared."""
    parts: list[str] = []
    _write(top, parts, {})
    return "".join(parts)


def draft_of(definition: FormDefinition, xml: str) -> Draft:
    """The answers of an instance document, whatever its prefixes. Raises FormError where it is not XML."""
    values: dict[str, str] = {}
    document = read_xml(xml, what="record")
    check_depth(document, what="record")
    for element in document.elements():
        _read(element, f"/{element.local}", values)
    return Draft(definition.hash, values)


def _read(element: Node, path: str, values: dict[str, str]) -> None:
    values.update({f"{path}/@{item.local}": item.text for item in element.attributes})
    children = list(element.elements())
    if not children:
        values[path] = "".join(child.text for child in element.children if child.kind == TEXT)
    counts: dict[str, int] = {}
    for child in children:
        counts[child.local] = counts.get(child.local, 0) + 1
        _read(child, f"{path}/{child.local}[{counts[child.local]}]", values)


def _write(node: InstanceNode, parts: list[str], scope: dict[str, str]) -> None:
    if not node.relevant:
        return
    name = node.qualified_name()
    declared = {p: u for p, u in node.namespaces.items() if scope.get(p) != u}
    if node.namespace and (node.prefix or node.namespace) and scope.get(node.prefix) != node.namespace:
        declared.setdefault(node.prefix, node.namespace)
    inner = {**scope, **declared}
    parts.append(f"<{name}")
    parts.extend(f" xmlns{':' if p else ''}{p}={quoteattr(u)}" for p, u in declared.items())
    parts.extend(
        f" {item.qualified_name()}={quoteattr(item.text)}"
        for item in node.attributes
        if not item.prefix or item.prefix in inner
    )
    body: list[str] = []
    if node.is_leaf:
        body.append(escape(_ILLEGAL.sub("\ufffd", node.text), {"\r": "&#13;"}))
    for child in node.instance_children():
        _write(child, body, inner)
    content = "".join(body)
    parts.append(f">{content}</{name}>" if content else "/>")
