"""The HTTP face: bodies within limits, sessions, threads for what blocks, answers that a portal cannot forge by chance.

Leaves the meaning of each endpoint to `sync.server.routes`. Whatever is asked, the answer is a code, never a
traceback; what the log says about a fault is where and of which type, never with which values.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
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
    MAX_BATCH_BYTES,
    MEDIA_TYPE,
    PROTOCOL,
    Info,
    Problem,
    SpaceHeads,
    encode,
)
from sync.server import audit
from sync.server.refusal import Refusal
from sync.server.routes import ROUTES, Request, Route, Server
from sync.server.storage.contract import StorageBusy, StorageFull

MAX_BODY = MAX_BATCH_BYTES + 64 * 1024
"""A full batch and its wrapping."""
MAX_DRAINED = 8 * MAX_BODY
"""So much of a body that is too large is read and dropped, so that the sender hears the refusal."""
POLL_SECONDS = 2.0
"""How late a change written by another process of the server is noticed."""

_LOG = logging.getLogger("causeway.server")

Endpoint = Callable[[HttpRequest], Awaitable[Response]]


class Doorbell:
    """Wakes the long polls of this process. Used from the event loop only."""

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


def make_app(server: Server, doorbell: Doorbell) -> Starlette:
    """The ASGI application."""
    routes = [HttpRoute(route.path, _endpoint(server, doorbell, route), methods=[route.method]) for route in ROUTES]
    routes.append(HttpRoute("/v1/info", _plain(server.info), methods=["GET"]))
    routes.append(HttpRoute("/healthz", _health(server), methods=["GET"]))
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_such_thing})


def _endpoint(server: Server, doorbell: Doorbell, route: Route) -> Endpoint:
    async def endpoint(http: HttpRequest) -> Response:
        request = Request(None, http.path_params.get("space", ""), http.query_params, b"")
        code = ""
        try:
            request = await _request(server, route, http)
            response = _reply(200, await _answer(server, doorbell, route, request))
        except ClientDisconnect:
            response, code = Response(status_code=400), "net.cut"
        except Exception as error:  # noqa: BLE001  every failure becomes a code; a fault of ours is logged by its type
            refusal = _refusal(route, error)
            response, code = _refused(refusal), refusal.code
        seat = request.seat.id if request.seat else "-"
        space = request.space if request.space in server.members.spaces() else "-"
        sizes = (len(request.body), len(response.body))
        outcome = (response.status_code, code or "-")
        audit.note(f"{route.method} {route.path}", seat=seat, space=space, outcome=outcome, sizes=sizes)
        return response

    return endpoint


async def _request(server: Server, route: Route, http: HttpRequest) -> Request:
    """Session before body: a stranger's bytes are not worth reading. Raises `Refusal` 401, 413."""
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    seat = server.accounts.seat_of(token if scheme == "Bearer" else "") if route.session else None
    return Request(seat, http.path_params.get("space", ""), http.query_params, await _body(http))


async def _body(http: HttpRequest) -> bytes:
    body = bytearray()
    size = 0
    async for chunk in http.stream():
        size += len(chunk)
        if size <= MAX_BODY:
            body += chunk
        elif size > MAX_DRAINED:
            break
    if size > MAX_BODY:
        raise Refusal(413, "batch.too_large")
    return bytes(body)


async def _answer(server: Server, doorbell: Doorbell, route: Route, request: Request) -> msgspec.Struct:
    if not route.waits:
        answer = await run_in_threadpool(route.handler, server, request)
        if route.rings:
            doorbell.ring()
        return answer
    loop = asyncio.get_running_loop()
    deadline = loop.time() + min(request.number("wait", 0), LONG_POLL_SECONDS)
    while True:
        ticket = doorbell.ticket()
        answer = await run_in_threadpool(route.handler, server, request)
        remaining = deadline - loop.time()
        if not (isinstance(answer, SpaceHeads) and not answer.spaces) or remaining <= 0 or doorbell.closed:
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


def _reply(status: int, message: msgspec.Struct) -> Response:
    return Response(encode(message), status, {MARK_HEADER: PROTOCOL}, MEDIA_TYPE)


def _refused(refusal: Refusal) -> Response:
    response = _reply(refusal.status, Problem(refusal.code))
    if refusal.retry_after:
        response.headers["retry-after"] = str(refusal.retry_after)
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
