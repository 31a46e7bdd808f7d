"""The database door beside plain sqlite3, on the same rows with the same promises about power cuts."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from desktop.store.database import Database
from tests.bench.measure import Measured, median

TABLE = "CREATE TABLE bench (id INTEGER PRIMARY KEY, name TEXT NOT NULL, place INTEGER NOT NULL, body TEXT NOT NULL)"
INSERT = "INSERT INTO bench (id, name, place, body) VALUES (?, ?, ?, ?)"
SCAN = "SELECT id, name, place, body FROM bench WHERE place > 10"
KEY = bytes(range(32))
BATCH = 200
"""Rows of one transaction, as of one page of the log."""

Row = tuple[int, str, int, str]


def door(folder: Path, *, smoke: bool) -> list[Measured]:
    """Medians of several runs in turn, each with files of its own."""
    rows = [
        (n, f"{n:032x}", n % 97, f"{n} what was said and by whom " * 16) for n in range(1, 4001 if smoke else 20001)
    ]
    spans: dict[str, list[float]] = {}
    for run in range(3 if smoke else 5):
        for name, measure in (("plain", _plain), ("door", _door)):
            insert, scan = measure(folder / f"{name}{run}", rows)
            spans.setdefault(f"{name} insert", []).append(insert)
            spans.setdefault(f"{name} scan", []).append(scan)
    ratios = {act: median(spans[f"plain {act}"]) / median(spans[f"door {act}"]) for act in ("insert", "scan")}
    note = f"{len(rows):,} rows of 450 bytes, WAL, synchronous=FULL, {BATCH} to a transaction"
    return [
        Measured("insert through the door / plain sqlite3", ratios["insert"], "× the speed", "≥", 0.6, note),
        Measured(
            "scan through the door / plain sqlite3",
            ratios["scan"],
            "× the speed",
            "≥",
            0.6,
            "every row read into Python",
        ),
    ]


def _plain(path: Path, rows: list[Row]) -> tuple[float, float]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row  # columns by name, as the door gives them
    connection.execute("PRAGMA page_size = 16384")
    for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA wal_autocheckpoint = 512")
    connection.execute(TABLE)

    def insert() -> None:
        for start in range(0, len(rows), BATCH):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, rows[start : start + BATCH])
            connection.execute("COMMIT")

    try:
        return _span(insert), _best(lambda: len(connection.execute(SCAN).fetchall()))
    finally:
        connection.close()


def _door(path: Path, rows: list[Row]) -> tuple[float, float]:
    database = Database.open(path, KEY, create=True)
    with database.transaction():
        database.execute(TABLE)

    def insert() -> None:
        for start in range(0, len(rows), BATCH):
            with database.transaction():
                database.executemany(INSERT, rows[start : start + BATCH])

    try:
        return _span(insert), _best(lambda: len(database.query(SCAN)))
    finally:
        database.close()


def _span(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _best(act: Callable[[], object]) -> float:
    """Of three: pages that are read for the first time are another question, asked when the caseload is opened."""
    return min(_span(act) for _ in range(3))
