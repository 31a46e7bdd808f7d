"""Sessions: a seat proves its key by signing a challenge and gets a token for 15 minutes.

Both challenge and token are sealed with the server's session secret, so that nothing is stored and any process of
the server can check them. The only clock is the server's. A seat that is closed is refused at once, token or not.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable

from sync.identity import Seat
from sync.keys import Domain, verify
from sync.protocol import SESSION_SECONDS, SessionAnswer, SessionChallenge, SessionGranted
from sync.server.membership import Members
from sync.server.refusal import Refusal

CHALLENGE_SECONDS = 120

_NONCE = 16
_TIME = 8
_SEAT = 16
_SEAL = 32


class Accounts:
    """`clock` gives seconds since any fixed moment shared by the server's processes (the epoch of 1970)."""

    def __init__(self, secret: bytes, members: Members, clock: Callable[[], float]) -> None:
        self._secret = secret
        self._members = members
        self._clock = clock

    def challenge(self, seat_id: str) -> SessionChallenge:
        """A fresh challenge for this seat; also for a seat that is unknown, so that asking tells nothing."""
        until = int(self._clock()) + CHALLENGE_SECONDS
        matter = secrets.token_bytes(_NONCE) + until.to_bytes(_TIME, "big")
        return SessionChallenge(matter + self._seal(b"challenge", seat_id.encode() + matter))

    def answer(self, answer: SessionAnswer) -> SessionGranted:
        """The token; raises `Refusal` 401 session.refused (unknown seat, wrong key, old or foreign challenge)."""
        matter, seal = answer.challenge[: _NONCE + _TIME], answer.challenge[_NONCE + _TIME :]
        until = int.from_bytes(matter[_NONCE:], "big")
        ours = hmac.compare_digest(seal, self._seal(b"challenge", answer.seat.encode() + matter))
        seat = self._members.seat(answer.seat)
        if (
            not ours
            or until < self._clock()
            or seat is None
            or not verify(seat.sign_key, Domain.SESSION, answer.challenge, answer.signature)
        ):
            raise Refusal(401, "session.refused")
        matter = bytes.fromhex(seat.id) + (int(self._clock()) + SESSION_SECONDS).to_bytes(_TIME, "big")
        token = base64.urlsafe_b64encode(matter + self._seal(b"token", matter)).decode()
        return SessionGranted(token, SESSION_SECONDS)

    def seat_of(self, token: str) -> Seat:
        """Whose token this is; raises `Refusal` 401 session.expired (also for a forged one or a closed seat)."""
        try:
            raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:  # neither ASCII nor base64
            raw = b""
        matter, seal = raw[: _SEAT + _TIME], raw[_SEAT + _TIME :]
        if len(seal) == _SEAL and hmac.compare_digest(seal, self._seal(b"token", matter)):
            seat = self._members.seat(matter[:_SEAT].hex())
            if seat is not None and int.from_bytes(matter[_SEAT:], "big") > self._clock():
                return seat
        raise Refusal(401, "session.expired")

    def _seal(self, purpose: bytes, matter: bytes) -> bytes:
        return hmac.digest(self._secret, purpose + b"\0" + matter, hashlib.sha256)
