"""A question of the engine as the question widgets read it. Leaves drawing to the widgets."""

from collections.abc import Mapping
from dataclasses import dataclass

from desktop.forms.engine.views import QuestionView, Violation
from desktop.i18n import tr
from desktop.ui.questions.view import Choice


@dataclass(frozen=True)
class ShownQuestion:
    """What `desktop.ui.questions.view.QuestionView` asks for."""

    ref: str
    kind: str
    appearance: str
    label: str
    hint: str
    guidance: str
    value: str
    choices: tuple[Choice, ...]
    relevant: bool
    readonly: bool
    required: bool
    violation_message: str | None
    parameters: Mapping[str, str]


def shown(view: QuestionView) -> ShownQuestion:
    """The question in the widgets' terms. A missing answer is not called an error until the form is checked."""
    choices = tuple(Choice(choice.value, choice.label, choice.key, choice.no_longer_offered) for choice in view.choices)
    return ShownQuestion(
        ref=view.ref,
        kind=view.kind,
        appearance=" ".join(view.appearance),
        label=view.label,
        hint=view.hint,
        guidance=view.guidance,
        value=view.value,
        choices=choices,
        relevant=view.relevant,
        readonly=view.readonly,
        required=view.required,
        violation_message=violation_words(view) if view.value else None,
        parameters=view.parameters,
    )


def violation_words(view: QuestionView) -> str | None:
    """Why the answer stops the form from being finished; None when it does not."""
    return None if view.violation is None else words_of(view.violation, view.required_message)


def words_of(violation: Violation, required_message: str = "") -> str:
    """A violation in words: the author's own where there are any."""
    fallback = {
        "required": required_message or tr("Answer this before you sign."),
        "type": tr("This is not written as it should be."),
        "choice": tr("This answer is no longer offered. Choose another."),
        "constraint": tr("This answer is not possible here."),
    }
    return violation.message or fallback.get(violation.code, fallback["constraint"])
