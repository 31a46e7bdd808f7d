"""The HTTP face: bodies within limits, sessions, threads for what blocks, answers that a portal cannot forge by chance.

Leaves the meaning of each endpoint to `sync.server.routes`. Whatever is asked, the answer is a code, never a
traceback; what the log says about a fault is where and of which type, never with which values.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from sync.protocol import (
    LONG_POLL_SECONDS,
    MARK_HEADER,
    MEDIA_TYPE,
    PROTOCOL,
    Info,
    Problem,
    PushAnswer,
    SpaceHeads,
    encode,
)
from sync.server import audit
from sync.server.intake import MAX_STRANGERS, read_body
from sync.server.metrics import MEDIA_TYPE as METRICS_TYPE
from sync.server.metrics import Meters
from sync.server.pace import SeatPace
from sync.server.refusal import Refusal
from sync.server.routes import ROUTES, Answer, Request, Route, Server
from sync.server.storage.contract import StorageBusy, StorageFull

POLL_SECONDS = 10.0
"""How late a head that moved is noticed when nobody rang: a call from another worker may get lost."""
LOOPBACK = frozenset({"127.0.0.1", "::1"})

_LOG = logging.getLogger("causeway.server")

Endpoint = Callable[[HttpRequest], Awaitable[Response]]


class Doorbell:
    """Wakes the long polls of this process. Used from the event loop only; `Watching` rings it for other processes."""

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self.closed = False

    def ticket(self) -> asyncio.Event:
        """Take it before looking; it is set by the first ring after that."""
        return self._next

    def ring(self) -> None:
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    def close(self) -> None:
        """The server is going down: nobody waits any longer."""
        self.closed = True
        self.ring()


@dataclass(frozen=True)
class _Face:
    """What every endpoint needs beside its route."""

    server: Server
    doorbell: Doorbell
    meters: Meters
    pace: SeatPace


def new_meters(workers: int = 1) -> Meters:
    """Counters for this application in so many processes."""
    return Meters([f"{route.method} {route.path}" for route in ROUTES], workers)


def make_app(server: Server, doorbell: Doorbell, meters: Meters | None = None, workers: int = 1) -> Starlette:
    """The ASGI application of one worker of `workers`. `meters` are shared by all of them."""
    pace = SeatPace(server.allowance, time.monotonic, workers)
    face = _Face(server, doorbell, meters or new_meters(), pace)
    routes = [HttpRoute(route.path, _endpoint(face, route), methods=[route.method]) for route in ROUTES]
    routes.append(HttpRoute("/v1/info", _plain(server.info), methods=["GET"]))
    routes.append(HttpRoute("/healthz", _health(server), methods=["GET"]))
    routes.append(HttpRoute("/metrics", _metrics(face), methods=["GET"]))
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_such_thing})


def _endpoint(face: _Face, route: Route) -> Endpoint:
    name = f"{route.method} {route.path}"

    async def endpoint(http: HttpRequest) -> Response:
        begun = time.monotonic()
        request = Request(None, http.path_params.get("space", ""), http.query_params, b"")
        code = ""
        try:
            request = await _request(face, route, http)
            response = _reply(200, await _answer(face, route, request))
        except ClientDisconnect:
            response, code = Response(status_code=400), "net.cut"
        except Exception as error:  # noqa: BLE001  every failure becomes a code; a fault of ours is logged by its type
            refusal = _refusal(route, error)
            response, code = _refused(refusal), refusal.code
        seat = request.seat.id if request.seat else "-"
        space = request.space if request.space in face.server.members.spaces() else "-"
        sizes = (len(request.body), len(response.body))
        outcome = (response.status_code, code or "-")
        audit.note(name, seat=seat, space=space, outcome=outcome, sizes=sizes)
        face.meters.answered(name, response.status_code, sizes, None if route.waits else time.monotonic() - begun)
        return response

    return endpoint


async def _request(face: _Face, route: Route, http: HttpRequest) -> Request:
    """Session before body: a stranger's bytes are not worth reading. Raises `Refusal` 401, 408, 413, 429."""
    server = face.server
    seat = None
    if route.session and not (route.stranger and "authorization" not in http.headers):
        scheme, _, token = http.headers.get("authorization", "").partition(" ")
        seat = server.accounts.seat_of(token if scheme == "Bearer" else "")
        face.pace.take(seat.id)
    limit = route.limit if seat or not route.session else min(route.limit, MAX_STRANGERS)
    body = await read_body(http, limit, server.allowance)
    return Request(seat, http.path_params.get("space", ""), http.query_params, body, http.path_params)


