"""`causeway-server`: init, found, run, backup, restore, doctor, fleet. A failure is a sentence and exit status 2.

Leaves the making of a server to `sync.server.settings` and the answers to `sync.server.app`.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sync.errors import SyncError
from sync.server.backup import back_up, restore
from sync.server.doctor import Grade, examine
from sync.server.founding import new_code
from sync.server.serving import Serving, serve
from sync.server.settings import (
    OPERATOR_KEY_FILE,
    Settings,
    fleet,
    found_server,
    open_storage,
    read_operator_key,
    read_settings,
)

LOOPBACK = frozenset({"127.0.0.1", "::1"})

_SENTENCES = {
    "server.exists": "There is a server in this folder already; nothing was changed.",
    "server.missing": "There is no server in this folder; make one with `causeway-server init`.",
    "server.settings": "settings.json cannot be read.",
    "server.keys": "The database lacks the server's keys: it belongs to no finished `init`.",
    "server.dump": "PostgreSQL's own program failed; nothing was changed.",
    "server.programs": "pg_dump, pg_restore and psql are needed: install postgresql-client.",
    "server.running": "A server is running in this folder, or a restore is going on; nothing was changed.",
    "server.operator_key": "This is not an operator's key.",
    "server.ill": "Something above needs you.",
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
    init.add_argument("--roster", type=Path, help="a fixed list of members, for practice; else units found themselves")
    init.add_argument("--name", default="Causeway")
    init.add_argument("--database", default="", help="URL of a PostgreSQL database; without it SQLite in the folder")
    _command(commands, "found", "a further code with which one unit may be founded here", _found)
    run = _command(commands, "run", "serve until SIGTERM", _run)
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=int, default=8443, help="0 for any free one")
    run.add_argument("--tls-cert", type=Path)
    run.add_argument("--tls-key", type=Path)
    run.add_argument(
        "--workers", type=int, default=1, choices=range(1, 65), metavar="N", help="processes; 1 by default"
    )
    run.add_argument("--insecure-loopback", action="store_true", help="plain HTTP for clients on this machine")
    backup = _command(commands, "backup", "copy everything into a new folder, also while the server runs", _backup)
    backup.add_argument("--to", type=Path, required=True, help="the backup's folder, not there yet")
    restore = _command(
        commands, "restore", "go back to a backup and begin a new epoch (stop the server first)", _restore
    )
    restore.add_argument("--from", type=Path, dest="source", help="a backup; without it the database as it is now")
    restore.add_argument("--operator-key", type=Path, help="the key that announces the restore to the laptops")
    doctor = _command(commands, "doctor", "say what is wrong with certificate, database, clock, disk, backups", _doctor)
    doctor.add_argument("--tls-cert", type=Path)
    doctor.add_argument("--tls-key", type=Path)
    _command(commands, "fleet", "list the seats: id, unit, last seen, program version", _fleet)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, act: object
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--dir", type=Path, required=True, help="the server's folder")
    parser.set_defaults(act=act)
    return parser


def _init(options: argparse.Namespace) -> None:
    roster = None if options.roster is None else options.roster.read_bytes()
    info = found_server(options.dir, roster, Settings(options.name, options.database))
    print(f"receipt key {info.receipt_key}")
    print(f"operator key {options.dir / OPERATOR_KEY_FILE}: move it off this machine; it announces a restore")

    if roster is None:
        _found(options)


def _found(options: argparse.Namespace) -> None:
    storage = open_storage(options.dir, read_settings(options.dir))
    try:
        print(f"founding code {new_code(storage)}: for the first lead of one unit")
    finally:
        storage.close()


def _backup(options: argparse.Namespace) -> None:
    made = back_up(options.dir, options.to, time.time)
    print(f"backup {options.to}: {len(made.spaces)} logs, {made.at}")


def _restore(options: argparse.Namespace) -> None:
    key = None if options.operator_key is None else read_operator_key(options.operator_key)
    notice = restore(options.dir, options.source, key, time.time)
    print(f"restored: {len(notice.spaces)} logs begin a new epoch; laptops will put back what is lacking")
    if key is None:
        print("not announced: without --operator-key the laptops will say that nobody answers for this restore")


def _doctor(options: argparse.Namespace) -> None:
    findings = examine(options.dir, time.time(), options.tls_cert, options.tls_key)
    for finding in findings:
        print(f"{finding.grade.value:<5} {finding.what:<13} {finding.sentence}")
    if any(finding.grade is Grade.BAD for finding in findings):
        raise SyncError("server.ill")


def _fleet(options: argparse.Namespace) -> None:
    """Ids only: who sits where is for the units to know."""
    print(f"{'seat':<32}  {'unit':<32}  {'last seen':<20}  program")
    for row in fleet(options.dir):
        at = datetime.fromtimestamp(row.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if row.at else "never"
        print(f"{row.seat}  {row.unit or '-':<32}  {at:<20}  {row.program or '-'}")


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
