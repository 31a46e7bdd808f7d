"""A form as a Questionnaire (https://hl7.org/fhir/R4/questionnaire.html): best effort, with a report of what is lost.

FHIR has no expressions of its own: what a form computes, checks or shows by more than a list of comparisons is named
in the report, never approximated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from desktop.exchange.fhir.shapes import JSON, Condition, Form, Item
from desktop.exchange.fhir.values import answers_of

CANONICAL = "urn:causeway:form"
_HIDDEN = "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden"
_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
_DISPLAY = "http://hl7.org/fhir/StructureDefinition/questionnaire-displayCategory"
_CATEGORY = "http://hl7.org/fhir/questionnaire-display-category"
_TYPES: Mapping[str, str] = {
    "group": "group",
    "note": "display",
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "datetime": "dateTime",
    "time": "time",
    "select_one": "choice",
    "select_multiple": "choice",
    "rank": "choice",
    "acknowledge": "boolean",
    **dict.fromkeys(("image", "audio", "video", "file", "signature"), "attachment"),
}
_PLACES = frozenset({"geopoint", "geotrace", "geoshape"})
_OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class NotExpressible:
    """Something of the form that the Questionnaire does not say: where, and which code (see `explain`)."""

    path: str
    code: str

    def explain(self) -> str:
        """A sentence for the person who exports."""
        return _SENTENCES.get(self.code, "This rule is left out.")


_SENTENCES: Mapping[str, str] = {
    "relevant": "It is always asked there: when it applies cannot be said in FHIR.",
    "calculate": "Its value is not computed there.",
    "constraint": "What answers are right is not checked there.",
    "required": "When an answer is needed cannot be said in FHIR.",
    "readonly": "When it may be changed cannot be said in FHIR.",
    "rank": "The order of the choices counts here; there they are several choices.",
    "place": "A place is plain text there.",
    "choices": "Its choices come from answers of the record itself; there it is plain text.",
    "language": "The language's name is no language code: its words are left out.",
}


def questionnaire_of(form: Form) -> tuple[JSON, tuple[NotExpressible, ...]]:
    """The resource, and what it does not say."""
    writer = _Writer(form)
    items = [writer.item(item) for item in form.items]
    language = _code_of(form.default_language)
    resource: JSON = {
        "resourceType": "Questionnaire",
        **({"language": language} if language else {}),
        "url": f"{CANONICAL}:{form.form_hash}",
        **({"version": form.version} if form.version.strip() else {}),
        **({"title": form.title.strip()} if form.title.strip() else {}),
        "status": "active",
        "subjectType": ["Person"],
        **({"item": items} if items else {}),
    }
    return resource, tuple(writer.lost)


class _Writer:
    def __init__(self, form: Form) -> None:
        self._form = form
        self.lost: list[NotExpressible] = []
        self._kinds = {item.path: _type(item) for item in _walk(form.items)}
        self.lost.extend(NotExpressible(name, "language") for name in form.languages if not _code_of(name))

    def item(self, item: Item) -> JSON:
        self.lost.extend(NotExpressible(item.path, rule) for rule in item.rules)
        kind = _type(item)
        if item.kind == "rank":
            self.lost.append(NotExpressible(item.path, "rank"))
        if item.kind in _PLACES:
            self.lost.append(NotExpressible(item.path, "place"))
        if item.kind in ("select_one", "select_multiple", "rank") and not item.choices:
            self.lost.append(NotExpressible(item.path, "choices"))
        inner = [*(() if kind == "display" else self._hint(item)), *(self.item(child) for child in item.children)]
        several = item.is_repeat or (kind == "choice" and item.kind != "select_one")
        return {
            **({"extension": [{"url": _HIDDEN, "valueBoolean": True}]} if item.is_hidden else {}),
            "linkId": item.path,
            **self._texts("text", _with_hints(item) if kind == "display" else item.labels),
            "type": kind,
            **self._shown(item),
            **({"required": True} if item.is_required and kind != "display" else {}),
            **({"repeats": True} if several else {}),
            **({"readOnly": True} if item.is_readonly and kind not in ("display", "group") else {}),
            **({"answerOption": [self._option(*choice) for choice in item.choices]} if kind == "choice" else {}),
            **({"item": inner} if inner else {}),
        }

    def _hint(self, item: Item) -> Iterator[JSON]:
        if item.hints:
            coding = {"coding": [{"system": _CATEGORY, "code": "instructions"}]}
            yield {
                "extension": [{"url": _DISPLAY, "valueCodeableConcept": coding}],
                "linkId": f"{item.path}#hint",
                **self._texts("text", item.hints),
                "type": "display",
            }

    def _option(self, code: str, labels: Mapping[str, str]) -> JSON:
        return {"valueCoding": {"code": code, **self._texts("display", labels)}}

    def _texts(self, name: str, texts: Mapping[str, str]) -> JSON:
        """The default language as the text itself, the others as translations beside it."""
        own = texts.get(self._form.default_language) or next(iter(texts.values()), "")
        if not own.strip():
            return {}
        others = [
            _translated(code, text) for language, text in texts.items() if text != own and (code := _code_of(language))
        ]
        return {name: own.strip(), **({f"_{name}": {"extension": others}} if others else {})}

    def _shown(self, item: Item) -> JSON:
        if not item.relevance.expressible:
            self.lost.append(NotExpressible(item.path, "relevant"))
            return {}
        found = [self._condition(condition) for condition in item.relevance.conditions]
        kept = [condition for condition in found if condition]
        if len(kept) != len(found):
            self.lost.append(NotExpressible(item.path, "relevant"))
            return {}
        behaviour = {"enableBehavior": item.relevance.joined} if len(kept) > 1 else {}
        return {**({"enableWhen": kept} if kept else {}), **behaviour}

    def _condition(self, condition: Condition) -> JSON | None:
        """A comparison with the type of the question it reads; with nothing, it asks whether there is an answer."""
        if not condition.value and condition.operator in ("=", "!="):
            return {"question": condition.path, "operator": "exists", "answerBoolean": condition.operator == "!="}
        kind = self._kinds.get(condition.path, "")
        operator = "=" if condition.operator == "selected" else condition.operator
        if kind in ("", "group", "display", "attachment") or (kind == "choice" and operator not in ("=", "!=")):
            return None
        answers = answers_of({"dateTime": "datetime", "choice": "select_one"}.get(kind, kind), condition.value)
        if not answers or "extension" in answers[0] or operator not in _OPERATORS:
            return None
        ((name, value),) = answers[0].items()
        return {"question": condition.path, "operator": operator, name.replace("value", "answer"): value}


def _with_hints(item: Item) -> Mapping[str, str]:
    """What is only shown has no items of its own: its hint stands below its words."""
    languages = {**item.labels, **item.hints}
    return {name: "\n".join(filter(None, (item.labels.get(name), item.hints.get(name)))) for name in languages}


def _translated(language: str, text: str) -> JSON:
    said = [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": text}]
    return {"url": _TRANSLATION, "extension": said}


def _type(item: Item) -> str:
    if item.kind in ("select_one", "select_multiple", "rank") and not item.choices:
        return "string"
    return _TYPES.get(item.kind, "string")


def _walk(items: object) -> Iterator[Item]:
    for item in items if isinstance(items, list | tuple) else ():
        yield item
        yield from _walk(item.children)


def _code_of(language: str) -> str:
    """`Deutsch (de)` is de; a name that is a code itself stays; other names have none."""
    code = language.rpartition("(")[2].rstrip(") ").strip() if language.endswith(")") else language.strip()
    parts = code.split("-")
    plain = code.isascii() and all(part.isalnum() for part in parts)
    return code if plain and 2 <= len(parts[0]) <= 3 and parts[0].isalpha() else ""
