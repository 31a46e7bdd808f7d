"""Who sits at a profile: its keys, the signed trees or the list that it begins with, the server's address.

An invitation of this form holds a seat's private keys, so it joins practice partnerships only. Leaves founding a unit
to `desktop.founding`, opening the store under a seat to `desktop.store.seat`, and asking a person for a name or a file
to the entrance.
"""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from desktop.errors import KnownError
from desktop.store.database import Database
from desktop.store.seat import SeatIdentity
from desktop.store.trees import Held, Trees
from sync.errors import SyncError
from sync.identity import Roster
from sync.keys import SeatKeys
from sync.tree import entry_id

NOBODY = Roster("", (), (), ())
"""The list of a seat whose signed trees say who belongs where."""


@dataclass(frozen=True)
class Grown:
    """A signed tree to begin with: its kind and id as `desktop.store.trees` has them, its entries parents first."""

    kind: str
    tree: str
    raws: tuple[bytes, ...]


@dataclass(frozen=True)
class Seated:
    """A seat as its profile keeps it: its keys, the partnership's list, and the server's address ("" for none).

    `trees`: what it begins with in place of a list; once kept they are read from the store.
    """

    keys: SeatKeys = field(repr=False)
    roster: Roster = NOBODY
    server: str = ""
    trees: tuple[Grown, ...] = ()

    def identity(self) -> SeatIdentity:
        """The seat for a store: its list opens the keys now, its trees when the store is opened."""
        return SeatIdentity.of(self.keys, self.roster) if self.roster.seats else SeatIdentity(self.keys, NOBODY, {})


class _Invitation(msgspec.Struct, frozen=True):
    """An invitation to a practice partnership, as JSON in a file: the list, this seat's own keys, the address."""

    roster: msgspec.Raw
    seat: bytes
    server: str = ""


def write_invitation(seated: Seated) -> bytes:
    """The content of an invitation file. It holds private keys: for practice partnerships only."""
    roster = msgspec.Raw(seated.roster.to_bytes())
    return msgspec.json.encode(_Invitation(roster, seated.keys.to_bytes(), seated.server))


def read_invitation(path: Path) -> Seated:
    """The seat that an invitation file gives.

    Raises KnownError `invitation.unreadable`, `invitation.no_seat` (the list does not name the seat),
    `invitation.not_practice`.
    """
    try:
        read = msgspec.json.decode(path.read_bytes(), type=_Invitation)
        seated = Seated(SeatKeys.from_bytes(read.seat), Roster.from_bytes(bytes(read.roster)), read.server)
    except (OSError, msgspec.DecodeError, SyncError):
        raise _invitation("unreadable", "This file is not an invitation, or it is damaged.") from None
    if seated.roster.seat(seated.keys.seat_id) is None:
        raise _invitation("no_seat", "The partnership’s list does not name the seat of this invitation.")
    if not seated.roster.practice:
        raise _invitation("not_practice", "This version joins practice partnerships only.")
    return seated


def _invitation(code: str, sentence: str) -> KnownError:
    return KnownError(f"invitation.{code}", sentence, "Ask for a new invitation. Nothing was changed.")


def keep_seat(database: Database, seated: Seated) -> None:
    """Keep the seat in the profile's own encrypted store, once."""
    rows = (
        ("seat_keys", seated.keys.to_bytes()),
        ("roster", seated.roster.to_bytes()),
        ("server", seated.server),
    )
    trees = Trees(database)
    with database.transaction():
        database.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", rows)
        for grown in seated.trees:
            held = [Held(entry_id(raw), raw) for raw in grown.raws]
            trees.keep(grown.kind, grown.tree, held, on_server=False)


def read_seat(database: Database) -> Seated:
    """The seat kept in a store. A store without one was never finished: KnownError `seat.missing`."""
    kept = {
        key: database.value("SELECT value FROM meta WHERE key = ?", (key,)) for key in ("seat_keys", "roster", "server")
    }
    if kept["seat_keys"] is None or kept["roster"] is None:
        raise KnownError(
            "seat.missing",
            "This profile was begun but never finished, so nothing was saved in it.",
            "Make a new profile.",
        )
    return Seated(SeatKeys.from_bytes(kept["seat_keys"]), Roster.from_bytes(kept["roster"]), kept["server"] or "")
