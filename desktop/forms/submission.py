"""The XML of a finished record (OpenRosa submission): what is not relevant is left out."""

from xml.sax.saxutils import escape, quoteattr

from desktop.forms.engine.node import InstanceNode


def submission_text(top: InstanceNode) -> str:
    """The instance as XML text, in document order, with the namespaces the form declared."""
    parts: list[str] = []
    _write(top, parts, {})
    return "".join(parts)


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
        body.append(escape(node.text))
    for child in node.instance_children():
        _write(child, body, inner)
    content = "".join(body)
    parts.append(f">{content}</{name}>" if content else "/>")
