"""Codes of the model in the person's words: agencies, steps, where an item stands, when something is due.

One place, so that every screen says the same. Leaves sentences that belong to one screen to that screen's model.
"""

from datetime import datetime

from PySide6.QtCore import QDateTime, QLocale

from desktop.i18n import tr, trn
from desktop.model.moment import moment

MINUTE, HOUR, DAY = 60, 3600, 86_400


def agency_word(agency: str) -> str:
    """The agency's name; an unknown one as it is written."""
    words = {
        "police": tr("Police"),
        "health": tr("Health"),
        "support": tr("Victim support"),
        "social": tr("Social work"),
    }
    return words.get(agency, agency)


def step_word(step: str) -> str:
    """One of the four steps of risk work."""
    words = {
        "identify": tr("Identify"),
        "assess": tr("Assess"),
        "act": tr("Act"),
        "follow_up": tr("Follow up"),
    }
    return words.get(step, step)


def kind_word(kind: str) -> str:
    """A kind of record, as a thing on its way is called."""
    words = {
        "case": tr("Case header"),
        "person": tr("Person"),
        "party": tr("Role in the case"),
        "safe_contact": tr("Safe contact"),
        "incident": tr("Incident"),
        "flag": tr("Flag"),
        "note": tr("Note"),
        "assessment": tr("Assessment"),
        "agreed_grade": tr("Agreed grade"),
        "action": tr("Action"),
        "order": tr("Protective order"),
        "consent": tr("Consent"),
        "referral": tr("Referral"),
        "referral_event": tr("Word on a referral"),
        "call_note": tr("Call note"),
        "disclosure": tr("Disclosure"),
        "resolution": tr("Decision on a conflict"),
        "review": tr("Review"),
        "relay": tr("Directory card"),
        "link": tr("Link to the shared file"),
        "key": tr("Key of a case"),
        "seat_request": tr("Request for a new seat"),
        "refused_entry": tr("Refused entry, for the leads"),
    }
    return words.get(kind, tr("Entry"))


def stage_words(stage: str, since: str, now: datetime) -> str:
    """Where an item stands, with the time it came there."""
    at = time_words(moment(since), now)
    words = {
        "laptop": tr("On this laptop since {time}", time=at),
        "outbox": tr("In outbox since {time}", time=at),
        "sent": tr("Sent at {time}, not yet confirmed", time=at),
        "server": tr("At server since {time}", time=at),
        "opened": tr("Opened, {time}", time=at),
        "refused": tr("Refused, {time}", time=at),
    }
    return words.get(stage, "")


def stage_short(stage: str) -> str:
    """Where an item stands, for a narrow cell."""
    words = {
        "laptop": tr("on this laptop"),
        "outbox": tr("in outbox"),
        "sent": tr("sent"),
        "server": tr("at server"),
        "opened": tr("opened"),
        "refused": tr("refused"),
    }
    return words.get(stage, "")


def time_words(at: datetime | None, now: datetime) -> str:
    """A moment as people say it: "10:42" today, "Fri 16:40" within a week, else with its date; empty for none."""
    if at is None:
        return ""
    local = at.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if days == 0:
        return _shown(local, "HH:mm")
    return _shown(local, "ddd HH:mm" if 0 < days < 7 else "d MMM HH:mm" if local.year == now.year else "d MMM yyyy")


def due_words(due: datetime | None, now: datetime) -> tuple[str, str]:
    """When something is due, and its tone: over is danger, today is warn, later is muted; ("", "muted") for none."""
    if due is None:
        return "", "muted"
    local = due.astimezone(now.tzinfo)
    seconds = (now - local).total_seconds()
    if seconds > 0:
        return _over(seconds), "danger"
    if local.date() == now.date():
        whole_day = (local.hour, local.minute) == (23, 59)
        return (tr("today") if whole_day else tr("by {time}", time=_shown(local, "HH:mm"))), "warn"
    return _shown(local, "ddd d MMM" if local.year == now.year else "d MMM yyyy"), "muted"


def day_words(now: datetime) -> str:
    """The day and time in full: "Monday 23 November, 10:42"."""
    return _shown(now, "dddd d MMMM, HH:mm")


def size_words(size: int) -> str:
    """Bytes as people read them."""
    return QLocale().formattedDataSize(size, 0, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def _over(seconds: float) -> str:
    if seconds < HOUR:
        return trn("%n min over|%n min over", max(1, int(seconds // MINUTE)))
    if seconds < DAY:
        return trn("%n hour over|%n hours over", int(seconds // HOUR))
    return trn("%n day over|%n days over", int(seconds // DAY))


def _shown(at: datetime, pattern: str) -> str:
    return QLocale().toString(QDateTime(at.year, at.month, at.day, at.hour, at.minute, 0), pattern)
