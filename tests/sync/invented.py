"""Changes that nobody wrote about nobody: the material the envelope's dictionary was trained on, and test matter.

Deterministic for a given `random.Random`. No person, address or number below belongs to anyone.
"""

from random import Random
from typing import Any

from sync.change import Assign, Change, Seen
from sync.records import CONTACT_LEVELS, GRADES

_TEXT = (
    "says he came back at night; neighbour called; children were at school; she wants to stay; agreed to phone on"
    " Tuesday; key changed; sister knows; visited the flat; he waited outside work; no injuries seen; afraid of him;"
    " rang twice; left a message; transport arranged; place offered; will be asked again alone; photographs taken;"
    " dit qu'il est revenu; elle veut rester; les enfants; rendez-vous mardi; hat angerufen; Kinder bei der Tante;"
    " möchte zurück; Schlüssel getauscht; telefonou duas vezes; as crianças; quer ficar; medo dele; pravi, da se je"
    " vrnil; otroci v šoli; hívta kétszer; a gyerekek; fél tőle; soitti kaksi kertaa; lapset koulussa; pelkää"
)
_WORDS = _TEXT.split()
_NAMES = ("Nora Feldt", "Ilse Marant", "Pia Korven", "Dana Loss", "Tomas Verre", "Rui Alcaz", "Jan Molten", "Eva Brisk")
_ZONES = ("Europe/London", "Europe/Lisbon", "Europe/Paris", "Europe/Berlin", "Europe/Vienna", "Europe/Helsinki")
_FORMS = ("common.risk_record@1", "common.referral@1", "uk.topics24@1", "at.injury_record@1")
_FACTORS = (
    "injury_now", "fear", "isolation_control", "depression", "separation", "child_contact", "stalking_tech",
    "pregnancy", "frequency", "severity", "jealousy", "weapons", "threats_to_kill", "strangulation", "sexual_violence",
    "third_parties", "harm_others", "economic", "perpetrator_state",
)  # fmt: skip


def hex_id(rng: Random, size: int = 16) -> str:
    return rng.randbytes(size).hex()


def text(rng: Random, words: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(words))


def day(rng: Random) -> str:
    return f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def contact_rule(rng: Random) -> dict[str, Any]:
    return {
        "level": rng.choice(CONTACT_LEVELS),
        "channel": rng.choice(("phone", "sms", "email", "in_person")),
        "number": f"+000 {rng.randint(100, 999)} {rng.randint(1000, 9999)}",
        "days": rng.choice(("12345", "135", "1234567", "24")),
        "from": rng.choice(("09:00", "10:00", "13:30")),
        "to": rng.choice(("12:00", "15:00", "17:30")),
        "who": rng.choice(("her alone", "her sister", "nobody else")),
        "if_other": text(rng, 5),
        "voicemail": rng.choice(("yes", "no")),
        "sms": rng.choice(("yes", "no")),
        "letter": rng.choice(("yes", "no")),
        "email": rng.choice(("yes", "no")),
        "verified_on": day(rng),
        "expires": day(rng),
    }


def _assessment(rng: Random) -> list[Assign]:
    answers = {factor: rng.choice(("yes", "no", "unknown", "not_asked", "refused")) for factor in _FACTORS}
    flags = sorted(rng.sample(("strangulation", "threats_to_kill", "firearm", "pregnancy"), rng.randint(0, 2)))
    fields: dict[str, Any] = {
        "answers": answers,
        "tool_result": {"band": rng.choice(GRADES), "score": rng.randint(0, 24), "missing": rng.randint(0, 5)},
        "grade": rng.choice(GRADES),
        "reason": text(rng, 8),
        "own_view": text(rng, 6),
        "circumstances": {
            "where": rng.choice(("home", "station", "ward", "phone")),
            "spoke_freely": rng.choice(("yes", "no", "unsure")),
            "present": text(rng, 2),
            "interpreter": "",
        },
        "flags": flags,
        "on": day(rng),
    }
    return [Assign("assessment", None, name, value) for name, value in fields.items()]


