"""The circumstances in which something was said, and the five answers a question can have (domain.md §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from desktop.model.record import one_of


class Answer(StrEnum):
    """Five different answers; don't-know is never a no."""

    YES = "yes"
    NO = "no"
    DONT_KNOW = "dont_know"
    NOT_ASKED = "not_asked"
    REFUSED = "refused"


class Freely(StrEnum):
    """Could the person speak freely?"""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where, by phone or not, who was present or within hearing, interpreter, and whether she could speak freely."""

    place: str = ""
    by_phone: bool = False
    present: str = ""
    interpreter: str = ""
    freely: Freely = Freely.UNSURE

    @classmethod
    def read(cls, value: object) -> "Circumstances":
        """From a record's value; whatever is missing or unknown counts as *unsure*."""
        parts: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        freely = one_of(Freely, parts.get("freely"), Freely.UNSURE)
        return cls(
            place=str(parts.get("place") or ""),
            by_phone=parts.get("by_phone") in (True, "yes"),
            present=str(parts.get("present") or ""),
            interpreter=str(parts.get("interpreter") or ""),
            freely=freely,
        )


def counts_as(answer: Answer, freely: Freely) -> Answer:
    """What an answer counts as: unless she could speak freely, a no is no better than a don't-know."""
    if answer is Answer.NO and freely is not Freely.YES:
        return Answer.DONT_KNOW
    return answer


def to_confirm_alone(*, lowers: bool, freely: Freely) -> bool:
    """Whether a statement that lowers risk (a retraction) is only kept, to be confirmed alone."""
    return lowers and freely is not Freely.YES
