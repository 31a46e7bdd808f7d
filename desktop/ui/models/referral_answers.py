"""The answers of a referral's form as its last page reads them, and what the form is prefilled with from the case.

Pure but for opening the form's session. Leaves what is shared to `referral_items`.
"""

import random
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from desktop.forms.drafts import Draft
from desktop.forms.engine.environment import Environment
from desktop.forms.engine.session import FormSession
from desktop.forms.engine.views import QuestionView
from desktop.forms.xform.definition import FormDefinition, parse_xform
from desktop.model.case import CaseFile
from desktop.model.grade import Grade
from desktop.model.partner import Relay
from desktop.model.person import Party, PartyRole
from desktop.store.form_versions import FormVersion
from desktop.ui.models.referral_words import date_words
from desktop.ui.widgets.grade import grade_word
from sync.records import CONTACT_LEVELS

FORM = "agency-referral"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PHONES = frozenset({"mobile", "landline", "work", "phone", "call"})
CHANNELS = {"sms": "sms", "email": "email", "in_person": "visit", "letter": "letter", "messenger": "messenger"}
FLAGS = {"threats_to_kill": "threats", "separation_control_violence": "control", "honour_based": "honour"}
FORM_FLAGS = frozenset({"strangulation", "threats", "firearm", "control", "honour", "pregnancy"})
_HOUR = re.compile(r"\d{1,2}[:.]\d{2}")
_OTHER = re.compile(r"\[(\d+)\]/[^/]+$")


@dataclass(frozen=True)
class Filled:
    """What was answered: `values` by the question's name, `words` as a person reads them; `others`: each further
    person named in the form, by the question's name, in words.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Mapping[str, str], ...] = ()

    def value(self, name: str) -> str:
        """The answer as the form keeps it."""
        return self.values.get(name, "").strip()

    def word(self, name: str) -> str:
        """The answer as a person reads it."""
        return self.words.get(name, "").strip()

    def chosen(self, name: str) -> frozenset[str]:
        """The choices of a question that takes several."""
        return frozenset(self.value(name).split())


def open_session(
    version: FormVersion, answers: Mapping[str, str], now: Callable[[], datetime], zone: tzinfo
) -> FormSession:
    """The form with its answers, in its own version. Errors: `FormError`."""
    definition = _definition(version.xform, tuple(version.resources.items()))
    environment = Environment(now, zone, lambda: str(uuid.uuid4()), random.SystemRandom().random)
    return FormSession(definition, environment, draft=Draft(version.head.form_hash, answers) if answers else None)


@lru_cache(maxsize=2)
def _definition(xform: str, resources: tuple[tuple[str, str], ...]) -> FormDefinition:
    """A version never changes, so it is read once, not at every tick of the page."""
    return parse_xform(xform, resources={name: text.encode() for name, text in resources})


def read_filled(session: FormSession) -> Filled:
    """Every relevant answer."""
    values: dict[str, str] = {}
    words: dict[str, str] = {}
    others: dict[str, dict[str, str]] = {}
    for view in (node for page in session.pages() for node in page.nodes):
        name = view.ref.rsplit("/", 1)[-1]
        place = _OTHER.search(view.ref)
        if place is not None:
            others.setdefault(place[1], {})[name] = _words(view)
        else:
            values[name], words[name] = view.value, _words(view)
    return Filled(values, words, tuple(others.values()))


def _words(view: QuestionView) -> str:
    """An answer in the form's own words."""
    if view.choices:
        picked = set(view.value.split()) if view.kind == "select_multiple" else {view.value}
        return ", ".join(choice.label for choice in view.choices if choice.value in picked)
    return date_words(view.value) if view.kind == "date" else view.value


def prefill(session: FormSession, answers: Mapping[str, str]) -> dict[str, str]:
    """The draft of a new form with `answers` (by the question's name) in it; a name the form lacks is left out."""
    refs = {ref.rsplit("/", 1)[-1]: ref for ref in session.draft().values}
    for name, value in answers.items():
        if value and name in refs:
            session.set_value(refs[name], value)
    return dict(session.draft().values)


def prefilled(file: CaseFile, relay: Relay, sender: str, call_back: str, reference: str) -> dict[str, str]:
    """What the case already says, by the question's name. What it does not say stays open: nothing is guessed."""
    victim = victim_of(file)
    standing = file.grades.standing
    params = standing.reason_params
    own = file.assessments[-1] if file.assessments else None
    facts = {
        "sender": sender,
        "call_back": call_back,
        "recipient_unit": relay.name,
        "recipient_person": relay.relay,
        "reference": reference,
        "person_name": victim.name if victim else "",
        "birth_date": victim.born if victim and len(victim.born) == len("2026-01-31") else "",
        "language": ", ".join(part for part in (victim.language, victim.interpreter) if part) if victim else "",
        "address_protected": "yes" if victim and "address" in victim.hidden else "",
        "grade": standing.grade.value if standing.grade is not Grade.UNGRADED else "",
        "grade_tool": params.get("tool", "") or (own.tool if own else ""),
        "grade_date": params.get("at", "")[:10],
        "flags": " ".join(_form_flags(file)),
        "last_incident": last_incident(file),
    }
    rule = file.safe_contact.value if file.safe_contact else None
    return facts | contact_answers(rule if isinstance(rule, Mapping) else {})


