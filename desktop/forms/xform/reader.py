"""XML text to nodes, keeping prefixes, comments and instructions; entities and external subsets are refused."""

from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from desktop.forms.errors import FormError
from desktop.forms.xpath.nodes import ATTRIBUTE, COMMENT, DOCUMENT, ELEMENT, INSTRUCTION, TEXT, Node

_XML = "http://www.w3.org/XML/1998/namespace"


class _Builder:
    """A parser target that grows the tree. `drop_blank` leaves out text that is only white space between elements."""

    def __init__(self) -> None:
        self.document = Node(DOCUMENT)
        self._node = self.document
        self._declared: dict[str, str] = {}
        self._scopes: list[dict[str, str]] = [{_XML: "xml"}]

    def start_ns(self, prefix: str, uri: str) -> None:
        self._declared[prefix or ""] = uri or ""

    def end_ns(self, prefix: str) -> None:
        """Scopes are closed with their element."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        declared, self._declared = self._declared, {}
        scope = self._scopes[-1]
        if declared:
            scope = {**scope, **{uri: prefix for prefix, uri in sorted(declared.items(), reverse=True)}}
        self._scopes.append(scope)
        uri, local = _split(tag)
        element = Node(ELEMENT, local, uri, scope.get(uri, "") if uri else "")
        element.namespaces = declared
        for name, value in attributes.items():
            item_uri, item_local = _split(name)
            element.attributes.append(
                Node(ATTRIBUTE, item_local, item_uri, scope.get(item_uri, ""), value, parent=element)
            )
        self._node.append(element)
        self._node = element

    def end(self, _tag: str) -> None:
        self._scopes.pop()
        if self._node.parent is not None:
            self._node = self._node.parent

    def data(self, text: str) -> None:
        if self._node.kind == DOCUMENT:
            return
        last = self._node.children[-1] if self._node.children else None
        if last is not None and last.kind == TEXT:
            last.text += text
        else:
            self._node.append(Node(TEXT, text=text))

    def comment(self, text: str) -> None:
        self._node.append(Node(COMMENT, text=text))

    def pi(self, target: str, text: str | None = None) -> None:
        self._node.append(Node(INSTRUCTION, target, text=text or ""))

    def close(self) -> Node:
        return self.document


def _split(name: str) -> tuple[str, str]:
    uri, _, local = name[1:].rpartition("}") if name.startswith("{") else ("", "", name)
    return uri, local


def read_xml(text: str | bytes, *, what: str = "form") -> Node:
    """The document node. Raises FormError (`xml_unsafe`, `xml_broken`) with the line where it broke."""
    parser: Any = DefusedXMLParser(target=_Builder(), forbid_dtd=False, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(text)
        document: Node = parser.close()
    except DefusedXmlException as refused:
        raise FormError(
            "xml_unsafe",
            "This file uses XML entities, which a form may not.",
            "Ask its author for a file without them.",
            what=what,
        ) from refused
    except (ParseError, ValueError) as broken:
        line = broken.position[0] if isinstance(broken, ParseError) else 0
        raise FormError(
            "xml_broken",
            "This file is not well-formed XML.",
            "Export the form again and open the new file.",
            what=what,
            line=line,
        ) from broken
    return document
