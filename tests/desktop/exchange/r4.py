"""Rules of FHIR R4 that a validator would check, for the two resources written here; no FHIR library is needed.

From https://hl7.org/fhir/R4/datatypes.html, questionnaire.html (que-1 … que-13) and questionnaireresponse.html (qrs-1).
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

TYPES = {
    "group", "display", "boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url", "choice",
    "open-choice", "attachment", "reference", "quantity",
}  # fmt: skip


def string(value: Any) -> bool:
    """Not blank, and no control characters but tab and line ends."""
    return isinstance(value, str) and bool(value.strip()) and not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", value)


VALUES: dict[str, Callable[[Any], bool]] = {
    "valueBoolean": lambda v: isinstance(v, bool),
    "valueDecimal": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "valueInteger": lambda v: isinstance(v, int) and not isinstance(v, bool) and -(2**31) <= v < 2**31,
    "valueDate": lambda v: bool(re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", v)),
    "valueDateTime": lambda v: bool(
        re.fullmatch(
            r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])"
            r"(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00)))?)?)?",
            v,
        )
    ),
    "valueTime": lambda v: bool(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?", v)),
    "valueString": string,
    "valueCoding": lambda v: code(v["code"]) and all(string(v[k]) for k in v if k == "display"),
    "valueAttachment": lambda v: string(v["title"]),
}
ANSWERS = {
    "boolean": "valueBoolean", "decimal": "valueDecimal", "integer": "valueInteger", "date": "valueDate",
    "dateTime": "valueDateTime", "time": "valueTime", "string": "valueString", "text": "valueString",
    "choice": "valueCoding", "attachment": "valueAttachment",
}  # fmt: skip


def code(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[^\s]+(\s[^\s]+)*", value))


def walk(resource: Any) -> Iterator[Any]:
    for item in resource.get("item", []):
        yield item
        yield from walk(item)


def faults_of_questionnaire(resource: Any) -> list[str]:
    """Every broken rule, by its number in the specification."""
    found = _faults_of_json(resource)
    items = list(walk(resource))
    ids = [item.get("linkId") for item in items]
    found += [f"que-2 {name}" for name in ids if ids.count(name) > 1]
    for item in items:
        kind, name = item.get("type"), item.get("linkId")
        found += [f"no type {name}"] if kind not in TYPES else []
        found += [f"que-1 {name}"] if kind == "group" and not item.get("item") else []
        found += [f"que-1 {name}"] if kind == "display" and item.get("item") else []
        found += [f"que-3 {name}"] if kind == "display" and "code" in item else []
        found += [f"que-5 {name}"] if "answerOption" in item and kind not in ("choice", "open-choice") else []
        found += [f"no options {name}"] if kind == "choice" and not item.get("answerOption") else []
        found += [f"que-6 {name}"] if kind == "display" and ("required" in item or "repeats" in item) else []
        found += [f"que-9 {name}"] if kind in ("group", "display") and "readOnly" in item else []
        found += [f"que-12 {name}"] if len(item.get("enableWhen", [])) > 1 and "enableBehavior" not in item else []
        found += [
            f"option {name}"
            for option in item.get("answerOption", ())
            if not VALUES["valueCoding"](option["valueCoding"])
        ]
        for condition in item.get("enableWhen", ()):
            found += _faults_of_condition(condition, {item["linkId"]: item for item in items}, str(name))
    return found


def _faults_of_condition(condition: Any, items: dict[str, Any], name: str) -> list[str]:
    found: list[str] = []
    target = items.get(condition.get("question"))
    found += [f"question {name}"] if target is None else []
    found += (
        [f"operator {name}"] if condition.get("operator") not in ("exists", "=", "!=", ">", "<", ">=", "<=") else []
    )
    answers = [key for key in condition if key.startswith("answer")]
    if len(answers) != 1:
        return [*found, f"answer[x] {name}"]
    if condition["operator"] == "exists":
        return found + ([] if answers == ["answerBoolean"] else [f"que-7 {name}"])
    wanted = ANSWERS.get(target["type"], "") if target else ""
    return found + ([] if answers[0].replace("answer", "value") == wanted else [f"answer type {name}"])


def faults_of_response(resource: Any, questionnaire: Any = None) -> list[str]:
    """Every broken rule; with the questionnaire, also that items are its items, in its order and of its types."""
    found = _faults_of_json(resource)
    found += ["status"] if resource.get("status") not in ("in-progress", "completed", "amended", "stopped") else []
    for item in walk(resource):
        name = item.get("linkId")
        found += [f"qrs-1 {name}"] if "item" in item and "answer" in item else []
        for answer in item.get("answer", ()):
            values = [key for key in answer if key.startswith("value")]
            found += [f"answer {name}"] if len(values) != 1 or values[0] not in VALUES else []
            found += [f"value {name} {answer}" for key in values if key in VALUES and not VALUES[key](answer[key])]
    return found + ([] if questionnaire is None else _faults_of_order(resource, questionnaire))


def _faults_of_order(given: Any, asked: Any) -> list[str]:
    """The items of a response stand in the order of the questionnaire's; only repeated ones may come again."""
    names = [item["linkId"] for item in asked.get("item", ())]
    found: list[str] = []
    last = -1
    for item in given.get("item", ()):
        if item["linkId"] not in names:
            found.append(f"unknown {item['linkId']}")
            continue
        place = names.index(item["linkId"])
        question = asked["item"][place]
        again = place == last and not question.get("repeats")
        found += [f"order {item['linkId']}"] if place < last or again else []
        for answer in item.get("answer", ()):
            typed = ANSWERS.get(question["type"], "") in answer
            exact = "valueString" in answer and "extension" in answer
            found += [] if typed or exact else [f"type {item['linkId']}"]
        found += _faults_of_order(item, question)
        last = place
    return found


def _faults_of_json(resource: Any) -> list[str]:
    """No empty lists, objects or strings anywhere, and a value that is JSON."""
    json.loads(json.dumps(resource, allow_nan=False))
    return [f"empty at {path}" for path, value in _leaves(resource, "") if value in ("", [], {}, None)]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        yield from _leaves(inner, f"{path}/{name}")
