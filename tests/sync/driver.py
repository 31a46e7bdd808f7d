"""Drives rounds in tests: against the server's real routes in this process, or through any `perform` of a transport."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.applications import Starlette

from sync.client import Carry, Local, NetCall, NetReply, Progress, Replica, RoundResult, sync_round
from sync.errors import SyncError
from sync.protocol import settle

T = TypeVar("T")
Perform = Callable[[NetCall], NetReply]


def drive(
    replica: Replica, perform: Perform, *, carry: Carry | None = None, told: list[Progress] | None = None
) -> RoundResult:
    """One round to its end, the way the desktop's driver does it. Anything but a `SyncError` ends it like a kill."""
    progress = told.append if told is not None else _ignore
    steps = sync_round(replica.spaces(), replica.seat_id, progress=progress, carry=carry)
    try:
        step = next(steps)
        while True:
            try:
                outcome = step.run(replica) if isinstance(step, Local) else perform(step)
            except SyncError as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        result: RoundResult = end.value
        return result


def _ignore(_: Progress) -> None:
    """Nobody looks."""


class InProcess:
    """The server's application, spoken to without sockets."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._runner = asyncio.Runner()

    def close(self) -> None:
        self._runner.close()

    def ask(self, call: NetCall) -> NetReply:
        """The bare answer, whatever its status."""
        return self._runner.run(_call(self._app, call))

    async def ask_async(self, call: NetCall) -> NetReply:
        """As `ask`, from within `run`: several calls at once."""
        return await _call(self._app, call)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something of the test's own on the server's event loop."""
        return self._runner.run(work)

    def perform(self, call: NetCall) -> NetReply:
        return settle(self.ask(call))


async def _call(app: Starlette, call: NetCall) -> NetReply:
    headers = [(b"authorization", f"Bearer {call.token}".encode())] if call.token else []
    scope: dict[str, Any] = {
        "type": "http",
        "method": call.method,
        "path": call.path,
        "raw_path": call.path.encode(),
        "query_string": urlencode(call.query).encode(),
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "server": ("test", 80),
        "client": ("test", 1),
        "root_path": "",
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": call.body or b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return NetReply(sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:]))
