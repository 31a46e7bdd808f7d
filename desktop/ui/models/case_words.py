"""A case in words: why its grade stands, how to reach her safely, what happened, who is who.

Sentences only; what stands and why is decided in `desktop.model`. Hidden parts of a rule never enter a sentence here.
"""

from collections.abc import Mapping
from datetime import datetime

from PySide6.QtCore import QDate, QLocale

from desktop.i18n import tr, trn
from desktop.model.assessment import Assessment
from desktop.model.circumstances import Answer, Circumstances, Freely
from desktop.model.contact import SafeContact
from desktop.model.grade import StandingGrade
from desktop.model.moment import moment
from desktop.model.timeline import TimelineEntry
from desktop.ui.models.words import agency_word, kind_word, time_words
from desktop.ui.widgets.grade import grade_word
from desktop.ui.widgets.score import SumLine

WEEKDAYS, EVERY_DAY = "12345", "1234567"


def standing_words(standing: StandingGrade, now: datetime) -> str:
    """Why the grade stands: "Extreme (Health, last night 22:10), above agreed High (14 Nov)"."""
    params = standing.reason_params
    at = time_words(moment(params.get("at")), now)
    grade, agency = grade_word(standing.grade.value), agency_word(params.get("agency", ""))
    if standing.reason_code == "grade.none":
        return tr("not graded, nobody has assessed it yet")
    if standing.reason_code == "grade.agreed":
        return tr("{grade}, agreed {time}", grade=grade, time=at)
    if standing.reason_code == "grade.above_agreed":
        agreed_at = time_words(moment(params.get("agreed_at")), now)
        agreed = grade_word(params.get("agreed", ""))
        return tr(
            "{grade} ({agency}, {time}), above agreed {agreed} ({agreed_time})",
            grade=grade,
            agency=agency,
            time=at,
            agreed=agreed,
            agreed_time=agreed_at,
        )
    return tr("{grade} ({agency}, {time}); nothing agreed yet", grade=grade, agency=agency, time=at)


def role_word(role: str) -> str:
    """A person's role in this case."""
    words = {
        "victim": tr("victim"),
        "perpetrator": tr("perpetrator"),
        "child": tr("child"),
        "witness": tr("witness"),
        "other": tr("other"),
    }
    return words.get(role, role)


def part_word(name: str) -> str:
    """An identifying field, as a person calls it."""
    words = {
        "address": tr("Address"),
        "phone": tr("Phone"),
        "school": tr("School"),
        "work": tr("Work"),
        "doctor": tr("Doctor"),
        "car": tr("Car"),
    }
    return words.get(name, name)


# -- safe contact


def levels() -> tuple[tuple[str, str], ...]:
    """How she may be reached, from the freest."""
    return (
        ("free", tr("May be contacted freely")),
        ("restricted", tr("Only as written here")),
        ("via", tr("Only through someone else")),
        ("none", tr("Do not contact")),
    )


def channels() -> tuple[tuple[str, str], ...]:
    """The ways of reaching a person."""
    return (
        ("mobile", tr("Call the mobile")),
        ("call", tr("Call")),
        ("landline", tr("Call the landline")),
        ("work", tr("Call at work")),
        ("sms", tr("Text message")),
        ("email", tr("E-mail")),
        ("in_person", tr("Only in person")),
    )


def rule_words(contact: SafeContact) -> str:
    """The rule in one or two sentences, without its number."""
    if contact.level == "none":
        return tr("Do not contact her.")
    if contact.level == "via":
        return tr("Only through {via}.", via=contact.via or tr("someone not yet named"))
    channel = dict(channels()).get(contact.channel, contact.channel) or tr("No way is settled")
    parts = [", ".join(part for part in (channel, hours_words(contact.days, contact.start, contact.end)) if part) + "."]
    if contact.who_may_answer:
        parts.append(tr("May answer: {who}.", who=contact.who_may_answer))
    if contact.if_another_answers:
        parts.append(tr("If anyone else answers, {what}.", what=contact.if_another_answers))
    return " ".join(parts)


