"""The command `causeway-server`: init, run, backup, restore. A failure is one sentence and exit status 2.

Leaves the making of a server to `sync.server.settings` and the answers to `sync.server.app`.
"""

import argparse
import logging
import os
import sqlite3
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sync.errors import SyncError
from sync.server.serving import Serving, serve
from sync.server.settings import (
    DATABASE_FILE,
    Settings,
    after_restore,
    found_server,
    open_storage,
    read_settings,
    sqlite_url,
)
from sync.server.storage.contract import Storage
from sync.server.storage.database import Database
from sync.server.storage.sqlite import copy_database

LOOPBACK = frozenset({"127.0.0.1", "::1"})

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
    "server.newer": "A newer program has been here: this one is too old for the database.",
    "server.workers": "This system runs one worker only.",
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
    run.add_argument(
        "--workers", type=int, default=1, choices=range(1, 65), metavar="N", help="processes; 1 by default"
    )
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
    certificate, key = options.tls_cert, options.tls_key
    if (certificate is None) != (key is None) or not (
        certificate or (options.insecure_loopback and options.host in LOOPBACK)
    ):
        raise SyncError("server.plain")
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s: %(message)s"
    )
    say = partial(print, flush=True)
    serve(Serving(options.dir, options.host, options.port, certificate, key, options.workers, say))
