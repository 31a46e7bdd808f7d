"""Who sits at a profile: its keys, the partnership's list and the server's address, founded, invited, kept and read.

An invitation holds a seat's private keys, so it joins practice partnerships only. Leaves opening the store under a seat
to `desktop.store.seat`, and asking a person for a name or a file to the entrance.
"""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from desktop.errors import KnownError
from desktop.store.database import Database
from sync.errors import SyncError
from sync.identity import KeyWrap, Role, Roster, Seat, Space, Unit
from sync.keys import (
    SeatKeys,
    hpke_seal,
    info_space,
    info_unit,
    key_name,
    new_secret,
    seal_public_of,
    sign_public_of,
    space_key_name,
)
from sync.records import SpaceKind


@dataclass(frozen=True)
class Seated:
    """A seat as its profile keeps it: its keys, the partnership's list, and the server's address ("" for none)."""

    keys: SeatKeys = field(repr=False)
    roster: Roster
    server: str = ""


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


def found_unit(name: str, unit_name: str, agency: str) -> Seated:
    """A practice unit of one's own: fresh keys, one seat, a space for the unit and one for its directory, no server."""
    keys, unit_private, unit_id = SeatKeys.generate(), new_secret(), key_name(sign_public_of(new_secret()))
    unit_public = seal_public_of(unit_private)
    seat = Seat(keys.seat_id, keys.seat_id, name, unit_id, Role.LEAD, keys.sign_public, keys.seal_public)
    spaces = tuple(
        Space(new_secret()[:16].hex(), kind, unit_name, (unit_id,)) for kind in (SpaceKind.UNIT, SpaceKind.PARTNERSHIP)
    )
    wraps: dict[str, tuple[KeyWrap, ...]] = {}
    for space in spaces:
        secret = new_secret()
        sealed = hpke_seal(unit_public, secret, info=info_space(space.id))
        wraps[space.id] = (KeyWrap(unit_id, space_key_name(secret), sealed),)
    unit_wrap = KeyWrap(
        seat.id, key_name(unit_public), hpke_seal(keys.seal_public, unit_private, info=info_unit(unit_id))
    )
    roster = Roster(unit_name, (Unit(unit_id, unit_name, agency, unit_public),), (seat,), spaces, (unit_wrap,), wraps)
    return Seated(keys, roster)


def keep_seat(database: Database, seated: Seated) -> None:
    """Keep the seat in the profile's own encrypted store, once."""
    rows = (
        ("seat_keys", seated.keys.to_bytes()),
        ("roster", seated.roster.to_bytes()),
        ("server", seated.server),
    )
    with database.transaction():
        database.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", rows)


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
