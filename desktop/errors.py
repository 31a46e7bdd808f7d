"""The two kinds of failure: Known (a code, a sentence, a remedy) and Bug (a report without case content).

Leaves the wording in the person's language to `desktop.ui.notices`: the sentences here are the English source text.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """What a person is told: `code` is stable and documented, `sentence` says what happened, `remedy` what to do."""

    code: str
    sentence: str
    remedy: str


class KnownError(Exception):
    """A failure that was foreseen. Nothing is lost when it is raised, and it carries no case content.

    `details` holds only sizes, counts and ids, never what a person typed.
    """

    def __init__(self, code: str, sentence: str, remedy: str, **details: int | str) -> None:
        super().__init__(code)
        self.explanation = Explanation(code, sentence, remedy)
        self.details = details

    @property
    def code(self) -> str:
        return self.explanation.code


class Bug(Exception):  # noqa: N818  a bug is not an error of the person's; the name is the field's word here
    """A failure nobody foresaw: where it happened and of which type, never with which values."""

    def __init__(self, where: str, cause: BaseException) -> None:
        super().__init__(f"{where}: {type(cause).__name__}")
        self.where = where
        self.cause_type = type(cause).__name__
