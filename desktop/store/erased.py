"""Which files leads erased for ever, for whoever might write something of one again.

Leaves erasing them to `desktop.store.erasing`.
"""

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.database import Database


def is_erased(database: Database, key: CaseKey) -> bool:
    """Whether this file was erased here."""
    found = database.value("SELECT 1 FROM erased WHERE space = ? AND tag = ?", (key.space, key.tag))
    return found is not None


def refuse_erased(database: Database, key: CaseKey) -> None:
    """Raise KnownError `write.erased` for a file that was erased: an editor that was open then would keep its words."""
    if is_erased(database, key):
        raise KnownError(
            "write.erased",
            "This file was erased for good, so nothing can be added to it.",
            "Begin a new case for new matter.",
        )