def hours_words(days: str, start: str, end: str) -> str:
    """As in "weekdays 09:00-12:00"; empty for any time."""
    hours = tr("{start}–{end}", start=start or "00:00", end=end or "24:00") if start or end else ""
    return " ".join(part for part in (days_words(days), hours) if part)


def days_words(days: str) -> str:
    """Week days, Monday is 1; empty for all."""
    if not days or days == EVERY_DAY:
        return ""
    if days == WEEKDAYS:
        return tr("weekdays")
    form = QLocale.FormatType.ShortFormat
    return ", ".join(QLocale().dayName(int(day), form) for day in days if day in EVERY_DAY)


def forbidden_words(contact: SafeContact) -> list[tuple[str, str]]:
    """The ways that may not be used, as (sign, words)."""
    words = {
        "letter": ("mail-x", tr("No letters")),
        "sms": ("message-square-off", tr("No text messages")),
        "voicemail": ("voicemail", tr("No voicemail")),
        "email": ("mail-x", tr("No e-mail")),
    }
    return [words[name] for name in ("letter", "sms", "voicemail", "email") if name in contact.forbids]


# -- assessments


def answer_word(answer: Answer) -> str:
    """One of the five answers."""
    words = {
        Answer.YES: tr("Yes"),
        Answer.NO: tr("No"),
        Answer.DONT_KNOW: tr("Don’t know"),
        Answer.NOT_ASKED: tr("Not asked"),
        Answer.REFUSED: tr("Refused"),
    }
    return words[answer]


def circumstances_words(said: Circumstances) -> str:
    """Where and before whom it was said, and whether she could speak freely."""
    freely = {
        Freely.YES: tr("could speak freely"),
        Freely.NO: tr("could not speak freely"),
        Freely.UNSURE: tr("not sure that she could speak freely"),
    }[said.freely]
    interpreter = tr("interpreter {name}", name=said.interpreter) if said.interpreter else ""
    parts = (said.place, tr("by phone") if said.by_phone else "", said.present, interpreter, freely)
    return " · ".join(part for part in parts if part)


def sum_lines(assessment: Assessment) -> tuple[SumLine, ...]:
    """The arithmetic as it was signed: what counted, what stayed open, and the sum where the tool gives one."""
    result = assessment.tool_result
    counted = [line for line in assessment.lines if line.answer is Answer.YES]
    lines = [SumLine(line.label or line.code, f"{line.weight:+g}") for line in counted]
    opened = [line for line in assessment.lines if line.answer not in (Answer.YES, Answer.NO)]
    if opened:
        lines.append(SumLine(trn("%n answer open|%n answers open", len(opened)), "?"))
    if result.possible:
        lines.append(SumLine(tr("Answered"), tr("{n} of {of}", n=result.answered, of=result.possible)))
    if result.score is not None:
        lines.append(SumLine(tr("Sum: {band}", band=grade_word(result.grade.value)), f"{result.score:g}", strong=True))
    return tuple(lines)


# -- what happened


def timeline_words(entry: TimelineEntry, unit_names: Mapping[str, str]) -> str:
    """One line of the timeline."""
    facts = dict(entry.params)
    for name in ("to_unit", "recipient"):
        facts[name] = unit_names.get(facts.get(name, ""), facts.get(name, ""))
    facts["grade"] = grade_word(facts.get("grade", ""))
    kind = facts.get("incident_kind", "")
    sentences = {
        "timeline.incident": tr("Incident: {what}", what=kind) if kind else tr("Incident"),
        "timeline.assessment": tr("Assessment signed: {grade}", **facts),
        "timeline.agreed_grade": tr("Working grade agreed: {grade}", **facts),
        "timeline.note": note_word(facts.get("note_kind", "")),
        "timeline.action": tr("Action: {what}", what=_with_state(facts)),
        "timeline.order": tr("Order made: {what}", what=facts.get("order_kind", "")),
        "timeline.referral": tr("Referred to {to_unit}", **facts),
        "timeline.referral_event": tr("Referral: {what}", what=event_word(facts.get("state", ""))),
        "timeline.consent": tr("Consent: {what}", what=consent_word(facts.get("state", ""))),
        "timeline.disclosure": tr("Shared with {who}", who=_agencies(facts.get("recipient", ""))),
        "timeline.call_note": tr("Call noted"),
        "timeline.resolution": tr("Decided between two values: {what}", what=kind_word(facts.get("of_kind", ""))),
        "timeline.flag": tr("Flag: {what}", what=facts.get("label", "")),
        "timeline.opened": tr("Case opened"),
    }
    return sentences.get(entry.title_code, kind_word(entry.kind))


