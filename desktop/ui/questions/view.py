"""What a question shows, as a value. Widgets read its attributes, so a form's own view class fits as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Choice(NamedTuple):
    """One answer that is offered. `key` is the letter that gives it ("" for none); `no_longer_offered` marks an answer
    that was given and that a choice filter has since taken away.
    """

    value: str
    label: str
    key: str = ""
    no_longer_offered: bool = False


class QuestionView(Protocol):
    """One question as it stands now. `kind` is the XLSForm type; `value` is the XForms text of the answer."""

    @property
    def ref(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def appearance(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def hint(self) -> str: ...
    @property
    def guidance(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def choices(self) -> Sequence[tuple[str, str, str, bool]]: ...
    @property
    def relevant(self) -> bool: ...
    @property
    def readonly(self) -> bool: ...
    @property
    def required(self) -> bool: ...
    @property
    def violation_message(self) -> str | None: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Question:
    """A plain `QuestionView`, for callers that have no class of their own."""

    ref: str
    kind: str
    label: str
    appearance: str = ""
    hint: str = ""
    guidance: str = ""
    value: str = ""
    choices: tuple[Choice, ...] = ()
    relevant: bool = True
    readonly: bool = False
    required: bool = False
    violation_message: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


def appearances(view: QuestionView) -> frozenset[str]:
    """The words of the appearance column."""
    return frozenset(view.appearance.split())
