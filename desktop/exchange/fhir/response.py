"""A record as a QuestionnaireResponse (https://hl7.org/fhir/R4/questionnaireresponse.html) and back, losslessly.

Each node of the record is an item whose linkId is its path in the form; entries of a repeat are items of one linkId.
"""

from collections.abc import Iterator, Mapping

from desktop.errors import KnownError
from desktop.exchange.fhir.shapes import EXTENSIONS, JSON, Filled
from desktop.exchange.fhir.values import answers_of, text_of

ATTRIBUTE = f"{EXTENSIONS}/attribute"
_DEPTH = 60


def response_of(
    record: Filled, *, questionnaire: str, authored: str, finished: bool = True, identifier: str = ""
) -> JSON:
    """The resource. `questionnaire` is the form's canonical address, `authored` a FHIR dateTime, `identifier` a URI."""
    found: JSON = {
        "resourceType": "QuestionnaireResponse",
        **_attributes(record),
        **({"identifier": {"system": "urn:ietf:rfc:3986", "value": identifier}} if identifier else {}),
        "questionnaire": questionnaire,
        "status": "completed" if finished else "in-progress",
        "authored": authored,
    }
    items = [_item(child) for child in record.children]
    return {**found, **({"item": items} if items else {})}


def answers_from(resource: object, *, root: str) -> Mapping[str, str]:
    """References to texts, as a draft has them, under the form's root element.

    Raises KnownError `fhir.not_a_response` for anything else.
    """
    try:
        response = _response(resource)
        found = {f"/{root}/@{name}": text for name, text in _read_attributes(response)}
        found.update(_read(response, f"/{root}", 0))
    except (TypeError, ValueError, KeyError) as broken:
        raise KnownError(
            "fhir.not_a_response",
            "This is no questionnaire response that can be read.",
            "Ask for it to be exported again as FHIR R4.",
        ) from broken
    return found


def _response(resource: object) -> JSON:
    if not isinstance(resource, dict) or resource.get("resourceType") != "QuestionnaireResponse":
        raise TypeError("resource")
    return resource


def _item(node: Filled) -> JSON:
    head: JSON = {**_attributes(node), "linkId": node.path}
    if node.text is None:
        items = [_item(child) for child in node.children]
        return {**head, **({"item": items} if items else {})}
    answers = answers_of(node.kind, node.text)
    return {**head, **({"answer": answers} if answers else {})}


def _attributes(node: Filled) -> JSON:
    found = [
        {"url": ATTRIBUTE, "extension": [{"url": "name", "valueString": name}, *_said(text)]}
        for name, text in node.attributes.items()
    ]
    return {"extension": found} if found else {}


def _said(text: str) -> list[JSON]:
    return [{"url": "text", **answer} for answer in answers_of("text", text)]


def _read_attributes(item: JSON) -> Iterator[tuple[str, str]]:
    for extension in _list(item, "extension"):
        if extension.get("url") == ATTRIBUTE:
            inner = {str(part["url"]): part for part in _list(extension, "extension")}
            said = {name: value for name, value in inner.get("text", {}).items() if name != "url"}
            yield str(inner["name"]["valueString"]), text_of([said]) if said else ""


def _read(item: JSON, reference: str, depth: int) -> Iterator[tuple[str, str]]:
    """The leaves below an item: an item with neither items nor answers is a question without an answer."""
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    counts: dict[str, int] = {}
    for child in _list(item, "item"):
        name = str(child["linkId"]).rpartition("/")[2].rpartition(":")[2]
        counts[name] = counts.get(name, 0) + 1
        below = f"{reference}/{name}[{counts[name]}]"
        yield from ((f"{below}/@{attribute}", text) for attribute, text in _read_attributes(child))
        if "item" in child:
            yield from _read(child, below, depth + 1)
        else:
            yield below, text_of(_list(child, "answer"))


def _list(item: JSON, name: str) -> list[JSON]:
    found = item.get(name, [])
    if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
        raise TypeError(name)
    return found
