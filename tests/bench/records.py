"""Records of a bench, from a file with one JSON object a line, as records of cases: each member becomes a register.

Leaves the store and the line to `tests.bench.sync_client`.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

KIND = "person"
"""The product's own kind with the most registers, which a unit edits one by one."""
PER_CASE = 100

Fields = Mapping[str, Any]


class BadData(Exception):  # noqa: N818  named for what happened
    """The file of records cannot be used; the text says where and why."""


def read_records(path: Path, count: int) -> Iterator[Fields]:
    """`count` records of the file, from its beginning again where it holds fewer. Empty lines are passed over.

    Raises `BadData`: no such file, no record in it, a line that is not one JSON object with at least one member.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BadData(f"DATA: {path} cannot be read: {error.strerror}.") from error
    records = [_record(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not records:
        raise BadData(f"DATA: {path} holds no record.")
    return itertools.islice(itertools.cycle(records), count)


def _record(path: Path, number: int, line: bytes) -> Fields:
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadData(f"DATA: line {number} of {path} is not JSON: {error}.") from error
    if not isinstance(record, dict) or not record:
        raise BadData(f"DATA: line {number} of {path} is not a JSON object with at least one member.")
    return record


def two_fields(record: Fields) -> Sequence[str]:
    """The fields that the bench edits: the first two that hold one word or number, for want of those the first two."""
    plain = [name for name, value in record.items() if isinstance(value, str | int | float)]
    others = [name for name in record if name not in plain]
    return (plain + others)[:2]


def edited(value: Any, number: int) -> Any:
    """Another value of the same sort."""
    match value:
        case bool():
            return not value
        case int():
            return value + number + 1
        case float():
            return float(number) + 0.5
        case _:
            return f"edited, {number}"
