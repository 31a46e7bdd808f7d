"""The queue and the state of agreement with the server, as the Sync screen and every item show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from desktop.model.record import CaseKey


class QueueStage(StrEnum):
    """Where an item stands; an item never moves back but by a restored server."""

    LAPTOP = "laptop"
    OUTBOX = "outbox"
    SENT = "sent"
    SERVER = "server"
    OPENED = "opened"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One thing on its way. `what` is the kind of record first named in it; never its content."""

    id: str
    case: CaseKey
    code_name: str
    what: str
    state: QueueStage
    since: str
    """When it came to where it stands: at the server, the moment of the receipt, never when it was written."""
    size: int = 0
    code: str = ""
    """Why the server refused it."""
    space: str = ""
    receipt: int = 0
    """The number of the server's receipt for it on this laptop; 0 while there is none."""
    handed: bool = False
    """Refused, and a copy of what it says was given to the unit's leads."""


@dataclass(frozen=True, slots=True)
class SyncState:
    """The whole: when each space was last read and up to where, and what still waits here.

    `as_of`: space id → ISO time of the last contact with that space; `bad`: entries kept aside that do not open.
    """

    last_contact: str = ""
    as_of: Mapping[str, str] = field(default_factory=dict)
    pending: int = 0
    refused: int = 0
    bad: int = 0
    waiting: int = 0
    oldest_pending: str = ""
    running: bool = False
    copied: bool = False
    """This laptop's file was copied or put back from a backup: nothing more is written under its seat."""
    going_on: bool = True
    """Whether it goes on under a new seat, which waits to be enrolled; else nothing can be written."""
