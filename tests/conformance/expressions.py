"""Expression cases: evaluate at a node of a document and compare by the expected type."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from desktop.forms.errors import FormError, XPathError
from desktop.forms.xform.reader import read_xml
from desktop.forms.xpath.compiler import compile_text
from desktop.forms.xpath.context import Context, PlainHost
from desktop.forms.xpath.nodes import ATTRIBUTE, DOCUMENT, ELEMENT, NAMESPACE, Node, walk
from desktop.forms.xpath.values import Value, to_boolean, to_number, to_string
from tests.conformance.cases import Outcome

CLOCK = datetime.fromisoformat("2026-11-22T15:30:00+00:00")


def run(data: dict[str, Any], *, strict: bool = True) -> Iterator[Outcome]:
    for case in data["cases"]:
        try:
            miss = _check(case, data["default_namespaces"])
        except Exception as error:  # noqa: BLE001  a crash of one case is a miss of that case
            miss = f"{type(error).__name__}: {error}"
        shown = f"{case['id']} {case['expression'][:150]!r} at {case['context']}"
        yield Outcome("xpath", case["tier"], shown, miss)


def _check(case: dict[str, Any], namespaces: Mapping[str, str]) -> str:
    document = read_xml(case["instance_xml"])
    zone = ZoneInfo(case["tz"])
    expect = case["expect"]
    root = _at(document, case["root"]) if case.get("root") else document
    declared = {prefix: uri for node in walk(document) for prefix, uri in node.namespaces.items() if prefix}
    now = datetime.fromisoformat(case["now"]) if case.get("now") else CLOCK
    host = PlainHost(root, zone, lambda: now, namespaces={**namespaces, **declared})
    host.instances = {item.attribute("id"): item for item in _named(document, "instance") if item.attribute("id")}
    host.texts = _texts(document)
    node = _at(document, case["context"])
    try:
        value = compile_text(case["expression"])(Context(node, host, node))
    except XPathError as error:
        return "" if expect["type"] == "error" else f"wanted {expect}, failed: {error}"
    if expect["type"] == "error":
        return f"wanted an error, got {_shown(value)!r}"
    return "" if _matches(value, case, zone) else f"wanted {expect}, got {_shown(value)!r}"


def _named(document: Node, local: str) -> list[Node]:
    return [node for node in walk(document) if node.kind == ELEMENT and node.local == local]


def _texts(document: Node) -> dict[str, str]:
    translations = _named(document, "translation")
    chosen = next((t for t in translations if any(a.local == "default" for a in t.attributes)), None)
    chosen = chosen or (translations[0] if translations else None)
    if chosen is None:
        return {}
    return {text.attribute("id"): "".join(v.string_value() for v in text.elements()) for text in chosen.elements()}


def _at(document: Node, path: str) -> Node:
    node = document
    for part in path.strip("/").split("/") if path != "/" else ():
        match = re.fullmatch(r"(\*|@(?P<attr>.+)|(?P<kind>[\w-]+)\(\))(\[(?P<n>\d+)\])?", part)
        if match is None:
            raise FormError("case", "The case has no such place.", "Look at the case.")
        place = int(match["n"] or 1)
        if match["attr"]:
            node = next(a for a in node.attributes if match["attr"] in (a.qualified_name(), a.local))
        elif match["kind"]:
            node = [c for c in node.children if c.kind == match["kind"]][place - 1]
        else:
            node = list(node.elements())[place - 1]
    return node


def _path(node: Node) -> str:
    if node.kind == DOCUMENT:
        return "/"
    parent = node.parent
    above = "" if parent is None or parent.kind == DOCUMENT else _path(parent)
    if node.kind in (ATTRIBUTE, NAMESPACE):
        return f"{above}/@{node.qualified_name()}"
    siblings = [c for c in (parent.children if parent else [node]) if c.kind == node.kind]
    place = next(i for i, s in enumerate(siblings, start=1) if s is node)
    return f"{above}/*[{place}]" if node.kind == ELEMENT else f"{above}/{node.kind}()[{place}]"


def _shown(value: Value) -> object:
    return [_path(node) for node in value] if isinstance(value, list) else value


def _matches(value: Value, case: dict[str, Any], zone: ZoneInfo) -> bool:
    kind, wanted = case["expect"]["type"], case["expect"]["value"]
    if kind == "number":
        return _same_number(to_number(value, zone), float(wanted), case)
    if kind == "boolean":
        return to_boolean(value) is wanted
    if kind in ("nodeset", "nodeset-unordered"):
        found = [_path(node) for node in value] if isinstance(value, list) else None
        return bool(found == wanted) or (kind != "nodeset" and found is not None and sorted(found) == sorted(wanted))
    if kind == "string-values":
        return isinstance(value, list) and bool([node.string_value() for node in value] == wanted)
    if kind == "string-length":
        return len(to_string(value)) == int(wanted)
    if kind == "string-matches":
        return re.search(wanted["regex"], to_string(value)) is not None
    return to_string(value) == str(wanted)


def _same_number(value: float, wanted: float, case: dict[str, Any]) -> bool:
    if math.isnan(wanted) or math.isnan(value):
        return math.isnan(wanted) and math.isnan(value)
    factor = case.get("round_factor")
    if factor:
        return math.isclose(round(value * factor) / factor, wanted, abs_tol=1e-12)
    return value == wanted or math.isclose(value, wanted, rel_tol=1e-12, abs_tol=case.get("tolerance") or 1e-12)
