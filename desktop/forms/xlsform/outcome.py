"""What an import gives: values only, so that they can cross to another process."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` is the row in the sheet, 0 where none is known; an `error` refuses the workbook, a `warning` does not."""

    code: str
    sheet: str
    row: int
    message: str
    severity: str = ERROR


@dataclass(frozen=True, slots=True)
class Fix:
    """Something the workbook says differently from the standard, and how it was read."""

    code: str
    sheet: str
    row: int
    message: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """`xform` is None exactly where a problem of severity error is among `problems`.

    `rows` leads from the path of a question below the form's root to its row in the survey sheet.
    """

    xform: str | None = None
    itemsets: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    fixes: tuple[Fix, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)


def refused(code: str, message: str, *, sheet: str = "", row: int = 0) -> ImportResult:
    return ImportResult(problems=(Problem(code, sheet, row, message),))
