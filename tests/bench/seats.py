"""The bench partnership: one unit whose server hands out seats that were enrolled when it was founded.

The one place that knows how a seat is come by. The server's own name, which anybody may ask for, says in which folder
of this machine its unclaimed seats lie; claiming one takes it out, so that every laptop of the bench is a seat of its
own. Nothing here is secret: the records of a bench are invented.
"""

import contextlib
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from desktop.seating import Seated
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
from sync.protocol import Info, NetCall
from sync.records import SpaceKind
from sync.server.settings import ROSTER_FILE, SETTINGS_FILE, Settings, found_server, read_settings
from sync.transport import Transport

SEATS = 256
_NAME = "Causeway bench in "
_SEATS_FOLDER = "seats"


class NoSeat(Exception):  # noqa: N818  named for what happened
    """There is no seat to be had; the text says why and what to do."""


def prepare_server(folder: Path) -> None:
    """Make a server of a new bench partnership in `folder`, or let the one that is there say where it lies now.

    Its seats may ask as fast as they can: what one costs is measured, not how the crowd is paced.

    Raises `SyncError` server.settings for a folder whose settings cannot be read, `OSError`.
    """
    name = _NAME + str(folder.absolute())
    if not (folder / SETTINGS_FILE).exists():
        _found(folder, name)
    settings = read_settings(folder)
    unhurried = msgspec.structs.replace(settings.allowance, requests_per_second=0.0)
    settings = msgspec.structs.replace(settings, name=name, allowance=unhurried)
    (folder / SETTINGS_FILE).write_bytes(msgspec.json.encode(settings))


def claim_seat(url: str) -> Seated:
    """A seat that no one else has. Raises `NoSeat`, and `SyncError` when the server cannot be asked."""
    folder = _folder_of(url)
    for kept in sorted((folder / _SEATS_FOLDER).glob("*.key")):
        claimed = kept.with_suffix(".claimed")
        with contextlib.suppress(FileNotFoundError):  # someone else was quicker
            kept.rename(claimed)
            keys = SeatKeys.from_bytes(claimed.read_bytes())
            return Seated(keys, Roster.from_bytes((folder / ROSTER_FILE).read_bytes()), url)
    raise NoSeat(f"All {SEATS} seats of this bench server are taken: start one in a new folder.")


def _folder_of(url: str) -> Path:
    plain = urlsplit(url).scheme == "http"
    with Transport(url, insecure_loopback=plain) as transport:
        reply = transport.perform(NetCall("GET", "/v1/info"))
    try:
        name = msgspec.json.decode(reply.body, type=Info).name
    except msgspec.DecodeError as error:
        raise SyncError("message.form") from error
    if not name.startswith(_NAME):
        raise NoSeat("This server is not one of `python -m tests.bench.sync_server`.")
    return Path(name.removeprefix(_NAME))


def _found(folder: Path, name: str) -> None:
    """Seats first: a folder with settings is a whole server. Seats of a founding that was cut are of no use."""
    seats = [SeatKeys.generate() for _ in range(SEATS)]
    kept = folder / _SEATS_FOLDER
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in kept.iterdir():
        old.unlink()
    for number, keys in enumerate(seats):
        (kept / f"{number:03}.key").write_bytes(keys.to_bytes())
    found_server(folder, _roster(seats).to_bytes(), Settings(name))


def _roster(seats: list[SeatKeys]) -> Roster:
    """One unit with a space of its own."""
    unit_private, space_key = new_secret(), new_secret()
    unit_id, unit_public = key_name(sign_public_of(new_secret())), seal_public_of(unit_private)
    space = Space(new_secret()[:16].hex(), SpaceKind.UNIT, "Bench", (unit_id,))
    wrap = KeyWrap(unit_id, space_key_name(space_key), hpke_seal(unit_public, space_key, info=info_space(space.id)))
    return Roster(
        name="Bench",
        units=(Unit(unit_id, "Bench unit", "police", unit_public),),
        seats=tuple(
            Seat(one.seat_id, f"m{n:03}", f"Seat {n:03}", unit_id, Role.PRACTITIONER, one.sign_public, one.seal_public)
            for n, one in enumerate(seats)
        ),
        spaces=(space,),
        unit_wraps=tuple(
            KeyWrap(
                one.seat_id,
                key_name(unit_public),
                hpke_seal(one.seal_public, unit_private, info=info_unit(unit_id)),
            )
            for one in seats
        ),
        space_wraps={space.id: (wrap,)},
    )
