"""The request of a new seat to be enrolled: signed by the seat itself, sealed to the unit that it asks to join.

A seat binds itself to one unit by signing, so that no other unit can put the seat's work down to its own people.
Leaves the invitation to `sync.invitation` and the approval to `sync.founding`.
"""

import secrets
from collections.abc import Mapping
from typing import Annotated

import msgspec

from sync.acts import Name, Version
from sync.change import Id
from sync.errors import BadEntry, CannotOpen
from sync.keys import (
    ID_DIGITS,
    SIGNATURE_SIZE,
    Domain,
    SealSuite,
    SeatKeys,
    hpke_open,
    hpke_seal,
    key_name,
    sign,
    verify,
)

MAX_REQUEST = 4096
CODE_SIZE = 16


class EnrolRequest(msgspec.Struct, frozen=True):
    """What a new seat says of itself. `invitation` is the id of the invitation it answers, "" without one."""

    unit: Id
    sign_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    seal_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    member_name: Name
    device: Name
    rules: Version
    salt: Id
    invitation: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{32})?\Z")] = ""

    @property
    def seat_id(self) -> str:
        return key_name(self.sign_key)


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(EnrolRequest)


def write_request(
    seat_keys: SeatKeys, unit: str, *, member_name: str, device: str, rules: int, invitation: str = ""
) -> bytes:
    """The signed request: signature, then body."""
    request = EnrolRequest(
        unit=unit,
        sign_key=seat_keys.sign_public,
        seal_key=seat_keys.seal_public,
        member_name=member_name,
        device=device,
        rules=rules,
        salt=secrets.token_hex(ID_DIGITS // 2),
        invitation=invitation,
    )
    body = _ENCODER.encode(request)
    raw = sign(seat_keys.sign_private, Domain.ENROL, body) + body
    read_request(raw)
    return raw


def read_request(raw: bytes) -> EnrolRequest:
    """The request, if the seat that it names signed it; raises `BadEntry`: enrol.form, enrol.signature."""
    if not SIGNATURE_SIZE < len(raw) <= MAX_REQUEST:
        raise BadEntry("enrol.form")
    try:
        request = _DECODER.decode(raw[SIGNATURE_SIZE:])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadEntry("enrol.form") from error
    if not verify(request.sign_key, Domain.ENROL, raw[SIGNATURE_SIZE:], raw[:SIGNATURE_SIZE]):
        raise BadEntry("enrol.signature")
    return request


def seal_request(raw: bytes, code: bytes, *, unit: str, unit_key: bytes, suite: SealSuite) -> bytes:
    """The request and the invitation's one-time code for the unit's mailbox: 16 bytes of the key's name, then HPKE."""
    name = key_name(unit_key)
    return bytes.fromhex(name) + hpke_seal(unit_key, code + raw, info=_info(unit, name), suite=suite)


def open_request(sealed: bytes, unit: str, held: Mapping[str, tuple[SealSuite, bytes]]) -> tuple[bytes, bytes]:
    """(request, code) from the mailbox with the unit's private keys by name; raises `CannotOpen` and `BadEntry`."""
    name = sealed[: ID_DIGITS // 2].hex()
    if name not in held:
        raise CannotOpen("key.missing")
    suite, private = held[name]
    plain = hpke_open(private, sealed[ID_DIGITS // 2 :], info=_info(unit, name), suite=suite)
    raw, code = plain[CODE_SIZE:], plain[:CODE_SIZE]
    if read_request(raw).unit != unit:
        raise BadEntry("enrol.form")
    return raw, code


def _info(unit: str, key: str) -> bytes:
    return f"causeway/1/enrol\0{unit}\0{key}".encode()
