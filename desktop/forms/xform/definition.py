"""A form definition: everything a session needs, read once from the XForm XML. Pure: text and bytes in, a value out."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.forms.errors import FormError
from desktop.forms.xform.body import BodyElement, read_body
from desktop.forms.xform.depth import check_depth
from desktop.forms.xform.model import ModelDefinition, NodeDefinition, read_model
from desktop.forms.xform.reader import read_xml
from desktop.forms.xform.secondary import read_secondary
from desktop.forms.xform.text import Translations, read_translations
from desktop.forms.xpath.nodes import ELEMENT, Node, walk

ENGINE_VERSION = "1"
_METHODS = frozenset({"", "post", "form-data-post"})


@dataclass(eq=False)
class FormDefinition:
    """`hash` is the SHA-256 of the XForm text, which with `form_id` and `version` names this version for ever."""

    form_id: str
    version: str
    title: str
    hash: str
    languages: tuple[str, ...]
    default_language: str
    model: ModelDefinition = field(repr=False)
    body: list[BodyElement] = field(repr=False)
    translations: Translations = field(repr=False)
    instances: Mapping[str, Node] = field(repr=False)
    namespaces: Mapping[str, str] = field(repr=False)
    missing_resources: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    cache: dict[str, object] = field(default_factory=dict, repr=False)

    @property
    def root(self) -> NodeDefinition:
        return self.model.root


def parse_xform(xml: str, *, resources: Mapping[str, bytes] | None = None) -> FormDefinition:
    """The definition of an XForm. `resources` are files beside it, by `jr://` address or file name.

    Raises FormError, whose code, sentence and remedy say why the form is refused.
    """
    document = read_xml(xml.lstrip("\ufeff \t\r\n"))
    check_depth(document)
    model = next((node for node in walk(document) if node.kind == ELEMENT and node.local == "model"), None)
    if model is None:
        raise FormError("not_a_form", "This file is not a form.", "Choose an XForm or a spreadsheet form.")
    instances = [child for child in model.elements() if child.local == "instance"]
    primary = next(instances[0].elements(), None) if instances else None
    if primary is None:
        raise FormError("no_instance", "This form has no questions to fill in.", "Export the form again.")
    _check_submission(model)
    body_element = next((node for node in walk(document) if node.kind == ELEMENT and node.local == "body"), None)
    body = read_body(body_element, f"/{primary.qualified_name()}")
    translations = read_translations(model.first("itext"))
    secondary, missing = read_secondary(instances[1:], resources or {})
    title = next((node.string_value().strip() for node in walk(document) if node.local == "title"), "")
    return FormDefinition(
        form_id=primary.attribute("id") or primary.namespace or primary.local,
        version=primary.attribute("version"),
        title=title,
        hash=hashlib.sha256(xml.encode()).hexdigest(),
        languages=translations.languages,
        default_language=translations.default,
        model=read_model(model, primary, body),
        body=body,
        translations=translations,
        instances=secondary,
        namespaces=_namespaces(document),
        missing_resources=missing,
        style=tuple((body_element.attribute("class") if body_element is not None else "").split()),
    )


def _namespaces(document: Node) -> dict[str, str]:
    return {prefix: uri for node in walk(document) for prefix, uri in node.namespaces.items() if prefix}


def _check_submission(model: Node) -> None:
    submission = model.first("submission")
    if submission is not None and submission.attribute("method") not in _METHODS:
        raise FormError(
            "submission_method",
            "This form asks to be sent in a way that is not known.",
            "Correct its submission method.",
        )
