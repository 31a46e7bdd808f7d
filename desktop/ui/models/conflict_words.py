"""A conflict in words: which field, what each side says, what stands meanwhile and why.

A number or an address never enters a sentence here: both are told as held, and whether they differ.
"""

from collections.abc import Mapping
from typing import Any

from desktop.i18n import tr, trn
from desktop.model.conflict import ConflictView, Side, differing_parts
from desktop.model.contact import HIDDEN_PARTS, read_contact
from desktop.model.protection import base_field
from desktop.model.record import FieldView
from desktop.ui.models.case_words import (
    action_word,
    channels,
    consent_word,
    days_words,
    levels,
    part_word,
    role_word,
    rule_words,
)
from desktop.ui.models.words import kind_word
from desktop.ui.widgets.conflict import Line
from desktop.ui.widgets.grade import grade_word

TEXTS = frozenset(
    {
        "aim", "outcome_wanted", "account", "conditions", "note", "place", "incident_kind", "title", "lowers_risk",
        "reason", "dissent", "scope", "name", "language", "interpreter", "order_kind", "basis", "label", "code_name",
    }
)  # fmt: skip
"""Fields of free words: both values can be kept in one, and a new one can be typed."""
PARTS = (
    "level", "channel", "number", "address", "email_address", "days", "hours", "who_may_answer", "if_another_answers",
    "via", "voicemail", "sms", "letter", "email", "verified_on", "expires",
)  # fmt: skip
_BOTH = " / "


def is_rule(view: ConflictView) -> bool:
    """Whether the field is a whole safe-contact rule."""
    return (view.kind, view.field) == ("safe_contact", "rule")


def is_hidden(view: ConflictView) -> bool:
    """Whether the values themselves identify where someone is: hidden until opened."""
    return bool(base_field(view.field))


def can_keep_both(view: ConflictView) -> bool:
    """Whether both values can stand in one: free words only."""
    return view.field in TEXTS and all(isinstance(side.value, str) for side in view.sides)


def both(view: ConflictView) -> str:
    """Both values in one."""
    return _BOTH.join(str(side.value) for side in view.sides if side.value)


def field_title(view: ConflictView) -> str:
    """What the values are of: "safe contact", "grade"."""
    words = {
        ("safe_contact", "rule"): tr("Safe contact"),
        ("agreed_grade", "grade"): tr("Agreed grade"),
        ("agreed_grade", "considered"): tr("Assessments considered"),
        ("agreed_grade", "dissent"): tr("Dissent"),
        ("consent", "state"): tr("Consent"),
        ("action", "state"): tr("How an action ended"),
        ("party", "present"): tr("Whether a person is in the case"),
        ("party", "role"): tr("Role of a person"),
        ("flag", "raised"): tr("Whether a flag is raised"),
        ("case", "aim"): tr("Aim of the case"),
        ("case", "status"): tr("Whether the case is open"),
        ("case", "lead_worker"): tr("Lead worker"),
        ("order", "ends"): tr("End of an order"),
    }
    known = words.get((view.kind, view.field))
    if known:
        return known
    base = base_field(view.field)
    name = part_word(base) if base else view.field.replace("_", " ").capitalize()
    return tr("{kind}: {field}", kind=kind_word(view.kind), field=name)


def ordered(view: ConflictView) -> tuple[Side, ...]:
    """The sides with our own first, so that the key 1 keeps ours."""
    return tuple(sorted(view.sides, key=lambda side: (not side.mine, side.agency, side.at)))


def stands_words(view: ConflictView) -> tuple[str, str]:
    """(title, what stands and why) while nobody has decided."""
    titles = {
        "stands.contact": (tr("Until you decide, the stricter rule stands"), _contact_stands(view)),
        "stands.grade": (
            tr("Until you decide, the higher grade stands"),
            tr("{value}. Clocks and lists use it.", value=value_words(view, view.stands)),
        ),
        "stands.consent": (
            tr("Until you decide, sharing stops"),
            tr("{value}: the answer that shares least stands.", value=value_words(view, view.stands).capitalize()),
        ),
        "stands.mark": (tr("Until you decide, the mark stands"), tr("Whatever it protects stays protected.")),
        "stands.present": (
            tr("Until you decide, nothing is taken away"),
            tr("What was added or kept stays; the removal waits."),
        ),
    }
    neither = (
        tr("Until you decide, neither value stands"),
        tr("Both are shown wherever it is used; nobody is told only one of them."),
    )
    return titles.get(view.why, neither)


