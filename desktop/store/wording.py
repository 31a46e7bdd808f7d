"""What a person set, as the assignments that go into a change: rules that hold whoever writes, in one place.

Leaves what is set to the repositories, signing and keeping to `ledger`.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from desktop.store.database import Database
from sync.change import MAX_OVER, Assign, ValueId
from sync.records import Order, rule_of

PRESENT = "present"
_COMPUTED = "undecided"


def worded(database: Database, tag: int, sets: Sequence[Assign]) -> list[Assign]:
    """`sets` as they are to be written to the file with row `tag`.

    A contact rule says nothing of what was undecided before somebody decided. An edit of a record that can be taken
    out says that it is there. An `over` longer than one list may be is spread over several, each with the same value.
    """
    plain = [
        Assign(item.kind, item.record, item.field, decided(item.value), item.over)
        if rule_of(item.kind).order(item.field) is Order.CONTACT
        else item
        for item in sets
    ]
    return [part for item in [*plain, *_present_again(database, tag, plain)] for part in _spread(item)]


def decided(value: Any) -> Any:
    """A contact rule without the list of parts that were computed to be undecided; anything else as it is."""
    if not isinstance(value, dict):
        return value
    return {name: part for name, part in value.items() if name != _COMPUTED}


def _present_again(database: Database, tag: int, sets: Sequence[Assign]) -> list[Assign]:
    """So that an edit is not lost to a removal made without sight of it.

    Only what says that the record is there is named: a removal that came in meanwhile, or is in dispute already, was
    not what the writer decided.
    """
    named = {(item.kind, item.record) for item in sets if item.field == PRESENT}
    edited = dict.fromkeys((item.kind, item.record) for item in sets if item.record is not None)
    again: list[Assign] = []
    for kind, record in edited:
        if (kind, record) not in named and rule_of(kind).order(PRESENT) is Order.PRESENT:
            there = [(value, name) for value, name in _live(database, tag, kind, record) if value not in (None, False)]
            over = tuple(name for _, name in there)
            again.append(Assign(kind, record, PRESENT, there[0][0] if there else True, over))
    return again


def _live(database: Database, tag: int, kind: str, record: str | None) -> list[tuple[Any, ValueId]]:
    rows = database.query(
        "SELECT v.content, c.cid, v.place FROM record r JOIN value v ON v.record = r.id AND v.field = ? AND v.live = 1"
        " JOIN change c ON c.id = v.change WHERE r.tag = ? AND r.kind = ? AND r.rid = ? ORDER BY c.cid, v.place",
        (PRESENT, tag, kind, record),
    )
    return [(msgspec.json.decode(row[0]), (row[1], row[2])) for row in rows]


def _spread(item: Assign) -> list[Assign]:
    parts = [item.over[at : at + MAX_OVER] for at in range(0, len(item.over), MAX_OVER)] or [()]
    return [Assign(item.kind, item.record, item.field, item.value, part) for part in parts]
