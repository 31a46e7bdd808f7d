"""The unit as its lead sees it: members, their seats, and what is owed since somebody left. Values only."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SeatLine:
    """One member on one device. `last_wrote`: ISO 8601 in UTC of the latest change held from it, "" for none."""

    id: str
    device: str
    closed: bool
    own: bool
    last_wrote: str


@dataclass(frozen=True)
class MemberLine:
    """A person of the unit. `roles` in the words of `sync.identity.Role`."""

    id: str
    name: str
    roles: frozenset[str]
    left: bool
    seats: tuple[SeatLine, ...]


@dataclass(frozen=True)
class Owed:
    """What the unit's leads still have to do since somebody left, by space id ("" for the unit's own key).

    `rotations`: spaces whose newest key a closed seat can open. `closings`: seats closed in the unit that a space does
    not know to be closed.
    """

    rotations: frozenset[str] = frozenset()
    closings: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.rotations or self.closings)


@dataclass(frozen=True)
class RequestLine:
    """A new seat that waits for a lead's word. `invitation`: the id of the one it answers.

    `request`: what the seat signed; its safety words are compared by voice. `member`: whose further seat it is, "" for
    a new person. `fault`: why it cannot be approved, "" for none.
    """

    invitation: str
    name: str
    device: str
    request: bytes = field(repr=False)
    member: str
    words: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class PartnerLine:
    """A unit of another agency. `words`: the safety words of its id, compared by voice before anything is shared.

    `read`: its members' chain has come from the server. `partnership`: none, waits_for_them, waits_for_us, together.
    `shared`: names of the spaces that the own unit shares with it.
    """

    unit: str
    name: str
    agency: str
    words: tuple[str, ...]
    read: bool
    partnership: str
    shared: tuple[str, ...]
