"""Flags say what to do now: which of a form's flags do not. Leaves the flags that have fired to `result`."""

from collections.abc import Iterator

from desktop.forms.scoring.result import steps_of
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition
from desktop.forms.xform.text import TextSource


def flags_without_step(form: FormDefinition) -> tuple[str, ...]:
    """The flags that do not say, in every language of the form, at least one act with who does it and within when."""
    flags = (node for node in form.root.walk() if node.bind.extras.get("role") == "flag")
    return tuple(node.local for node in flags if not all(_says_what(text) for text in _hints(form, node)))


def _says_what(hint: str) -> bool:
    steps = tuple(steps_of(hint))
    return bool(steps) and all(step.act and step.who and step.within for step in steps)


def _hints(form: FormDefinition, node: NodeDefinition) -> Iterator[str]:
    """The hint in each language; an empty one where there is none."""
    source: TextSource | None = node.element.hint if node.element is not None else None
    key = source.itext_id() if source is not None else ""
    if not key:
        yield _plain(source.parts) if source is not None else ""
        return
    for texts in form.translations.texts.values():
        forms = texts.get(key, {})
        yield _plain(next(iter(forms.values()), ()))


def _plain(parts: tuple[object, ...]) -> str:
    return "".join(part for part in parts if isinstance(part, str))
