"""The numbered steps of the store's schema, read from `schema/NNNN_name.sql`. Leaves running them to `migrate`."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "schema"
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


@dataclass(frozen=True)
class Step:
    """One forward step: after it, `PRAGMA user_version` is `number`."""

    number: int
    name: str
    sql: str


def read_steps(folder: Path) -> tuple[Step, ...]:
    """The steps in `folder`, in order. Raises ValueError unless they are numbered 1, 2, 3 … without a gap or double."""
    found = [
        Step(int(match[1]), match[2], path.read_text("utf-8"))
        for path in sorted(folder.glob("*.sql"))
        if (match := _NAME.fullmatch(path.name))
    ]
    if [step.number for step in found] != list(range(1, len(found) + 1)):
        raise ValueError("schema steps are not numbered 1, 2, 3 without gaps")
    return tuple(found)


@cache
def shipped_steps() -> tuple[Step, ...]:
    """The steps of this version of the program."""
    return read_steps(FOLDER)
