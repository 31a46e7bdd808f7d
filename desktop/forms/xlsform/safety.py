"""What a form would tell of a person or send away, found and told to the author; none of it works in this program.

A form is somebody else's file: nobody's phone number, place or handwriting may leave because a spreadsheet asks for it.
"""

import re
from collections.abc import Iterator, Mapping

from desktop.forms.engine.presenting import MEDIA, media
from desktop.forms.xform.body import every_element
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.text import Translations
from desktop.forms.xlsform.outcome import WARNING, Problem
from desktop.forms.xpath.nodes import ELEMENT, Node, walk

_OUTSIDE = re.compile(
    r"(?:https?:|ftp:|file:|//)[^\s\"'<>)]+|<\s*(?:img|iframe|script|object|embed|link|form)\b", re.IGNORECASE
)
_INTENT = re.compile(r"(?:^|\s)(?:ex|intent):", re.IGNORECASE)
_WORDS: Mapping[str, str] = {
    "not_collected": "asks for something about the device or its user: it stays empty.",
    "location_not_collected": "would take the place where the form is filled: it does not.",
    "sound_not_collected": "would record sound: it does not.",
    "intent_ignored": "would open another program: it is a plain question here.",
    "last_saved_ignored": "reads answers of the last record: it reads as empty.",
    "entities_ignored": "keeps lists on a server from answers: the answers are kept, no list is made.",
    "submission_ignored": "names an address of its own for sending: records go where this program sends them.",
    "media_outside": "names a file outside the form's own folder: it is not shown.",
    "link_outside": "names an address outside the form: it is shown as text and never opened.",
}


def safety(form: FormDefinition, document: Node) -> tuple[Problem, ...]:
    """Each kind of thing found, by the place that asks for it. `document` is the form's XML."""
    found = dict.fromkeys((*_elements(document), *_binds(form), *_body(form), *_texts(form.translations)))
    return tuple(Problem(code, "survey", 0, f"{where} {_WORDS[code]}", WARNING) for code, where in found)


def _elements(document: Node) -> Iterator[tuple[str, str]]:
    for node in (item for item in walk(document) if item.kind == ELEMENT):
        if node.local == "setgeopoint":
            yield "location_not_collected", node.attribute("ref")
        elif node.local == "recordaudio":
            yield "sound_not_collected", node.attribute("ref")
        elif node.local == "submission" and any(node.attribute(name) for name in ("action", "base64RsaPublicKey")):
            yield "submission_ignored", "The form"
        elif node.local == "instance" and node.attribute("src").endswith("last-saved"):
            yield "last_saved_ignored", f"The list {node.attribute('id')}"
        elif node.local == "entity" and node.parent is not None and node.parent.local == "meta":
            yield "entities_ignored", "The form"


def _binds(form: FormDefinition) -> Iterator[tuple[str, str]]:
    for node in form.root.walk():
        if node.bind.preload[0] == "property":
            yield "not_collected", node.name
        if node.bind.type == "intent":
            yield "intent_ignored", node.name


def _body(form: FormDefinition) -> Iterator[tuple[str, str]]:
    for element in every_element(form.body):
        if _INTENT.search(" ".join(element.appearance)):
            yield "intent_ignored", element.reference.rpartition("/")[2]


def _texts(translations: Translations) -> Iterator[tuple[str, str]]:
    for texts in translations.texts.values():
        for name, forms in texts.items():
            for form, parts in forms.items():
                said = "".join(part for part in parts if isinstance(part, str)).strip()
                if form in MEDIA:
                    if said and said != "-" and not media(said):
                        yield "media_outside", name
                elif _OUTSIDE.search(said):
                    yield "link_outside", name
