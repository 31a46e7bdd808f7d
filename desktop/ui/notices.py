"""Failures and news in the person's words: a code becomes a sentence, a remedy and, where there is one, an act.

The only place that turns codes into words. Leaves showing them to the window, and what failed to the code itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

from desktop.errors import Bug, Explanation, KnownError
from desktop.i18n import tr


@dataclass(frozen=True)
class Notice:
    """One notice above a screen: `kind` is info, ok, warn or danger; `act` (words, what it does) is optional."""

    kind: str
    text: str
    remedy: str = ""
    act: tuple[str, Callable[[], None]] | None = None
    code: str = ""


def notice_of(failure: KnownError | Bug) -> Notice:
    """The notice of a failure: a Known one in its own sentence and remedy, a Bug as where it happened."""
    if isinstance(failure, KnownError):
        words = in_words(failure.explanation)
        return Notice("danger", words.sentence, words.remedy, code=words.code)
    return Notice(
        "danger",
        tr("Something went wrong in the program ({where}).", where=failure.where),
        tr("What you had saved is kept. Please report this line to your IT; it holds nothing about a case."),
        code="bug",
    )


def in_words(explanation: Explanation) -> Explanation:
    """Sentence and remedy in the language in force."""
    return Explanation(explanation.code, tr(explanation.sentence), tr(explanation.remedy))
