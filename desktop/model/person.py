"""People in a case: the person, and the party they are (a role belongs to the case, never to the person)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from desktop.model.protection import MARKABLE, is_burnt, is_protected
from desktop.model.record import CaseKey, RecordView, Where, one_of


class PartyRole(StrEnum):
    """A person's role in one case."""

    VICTIM = "victim"
    PERPETRATOR = "perpetrator"
    CHILD = "child"
    WITNESS = "witness"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Party:
    """One person in their role here. `hidden` names the protected or burnt fields that are held but not in `shown`."""

    person: str
    key: CaseKey
    role: PartyRole
    name: str
    aliases: tuple[str, ...]
    born: str
    language: str
    interpreter: str
    shown: Mapping[str, Any]
    hidden: tuple[str, ...]
    burnt: tuple[str, ...]
    contested: tuple[str, ...]
    removed: bool
    note: str
    where: Where = "unit"


def read_party(person: RecordView, party: RecordView | None, *, opened: bool = False) -> Party:
    """Join a person with their role. Protected values are left out unless the person at the desk opened them.

    A contested removal keeps the person in the case (what is present stands); an unknown role reads as other.
    """
    values = {name: view.value for name, view in person.fields.items() if view.value is not None}
    hidden = tuple(name for name in MARKABLE if name in values and is_protected(name, values) and not opened)
    return Party(
        person=person.id,
        key=person.key,
        role=one_of(PartyRole, party.get("role") if party else None, PartyRole.OTHER),
        name=person.spoken("name"),
        aliases=tuple(str(alias) for alias in person.several("aliases")),
        born=person.text("born"),
        language=person.text("language"),
        interpreter=person.text("interpreter"),
        shown={name: values[name] for name in MARKABLE if name in values and name not in hidden},
        hidden=hidden,
        burnt=tuple(name for name in MARKABLE if name in values and is_burnt(name, values)),
        contested=person.contested + (party.contested if party else ()),
        removed=party is not None and party.is_removed,
        note=party.text("note") if party else "",
        where=person.where,
    )
