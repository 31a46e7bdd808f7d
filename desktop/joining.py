"""Joining a unit by its invitation file: a request that a lead approves, or the ready seat of a practice partnership.

Leaves the form of an invitation to `sync.invitation`, keeping what it gives to `desktop.seating`, the words that two
people compare to the screens.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from desktop.errors import KnownError
from desktop.seating import NOBODY, Application, Seated
from desktop.store.belonging import Joining
from sync.enrolment import seal_request, write_request
from sync.errors import SyncError
from sync.identity import Roster
from sync.invitation import ReadInvitation
from sync.invitation import read_invitation as read_signed_file
from sync.keys import SeatKeys
from sync.protocol import EnrolPost, encode
from sync.records import RULES_VERSION

LARGEST = 256 * 1024


@dataclass(frozen=True)
class Asked:
    """What an invitation says before it is used. `asks_name`: the seat is new, and so is perhaps its person."""

    unit_name: str
    asks_name: bool


class _Practice(msgspec.Struct, frozen=True):
    """An invitation to a practice partnership, as JSON in a file: the list, this seat's own keys, the address."""

    roster: msgspec.Raw
    seat: bytes
    server: str = ""


def write_practice_invitation(seated: Seated) -> bytes:
    """The content of an invitation file. It holds private keys: for practice partnerships only."""
    roster = msgspec.Raw(seated.roster.to_bytes())
    return msgspec.json.encode(_Practice(roster, seated.keys.to_bytes(), seated.server))


def look_at(path: Path, today: str) -> Asked:
    """What a file invites to; `today` is YYYY-MM-DD in UTC. Errors: those of `join`."""
    data = _read(path)
    signed = _signed(data, today)
    if signed is not None:
        return Asked(signed.invitation.unit_name, asks_name=not signed.invitation.member)
    return Asked(_practice(data).roster.name, asks_name=False)


def join(path: Path, *, name: str, device: str, today: str) -> Seated:
    """The seat that an invitation file gives: a new one that asks the unit's leads for its place.

    `name`: the person's, for a new member; `device`: what the lead knows this laptop by. Raises KnownError
    `invitation.unreadable`, `invitation.expired`, `invitation.no_seat` (a practice list that does not name the seat),
    `invitation.not_practice`.
    """
    data = _read(path)
    signed = _signed(data, today)
    return _practice(data) if signed is None else _apply(signed, name, device)


def _apply(read: ReadInvitation, name: str, device: str) -> Seated:
    asked, keys = read.invitation, SeatKeys.generate()
    request = write_request(
        keys, asked.unit, member_name=name or asked.name, device=device, rules=RULES_VERSION, invitation=asked.id
    )
    sealed = seal_request(request, read.code, unit=asked.unit, unit_key=asked.unit_key, suite=asked.suite)
    agency = next((card.agency for card in asked.units if card.id == asked.unit), "")
    application = Application(
        Joining(asked.unit, asked.unit_name, agency, asked.unit_space, name or asked.name),
        request,
        f"enrol {asked.id}",
        f"/v1/units/{asked.unit}/enrolment",
        encode(EnrolPost(read.signed, sealed)),
    )
    return Seated(
        keys,
        msgspec.structs.replace(NOBODY, authority=asked.authority),
        asked.server,
        application=application,
    )


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise _unreadable()
        return path.read_bytes()
    except OSError:
        raise _unreadable() from None


def _signed(data: bytes, today: str) -> ReadInvitation | None:
    """A signed invitation; None for a file of the practice form."""
    if data.startswith(b"{"):
        return None
    try:
        return read_signed_file(data, today)
    except SyncError as error:
        if error.code == "invitation.expired":
            raise _refused("expired", "This invitation is out of date.") from None
        raise _unreadable() from None


def _practice(data: bytes) -> Seated:
    try:
        read = msgspec.json.decode(data, type=_Practice)
        seated = Seated(SeatKeys.from_bytes(read.seat), Roster.from_bytes(bytes(read.roster)), read.server)
    except (msgspec.DecodeError, SyncError):
        raise _unreadable() from None
    if seated.roster.seat(seated.keys.seat_id) is None:
        raise _refused("no_seat", "The partnership’s list does not name the seat of this invitation.")
    if not seated.roster.practice:
        raise _refused("not_practice", "A list with ready seats is for practice partnerships only.")
    return seated


def _unreadable() -> KnownError:
    return _refused("unreadable", "This file is not an invitation, or it is damaged.")


def _refused(code: str, sentence: str) -> KnownError:
    return KnownError(f"invitation.{code}", sentence, "Ask for a new invitation. Nothing was changed.")