async def _answer(face: _Face, route: Route, request: Request) -> Answer:
    if route.waits:
        face.meters.waiting(1)
        try:
            return await _wait(face, route, request)
        finally:
            face.meters.waiting(-1)
    answer = await run_in_threadpool(route.handler, face.server, request)
    if route.rings:
        face.doorbell.ring()
    if isinstance(answer, PushAnswer):
        for item in answer.results:
            face.meters.entries(item.status.value, 1)
    return answer


async def _wait(face: _Face, route: Route, request: Request) -> Answer:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + min(request.number("wait", 0), LONG_POLL_SECONDS)
    while True:
        ticket = face.doorbell.ticket()
        answer = await run_in_threadpool(route.handler, face.server, request)
        remaining = deadline - loop.time()
        if not (isinstance(answer, SpaceHeads) and not answer.spaces) or remaining <= 0 or face.doorbell.closed:
            return answer
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ticket.wait(), min(remaining, POLL_SECONDS))


def _refusal(route: Route, error: Exception) -> Refusal:
    match error:
        case Refusal():
            return error
        case StorageFull():
            return Refusal(507, "server.full")
        case StorageBusy():
            return Refusal(503, "server.busy", retry_after=5)
        case _:
            _LOG.error("%s %s failed: %s", route.method, route.path, type(error).__name__)
            return Refusal(500, "server.fault")


def _reply(status: int, message: Answer) -> Response:
    if isinstance(message, bytes):
        return Response(message, status, {MARK_HEADER: PROTOCOL}, "application/octet-stream")
    return Response(encode(message), status, {MARK_HEADER: PROTOCOL}, MEDIA_TYPE)


def _refused(refusal: Refusal) -> Response:
    response = _reply(refusal.status, Problem(refusal.code))
    if refusal.retry_after:
        response.headers["retry-after"] = str(refusal.retry_after)
    if refusal.hang_up:
        response.headers["connection"] = "close"
    if refusal.status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


async def _no_such_thing(_: HttpRequest, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _refused(Refusal(status, f"http.{status}"))


def _plain(info: Info) -> Endpoint:
    body = msgspec.json.encode(info)

    async def endpoint(_: HttpRequest) -> Response:
        return Response(body, 200, {MARK_HEADER: PROTOCOL}, "application/json")

    return endpoint


def _health(server: Server) -> Endpoint:
    """200 when the database answers, 503 when not."""

    async def endpoint(_: HttpRequest) -> Response:
        health: dict[str, Any] = {"status": "ok"}
        try:
            await run_in_threadpool(server.storage.heads, ())
        except (StorageBusy, StorageFull):
            health = {"status": "storage"}
        status = 200 if health["status"] == "ok" else 503
        return Response(msgspec.json.encode(health), status, {MARK_HEADER: PROTOCOL}, "application/json")

    return endpoint


def _metrics(face: _Face) -> Endpoint:
    """For the machine's own collector: whoever comes from elsewhere, or through a proxy, is told there is nothing."""

    async def endpoint(http: HttpRequest) -> Response:
        if http.client is None or http.client.host not in LOOPBACK or "x-forwarded-for" in http.headers:
            return _refused(Refusal(404, "http.404"))
        gauges = await run_in_threadpool(face.server.gauges)
        return Response(face.meters.text(gauges), 200, {MARK_HEADER: PROTOCOL}, METRICS_TYPE)

    return endpoint
