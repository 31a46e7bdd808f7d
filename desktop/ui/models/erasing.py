"""Files erased or frozen by their leads, in words: what went from this laptop, and what a lead has asked for.

Nothing of an erased file is named, because nothing of it is known any more. Leaves the acts to `desktop.store.erasing`.
"""

from dataclasses import dataclass
from datetime import datetime

from desktop.errors import KnownError
from desktop.i18n import tr, trn
from desktop.model.moment import moment
from desktop.model.record import CaseKey
from desktop.store.erasing import Erased, Meant
from desktop.store.store import Store
from desktop.ui.models.words import time_words


@dataclass(frozen=True)
class Line:
    """One thing to say; `name` is the code name of a file that is still here, or the space of one that went.

    Without `wish` and `erased` another lead's word is still needed.
    """

    key: CaseKey
    name: str
    wish: Meant | None = None
    erased: Erased | None = None


def read(store: Store) -> tuple[Line, ...]:
    """What the Sync screen says about erasures, what went first."""
    spaces = {space.id: space.name for space in store.seat.spaces.values()}
    gone = [Line(one.key, spaces.get(one.key.space, ""), erased=one) for one in store.erasing.untold()]
    wishes = [Line(key, _name(store, key), wish=one) for one in store.erasing.meant() for key in one.keys]
    asked = [Line(key, _name(store, key)) for key in store.erasing.asked()]
    return (*gone, *wishes, *asked)


def settle(store: Store, line: Line) -> None:
    """Put away what was read; take back what still waits."""
    if line.erased is not None:
        store.erasing.put_away(line.key)
    elif line.wish is not None:
        store.erasing.withdraw(line.wish.row)


def words(line: Line, now: datetime) -> str:
    """The line as sentences."""
    if line.erased is not None:
        return _erased_words(line.erased, line.name, now)
    if line.wish is not None:
        return _wish_words(line.wish, line.name)
    return tr("{name}: a lead has asked to erase this file. Another lead’s word is needed.", name=line.name)


def _erased_words(one: Erased, space: str, now: datetime) -> str:
    said = tr("{space}: a file was erased by its leads ({at}).", space=space, at=time_words(moment(one.at), now))
    written = "%n change written before the erasure arrived was dropped."
    dropped = trn(f"{written}|%n changes written before the erasure arrived were dropped.", one.unsent)
    late = trn(
        "%n entry that came for it afterwards was dropped.|%n entries that came for it afterwards were dropped.",
        one.late,
    )
    new = tr("New matter needs a new case.")
    parts = (said, dropped if one.unsent else "", late if one.late else "", new)
    return " ".join(part for part in parts if part)


def _wish_words(one: Meant, name: str) -> str:
    waiting = {
        "erase": tr("{name} is to be erased when the server is reached.", name=name),
        "freeze": tr("{name} is to be frozen when the server is reached.", name=name),
        "unfreeze": tr("{name} is to be unfrozen when the server is reached.", name=name),
    }
    refused = {
        "erase": tr("{name} could not be erased: it was frozen meanwhile, or you may not any more.", name=name),
        "freeze": tr("{name} could not be frozen: you may not any more.", name=name),
        "unfreeze": tr("{name} could not be unfrozen: you may not any more.", name=name),
    }
    return (refused if one.code else waiting)[one.act]


def _name(store: Store, key: CaseKey) -> str:
    try:
        return store.cases.file(key).header.code_name
    except KnownError:
        return tr("A file that is not on this laptop")
