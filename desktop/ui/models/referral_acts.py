"""What may be done next with a referral, as data: its words, what has to be said with it, and why it is not possible.

A pure function of the page: the buttons are made from it, so none of them is dead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from desktop.i18n import tr
from desktop.model.referral import ENDED, OPEN_TO_DECISION, TAKEN, ReferralState, SideEvent
from desktop.ui.models.referral import FollowPage

_S = ReferralState


@dataclass(frozen=True)
class Blank:
    """Something to write with an act. `kind`: line, text, tick or when."""

    name: str
    words: str
    required: bool = False
    kind: str = "line"
    help: str = ""


@dataclass(frozen=True)
class Act:
    """One act. `state` is what is written; `fixed` goes with it unasked; `hindrance` says why it cannot be done yet."""

    code: str
    words: str
    icon: str
    state: str
    blanks: tuple[Blank, ...] = ()
    kind: str = "secondary"
    title: str = ""
    fixed: tuple[tuple[str, Any], ...] = ()
    hindrance: str = ""


CALL_BLANKS = "call"


def call_blanks() -> tuple[Blank, ...]:
    """The call note: who answered, read back, promised what by when."""
    return (
        Blank("answered", tr("Who answered?"), required=True),
        Blank("read_back", tr("The spoken reference was read back"), kind="tick"),
        Blank("promised", tr("What was promised?"), kind="text"),
        Blank("promised_by", tr("By when?"), help=tr("As it was said: “by 14:00”, “tomorrow morning”")),
    )


def acts_of(page: FollowPage, unit: str, unit_name: str) -> tuple[Act, ...]:
    """The acts of the own side, the likeliest first. `unit_name`: the other side's."""
    if page.sent_by_us:
        return (*_told(page, unit_name), *_sender(page, unit_name))
    return tuple(_recipient(page, page.own_call(unit), unit_name))


def _call(name: str, *, first: bool) -> Act:
    return Act(
        "call",
        tr("Call and log"),
        "phone-call",
        SideEvent.CALL_LOGGED.value,
        call_blanks(),
        kind="primary" if first else "secondary",
        title=tr("Call {unit}", unit=name),
        fixed=(("call_logged", True),),
    )


def _recipient(page: FollowPage, called: bool, sender: str) -> Iterator[Act]:  # noqa: FBT001  one fact of the page
    state = page.view.state
    if state in OPEN_TO_DECISION:
        yield Act(
            "accept", tr("Accept"), "circle-check", _S.ACCEPTED.value, kind="primary", title=_accept_words(sender)
        )
        yield _decline(page, called=called)
        ask = Blank("reason", tr("What do you need to know?"), required=True, kind="text")
        yield Act("ask", tr("Ask for more"), "message-square", _S.NEEDS_INFO.value, (ask,))
    yield from _working(page, ())
    if state in TAKEN:
        yield _decline(page, called=called, words=tr("Give it back"))
    if page.view.is_open:
        yield _call(sender, first=False)
    yield from _feedback(page, tr("Feedback was told"), tr("{unit} was told how it ended", unit=sender))


def _accept_words(sender: str) -> str:
    return tr("From now on you hold the risk, and {unit} is told so", unit=sender)


def _decline(page: FollowPage, *, called: bool, words: str = "") -> Act:
    high = page.view.grade.is_high
    return Act(
        "decline",
        words or tr("Decline"),
        "circle-x",
        _S.DECLINED.value,
        (
            Blank("reason", tr("Why?"), required=True, kind="text"),
            Blank("suggestion", tr("Who could help instead?")),
        ),
        title=tr("The risk goes back to the sender at once"),
        fixed=(("call_logged", True),) if called else (),
        hindrance=tr("High risk is declined only by telephone: call the sender and log the call first.")
        if high and not called
        else "",
    )


def _working(page: FollowPage, told: tuple[Blank, ...]) -> Iterator[Act]:
    """What follows once it was accepted; `told` asks who said so where the sender enters it."""
    view = page.view
    reached = {event.state for event in view.events}
    if view.state in TAKEN and SideEvent.FIRST_CONTACT not in reached:
        note = Blank("note", tr("How did it go?"), kind="text")
        words = tr("First safe contact made")
        yield Act("first_contact", words, "phone", SideEvent.FIRST_CONTACT.value, (*told, note), kind="primary")
    if view.may(_S.IN_PROGRESS):
        yield Act("progress", tr("Work has begun"), "route", _S.IN_PROGRESS.value, told)
    if view.may(_S.COMPLETED):
        outcome = Blank("outcome", tr("What came of it?"), required=True, kind="text")
        yield Act("complete", tr("Report the outcome"), "check-check", _S.COMPLETED.value, (*told, outcome))
    if view.may(_S.CLOSED_NO_CONTACT):
        tries = Blank("reason", tr("What was tried, and when?"), required=True, kind="text")
        words = tr("No contact was possible")
        yield Act("no_contact", words, "phone-off", _S.CLOSED_NO_CONTACT.value, (*told, tries))


def _told(page: FollowPage, recipient: str) -> Iterator[Act]:
    """The recipient's answers, entered by the sender as told by someone there."""
    if not page.by_told:
        return
    told = (
        Blank("told_by", tr("Who told you?"), required=True, help=tr("Name and time: they do not use this program")),
    )
    view = page.view
    if view.state in OPEN_TO_DECISION:
        words = tr("{unit} accepted", unit=recipient)
        yield Act("accept", words, "circle-check", _S.ACCEPTED.value, told, kind="primary")
        reason = Blank("reason", tr("Why?"), required=True, kind="text")
        suggestion = Blank("suggestion", tr("Whom did they suggest?"))
        called = (("call_logged", True),)  # who was told by them has spoken with them
        words = tr("{unit} declined", unit=recipient)
        yield Act("decline", words, "circle-x", _S.DECLINED.value, (*told, reason, suggestion), fixed=called)
        ask = Blank("reason", tr("What do they need to know?"), required=True, kind="text")
        words = tr("{unit} asks for more", unit=recipient)
        yield Act("ask", words, "message-square", _S.NEEDS_INFO.value, (*told, ask))
    yield from _working(page, told)


def _sender(page: FollowPage, recipient: str) -> Iterator[Act]:
    view = page.view
    if view.state is _S.NEEDS_INFO:
        answer = Blank("note", tr("Your answer"), required=True, kind="text", help=tr("No address, no hidden number"))
        yield Act(
            "answer", tr("Answer the question"), "message-square", SideEvent.INFO_GIVEN.value, (answer,), "primary"
        )
    if view.is_open:
        yield _call(recipient, first=page.phone_first)
        yield Act(
            "consent",
            tr("She withdrew her consent"),
            "hand",
            SideEvent.CONSENT_WITHDRAWN.value,
            (Blank("note", tr("What did she say, and could she speak freely?"), kind="text"),),
            title=tr("Sharing with {unit} stops at once, and they are told", unit=recipient),
        )
    if view.may(_S.WITHDRAWN):
        why = Blank("reason", tr("Why?"), required=True, kind="text")
        title = tr("{unit} is asked to stop; you hold the risk", unit=recipient)
        yield Act("withdraw", tr("Withdraw"), "undo-2", _S.WITHDRAWN.value, (why,), title=title)
    yield from _feedback(page, tr("Feedback reached us"), tr("You know how it ended"))


def _feedback(page: FollowPage, words: str, title: str) -> Iterator[Act]:
    if page.view.state in ENDED - {_S.WITHDRAWN} and not page.view.feedback_told:
        yield Act("feedback", words, "corner-up-left", SideEvent.FEEDBACK_TOLD.value, kind="primary", title=title)
