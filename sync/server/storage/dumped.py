"""Backup and restore of a PostgreSQL database by its own programs: `pg_dump`, `pg_restore`, `psql`."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from psycopg.conninfo import make_conninfo
from sqlalchemy import create_engine, make_url

from sync.errors import SyncError
from sync.server.storage.tables import METADATA


def dump_database(url: str, target: Path) -> None:
    """A consistent copy of a database in use. Raises `SyncError`: server.dump (failed), server.programs (not there)."""
    options, environment = _connection(url)
    _call(["pg_dump", *options, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"], environment)


def load_database(url: str, source: Path) -> None:
    """Replace everything by what was dumped, and begin new epochs, in one transaction: whole or not at all.

    Raises as `dump_database`, and server.backup when there is no such dump.
    """
    if not source.is_file():
        raise SyncError("server.backup")
    options, environment = _connection(url)
    with tempfile.TemporaryFile() as script:
        script.write(_BEFORE)
        script.flush()
        _call(["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(source)], stdout=script)
        script.seek(0, os.SEEK_END)
        script.write(_AFTER)
        script.seek(0)
        once = ["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
        _call(["psql", *options, *once], environment, stdin=script)


_TABLES = ("migration", *METADATA.tables)
_BEFORE = b"".join([b"BEGIN;\n", *(f"DROP TABLE IF EXISTS public.{table};\n".encode() for table in _TABLES)])
_AFTER = b"""
UPDATE public.space SET epoch = decode(replace(gen_random_uuid()::text, '-', ''), 'hex');
COMMIT;
"""


def _call(
    command: list[str],
    environment: dict[str, str] | None = None,
    *,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    stdout: IO[bytes] | int = subprocess.DEVNULL,
) -> None:
    """Run a program of PostgreSQL's. Raises `SyncError`: server.dump, server.programs."""
    whole = [_found(command[0]), *command[1:]]
    done = subprocess.run(  # noqa: S603  our own words only
        whole, env=environment, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise SyncError("server.dump")


def _connection(url: str) -> tuple[list[str], dict[str, str]]:
    """The password goes by the environment: a command line is for everybody on the machine to read."""
    engine = create_engine(make_url(url))
    _, parts = engine.dialect.create_connect_args(engine.url)
    engine.dispose()
    parts.pop("context", None)  # psycopg's own, not the database's
    password = parts.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    return [f"--dbname={make_conninfo(**parts)}", "--no-password"], environment


def _found(program: str) -> str:
    """On the path, or where Debian keeps each version's programs, the newest first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda each: float(each.parent.name))
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, reversed(folders))])
    found = shutil.which(program, path=places)
    if found is None:
        raise SyncError("server.programs")
    return found
