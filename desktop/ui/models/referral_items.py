"""What a referral shares and what stays: each thing with its reason, and whether anything protected would slip out.

Pure. A protected or burnt value is never read into an item's words; its item is locked, not merely unticked. Leaves
drawing to the view and writing to the store.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from desktop.i18n import tr, trn
from desktop.model.assessment import Assessment
from desktop.model.case import CaseFile
from desktop.model.order import ProtectiveOrder
from desktop.model.person import Party, PartyRole
from desktop.model.protection import is_protected
from desktop.store.sharing import Chosen
from desktop.ui.models.case_words import part_word, role_word
from desktop.ui.models.referral_answers import Filled, grade_told, victim_of
from desktop.ui.models.referral_words import date_words
from desktop.ui.widgets.grade import grade_word

GRADE_FIELDS = ("tool", "tool_result", "grade", "reason", "form", "form_version", "form_hash", "on", "flags")
ORDER_FIELDS = ("order_kind", "starts", "ends", "renew_by", "conditions")
PARTY_FIELDS = ("person", "role", "present")
SHORTEST = 4
"""A protected value shorter than this is not looked for in free text: it would be found in every sentence."""

LONG = 8
"""A protected value of so many letters and digits is found in whatever way it is spaced."""


class Lock(StrEnum):
    """Why a thing cannot be moved to the other side; none for what a person decides."""

    NONE = ""
    ALWAYS = "always"
    PROTECTED = "protected"
    INSIDE = "inside"


@dataclass(frozen=True)
class Item:
    """One thing of the case. `text` is what the recipient reads; `why` why it goes, or why it stays."""

    code: str
    title: str
    why: str
    text: str = ""
    shared: bool = False
    lock: Lock = Lock.NONE
    chosen: tuple[Chosen, ...] = ()

    @property
    def movable(self) -> bool:
        """Whether a person decides on which side it stands."""
        return self.lock is Lock.NONE


@dataclass(frozen=True)
class Leak:
    """A protected value found in something that would go: in what, and what it is; never the value itself."""

    where: str
    what: str


def items_of(file: CaseFile, filled: Filled, own_unit: str, ticks: Mapping[str, bool]) -> tuple[Item, ...]:
    """Everything that goes or stays, `ticks` (code → shared) put in force; a tick never moves what is locked."""
    found = [*_going(file, filled, own_unit), *_staying(file, filled, own_unit)]
    return tuple(replace(item, shared=ticks.get(item.code, item.shared)) if item.movable else item for item in found)


def chosen_of(items: Sequence[Item]) -> tuple[Chosen, ...]:
    """The records and fields of what is shared; several choices of one record become one, because a record that is
    written once is copied as a whole.
    """
    fields: dict[tuple[str, str], dict[str, None]] = {}
    for choice in (choice for item in items if item.shared for choice in item.chosen):
        fields.setdefault((choice.kind, choice.record), {}).update(dict.fromkeys(choice.fields))
    return tuple(Chosen(kind, record, tuple(names)) for (kind, record), names in fields.items())


def leaks(file: CaseFile, items: Sequence[Item], texts: Mapping[str, str]) -> tuple[Leak, ...]:
    """Protected values of anybody in this case inside what would go: the shared items, the records behind them, and
    `texts` (name of the question → answer).
    """
    guarded = list(_guarded(file))
    going = {**texts, **{item.title: item.text for item in items if item.shared}}
    for choice in chosen_of(items):
        record = file.record(choice.kind, choice.record)
        for name in choice.fields:
            view = record.fields.get(name) if record else None
            if view is not None:
                title = next((item.title for item in items if choice.record in _records(item)), choice.kind)
                going[title] = f"{going.get(title, '')} {_flat(view.value)}"
    found = (
        Leak(where, what) for where, text in going.items() for value, what in guarded if _holds(_plain(text), value)
    )
    return tuple(dict.fromkeys(found))


def _records(item: Item) -> frozenset[str]:
    return frozenset(choice.record for choice in item.chosen) if item.shared else frozenset()


# -- what goes


def _going(file: CaseFile, filled: Filled, own_unit: str) -> Iterator[Item]:
    victim = victim_of(file)
    if victim is not None:
        yield _name(victim, filled)
    yield _grade(file, filled, own_unit)
    flags = [flag for flag in file.flags if flag.raised]
    if flags:
        yield Item(
            "flags",
            tr("Flags: {flags}", flags=", ".join(flag.label for flag in flags)),
            tr("What staff must know before they meet anyone"),
            ", ".join(flag.label for flag in flags),
            shared=True,
            chosen=tuple(Chosen("flag", flag.code, ("label", "raised")) for flag in flags),
        )
    own = _latest(file, own_unit)
    if own is not None and own.victim_view:
        yield Item(
            "view",
            tr("Her own view"),
            f"“{own.victim_view}”",
            f"“{own.victim_view}”",
            shared=True,
            chosen=(Chosen("assessment", own.id, ("victim_view",)),),
        )
    if filled.word("last_incident"):
        why = tr("As you wrote it for this referral")
        yield Item("incident", tr("Last incident"), why, filled.word("last_incident"), shared=True)
    yield from _children(file)
    for order in file.orders:
        yield _order(order)
    yield from _written(filled)


def _name(victim: Party, filled: Filled) -> Item:
    name = filled.word("person_name") or victim.name
    born = filled.word("birth_date") or victim.born
    parts = (name, tr("born {date}", date=born) if born else "", filled.word("language") or victim.language)
    chosen = (
        Chosen("person", victim.person, ("name", "born", "language", "interpreter")),
        Chosen("party", victim.person, PARTY_FIELDS),
    )
    return Item(
        "name",
        tr("{name}: name, age, language", name=name or tr("The person")),
        tr("Needed to find her record"),
        ", ".join(part for part in parts if part),
        shared=True,
        chosen=chosen,
    )


def _grade(file: CaseFile, filled: Filled, own_unit: str) -> Item:
    standing = file.grades.standing.grade
    by = grade_told(filled, standing)
    own = _latest(file, own_unit)
    return Item(
        "grade",
        tr("Grade {grade}, with tool, version, date", grade=grade_word(standing.value)),
        tr("Their clocks run by it. {by}", by=by).strip(),
        " · ".join(part for part in (grade_word(standing.value), by) if part),
        shared=True,
        lock=Lock.ALWAYS,
        chosen=(Chosen("assessment", own.id, GRADE_FIELDS),) if own else (),
    )


def _children(file: CaseFile) -> Iterator[Item]:
    for party in file.parties:
        if party.role is PartyRole.CHILD:
            born = tr("born {date}", date=party.born) if party.born else tr("age not known")
            chosen = (Chosen("person", party.person, ("born",)), Chosen("party", party.person, PARTY_FIELDS))
            yield Item(
                f"child:{party.person}",
                tr("{name}: a child", name=party.name or tr("Nameless")),
                tr("Age only, no name"),
                tr("A child, {born}", born=born),
                shared=True,
                chosen=chosen,
            )


def _order(order: ProtectiveOrder) -> Item:
    ends = date_words(order.ends.date().isoformat()) if order.ends else ""
    kind = order.kind.replace("_", " ").capitalize() or tr("Protective order")
    title = tr("{kind} until {date}", kind=kind, date=ends) if ends else kind
    return Item(
        f"order:{order.id}",
        title,
        tr("So that nobody helps to break it"),
        ". ".join(part for part in (title, order.conditions) if part),
        shared=True,
        chosen=(Chosen("order", order.id, ORDER_FIELDS),),
    )


def _written(filled: Filled) -> Iterator[Item]:
    """What was written into the form for this recipient."""
    why = tr("As you wrote it for this referral")
    for code, name, title in (
        ("access", "needs_access", tr("What she needs to take part")),
        ("done", "done", tr("Already done")),
        ("orders", "orders", tr("Orders, in your words")),
        ("police", "police", tr("Whether the police knows")),
    ):
        if filled.word(name):
            yield Item(code, title, why, filled.word(name), shared=True)
    for number, other in enumerate(filled.others, 1):
        if other.get("other_name"):
            age = tr("{age} years", age=other["other_age"]) if other.get("other_age") else ""
            about = ", ".join(part for part in (other.get("other_role", ""), age) if part)
            title = tr("{name}: {about}", name=other["other_name"], about=about)
            yield Item(f"other:{number}", title, other.get("other_why", "") or why, title, shared=True)


# -- what stays


def _staying(file: CaseFile, filled: Filled, own_unit: str) -> Iterator[Item]:
    for party in file.parties:
        yield from _identifying(party, filled)
    for party in file.parties:
        if party.role not in {PartyRole.VICTIM, PartyRole.CHILD}:
            yield _person(party)
    own = _latest(file, own_unit)
    if own is not None and (own.lines or own.answers):
        yield Item(
            "answers",
            trn("The answer to %n question|The answers to all %n questions", max(len(own.lines), 1)),
            tr("Grade and flags are enough here"),
            tr("The full answers of {tool}", tool=own.tool),
            chosen=(Chosen("assessment", own.id, ("lines", "answers", "circumstances")),),
        )
    if file.incidents:
        yield Item(
            "accounts",
            trn("The full account of %n incident|The full accounts of %n incidents", len(file.incidents)),
            tr("The last one, as you wrote it, is enough here"),
            trn("The account of %n incident|The accounts of %n incidents", len(file.incidents)),
            chosen=tuple(Chosen("incident", one.id, ("on", "incident_kind", "account")) for one in file.incidents),
        )
    if file.notes:
        words = trn("%n note|%n notes", len(file.notes))
        yield Item("notes", words, tr("Notes stay inside your unit"), lock=Lock.INSIDE)
    if any(one.unit != own_unit for one in file.assessments):
        yield Item("theirs", tr("What other agencies told us"), tr("Each owner decides; ask them"), lock=Lock.INSIDE)


def _identifying(party: Party, filled: Filled) -> Iterator[Item]:
    """Home address, telephone, school …: locked where it is protected, else for the person to decide."""
    victim = party.role is PartyRole.VICTIM
    secret = victim and (
        filled.value("address_protected") in {"yes", "unsure"} or "address" in filled.chosen("restrictions")
    )
    name = party.name or role_word(party.role.value)
    for field in (*party.hidden, *party.shown):
        code = f"field:{party.person}:{field}"
        words = tr("Home address") if field == "address" else part_word(field)
        title = words if victim else f"{name}: {words}"
        if field in party.burnt:
            yield Item(code, title, tr("Burnt: it is known to him. Nobody may use it"), lock=Lock.PROTECTED)
        elif field in party.hidden or (secret and field == "address"):
            why = tr("Protected. Only {name} can release it", name=name)
            yield Item(code, title, why, lock=Lock.PROTECTED)
        else:
            text = f"{words}: {party.shown[field]}"
            chosen = (Chosen("person", party.person, (field,)),)
            yield Item(code, title, tr("The safe contact is the way to reach her"), text, chosen=chosen)


def _person(party: Party) -> Item:
    name = party.name or role_word(party.role.value)
    born = tr("born {date}", date=party.born) if party.born else ""
    return Item(
        f"person:{party.person}",
        tr("{name}: name and role", name=name),
        tr("Not needed for this request"),
        ", ".join(part for part in (name, role_word(party.role.value), born) if part),
        chosen=(
            Chosen("person", party.person, ("name", "born")),
            Chosen("party", party.person, PARTY_FIELDS),
        ),
    )


def _latest(file: CaseFile, own_unit: str) -> Assessment | None:
    """The newest assessment of the own unit: another unit's is that unit's to share."""
    own = [one for one in file.assessments if one.unit == own_unit]
    return max(own, key=lambda one: (one.at, one.id), default=None)


# -- the leak check


def _guarded(file: CaseFile) -> Iterator[tuple[str, str]]:
    """Every protected or burnt value of the case, made plain, with what it is called."""
    for (kind, _), record in file.records.items():
        if kind != "person":
            continue
        values = {name: view.value for name, view in record.fields.items()}
        for name, value in values.items():
            plain = _plain(value) if isinstance(value, str) else ""
            if len(plain) >= SHORTEST and is_protected(name, values):
                whose = record.spoken("name") or tr("a person of this case")
                yield plain, f"{part_word(name)} ({whose})"


def _holds(text: str, value: str) -> bool:
    """Whether a value stands in a text, however it is spaced there."""
    close = value.replace(" ", "")
    return f" {value} " in f" {text} " or (len(close) >= LONG and close in text.replace(" ", ""))


def _plain(text: object) -> str:
    """Letters and digits only, in one case, with single spaces."""
    return " ".join(re.findall(r"\w+", str(text).casefold()))


def _flat(value: Any) -> str:
    """Every text inside a value."""
    if isinstance(value, Mapping):
        return " ".join(_flat(part) for part in value.values())
    if isinstance(value, list | tuple):
        return " ".join(_flat(part) for part in value)
    return str(value)