def _contact_stands(view: ConflictView) -> str:
    """The combined rule in a sentence, and what in it nobody may use."""
    contact = read_contact(FieldView(view.stands))
    allowed = [words for name, words in _permissions() if name not in contact.forbids]
    may = tr("Allowed: {ways}.", ways=", ".join(allowed)) if allowed else tr("No letters, texts, voicemail or e-mail.")
    undecided = view.stands.get("undecided", ()) if isinstance(view.stands, Mapping) else ()
    number = tr("The numbers differ, so none may be used.") if "number" in undecided else ""
    return " ".join(part for part in (rule_words(contact), may, number) if part)


def _permissions() -> tuple[tuple[str, str], ...]:
    return (
        ("voicemail", tr("voicemail")),
        ("sms", tr("text messages")),
        ("letter", tr("letters")),
        ("email", tr("e-mail")),
    )


# -- values


def side_lines(view: ConflictView, side: Side, *, opened: bool) -> tuple[Line, ...]:
    """What a side says, line by line; the parts on which the sides differ are marked. `opened`: hidden ones too."""
    if is_rule(view) and isinstance(side.value, Mapping):
        return _rule_lines(view, side.value, opened=opened)
    words = value_words(view, side.value)
    if is_hidden(view) and not opened and side.value is not None:
        words = tr("protected, hidden until it is opened")
    return (Line(field_title(view), words, differs=True),)


def _rule_lines(view: ConflictView, rule: Mapping[str, Any], *, opened: bool) -> tuple[Line, ...]:
    differ = set(differing_parts(view.sides))
    if differ & {"from", "to"}:
        differ.add("hours")
    lines = [
        Line(_part_name(name), _part_words(rule, name, opened=opened), differs=True) for name in PARTS if name in differ
    ]
    same = [name for name in PARTS if name not in differ and _part(rule, name)]
    if same:
        said = [f"{_part_name(name)}: {_part_words(rule, name, opened=opened)}" for name in same]
        lines.append(Line(tr("The same"), " · ".join(said)))
    return tuple(lines)


def _part(rule: Any, name: str) -> Any:
    if not isinstance(rule, Mapping):
        return None
    return rule.get("from") or rule.get("to") if name == "hours" else rule.get(name)


def _part_words(rule: Mapping[str, Any], name: str, *, opened: bool) -> str:
    value = _part(rule, name)
    if name in HIDDEN_PARTS:
        if not value:
            return tr("none")
        return str(value) if opened else tr("held, hidden until it is opened")
    if name == "hours":
        start, end = rule.get("from") or "00:00", rule.get("to") or "24:00"
        return tr("{start}–{end}", start=start, end=end) if value else tr("any time")
    if name == "days":
        return days_words(str(value or "")).capitalize() or tr("any day")
    named = {"level": dict(levels()), "channel": dict(channels())}.get(name)
    if named is not None:
        return named.get(str(value or ""), str(value or tr("not said")))
    if name in ("voicemail", "sms", "letter", "email"):
        return tr("Allowed") if value == "yes" else tr("No")
    return str(value) if value else tr("not said")


def _part_name(name: str) -> str:
    words = {
        "level": tr("Contact"),
        "channel": tr("Way"),
        "number": tr("Number"),
        "address": tr("Address"),
        "email_address": tr("E-mail address"),
        "days": tr("Days"),
        "hours": tr("Hours"),
        "who_may_answer": tr("May answer"),
        "if_another_answers": tr("If another answers"),
        "via": tr("Through"),
        "voicemail": tr("Voicemail"),
        "sms": tr("Text message"),
        "letter": tr("Letters"),
        "email": tr("E-mail"),
        "verified_on": tr("Checked on"),
        "expires": tr("Valid until"),
    }
    return words.get(name, name)


def value_words(view: ConflictView, value: Any) -> str:
    """A plain value in words; never one that `is_hidden`, which the caller opens first."""
    if value is None or value == "":
        return tr("taken away")
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, list):
        simple = [str(item) for item in value if isinstance(item, str | int | float)]
        return ", ".join(simple) if len(simple) == len(value) else trn("%n entry|%n entries", len(value))
    if isinstance(value, Mapping):
        return trn("%n part|%n parts", len(value))
    known = {
        ("agreed_grade", "grade"): grade_word,
        ("consent", "state"): consent_word,
        ("action", "state"): action_word,
        ("party", "role"): role_word,
    }.get((view.kind, view.field))
    return known(str(value)) if known else str(value)
