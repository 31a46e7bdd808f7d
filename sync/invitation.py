"""The invitation file: where the server is and whom to believe about the unit, signed by the lead who invites.

The file travels outside the network (a stick, a letter). What it pins is the unit's id, the hash of the root key:
whatever the server then shows must fit it. Leaves the request that answers it to `sync.enrolment`.
"""

import secrets
from typing import Annotated

import msgspec

from sync.acts import Key, Name, SpaceUnit, Text
from sync.chain import ChainState
from sync.change import Cid as Digest
from sync.change import Id
from sync.enrolment import CODE_SIZE
from sync.errors import SyncError
from sync.keys import ID_DIGITS, SIGNATURE_SIZE, Domain, SealSuite, SeatKeys, key_name, sign, verify

MAX_INVITATION = 64 * 1024
_MARK = b"causeway-invitation/1\n"


class Invitation(msgspec.Struct, frozen=True):
    """What the invited laptop needs and believes.

    `authority`: the CA of the server (DER or PEM, "" for a public one). `chain_heads`: the unit's chain as the lead
    held it, which the server cannot hold back unseen. `code_name`: the hash of the one-time code that lies beside the
    signed part. `expires`: date (YYYY-MM-DD) in UTC. `member`: the member whose further seat it is, "" for a new one.
    """

    id: Id
    server: Annotated[str, msgspec.Meta(max_length=500)]
    authority: Annotated[bytes, msgspec.Meta(max_length=16384)]
    unit: Id
    unit_name: Name
    unit_key: Key
    suite: SealSuite
    chain_heads: tuple[Digest, ...]
    inviter: Id
    inviter_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    code_name: Id
    expires: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]
    partnership: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{32})?\Z")] = ""
    units: Annotated[tuple[SpaceUnit, ...], msgspec.Meta(max_length=500)] = ()
    member: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{32})?\Z")] = ""
    name: Text = ""
    unit_space: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{32})?\Z")] = ""


class ReadInvitation(msgspec.Struct, frozen=True):
    """An invitation that was read: what it says, the signed bytes (which the server may see) and the code (not)."""

    invitation: Invitation
    signed: bytes
    code: bytes


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Invitation)


def write_invitation(
    seat_keys: SeatKeys,
    chain: ChainState,
    *,
    server: str,
    authority: bytes,
    expires: str,
    partnership: str = "",
    units: tuple[SpaceUnit, ...] = (),
    member: str = "",
    name: str = "",
    unit_space: str = "",
) -> bytes:
    """The file of a new invitation by a lead; raises `SyncError("invitation.form")` for a unit without a key."""
    newest = chain.newest_key
    if newest is None:
        raise SyncError("invitation.form")
    code = secrets.token_bytes(CODE_SIZE)
    invitation = Invitation(
        id=secrets.token_hex(ID_DIGITS // 2),
        server=server,
        authority=authority,
        unit=chain.unit,
        unit_name=chain.label,
        unit_key=newest.public,
        suite=newest.suite,
        chain_heads=chain.heads,
        inviter=seat_keys.seat_id,
        inviter_key=seat_keys.sign_public,
        code_name=key_name(code),
        expires=expires,
        partnership=partnership,
        units=units,
        member=member,
        name=name,
        unit_space=unit_space,
    )
    body = _ENCODER.encode(invitation)
    signed = sign(seat_keys.sign_private, Domain.INVITATION, body) + body
    read_signed(signed)
    return _MARK + code + signed


def read_invitation(file: bytes, today: str) -> ReadInvitation:
    """Read a file; `today` is YYYY-MM-DD. Raises `SyncError`: invitation.form, invitation.signature,
    invitation.expired.
    """
    code, signed = file[len(_MARK) :][:CODE_SIZE], file[len(_MARK) + CODE_SIZE :]
    if not file.startswith(_MARK):
        raise SyncError("invitation.form")
    invitation = read_signed(signed)
    if key_name(code) != invitation.code_name:
        raise SyncError("invitation.form")
    if invitation.expires < today:
        raise SyncError("invitation.expired")
    return ReadInvitation(invitation, signed, code)


def read_signed(signed: bytes) -> Invitation:
    """The signed part alone, as a server or a lead's mailbox holds it. Whether the signer may invite is `may_invite`.

    Raises `SyncError`: invitation.form, invitation.signature.
    """
    if not SIGNATURE_SIZE < len(signed) <= MAX_INVITATION:
        raise SyncError("invitation.form")
    try:
        invitation = _DECODER.decode(signed[SIGNATURE_SIZE:])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise SyncError("invitation.form") from error
    if key_name(invitation.inviter_key) != invitation.inviter:
        raise SyncError("invitation.form")
    if not verify(invitation.inviter_key, Domain.INVITATION, signed[SIGNATURE_SIZE:], signed[:SIGNATURE_SIZE]):
        raise SyncError("invitation.signature")
    return invitation


def may_invite(invitation: Invitation, chain: ChainState) -> bool:
    """Whether the chain is the unit's that the invitation names, holds what the lead held, and has him as a lead."""
    return (
        chain.unit == invitation.unit
        and invitation.inviter in chain.leads
        and chain.at(invitation.chain_heads) is not None
    )


def answers(invitation: Invitation, request_invitation: str, code: bytes) -> bool:
    """Whether a request names this invitation and came with its one-time code."""
    return request_invitation == invitation.id and key_name(code) == invitation.code_name
