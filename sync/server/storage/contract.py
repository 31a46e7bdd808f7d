"""What every storage of the server promises. The suite in `tests/contracts` holds each back end to it.

Leaves form and rights of entries to `sync.server.log`: what is given here was verified. Ids are lower-case hex.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from sync.protocol import Cursor, LogPage


class StorageBusy(Exception):  # noqa: N818  named for what happened, as in sync.errors
    """The database could not take part now; nothing was stored, asking again later is right."""


class StorageFull(Exception):  # noqa: N818  as above
    """There is no room left; nothing was stored."""


class NewEntry(msgspec.Struct, frozen=True):
    """A verified entry to be numbered. `case_key` is the id of the case key that a key entry carries, else ""."""

    eid: str
    tag: str
    kind: int
    case_key: str
    raw: bytes


class Appended(msgspec.Struct, frozen=True):
    """The outcome of one append: per entry, in order, its seq and whether it is new; the epoch they belong to."""

    epoch: str
    items: tuple[tuple[int, bool], ...]


class Storage(Protocol):
    """Logs by space. Every call is one transaction, safe from any thread; raises `StorageBusy` and `StorageFull`.

    Promised: seq per space is 1, 2, 3 … without gaps in the order of commit, so that a reader who remembers the last
    seq misses nothing; an eid is stored once; what `append` returned survives the loss of the process.
    """

    def add_spaces(self, spaces: Sequence[str]) -> None:
        """Begin a log, under a random epoch, for each space that has none."""
        ...

    def heads(self, spaces: Sequence[str]) -> dict[str, Cursor]:
        """The end of each log; spaces without a log are left out."""
        ...

    def append(self, space: str, entries: Sequence[NewEntry]) -> Appended:
        """Number and store what is not yet held, in the given order, all or nothing. Raises KeyError: no such log."""
        ...

    def read(self, space: str, after: int, max_bytes: int, max_items: int) -> LogPage:
        """Entries beyond `after`, at most so many, but at least one if there is any. Beyond the head: from the start.

        Raises KeyError: no such log.
        """
        ...

    def missing(self, space: str, eids: Sequence[str]) -> tuple[str, ...]:
        """Those of the eids that the log does not hold, in order."""
        ...

    def case_keys(self, space: str, case_keys: Sequence[str]) -> frozenset[tuple[str, str]]:
        """(tag, case key id) of those case keys whose key entry the log holds."""
        ...

    def value(self, name: str) -> bytes | None:
        """A named value of the server itself (its keys, its name)."""
        ...

    def set_value(self, name: str, value: bytes) -> None: ...

    def renew_epochs(self) -> None:
        """Give every log a new random epoch: this is another history than the clients have seen (a restore)."""
        ...

    def close(self) -> None: ...
