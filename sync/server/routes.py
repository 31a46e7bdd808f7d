"""What each endpoint does: the rights, the query and the body of a request turned into one call of the service.

Plain functions of (Server, Request) that may block; leaves HTTP and threads to `sync.server.app`. The rule: a seat
reads only its own spaces; it may bring entries for any space of the partnership, because a laptop carries for others.
"""

import base64
import hashlib
import re
from collections.abc import Mapping

import msgspec

from sync.blob_parts import MAX_ASKED, PART_BYTES, BlobName, BlobsAsk, BlobsMissing, BlobTaken
from sync.protocol import (
    MAX_HAVE,
    MAX_PAGE_BYTES,
    Cursor,
    HaveAsk,
    HaveMissing,
    PushBatch,
    SessionAnswer,
    SessionAsk,
    SpaceHead,
    SpaceHeads,
)
from sync.server.intake import MAX_WORD
from sync.server.refusal import Refusal
from sync.server.request import Answer, Request, Route, Server
from sync.server.storage.contract import SeatSeen
from sync.server.tree_routes import TREE_ROUTES

__all__ = ["ROUTES", "Answer", "Request", "Route", "Server"]

_DIGEST = 8
_PROGRAM = re.compile(r"\d{1,4}(\.\d{1,4}){0,3}", re.ASCII)


class NamedAnswer(SessionAnswer, frozen=True):
    """With the version of the seat's program, for the operator's list of seats."""

    program: str = ""


def ask_session(server: Server, request: Request) -> Answer:
    return server.accounts.challenge(request.message(SessionAsk).seat)


def answer_session(server: Server, request: Request) -> Answer:
    answer = request.message(NamedAnswer)
    granted = server.accounts.answer(answer)
    program = answer.program if _PROGRAM.fullmatch(answer.program) else ""
    server.storage.saw(SeatSeen(answer.seat, int(server.clock()), program))
    return granted


def tell_restores(server: Server, _: Request) -> Answer:
    return server.restores


def list_heads(server: Server, request: Request) -> SpaceHeads:
    """The heads of the seat's spaces; with `since` only those that moved. Waiting is the app's part.

    Raises `Refusal` 401: who waits may have been closed meanwhile.
    """
    members, seat = server.members, request.known_seat().id
    if members.seat(seat) is None:
        raise Refusal(401, "session.expired")
    heads = server.storage.heads(members.spaces_of(seat))
    controls, chains = members.controls_for(seat), members.chains_for(seat)
    shown = {**{space: Cursor() for space in controls}, **heads}  # of a log that is not for this seat nothing is told
    named = "".join(f"{space}{shown[space].epoch}{controls.get(space, '')}" for space in sorted(shown))
    state = _digest(named + "".join(f"{chain.tree}{chain.name}" for chain in chains))
    known = _known(request.query.get("since", ""), state, shown)
    moved = tuple(
        SpaceHead(space, head, controls.get(space, ""))
        for space, head in sorted(shown.items())
        if known.get(space) != head.seq
    )
    return SpaceHeads(_since(state, shown), moved, chains)


def read_log(server: Server, request: Request) -> Answer:
    _readable(server, request)
    after, size = request.number("after", 0), request.number("bytes", MAX_PAGE_BYTES)
    return server.logs.page(request.space, after, request.query.get("epoch", ""), size)


def push_log(server: Server, request: Request) -> Answer:
    _of_partnership(server, request)
    seat = request.known_seat()
    server.quota.check(seat.unit, len(request.body))
    batch = request.message(PushBatch)
    answer = server.logs.push(request.space, seat.id, batch)
    if "after" not in request.query or request.space not in server.members.spaces_of(seat.id):
        return answer  # a carrier for others has no log to read
    after, size = request.number("after", 0), request.number("bytes", MAX_PAGE_BYTES)
    page = server.logs.read_back(request.space, batch, after, size)
    return msgspec.structs.replace(answer, page=page)


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
    return BlobsMissing(server.blobs.missing(request.space, asked, request.known_seat()))


def put_blob(server: Server, request: Request) -> Answer:
    _of_partnership(server, request)
    name = BlobName(request.place["blob"], request.number("size", 0))
    return BlobTaken(server.blobs.take(request.space, name, _part(request), request.body, request.known_seat()))


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


def _readable(server: Server, request: Request) -> None:
    if request.space not in server.members.spaces_of(request.known_seat().id):
        raise Refusal(403, "space.not_member")


def _since(state: bytes, heads: Mapping[str, Cursor]) -> str:
    """All heads in one word: a digest of spaces, epochs and trees, and the seqs in the order of the space ids."""
    seqs = [heads[space].seq for space in sorted(heads)]
    return base64.urlsafe_b64encode(state + msgspec.msgpack.encode(seqs)).decode()


def _known(since: str, state: bytes, heads: Mapping[str, Cursor]) -> dict[str, int]:
    """The seqs that `since` names; nothing for nonsense, for other spaces, epochs and trees."""
    try:
        raw = base64.b64decode(since.encode("ascii"), altchars=b"-_", validate=True)
        seqs = msgspec.msgpack.decode(raw[_DIGEST:], type=list[int])
    except (ValueError, msgspec.DecodeError):  # also what is neither ASCII nor base64
        return {}
    same = raw[:_DIGEST] == state and len(seqs) == len(heads)
    return dict(zip(sorted(heads), seqs, strict=True)) if same else {}


def _digest(text: str) -> bytes:
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
    *TREE_ROUTES,
)