def victim_of(file: CaseFile) -> Party | None:
    """Whom the referral is about: the first victim."""
    return next((party for party in file.parties if party.role is PartyRole.VICTIM), None)


def last_incident(file: CaseFile) -> str:
    """The newest incident as it was written, with its day."""
    if not file.incidents:
        return ""
    last = max(file.incidents, key=lambda one: one.text("on") or one.at)
    told = last.text("account") or last.text("incident_kind")
    return ": ".join(part for part in (date_words(last.text("on")), told) if part)


def _form_flags(file: CaseFile) -> list[str]:
    codes = [FLAGS.get(flag.code, flag.code) for flag in file.flags]
    return [code for code in codes if code in FORM_FLAGS]


def contact_answers(rule: Mapping[str, Any]) -> dict[str, str]:
    """The case's contact rule as answers of the form; none while there is no rule."""
    level = str(rule.get("level") or "")
    if level == "via":
        return {"contact_way": "via", "via": str(rule.get("via") or "")}
    if level not in {"free", "restricted"}:
        return {}
    channel = str(rule.get("channel") or "")
    hours = "–".join(str(rule[name]) for name in ("from", "to") if rule.get(name))
    answers = {
        "contact_way": "direct",
        "channel": "phone" if channel in PHONES else CHANNELS.get(channel, ""),
        "number": str(rule.get("number") or ""),
        "days": " ".join(DAYS[int(day) - 1] for day in str(rule.get("days") or "") if day in "1234567"),
        "hours": hours,
        "who_may_answer": str(rule.get("who_may_answer") or ""),
        "if_another": str(rule.get("if_another_answers") or ""),
        "verified_on": str(rule.get("verified_on") or ""),
        "expires_on": str(rule.get("expires") or ""),
    }
    safe = {f"{name}_safe": str(rule.get(name) or "") for name in ("voicemail", "sms", "letter", "email")}
    return answers | {name: word for name, word in safe.items() if word in {"yes", "no", "unsure"}}


def contact_rule(filled: Filled, case_rule: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The rule that goes along, as one register, and whether the case's own stands over the form's for being stricter.

    A freer answer in the form never loosens the rule of the case (domain.md §7, safety-first).
    """
    written = _written_rule(filled, case_rule)
    if _rank(case_rule) > _rank(written) or not written:
        return dict(case_rule), bool(written)
    return written, False


def _written_rule(filled: Filled, case_rule: Mapping[str, Any]) -> dict[str, Any]:
    way = filled.value("contact_way")
    if way == "via":
        return {"level": "via", "via": filled.value("via")}
    if way != "direct":
        return {}
    level = case_rule.get("level")
    hours = _HOUR.findall(filled.value("hours"))
    channel = filled.value("channel")
    held = str(case_rule.get("channel") or "")
    return {
        "level": level if level in {"free", "restricted"} else "restricted",
        "channel": held if channel == "phone" and held in PHONES else channel,
        "number": filled.value("number"),
        "days": "".join(str(place) for place, day in enumerate(DAYS, 1) if day in filled.chosen("days")),
        "from": hours[0] if len(hours) == 2 else filled.value("hours"),
        "to": hours[1] if len(hours) == 2 else "",
        "who_may_answer": filled.value("who_may_answer"),
        "if_another_answers": filled.value("if_another"),
        **{name: filled.value(f"{name}_safe") for name in ("voicemail", "sms", "letter", "email")},
        "verified_on": filled.value("verified_on"),
        "expires": filled.value("expires_on"),
    }


def _rank(rule: Mapping[str, Any]) -> int:
    level = rule.get("level")
    if not level:
        return -1
    return CONTACT_LEVELS.index(level) if level in CONTACT_LEVELS else len(CONTACT_LEVELS)


def grade_told(filled: Filled, standing: Grade) -> str:
    """Tool and date of the grade, and the form's own grade where it is another than the one that stands."""
    by = ", ".join(part for part in (filled.word("grade_tool"), filled.word("grade_date")) if part)
    said = filled.value("grade")
    other = grade_word(said) if said and said != standing.value else ""
    return " · ".join(part for part in (by, other) if part)
