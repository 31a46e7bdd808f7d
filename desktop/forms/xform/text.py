"""Texts of a form: what is written in place, and what itext keeps per language and medium.

A text is a sequence of strings and expressions (`<output>`). Leaves evaluation to `desktop.forms.engine.texts`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

from desktop.forms.errors import FormError
from desktop.forms.xform.expressions import expression_of
from desktop.forms.xpath.nodes import ELEMENT, TEXT, Node
from desktop.forms.xpath.syntax import Call, Expression, Literal

_FORMS = {"long": ""}
_ITEXT_OF = re.compile(r"\s*jr:itext\((.*)\)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Output:
    """An expression whose string value stands in a text; `unreadable` is one that cannot be read and prints nothing."""

    expression: Expression
    unreadable: str = ""


Part = str | Output


@dataclass(frozen=True, slots=True)
class TextSource:
    """A text: its own parts, or `reference`, an expression that gives an itext id or the text itself."""

    parts: tuple[Part, ...] = ()
    reference: Expression | None = None
    is_itext: bool = False

    def itext_id(self) -> str:
        """The id where it is written plainly; empty where it has to be evaluated or there is none."""
        return self.reference.value if self.is_itext and isinstance(self.reference, Literal) else ""


@dataclass
class Translations:
    """language → id → form (`""`, `short`, `guidance`, `image`, …) → parts. `default` is the language to begin with."""

    languages: tuple[str, ...] = ()
    default: str = ""
    texts: Mapping[str, Mapping[str, Mapping[str, tuple[Part, ...]]]] = field(default_factory=dict)

    def find(self, language: str, name: str, form: str = "") -> tuple[Part, ...] | None:
        """The parts in that language, else in the default one; None where neither has them."""
        for spoken in (language, self.default):
            forms = self.texts.get(spoken, {}).get(name)
            if forms is not None and form in forms:
                return forms[form]
        return None


def forms_of(translations: Translations, language: str, name: str) -> tuple[str, ...]:
    """The forms a text has in the language, else in the default one: the plain one is `""`."""
    found = translations.texts.get(language, {}).get(name) or translations.texts.get(translations.default, {}).get(name)
    return tuple(found or ())


def parts_of(element: Node) -> tuple[Part, ...]:
    """The strings and outputs inside an element; other markup counts by its text."""
    found: list[Part] = []
    for child in element.children:
        if child.kind == TEXT:
            found.append(child.text)
        elif child.kind == ELEMENT and child.local == "output":
            source = child.attribute("value") or child.attribute("ref")
            found.append(_output(unescape(source)))  # the converter escapes some twice
        elif child.kind == ELEMENT:
            found.extend(parts_of(child))
    return tuple(found)


def _output(written: str) -> Output:
    """A label with a hole is better than no form: lint tells the author."""
    try:
        return Output(expression_of(written, "output"))
    except FormError:
        return Output(Literal(""), written)


def text_of(element: Node | None) -> TextSource | None:
    """The text of a label, hint or help element; None where there is no element."""
    if element is None:
        return None
    reference = element.attribute("ref")
    return reference_text(reference) if reference else TextSource(parts_of(element))


def reference_text(reference: str) -> TextSource:
    """`jr:itext('id')`, `jr:itext(expression)` or any expression that gives the text."""
    expression = expression_of(reference, "ref")
    if isinstance(expression, Call) and expression.name == "jr:itext" and len(expression.arguments) == 1:
        return TextSource(reference=expression.arguments[0], is_itext=True)
    return TextSource(reference=expression)


def message_text(written: str) -> TextSource | None:
    """A message of a bind, which is plain text unless it is written as `jr:itext(...)`."""
    if not written:
        return None
    return reference_text(written) if _ITEXT_OF.fullmatch(written) else TextSource((written,))


def read_translations(itext: Node | None) -> Translations:
    """The translations, `long` counting as the plain form."""
    if itext is None:
        return Translations()
    texts: dict[str, dict[str, dict[str, tuple[Part, ...]]]] = {}
    default = ""
    for translation in (item for item in itext.elements() if item.local == "translation"):
        language = translation.attribute("lang")
        if any(item.local == "default" for item in translation.attributes):
            default = language
        texts[language] = {
            text.attribute("id"): {
                _FORMS.get(value.attribute("form"), value.attribute("form")): parts_of(value)
                for value in text.elements()
            }
            for text in translation.elements()
        }
    languages = tuple(texts)
    return Translations(languages, default or (languages[0] if languages else ""), texts)
