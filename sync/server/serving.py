"""Serving a folder: one socket, one or several worker processes, and an end that loses nothing.

Each worker is the whole server; they share the socket, the database and the counters, nothing else. A worker that
dies is replaced. On SIGTERM every worker lets its long polls go, ends what it is in and leaves.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import ForkProcess
from pathlib import Path

import uvicorn

from sync.errors import SyncError
from sync.server import audit
from sync.server.app import Doorbell, make_app, new_meters
from sync.server.metrics import Meters
from sync.server.occupied import running
from sync.server.request import Server
from sync.server.settings import ACCESS_LOG_FILE, open_server, read_settings
from sync.server.storage.contract import StorageBusy

GRACE_SECONDS = 10
RESTART_SECONDS = 1.0
TICK_SECONDS = 1.0
"""How often a worker looks at itself: its memory, and whether its parent lives."""
MOST_CONNECTIONS = 2000
"""Of one worker; beyond it the answer is 503 without work."""

_LOG = logging.getLogger("causeway.server")


@dataclass(frozen=True)
class Serving:
    """What to serve and where. Without certificate and key it is plain HTTP."""

    folder: Path
    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    workers: int = 1
    say: Callable[[str], object] = str
    """Told `listening on URL` when every worker can be spoken to."""


def serve(serving: Serving) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises `SyncError` as `open_server` does, server.running (a restore is going on) and server.workers (several need a
    system that forks); OSError when the address cannot be had.
    """
    read_settings(serving.folder)
    with running(serving.folder):
        _serve(serving)


def _serve(serving: Serving) -> None:
    open_server(serving.folder).storage.close()  # what is wrong is said once, before anybody is told to come
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    meters = new_meters(serving.workers)
    with socket.create_server((serving.host, serving.port), family=family, backlog=1024) as listener:
        # Inherited by every connection: an answer's second part must not wait for the client's word on the first.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if serving.workers == 1:
            _work(serving, listener, meters, 0, lambda: _say_ready(serving, listener))
        elif "fork" not in multiprocessing.get_all_start_methods():
            raise SyncError("server.workers")
        else:
            _Workers(serving, listener, meters).run()


def _say_ready(serving: Serving, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    serving.say(f"listening on {'https' if serving.certificate else 'http'}://{name}:{port}")


class _Workers:
    """Keeps so many workers alive until it is told to stop."""

    def __init__(self, serving: Serving, listener: socket.socket, meters: Meters) -> None:
        self._serving, self._listener, self._meters = serving, listener, meters
        self._forking = multiprocessing.get_context("fork")
        self._ready = self._forking.Semaphore(0)
        self._alive: dict[int, ForkProcess] = {}
        self._stopping = False

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for worker in range(self._serving.workers):
            self._start(worker)
        said = 0
        while self._alive:
            connection.wait([process.sentinel for process in self._alive.values()], timeout=0.1 if said >= 0 else 1.0)
            while said >= 0 and self._ready.acquire(block=False):
                said += 1
            if said == self._serving.workers:
                _say_ready(self._serving, self._listener)
                said = -1
            for worker, process in list(self._alive.items()):
                if not process.is_alive():
                    self._replace(worker, process)

    def _start(self, number: int) -> None:
        arguments = (self._serving, self._listener, self._meters, number, self._ready.release)
        process = self._forking.Process(target=_work, args=arguments)
        process.start()
        self._alive[number] = process
        if self._stopping:  # told so while this one began
            process.terminate()

    def _replace(self, number: int, process: ForkProcess) -> None:
        del self._alive[number]
        process.close()
        if not self._stopping:
            _LOG.error("worker %d ended; another takes its place", number)
            time.sleep(RESTART_SECONDS)
        if not self._stopping:
            self._start(number)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for process in self._alive.values():
            if process.is_alive():
                process.terminate()


def _work(serving: Serving, listener: socket.socket, meters: Meters, number: int, ready: Callable[[], object]) -> None:
    """One worker, from its own handle on the database to its last answer."""
    told = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        # Before uvicorn listens for them, and when it raises them again at its end: by then they have been obeyed.
        signal.signal(signal_number, lambda *_: told.set())
    meters.begin(number)
    name = ACCESS_LOG_FILE if number == 0 else f"{number}-{ACCESS_LOG_FILE}"  # a file is rotated by one process only
    handler = audit.open_access_log(serving.folder / name)
    server = open_server(serving.folder)
    doorbell = Doorbell()
    config = uvicorn.Config(
        make_app(server, doorbell, meters, serving.workers),
        ssl_certfile=serving.certificate,
        ssl_keyfile=serving.key,
        access_log=False,  # it would write whole addresses; ours writes ids
        log_config=None,
        lifespan="off",
        timeout_keep_alive=75,
        server_header=False,
        proxy_headers=False,  # nobody's address is of interest
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        _Listening(config, doorbell, server, meters, ready=ready, told=told).run([listener])
    finally:
        audit.close_access_log(handler)
        server.storage.close()


class _Listening(uvicorn.Server):
    """Says when it can be spoken to, rings for what other processes wrote, and lets long polls go when it stops."""

    def __init__(
        self,
        config: uvicorn.Config,
        doorbell: Doorbell,
        server: Server,
        meters: Meters,
        *,
        ready: Callable[[], object],
        told: threading.Event,
    ) -> None:
        super().__init__(config)
        self._told = told
        self._doorbell, self._server, self._meters, self._ready = doorbell, server, meters, ready
        # Of a worker among several; one that serves alone outlives the shell it was started from.
        self._parent = os.getppid() if multiprocessing.parent_process() is not None else None
        self._watching: threading.Thread | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.should_exit = self.should_exit or self._told.is_set()
        if not self.should_exit:
            loop = asyncio.get_running_loop()
            self._watching = threading.Thread(target=self._watch, args=(loop,), name="watch", daemon=True)
            self._watching.start()
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._doorbell.close()
        await asyncio.sleep(0)
        await super().shutdown(sockets)
        if self._watching is not None:
            await asyncio.to_thread(self._watching.join)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        watch = self._server.storage.watch()
        try:
            while not self.should_exit:
                moved = watch.wait(TICK_SECONDS)
                with contextlib.suppress(StorageBusy):  # looked at again with the next tick
                    self._server.members.refresh()
                if moved and not self.should_exit:
                    loop.call_soon_threadsafe(self._doorbell.ring)
                self._meters.weigh()
                # Killed without a word: nobody would replace or stop this one.
                if self._parent not in {None, os.getppid()}:
                    self.should_exit = True
        finally:
            watch.close()