def _one_field(rng: Random) -> Assign:
    record, over = hex_id(rng), ((hex_id(rng, 32), rng.randint(0, 3)),)
    choices: tuple[tuple[str, str, Any], ...] = (
        ("case", "aim", rng.choice(("reduce_risk_victim", "protect_child", "manage_perpetrator"))),
        ("case", "lead_worker", rng.choice(_NAMES)),
        ("case", "status", rng.choice(("open", "closed", "on_hold"))),
        ("case", "outcome_wanted", text(rng, 6)),
        ("case", "code_name", rng.choice(("Heron", "Juniper", "Slate", "Marigold"))),
        ("person", "name", rng.choice(_NAMES)),
        ("person", "birth", day(rng)),
        ("person", "phone", f"+000 {rng.randint(100, 999)} {rng.randint(1000, 9999)}"),
        ("person", "address", f"{rng.randint(1, 99)} Invented Lane, Nowhere"),
        ("person", "address_protected", True),
        ("party", "role", rng.choice(("victim", "perpetrator", "child", "witness", "other"))),
        ("safe_contact", "rule", contact_rule(rng)),
        ("incident", "what", text(rng, 14)),
        ("incident", "on", day(rng)),
        ("action", "title", text(rng, 6)),
        ("action", "due", day(rng)),
        ("action", "owner", rng.choice(_NAMES)),
        ("action", "status", rng.choice(("open", "done", "not_possible", "not_undertaken"))),
        ("agreed_grade", "grade", rng.choice(GRADES)),
        ("consent", "state", rng.choice(("given", "withdrawn", "refused"))),
        ("order", "ends", day(rng)),
        ("flag", "raised", True),
    )
    kind, name, value = rng.choice(choices)
    return Assign(kind, record, name, value, over)


def _whole_record(rng: Random) -> list[Assign]:
    kind = rng.choice(("note", "referral", "referral_event", "call_note", "disclosure"))
    fields: dict[str, dict[str, Any]] = {
        "note": {"text": text(rng, rng.randint(8, 60)), "kind": rng.choice(("fact", "opinion", "quotation"))},
        "referral": {
            "recipient": hex_id(rng),
            "urgency": rng.choice(("now", "today", "soon")),
            "reply_by": day(rng),
            "why": text(rng, 12),
            "needs": [text(rng, 2), text(rng, 2)],
            "safe_contact": contact_rule(rng),
            "spoken_reference": "KELVOR",
            "basis": {"consent": "yes", "recorded": day(rng)},
        },
        "referral_event": {
            "referral": hex_id(rng, 32),
            "state": rng.choice(("seen", "accepted", "declined")),
            "why": "",
        },
        "call_note": {"number": "+000 555 0100", "answered_by": rng.choice(_NAMES), "promised": text(rng, 6)},
        "disclosure": {"to": hex_id(rng), "basis": "consent", "fields": ["name", "phone"], "on": day(rng)},
    }
    return [Assign(kind, None, name, value) for name, value in fields[kind].items()]


def seen(rng: Random) -> Seen:
    return Seen(hex_id(rng), rng.randint(1, 9_999), hex_id(rng, 32), "")


def small_edit(rng: Random) -> Change:
    """One edited field over one earlier value: the commonest change of all."""
    return _change(rng, [_one_field(rng)], "")


def change(rng: Random) -> Change:
    """A change such as a unit writes: mostly single edits, some notes and referrals, some whole assessments."""
    dice = rng.random()
    if dice < 0.6:
        return small_edit(rng)
    return _change(rng, _whole_record(rng) if dice < 0.85 else _assessment(rng), rng.choice(_FORMS))


def _change(rng: Random, sets: list[Assign], form: str) -> Change:
    return Change(
        space=hex_id(rng),
        tag=hex_id(rng),
        seat=hex_id(rng),
        n=rng.randint(2, 900),
        prev=hex_id(rng, 32),
        seen=seen(rng),
        at=f"{day(rng)}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}Z",
        zone=rng.choice(_ZONES),
        salt=hex_id(rng),
        set=tuple(sets),
        form=form,
    )
