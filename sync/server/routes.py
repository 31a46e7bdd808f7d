"""What each endpoint does: the rights, the query and the body of a request turned into one call of the service.

Plain functions of (Server, Request) that may block; leaves HTTP and threads to `sync.server.app`. The rule: a seat
reads only its own spaces; it may bring entries for any space of the partnership, because a laptop carries for others.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from sync.blob_parts import MAX_ASKED, PART_BYTES, BlobName, BlobsAsk, BlobsMissing, BlobTaken
from sync.errors import SyncError
from sync.identity import Seat
from sync.protocol import (
    MAX_HAVE,
    MAX_PAGE_BYTES,
    Cursor,
    HaveAsk,
    HaveMissing,
    Info,
    PushBatch,
    SessionAnswer,
    SessionAsk,
    SpaceHead,
    SpaceHeads,
    T,
    decode,
)
from sync.restored import Restores
from sync.server.accounts import Accounts
from sync.server.blobs import Blobs
from sync.server.intake import MAX_BODY, MAX_WORD
from sync.server.log import Logs
from sync.server.membership import Members
from sync.server.pace import Allowance, UnitQuota
from sync.server.refusal import Refusal
from sync.server.storage.contract import SeatSeen, Storage


@dataclass(frozen=True)
class Server:
    """Everything that a request may need, put together once by `sync.server.cli` or a test."""

    storage: Storage
    members: Members
    accounts: Accounts
    logs: Logs
    info: Info
    restores: Restores
    blobs: Blobs
    allowance: Allowance
    quota: UnitQuota
    clock: Callable[[], float]
    """Seconds since 1970."""
    gauges: Callable[[], dict[str, float]] = dict
    """What `/metrics` tells beside the counters."""


@dataclass(frozen=True)
class Request:
    """One request by value. `seat` is None on the routes that need no session; `space` is "" on those without one."""

    seat: Seat | None
    space: str
    query: Mapping[str, str]
    body: bytes
    program: str = ""
    """What the client calls itself (user-agent)."""
    place: Mapping[str, str] = field(default_factory=dict)
    """The parts of the path that its template leaves open."""

    def message(self, kind: type[T]) -> T:
        """Raises `Refusal` 400 message.form."""
        try:
            return decode(kind, self.body)
        except SyncError as error:
            raise Refusal(400, error.code) from error

    def number(self, name: str, default: int) -> int:
        """A whole number of the query; anything else counts as the default, so that no cursor is ever invalid."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else default


_DIGEST = 8
_PROGRAM = re.compile(r"causeway/(\d{1,4}(?:\.\d{1,4}){0,3})(?![\w.])", re.ASCII)
"""The version that a client names; anything else is not worth keeping."""

Answer = msgspec.Struct | bytes
"""A message, or a part of a blob as it is."""

Handler = Callable[[Server, Request], Answer]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    handler: Handler
    session: bool = True
    rings: bool = False
    """Whether a head may have moved after it."""
    limit: int = MAX_BODY
    """Bytes of the largest body."""
    waits: bool = False
    """Whether an answer without news is held back for `wait` seconds."""


def ask_session(server: Server, request: Request) -> Answer:
    return server.accounts.challenge(request.message(SessionAsk).seat)


def answer_session(server: Server, request: Request) -> Answer:
    answer = request.message(SessionAnswer)
    granted = server.accounts.answer(answer)
    found = _PROGRAM.match(request.program)
    server.storage.saw(SeatSeen(answer.seat, int(server.clock()), found[1] if found else ""))
    return granted


def tell_restores(server: Server, _: Request) -> Answer:
    return server.restores


def list_heads(server: Server, request: Request) -> SpaceHeads:
    """The heads of the seat's spaces; with `since` only those that moved. Waiting is the app's part."""
    heads = server.storage.heads(server.members.spaces_of(_seat(request).id))
    known = _known(request.query.get("since", ""), heads)
    moved = tuple(SpaceHead(space, head) for space, head in sorted(heads.items()) if known.get(space) != head.seq)
    return SpaceHeads(_since(heads), moved)


