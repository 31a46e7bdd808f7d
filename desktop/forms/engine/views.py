"""What a session shows: questions, choices, pages, progress, changes. Values only; widgets keep none of the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Violation:
    """Why an answer, or its absence, stops the form from being finished.

    `code` is required, constraint, type, choice (no longer offered); `message` is the author's, or empty.
    """

    ref: str
    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """`image` is a file name of the form; `key` a letter that picks it; an answer no longer offered is still shown."""

    value: str
    label: str
    image: str = ""
    no_longer_offered: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class QuestionView:
    """Everything a widget needs to show one question; `media` are file names of the form by image, audio, video."""

    ref: str
    label: str
    hint: str
    guidance: str
    kind: str
    appearance: tuple[str, ...]
    value: str
    choices: tuple[Choice, ...]
    relevant: bool
    readonly: bool
    required: bool
    required_message: str
    violation: Violation | None
    parameters: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    short_label: str = ""
    image: str = ""
    media: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RepeatView:
    """A repeat on a page: how many instances there are and what may be done."""

    ref: str
    label: str
    instances: tuple[str, ...]
    may_add: bool
    may_remove: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown together. `ref` is the group's (or the single question's); `repeats` offer adding and removing."""

    ref: str
    label: str
    nodes: tuple[QuestionView, ...]
    repeats: tuple[RepeatView, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeChange:
    ref: str
    value: str
    relevant: bool
    readonly: bool
    required: bool
    violation: Violation | None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What one act changed. Refs of removed instances are those they had; later ones have moved up."""

    changed: tuple[NodeChange, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageProgress:
    ref: str
    answered: int
    possible: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Answered out of the relevant questions that can be answered, in all and by page."""

    answered: int
    possible: int
    pages: tuple[PageProgress, ...] = ()
