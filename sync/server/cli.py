"""The command `causeway-server`: init, run, backup, restore. A failure is one sentence and exit status 2.

Leaves the making of a server to `sync.server.settings` and the answers to `sync.server.app`.
"""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from sync.errors import SyncError
from sync.server import audit
from sync.server.app import Doorbell, make_app
from sync.server.settings import (
    ACCESS_LOG_FILE,
    DATABASE_FILE,
    Settings,
    after_restore,
    found_server,
    open_server,
    open_storage,
    read_settings,
    sqlite_url,
)
from sync.server.storage.contract import Storage
from sync.server.storage.database import Database
from sync.server.storage.sqlite import copy_database

LOOPBACK = frozenset({"127.0.0.1", "::1"})
GRACE_SECONDS = 10

_SENTENCES = {
    "server.exists": "There is a server in this folder already; nothing was changed.",
    "server.missing": "There is no server in this folder; make one with `causeway-server init`.",
    "server.settings": "settings.json cannot be read.",
    "server.keys": "The database lacks the server's keys: it belongs to no finished `init`.",
    "server.not_sqlite": "This server keeps its logs in another database; back it up and restore it with that "
    "database's own tools, then run `causeway-server restore` without --from.",
    "server.backup": "This is not a whole backup; nothing was changed.",
    "server.plain": "Without --tls-cert and --tls-key the server listens on this machine only, and only with "
    "--insecure-loopback.",
    "roster.form": "The roster cannot be read.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 2 refused with a sentence on stderr."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)
    try:
        options.act(options)
    except SyncError as error:
        print(f"causeway-server: {_SENTENCES.get(error.code, error.code)} [{error.code}]", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"causeway-server: {error.strerror}: {error.filename} [{type(error).__name__}]", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="causeway-server", description="Orders and stores what a partnership shares.")
    commands = parser.add_subparsers(required=True)
    init = _command(commands, "init", "make a server in an empty folder", _init)
    init.add_argument("--roster", type=Path, required=True, help="the list of units, seats and spaces")
    init.add_argument("--name", default="Causeway")
    init.add_argument("--database", default="", help="URL of a PostgreSQL database; without it SQLite in the folder")
    run = _command(commands, "run", "serve until SIGTERM", _run)
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=int, default=8443, help="0 for any free one")
    run.add_argument("--tls-cert", type=Path)
    run.add_argument("--tls-key", type=Path)
    run.add_argument("--insecure-loopback", action="store_true", help="plain HTTP for clients on this machine")
    backup = _command(commands, "backup", "copy the database, also while the server runs", _backup)
    backup.add_argument("--to", type=Path, required=True)
    restore = _command(
        commands, "restore", "go back to a backup and begin a new epoch (stop the server first)", _restore
    )
    restore.add_argument("--from", type=Path, dest="source", help="a file made by backup")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, act: object
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--dir", type=Path, required=True, help="the server's folder")
    parser.set_defaults(act=act)
    return parser


def _init(options: argparse.Namespace) -> None:
    info = found_server(options.dir, options.roster.read_bytes(), Settings(options.name, options.database))
    print(f"receipt key {info.receipt_key}")


def _backup(options: argparse.Namespace) -> None:
    _copy(_own_database(options.dir), options.to)
    print(f"backup {options.to}")


def _restore(options: argparse.Namespace) -> None:
    """The new epoch begins before the restored file takes its place: no client ever meets the old one with it."""
    settings = read_settings(options.dir)
    if options.source is None:
        _begin_epoch(open_storage(options.dir, settings))
    else:
        target = _own_database(options.dir)
        restored = target.with_suffix(".restored")
        _copy(options.source, restored)
        _begin_epoch(Database(sqlite_url(restored)))
        for leftover in ("-wal", "-shm"):
            target.with_name(target.name + leftover).unlink(missing_ok=True)
        restored.replace(target)
    print("restored: a new epoch has begun; laptops will put back what is lacking")


def _begin_epoch(storage: Storage) -> None:
    try:
        after_restore(storage)
    finally:
        storage.close()


def _own_database(folder: Path) -> Path:
    if read_settings(folder).database:
        raise SyncError("server.not_sqlite")
    return folder / DATABASE_FILE


def _copy(source: Path, target: Path) -> None:
    try:
        copy_database(source, target)
    except sqlite3.Error as error:
        raise SyncError("server.backup") from error


def _run(options: argparse.Namespace) -> None:
    tls = options.tls_cert is not None and options.tls_key is not None
    if not tls and not (options.insecure_loopback and options.host in LOOPBACK):
        raise SyncError("server.plain")
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s: %(message)s"
    )
    server = open_server(options.dir)
    handler = audit.open_access_log(options.dir / ACCESS_LOG_FILE)
    doorbell = Doorbell()
    config = uvicorn.Config(
        make_app(server, doorbell),
        host=options.host,
        port=options.port,
        ssl_certfile=options.tls_cert,
        ssl_keyfile=options.tls_key,
        access_log=False,  # it would write whole addresses; ours writes ids
        log_config=None,
        lifespan="off",
        timeout_keep_alive=75,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again when it has shut down; by then it has been obeyed.
        signal.signal(number, lambda *_: None)
    try:
        _Listening(config, doorbell).run()
    finally:
        audit.close_access_log(handler)
        server.storage.close()


class _Listening(uvicorn.Server):
    """Says when it can be spoken to, and lets long polls go when it is asked to stop."""

    def __init__(self, config: uvicorn.Config, doorbell: Doorbell) -> None:
        super().__init__(config)
        self._doorbell = doorbell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            scheme = "https" if self.config.is_ssl else "http"
            name = f"[{host}]" if ":" in host else host
            print(f"listening on {scheme}://{name}:{port}", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._doorbell.close()
        await asyncio.sleep(0)
        await super().shutdown(sockets)
