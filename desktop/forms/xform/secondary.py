"""Secondary instances: inside the form, or from files beside it (CSV, XML, GeoJSON). Bytes in, nodes out."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence

from desktop.forms.errors import FormError
from desktop.forms.xform.depth import check_depth
from desktop.forms.xform.reader import read_xml
from desktop.forms.xpath.nodes import ELEMENT, TEXT, Node
from desktop.forms.xpath.values import number_text


def read_secondary(elements: Iterable[Node], resources: Mapping[str, bytes]) -> tuple[dict[str, Node], tuple[str, ...]]:
    """Instances by id, and the sources that were not among the resources, which read as empty.

    Raises FormError where a resource cannot be read.
    """
    found: dict[str, Node] = {}
    missing: list[str] = []
    for element in elements:
        source = element.attribute("src")
        content = None
        if source:
            content = resources.get(source, resources.get(source.rpartition("/")[2]))
            if content is None and not any(True for _ in element.elements()):
                missing.append(source)
        found[element.attribute("id")] = element if content is None else _external(source, content)
    return found, tuple(missing)


def _external(source: str, content: bytes) -> Node:
    wrapper = Node(ELEMENT, "instance")
    name = source.lower()
    try:
        if name.endswith(".csv"):
            wrapper.append(_from_csv(content.decode("utf-8-sig")))
        elif name.endswith(".geojson"):
            wrapper.append(_from_geojson(json.loads(content)))
        else:
            document = read_xml(content, what="attachment")
            check_depth(document, what="attachment")
            for child in list(document.elements()):
                wrapper.append(child)
    except (UnicodeDecodeError, csv.Error, ValueError, KeyError, TypeError) as broken:
        raise FormError(
            "attachment_broken",
            "A file that belongs to this form cannot be read.",
            "Export the file again.",
            source=source,
        ) from broken
    return wrapper


def _leaf(name: str, value: str) -> Node:
    node = Node(ELEMENT, name)
    if value:
        node.append(Node(TEXT, text=value))
    return node


def _from_csv(text: str) -> Node:
    root = Node(ELEMENT, "root")
    head = text.partition("\n")[0]
    separator = next((mark for mark in ",;\t" if mark in head), ",")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    names = [name.strip() for name in next(rows, [])]
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        item = Node(ELEMENT, "item")
        for place, name in enumerate(names):
            item.append(_leaf(name, row[place] if place < len(row) else ""))
        root.append(item)
    return root


def _from_geojson(data: Mapping[str, object]) -> Node:
    features = data["features"]
    if data.get("type", "FeatureCollection") != "FeatureCollection" or not isinstance(features, list):
        raise TypeError("features")
    root = Node(ELEMENT, "root")
    for feature in features:
        item = Node(ELEMENT, "item")
        item.append(_leaf("geometry", _geometry(feature["geometry"])))
        properties = dict(feature.get("properties") or {})
        if "id" in feature:
            properties["id"] = feature["id"]
        for name, value in properties.items():
            if value is not None:
                item.append(_leaf(str(name), _primitive(value)))
        root.append(item)
    return root


def _primitive(value: object) -> str:
    """A JSON primitive as its text; lists and objects have none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, str | int):
        return str(value)
    raise TypeError("property")


def _geometry(geometry: Mapping[str, object]) -> str:
    """Point, LineString or Polygon (its outer ring) in ODK's words; coordinates stand the other way round there."""
    coordinates = geometry["coordinates"]
    if not isinstance(coordinates, list):
        raise TypeError("coordinates")
    points = {"Point": [coordinates], "LineString": coordinates, "Polygon": (coordinates or [[]])[0]}[
        str(geometry["type"])
    ]
    return "; ".join(_point(point) for point in points)


def _point(point: Sequence[object]) -> str:
    longitude, latitude, *_ = point
    if not isinstance(longitude, int | float) or not isinstance(latitude, int | float):
        raise TypeError("coordinates")
    return f"{latitude} {longitude} 0 0"