def read_log(server: Server, request: Request) -> Answer:
    _readable(server, request)
    after, size = request.number("after", 0), request.number("bytes", MAX_PAGE_BYTES)
    return server.logs.page(request.space, after, request.query.get("epoch", ""), size)


def push_log(server: Server, request: Request) -> Answer:
    _of_partnership(server, request)
    seat = _seat(request)
    server.quota.check(seat.unit, len(request.body))
    return server.logs.push(request.space, seat.id, request.message(PushBatch))


def ask_have(server: Server, request: Request) -> Answer:
    _readable(server, request)
    asked = request.message(HaveAsk).eids
    if len(asked) > MAX_HAVE:
        raise Refusal(413, "have.too_many")
    return HaveMissing(server.logs.missing(request.space, asked))


def ask_blobs(server: Server, request: Request) -> Answer:
    _readable(server, request)
    asked = request.message(BlobsAsk).blobs
    if len(asked) > MAX_ASKED:
        raise Refusal(413, "have.too_many")
    return BlobsMissing(server.blobs.missing(request.space, asked, _seat(request)))


def put_blob(server: Server, request: Request) -> Answer:
    _of_partnership(server, request)
    name = BlobName(request.place["blob"], request.number("size", 0))
    return BlobTaken(server.blobs.take(request.space, name, _part(request), request.body, _seat(request)))


def read_blob(server: Server, request: Request) -> Answer:
    _readable(server, request)
    return server.blobs.read(request.space, request.place["blob"], _part(request))


def _part(request: Request) -> int:
    """Raises `Refusal` 422 blob.part."""
    text = request.place["part"]
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise Refusal(422, "blob.part")
    return int(text)


def _of_partnership(server: Server, request: Request) -> None:
    if request.space not in server.members.spaces():
        raise Refusal(404, "space.unknown")


def _seat(request: Request) -> Seat:
    if request.seat is None:
        raise Refusal(401, "session.expired")
    return request.seat


def _readable(server: Server, request: Request) -> None:
    if request.space not in server.members.spaces_of(_seat(request).id):
        raise Refusal(403, "space.not_member")


def _since(heads: Mapping[str, Cursor]) -> str:
    """All heads in one word: a digest of spaces and epochs, and the seqs in the order of the space ids."""
    seqs = [heads[space].seq for space in sorted(heads)]
    return base64.urlsafe_b64encode(_digest(heads) + msgspec.msgpack.encode(seqs)).decode()


def _known(since: str, heads: Mapping[str, Cursor]) -> dict[str, int]:
    """The seqs that `since` names; nothing for nonsense, for other spaces and for other epochs."""
    try:
        raw = base64.b64decode(since.encode("ascii"), altchars=b"-_", validate=True)
        seqs = msgspec.msgpack.decode(raw[_DIGEST:], type=list[int])
    except (ValueError, msgspec.DecodeError):  # also what is neither ASCII nor base64
        return {}
    same = raw[:_DIGEST] == _digest(heads) and len(seqs) == len(heads)
    return dict(zip(sorted(heads), seqs, strict=True)) if same else {}


def _digest(heads: Mapping[str, Cursor]) -> bytes:
    text = "".join(f"{space}{heads[space].epoch}" for space in sorted(heads))
    return hashlib.sha256(text.encode()).digest()[:_DIGEST]


ROUTES = (
    Route("POST", "/v1/session", ask_session, session=False, limit=MAX_WORD),
    Route("POST", "/v1/session/answer", answer_session, session=False, limit=MAX_WORD),
    Route("GET", "/v1/restores", tell_restores, session=False),
    Route("GET", "/v1/spaces", list_heads, waits=True),
    Route("GET", "/v1/spaces/{space}/log", read_log),
    Route("POST", "/v1/spaces/{space}/log", push_log, rings=True),
    Route("POST", "/v1/spaces/{space}/have", ask_have),
    Route("POST", "/v1/spaces/{space}/blobs/missing", ask_blobs),
    Route("PUT", "/v1/spaces/{space}/blobs/{blob}/{part}", put_blob, limit=PART_BYTES),
    Route("GET", "/v1/spaces/{space}/blobs/{blob}/{part}", read_blob, limit=MAX_WORD),
)
