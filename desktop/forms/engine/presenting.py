"""Turns nodes into views: kinds of question, choices with labels, violations. Reads the form, changes nothing."""

from collections.abc import Mapping

from desktop.forms.engine.casting import fits
from desktop.forms.engine.evaluation import Evaluator, Option
from desktop.forms.engine.node import InstanceNode, is_single
from desktop.forms.engine.views import Choice, NodeChange, QuestionView, Violation
from desktop.forms.xform.body import Control
from desktop.forms.xform.text import TextSource, forms_of

_INPUTS: Mapping[str, str] = {
    "string": "text",
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "dateTime": "datetime",
    "geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
    "barcode": "barcode",
    "boolean": "text",
}
_KINDS: Mapping[str, str] = {
    "select": "select_multiple",
    "select1": "select_one",
    "range": "range",
    "rank": "rank",
    "trigger": "acknowledge",
}
MEDIA = frozenset({"image", "big-image", "audio", "video"})
_UNTYPED = frozenset({"select_multiple", "select_one", "rank", "acknowledge", "note"})


def kind_of(node: InstanceNode) -> str:
    """The kind of question, or group, calculate, hidden for what is no question."""
    control = node.definition.control
    if control is None:
        if not node.is_leaf:
            return "group"
        return "calculate" if "calculate" in node.definition.bind.expressions else "hidden"
    if control.kind in _KINDS:
        return _KINDS[control.kind]
    if control.kind == "upload":
        return _upload_kind(control)
    kind = _INPUTS.get(node.definition.bind.type, "text")
    is_note = kind == "text" and node.readonly and "calculate" not in node.definition.bind.expressions and not node.text
    return "note" if is_note else kind


def _upload_kind(control: Control) -> str:
    medium = control.parameters.get("mediatype", "").partition("/")[0]
    if medium == "image" and {"signature", "draw", "annotate"} & set(control.appearance):
        return "signature" if "signature" in control.appearance else "image"
    return medium if medium in ("image", "audio", "video") else "file"


def violation_of(evaluator: Evaluator, node: InstanceNode) -> Violation | None:
    """What is wrong with the answer of a relevant node; nothing is wrong with what does not apply."""
    if not node.relevant or not node.is_leaf:
        return None
    messages = node.definition.bind.messages
    if not node.text:
        if not node.required:
            return None
        return Violation(node.reference(), "required", evaluator.text(messages.get("required"), node) or "")
    if node.offered is not None and any(word not in node.offered for word in _answers(node)):
        return Violation(node.reference(), "choice")
    if kind_of(node) not in _UNTYPED and not fits(node.definition.bind.type, node.text):
        return Violation(node.reference(), "type")
    if not node.constraint_ok:
        return Violation(node.reference(), "constraint", evaluator.text(messages.get("constraint"), node) or "")
    return None


def _answers(node: InstanceNode) -> list[str]:
    return [node.text] if is_single(node) else node.text.split()


def choices_of(evaluator: Evaluator, node: InstanceNode) -> tuple[Choice, ...]:
    """The choices on offer; an answer that is no longer offered stands last and is marked."""
    options = list(evaluator.options(node))
    found = [_choice(evaluator, option) for option in options]
    known = {choice.value for choice in found}
    if node.offered is not None:
        found.extend(
            Choice(word, word, no_longer_offered=True) for word in _answers(node) if word and word not in known
        )
    return tuple(found)


def _choice(evaluator: Evaluator, option: Option) -> Choice:
    label = evaluator.option_label(option)
    key = option.context.first("key")
    return Choice(
        option.value,
        option.value if label is None else label.strip(),
        media(evaluator.option_label(option, "image")),
        key="" if key is None else key.string_value(),
    )


def media(address: str | None) -> str:
    """The file name of a `jr://` address; anything that leaves the form's own folder is dropped."""
    if not address or not address.startswith("jr://"):
        return ""
    name = address.strip().rpartition("/")[2]
    return "" if name in ("", "-", "..") or "\\" in name else name


def media_of(evaluator: Evaluator, source: TextSource | None, node: InstanceNode) -> Mapping[str, str]:
    """The files that belong to a text in the language in use, by their form."""
    name = "" if source is None else source.itext_id()
    if not name:
        return {}
    found = ((form, media(evaluator.text(source, node, form))) for form in _media_forms(evaluator, name))
    return {form: file for form, file in found if file}


def _media_forms(evaluator: Evaluator, name: str) -> list[str]:
    forms = forms_of(evaluator.form.translations, evaluator.language, name)
    return [form for form in forms if form in MEDIA]


def question_view(evaluator: Evaluator, node: InstanceNode) -> QuestionView:
    element = node.definition.element
    control = node.definition.control
    label, hint = (None, None) if element is None else (element.label, element.hint)

    def shown(source: TextSource | None, form: str = "") -> str:
        return (evaluator.text(source, node, form) or "").strip()

    return QuestionView(
        ref=node.reference(),
        label=shown(label),
        hint=shown(hint),
        guidance=shown(hint, "guidance"),
        kind=kind_of(node),
        appearance=() if element is None else element.appearance,
        value=node.text,
        choices=choices_of(evaluator, node) if control is not None else (),
        relevant=node.relevant,
        readonly=node.readonly,
        required=node.required,
        required_message=evaluator.text(node.definition.bind.messages.get("required"), node) or "",
        violation=violation_of(evaluator, node),
        parameters={} if control is None else dict(control.parameters),
        roles=node.definition.bind.extras,
        short_label=shown(label, "short"),
        image=media(evaluator.text(label, node, "image")),
        media=media_of(evaluator, label, node),
    )


def change_of(evaluator: Evaluator, node: InstanceNode) -> NodeChange:
    return NodeChange(
        node.reference(), node.text, node.relevant, node.readonly, node.required, violation_of(evaluator, node)
    )
