"""The safe-contact rule: how a person may be reached without harm. It stands above every number (domain.md §7.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.model.record import FieldView

HIDDEN_PARTS = ("number", "address", "email_address")
"""Parts that are shown only after the rule was read and opened."""


@dataclass(frozen=True, slots=True)
class SafeContact:
    """The standing rule, ready to be shown; `has_number` says that a number is held and stays hidden.

    `forbids`: the channels that may not be used (voicemail, sms, letter, email).
    """

    level: str
    channel: str
    days: str
    start: str
    end: str
    who_may_answer: str
    if_another_answers: str
    via: str
    forbids: tuple[str, ...]
    has_number: bool
    contested: bool
    expires: str
    author: str
    unit: str
    at: str


def covered(rule: object) -> dict[str, Any]:
    """A contact rule without its number, address and e-mail."""
    return {name: part for name, part in rule.items() if name not in HIDDEN_PARTS} if isinstance(rule, Mapping) else {}


def open_number(rule: object) -> str:
    """The number itself, for the moment after a person opened the rule; "" when none stands."""
    return str(rule.get("number") or "") if isinstance(rule, Mapping) else ""


def can_send(rule: object) -> bool:
    """Whether a referral may leave with this block: a level, and a way to reach her or the plain word that there is
    none: "via" needs by whom, everything else but "none" a channel and a number.
    """
    if not isinstance(rule, Mapping) or not rule.get("level"):
        return False
    if rule["level"] == "none":
        return True
    if rule["level"] == "via":
        return bool(rule.get("via"))
    return bool(rule.get("channel") and rule.get("number"))


def read_contact(view: FieldView) -> SafeContact:
    """The rule in the field `rule` of a `safe_contact` record; unreadable means: do not contact."""
    rule: Mapping[str, Any] = view.value if isinstance(view.value, Mapping) else {"level": "none"}

    def text(name: str) -> str:
        return str(rule.get(name) or "")

    return SafeContact(
        level=text("level") or "none",
        channel=text("channel"),
        days=text("days"),
        start=text("from"),
        end=text("to"),
        who_may_answer=text("who_may_answer"),
        if_another_answers=text("if_another_answers"),
        via=text("via"),
        forbids=tuple(name for name in ("voicemail", "sms", "letter", "email") if rule.get(name) != "yes"),
        has_number=bool(rule.get("number")),
        contested=view.contested,
        expires=text("expires"),
        author=view.author,
        unit=view.unit,
        at=view.at,
    )
