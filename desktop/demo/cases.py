"""About thirty invented cases as values: who is in them, what happened, who graded what, what is shared with whom.

A `Writing` is one thing written by one member some hours ago. Leaves the writing itself to `desktop.demo.seeding`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from desktop.demo.partnership import HEALTH, POLICE, SUPPORT
from desktop.demo.people import (
    ACTION_TITLES,
    AIMS,
    CODE_WORDS,
    IF_ANOTHER_ANSWERS,
    INCIDENT_KINDS,
    INCIDENT_PLACES,
    LANGUAGES,
    full_name,
    telephone,
)
from desktop.model.grade import Grade

HOURS_A_DAY = 24
FLAG_STEPS: Mapping[str, Sequence[Mapping[str, str]]] = {
    "strangulation": (
        {"act": "Offer a medical check today, also without marks", "who": "you", "within": "now"},
        {"act": "Tell the duty lead", "who": "you", "within": "1 hour"},
    ),
    "firearm": (
        {"act": "Do not go back alone", "who": "you", "within": "now"},
        {"act": "Have the weapons register checked", "who": "duty lead", "within": "today"},
    ),
    "threats_to_kill": ({"act": "Plan tonight: where she sleeps, who knows", "who": "you", "within": "now"},),
    "pregnancy": ({"act": "Offer the midwife's line", "who": "you", "within": "today"},),
}
FLAG_LABELS: Mapping[str, str] = {
    "strangulation": "Strangulation",
    "firearm": "Firearm",
    "threats_to_kill": "Threats to kill",
    "pregnancy": "Pregnancy",
}


@dataclass(frozen=True)
class Writing:
    """One record written by `member`, `hours_ago`; in the unit's own file or, where `shared`, in the shared one.

    `record` None means write-once: the change founds the record.
    """

    member: str
    hours_ago: float
    kind: str
    record: str | None
    fields: Mapping[str, Any]
    shared: bool = False


@dataclass(frozen=True)
class DemoCase:
    """A case of the police unit. `shared_with`: agencies that hold its shared file, the police always among them."""

    code_name: str
    writings: tuple[Writing, ...]
    shared_with: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    opened_hours_ago: float = 0.0


def demo_cases(now: datetime, *, seed: int = 214, count: int = 30) -> tuple[DemoCase, ...]:
    """The whole caseload; the same `seed` and `now` give the same cases. The first is the one the practice day uses."""
    dice = Random(seed)
    return (_harbour(now), *(_case(dice, now, index) for index in range(1, count)))


def contact_rule(dice: Random) -> dict[str, Any]:
    """A safe-contact rule: one register, because its parts make sense only together."""
    start = dice.choice(("08:00", "09:00", "10:00"))
    return {
        "level": "restricted",
        "channel": "mobile",
        "number": telephone(dice),
        "days": dice.choice(("12345", "135", "24")),
        "from": start,
        "to": dice.choice(("12:00", "14:00", "16:00")),
        "who_may_answer": "only she herself",
        "if_another_answers": dice.choice(IF_ANOTHER_ANSWERS),
        "voicemail": "no",
        "sms": dice.choice(("yes", "no")),
        "letter": "no",
        "email": "no",
    }


def _harbour(now: datetime) -> DemoCase:
    """The case of the practice day: three agencies, a disagreement, a child, flags with their steps."""
    dice = Random(1)
    rule = contact_rule(dice) | {"days": "12345", "from": "09:00", "to": "14:00", "sms": "yes",
                                 "if_another_answers": IF_ANOTHER_ANSWERS[0]}  # fmt: skip
    people = (
        *_person("alder", 300, "wren", "Wren Teixeira", "victim", born="1991", language="Portuguese", address=True),
        *_person("alder", 300, "flint", "Flint Teixeira", "perpetrator", born="1987"),
        *_person("alder", 299, "pip", "Pip", "child", born="2020"),
        *_person("alder", 150, "moss", "Moss Eklund", "witness"),
    )
    writings = (
        *people,
        Writing("alder", 298, "incident", "i1", _incident(now, 300, "kitchen", "threatened with a tool")),
        Writing("alder", 150, "incident", "i2", _incident(now, 152, "yard", INCIDENT_KINDS[0])),
        Writing("alder", 150, "assessment", None, _assessment(now, 150, Grade.HIGH, 11, ("firearm",)), shared=True),
        Writing("linden", 120, "assessment", None, _assessment(now, 120, Grade.EXTREME, 13, ("strangulation",)),
                shared=True),
        *(Writing("alder", 119, "flag", code, _flag(code), shared=True) for code in ("strangulation", "firearm")),
        Writing("hazel", 96, "agreed_grade", "agreed", _agreed(now, 96, Grade.HIGH), shared=True),
        Writing("alder", 140, "safe_contact", "wren", {"person": "wren", "rule": rule}, shared=True),
        Writing("alder", 95, "action", "a1", _action("Safe-contact check", "R. Alder", _in(now, 4)), shared=True),
        Writing("hazel", 95, "action", "a2", _action("Arrange an interpreter", "T. Hazel", _in(now, -50)), shared=True),
        Writing("alder", 72, "order", "o1", {"order_kind": "Barring order", "starts": _day(now, -72),
                                             "ends": _day(now, 110), "conditions": "Not within 200 metres"},
                shared=True),
        Writing("alder", 140, "consent", "c1", {"state": "given", "recipient": "", "scope": "health and support",
                                                "circumstances": _circumstances("yes")}, shared=True),
    )  # fmt: skip
    return DemoCase("Harbour 214", writings, (POLICE, HEALTH, SUPPORT), _header(AIMS[0], "R. Alder", now, 300), 300)


def _case(dice: Random, now: datetime, index: int) -> DemoCase:
    """One generated case; every third is shared, so that both halves of the caseload have something in them."""
    opened = dice.uniform(2, 90) * HOURS_A_DAY
    lead = dice.choice(("alder", "alder", "rowan"))
    shared_with = (
        dice.choice(((POLICE, HEALTH), (POLICE, SUPPORT), (POLICE, HEALTH, SUPPORT))) if index % 3 == 0 else ()
    )
    shared = bool(shared_with)
    grade = dice.choices(list(Grade), weights=(2, 4, 5, 4, 1))[0]
    writings = [
        *_person(lead, opened, "v", full_name(dice), "victim", language=dice.choice(LANGUAGES), address=True),
        *_person(lead, opened, "p", full_name(dice), "perpetrator"),
        *(_person(lead, opened, "k", full_name(dice), "child", born=str(dice.randint(2012, 2025)))
          if dice.random() < 0.4 else ()),
        Writing(lead, opened - 1, "incident", "i1",
                _incident(now, opened, dice.choice(INCIDENT_PLACES), dice.choice(INCIDENT_KINDS))),
        Writing(lead, opened * 0.8, "safe_contact", "v", {"person": "v", "rule": contact_rule(dice)}, shared=shared),
    ]  # fmt: skip
    if grade is not Grade.UNGRADED:
        flags = tuple(dice.sample(sorted(FLAG_LABELS), dice.randint(0, 2))) if grade.is_high else ()
        assessment = _assessment(now, opened * 0.7, grade, dice.randint(1, 14), flags)
        writings.append(Writing(lead, opened * 0.7, "assessment", None, assessment, shared=shared))
        writings.extend(
            Writing(lead, opened * 0.69, "flag", code, _flag(code, done=True), shared=shared) for code in flags
        )
    owner = {"alder": "R. Alder", "rowan": "M. Rowan"}[lead]
    for number in range(dice.randint(0, 2)):
        due = _in(now, dice.choice((-30, 3, 30, 120, 400)))
        title = dice.choice(ACTION_TITLES)
        writings.append(Writing(lead, opened * 0.5, "action", f"a{number}", _action(title, owner, due), shared=shared))
    name = f"{CODE_WORDS[index % len(CODE_WORDS)]} {dice.randint(1, 299):03d}"
    return DemoCase(name, tuple(writings), shared_with, _header(dice.choice(AIMS), owner, now, opened), opened)


def _header(aim: str, lead: str, now: datetime, hours: float) -> dict[str, Any]:
    return {
        "aim": aim,
        "outcome_wanted": "no new incident within three months",
        "lead_worker": lead,
        "status": "open",
        "opened_on": _day(now, -hours),
    }


def _person(
    member: str, hours: float, record: str, name: str, role: str, *, born: str = "", language: str = "",
    address: bool = False,
) -> Iterator[Writing]:  # fmt: skip
    """A person and their role. A victim's address bears the protected mark from the start."""
    about: dict[str, Any] = {"name": name}
    about |= {"born": born} if born else {}
    about |= {"language": language} if language else {}
    about |= {"address": "Old mill lane 3", "address_protected": True} if address else {}
    yield Writing(member, hours, "person", record, about)
    yield Writing(member, hours, "party", record, {"person": record, "role": role, "present": True})


