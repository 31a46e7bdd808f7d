"""What every storage of the server promises. The suite in `tests/contracts` holds each back end to it.

Leaves form and rights of entries to `sync.server.log`: what is given here was verified. Ids are lower-case hex.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from sync.protocol import Cursor, EnrolItem, LogPage, TreeKind


class StorageBusy(Exception):  # noqa: N818  named for what happened, as in sync.errors
    """The database could not take part now; nothing was stored, asking again later is right."""


class StorageFull(Exception):  # noqa: N818  as above
    """There is no room left; nothing was stored."""


class NewEntry(msgspec.Struct, frozen=True):
    """A verified entry to be numbered. `case_key` is the id of the case key that a key entry carries, else "".

    `carrier` is the unit that brought it and answers for its bytes; "" for nobody.
    """

    eid: str
    tag: str
    kind: int
    case_key: str
    raw: bytes
    carrier: str = ""


class Appended(msgspec.Struct, frozen=True):
    """The outcome of one append: per entry, in order, its seq and whether it is new; the epoch they belong to.

    The seq of an entry that belongs to an erased tag is 0, and it is not stored.
    """

    epoch: str
    items: tuple[tuple[int, bool], ...]


class SeatSeen(msgspec.Struct, frozen=True):
    """When a seat last opened a session (seconds since 1970, the server's clock) and with which program version."""

    seat: str
    at: int
    program: str


class StoredTree(msgspec.Struct, frozen=True):
    """A chain or control tree and how many entries it has."""

    kind: TreeKind
    tree: str
    entries: int


class TreePart(msgspec.Struct, frozen=True):
    """Entries of a tree from number `first`, in the order in which they were added, of `total`."""

    epoch: str
    first: int
    entries: tuple[bytes, ...]
    total: int


class Watch(Protocol):
    """Tells when a head has moved, whichever process moved it. Used by one thread."""

    def wait(self, seconds: float) -> bool:
        """Block until something was written since the last call, at most so long; whether it was. May cry wolf, and
        after a lost connection it does: whoever is told looks for himself.
        """
        ...

    def close(self) -> None: ...


class Trees(Protocol):
    """Chains and control trees, as bytes in the order in which they were added, and the mailboxes of enrolment."""

    def trees(self) -> tuple[StoredTree, ...]:
        """Every tree, in the order of their ids."""
        ...

    def read_tree(self, tree: str, after: int, max_bytes: int, max_items: int) -> TreePart:
        """As `Storage.read` for a tree. Raises KeyError: no such tree."""
        ...

    def add_to_tree(self, kind: TreeKind, tree: str, held: int, raws: Sequence[bytes]) -> bool:
        """Add entries behind the `held` ones, beginning the tree if need be; False and nothing done if others came."""
        ...

    def post_enrolment(self, unit: str, item: EnrolItem) -> bool:
        """Put a request into a unit's mailbox; False when there ever was one with its id."""
        ...

    def enrolments(self, unit: str) -> tuple[EnrolItem, ...]:
        """The requests that wait, in the order of their ids."""
        ...

    def waiting_enrolments(self, unit: str) -> int: ...

    def end_enrolments(self, unit: str, ids: Sequence[str]) -> None:
        """Forget what these requests said; that they were there stays known."""
        ...


class Storage(Trees, Protocol):
    """Logs by space. Every call is one transaction, safe from any thread; raises `StorageBusy` and `StorageFull`.

    Promised: seq per space is 1, 2, 3 … without gaps in the order of commit, so that a reader who remembers the last
    seq misses nothing; an eid is stored once; what `append` returned survives the loss of the process.
    """

    def add_spaces(self, spaces: Sequence[str]) -> None:
        """Begin a log, under a random epoch, for each space that has none."""
        ...

    def spaces(self) -> tuple[str, ...]:
        """Every space that has a log, in the order of their ids."""
        ...

    def faults(self) -> tuple[str, ...]:
        """What is wrong with what is stored: "damaged", or "space ID" for a log with gaps or without its head."""
        ...

    def heads(self, spaces: Sequence[str]) -> dict[str, Cursor]:
        """The end of each log; spaces without a log are left out."""
        ...

    def append(self, space: str, entries: Sequence[NewEntry]) -> Appended:
        """Number and store what is not yet held, in the given order, all or nothing. Raises KeyError: no such log."""
        ...

    def brought(self, space: str, unit: str, size: int) -> None:
        """Count bytes that a unit brought into a space beside its log."""
        ...

    def used(self, unit: str) -> int:
        """How many bytes this unit has brought, in all spaces together."""
        ...

    def saw(self, seen: SeatSeen) -> None:
        """Remember the latest sight of a seat."""
        ...

    def seen(self) -> tuple[SeatSeen, ...]:
        """The latest sight of every seat that ever opened a session, in the order of their ids."""
        ...

    def read(self, space: str, after: int, max_bytes: int, max_items: int) -> LogPage:
        """Entries beyond `after`, at most so many, but at least one if there is any. Beyond the head: from the start.

        Raises KeyError: no such log.
        """
        ...

    def missing(self, space: str, eids: Sequence[str]) -> tuple[str, ...]:
        """Those of the eids that the log does not hold, in order."""
        ...

    def erase(self, space: str, tags: Sequence[str]) -> tuple[bytes, ...]:
        """Close these tags for ever and take every body they have; their eids and numbers stay. What was taken."""
        ...

    def case_keys(self, space: str, case_keys: Sequence[str]) -> frozenset[tuple[str, str]]:
        """(tag, case key id) of those case keys whose key entry the log holds."""
        ...

    def value(self, name: str) -> bytes | None:
        """A named value of the server itself (its keys, its name)."""
        ...

    def set_value(self, name: str, value: bytes) -> None: ...

    def renew_epochs(self) -> None:
        """Give every log and tree a new random epoch: another history than the clients have seen (a restore)."""
        ...

    def watch(self) -> Watch:
        """A watch on a connection of its own, to be closed by the caller."""
        ...

    def close(self) -> None: ...