def event_word(state: str) -> str:
    """A word on a referral."""
    words = {
        "sent": tr("sent"),
        "delivered": tr("delivered"),
        "seen": tr("seen"),
        "accepted": tr("accepted"),
        "declined": tr("declined"),
        "needs_info": tr("more was asked for"),
        "in_progress": tr("being worked on"),
        "completed": tr("completed"),
        "closed_no_contact": tr("closed, no contact made"),
        "withdrawn": tr("withdrawn"),
        "draft": tr("not sent yet"),
        "ready": tr("ready to send"),
    }
    return words.get(state, state.replace("_", " "))


def consent_word(state: str) -> str:
    """A state of consent."""
    words = {
        "given": tr("given"),
        "not_needed": tr("not needed"),
        "not_asked": tr("not asked"),
        "refused": tr("refused"),
        "withdrawn": tr("withdrawn"),
    }
    return words.get(state, state)


def action_word(state: str) -> str:
    """Open, or one of the three endings."""
    words = {
        "open": tr("open"),
        "done": tr("Done"),
        "not_possible": tr("Not possible, circumstances changed"),
        "not_undertaken": tr("Not undertaken"),
    }
    return words.get(state, state)


def note_word(kind: str) -> str:
    """What a note is: what was seen or heard, or what someone thinks of it."""
    words = {"fact": tr("Note: fact"), "opinion": tr("Note: opinion")}
    return words.get(kind, tr("Note"))


def sign_of(kind: str) -> str:
    """The sign of a kind of record in a timeline."""
    signs = {
        "incident": "circle-alert",
        "assessment": "stethoscope",
        "agreed_grade": "users",
        "note": "quote",
        "action": "list-checks",
        "order": "calendar-clock",
        "referral": "route",
        "referral_event": "route",
        "consent": "hand",
        "disclosure": "link",
        "call_note": "phone-call",
        "resolution": "split",
        "flag": "flag",
        "case": "folder-open",
    }
    return signs.get(kind, "circle")


def day_short(at: str, now: datetime) -> str:
    """The day in a narrow column: "Mon 23" within four weeks, else "3 May"."""
    found = moment(at)
    if found is None:
        return ""
    local = found.astimezone(now.tzinfo).date()
    near = abs((now.date() - local).days) < 28
    pattern = "ddd d" if near else "d MMM" if local.year == now.year else "MMM yyyy"
    return QLocale().toString(QDate(local.year, local.month, local.day), pattern)


def day_only(at: str, now: datetime) -> str:
    """A date: "14 Nov", with its year when it is another one."""
    found = moment(at)
    if found is None:
        return ""
    local = found.astimezone(now.tzinfo).date() if len(at) > 10 else found.date()
    pattern = "d MMM" if local.year == now.year else "d MMM yyyy"
    return QLocale().toString(QDate(local.year, local.month, local.day), pattern)


def _with_state(facts: Mapping[str, str]) -> str:
    state = facts.get("state", "open")
    title = facts.get("title", "")
    return title if state == "open" else f"{title} · {action_word(state)}"


def _agencies(names: str) -> str:
    return ", ".join(agency_word(name) for name in names.split(", "))