def _incident(now: datetime, hours: float, place: str, what: str) -> dict[str, Any]:
    return {"on": _day(now, -hours), "incident_kind": what, "place": place, "account": f"In the {place}: {what}."}


def _circumstances(freely: str) -> dict[str, Any]:
    return {"place": "at home", "by_phone": False, "present": "nobody else", "interpreter": "", "freely": freely}


def _assessment(now: datetime, hours: float, grade: Grade, points: int, flags: Sequence[str]) -> dict[str, Any]:
    """A signed assessment of the partnership's own risk record, as seeded history."""
    return {
        "form": "risk-record",
        "tool": "Partnership risk record",
        "tool_result": {"score": points, "band": grade.value, "grade": grade.value, "answered": 19, "possible": 19,
                        "could_reach": grade.value},
        "grade": grade.value,
        "reason": "as the record shows",
        "victim_view": "More afraid than in summer." if grade.is_high else "It is calmer at the moment.",
        "circumstances": _circumstances("yes"),
        "flags": list(flags),
        "on": _in(now, -hours),
    }  # fmt: skip


def _flag(code: str, *, done: bool = False) -> dict[str, Any]:
    steps = FLAG_STEPS[code]
    states = {f"step_{index}": "done" for index in range(len(steps))} if done else {}
    return {"label": FLAG_LABELS[code], "raised": True, "do_now": [dict(step) for step in steps], **states}


def _agreed(now: datetime, hours: float, grade: Grade) -> dict[str, Any]:
    return {"grade": grade.value, "on": _day(now, -hours), "considered": [], "dissent": "Health sees a higher risk."}


def _action(title: str, owner: str, due: str) -> dict[str, Any]:
    return {"title": title, "owner": owner, "due": due, "state": "open", "lowers_risk": "contact"}


def _in(now: datetime, hours: float) -> str:
    return (now + timedelta(hours=hours)).isoformat(timespec="seconds")


def _day(now: datetime, hours: float) -> str:
    return (now + timedelta(hours=hours)).date().isoformat()
