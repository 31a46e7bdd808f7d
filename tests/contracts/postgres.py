"""A throw-away PostgreSQL for tests: its own cluster in a temporary folder, reached by a socket in that folder only.

PostgreSQL refuses to run as root: then the cluster runs as the `postgres` user that Debian's package made. It ends
with the process that started it, however that ends.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

OLDEST = 15
START_SECONDS = 60

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # what survives a power cut is PostgreSQL's own promise; ours is what we ask of it
    "max_connections": "120",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}


class Cluster:
    """A running PostgreSQL. `start` may be called again after `stop`."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="causeway-postgres-"))
        self._data = self._folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._names = count(1)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", "-D", str(self._data), *options)
        self.start()

    def start(self) -> None:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = ["postgres", "-D", str(self._data), "-k", str(self._folder), *settings]
        self._process = subprocess.Popen(self._command(*command), cwd=self._folder)
        begun = time.monotonic()
        while True:
            try:
                psycopg.connect(self.conninfo("postgres"), connect_timeout=1).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, "PostgreSQL did not start"
                assert time.monotonic() - begun < START_SECONDS, "PostgreSQL did not answer in time"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """At once, as in a crash: its log is replayed at the next start."""
        if self._process is not None:
            self._process.send_signal(3)  # SIGQUIT
            self._process.wait(timeout=30)
            self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def conninfo(self, database: str) -> str:
        """For psycopg and PostgreSQL's own programs."""
        return f"host={self._folder} user=postgres dbname={database}"

    def new_database(self) -> str:
        """SQLAlchemy's URL of an empty database."""
        name = f"causeway{next(self._names)}"
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def _run(self, *command: str) -> None:
        done = subprocess.run(self._command(*command), cwd=self._folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def _command(self, program: str, *arguments: str) -> list[str]:
        command = [str(self._programs / program), *arguments]
        ending = ["setpriv", "--pdeathsig=QUIT"]
        if os.geteuid() == 0:
            return [*ending, "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        return [*ending, *command]


def postgres_programs() -> Path | None:
    """Where PostgreSQL's programs lie, the newest first; None when there is none that is new enough."""
    folders = [Path(found).parent] if (found := shutil.which("postgres")) else []
    folders += Path("/usr/lib/postgresql").glob("*/bin")
    versions = {folder: _version(folder / "postgres") for folder in folders if (folder / "initdb").exists()}
    best = max(versions, key=lambda folder: versions[folder], default=None)
    return best if best is not None and versions[best] >= OLDEST else None


def _version(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def running_cluster() -> Iterator[Cluster]:
    """The body of a fixture of session scope. Without PostgreSQL what needs it is red, and says what to install."""
    programs = postgres_programs()
    if programs is None:
        pytest.fail(
            f"PostgreSQL {OLDEST} or newer is missing: run installer/linux/system-packages.sh, "
            "or sudo apt-get install postgresql",
            pytrace=False,
        )
    cluster = Cluster(programs)
    yield cluster
    cluster.close()
