"""Who sits at a profile: its keys, the signed trees or the list that it begins with, the server's address.

Leaves founding a unit to `desktop.founding`, joining one to `desktop.joining`, opening the store under a seat to
`desktop.store.seat`, and asking a person for a name or a file to the entrance.
"""

from dataclasses import dataclass, field

import msgspec

from desktop.errors import KnownError
from desktop.store.belonging import JOINING, REQUEST, Joining
from desktop.store.database import Database
from desktop.store.seat import SeatIdentity
from desktop.store.trees import Held, Trees
from sync.identity import Roster
from sync.keys import SeatKeys
from sync.tree import entry_id

NOBODY = Roster("", (), (), (), practice=False)
"""The list of a seat whose signed trees say who belongs where."""


@dataclass(frozen=True)
class Grown:
    """A signed tree to begin with: its kind and id as `desktop.store.trees` has them, its entries parents first."""

    kind: str
    tree: str
    raws: tuple[bytes, ...]


@dataclass(frozen=True)
class Application:
    """A request to be enrolled: where, what this seat signed, and what is posted for it to the unit's mailbox."""

    joining: Joining
    request: bytes
    errand: str
    path: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Seated:
    """A seat as its profile keeps it: its keys, the partnership's list, and the server's address ("" for none).

    `trees`: what it begins with in place of a list; `application`: what it asks its unit. Once kept, both are read from
    the store.
    """

    keys: SeatKeys = field(repr=False)
    roster: Roster = NOBODY
    server: str = ""
    trees: tuple[Grown, ...] = ()
    application: Application | None = None

    def identity(self) -> SeatIdentity:
        """The seat for a store: its list opens the keys now, its trees when the store is opened."""
        return (
            SeatIdentity.of(self.keys, self.roster) if self.roster.seats else SeatIdentity(self.keys, self.roster, {})
        )


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
        if seated.application is not None:
            _keep_application(database, seated.application)


def _keep_application(database: Database, asked: Application) -> None:
    rows = ((JOINING, msgspec.json.encode(asked.joining)), (REQUEST, asked.request))
    database.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", rows)
    database.insert("INSERT INTO errand (errand, path, body) VALUES (?, ?, ?)", (asked.errand, asked.path, asked.body))


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
