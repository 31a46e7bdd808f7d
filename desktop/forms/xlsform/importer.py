"""A partnership's own spreadsheet becomes a form: checked, converted apart, linted. Bytes in, ImportResult out.

Never raises on bad input: a workbook is opened, or refused with sheet, row and reason.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath

from desktop.forms.errors import FormError
from desktop.forms.xform.definition import parse_xform
from desktop.forms.xform.reader import read_xml
from desktop.forms.xlsform.conversion import convert
from desktop.forms.xlsform.isolation import convert_apart
from desktop.forms.xlsform.lint import lint
from desktop.forms.xlsform.outcome import ERROR, Fix, ImportResult, Problem, refused
from desktop.forms.xlsform.safety import safety

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
MOST_CELLS = 150_000
TYPES = (".xlsx", ".xlsm", ".xls", ".csv", ".md")

_CELL = re.compile(rb"<(?:\w+:)?c[ />]")
_TOO_MANY = refused(
    "too_many_cells", "The workbook has more cells than a form. Remove rows and sheets it does not need."
)

__all__ = ["Fix", "ImportResult", "Problem", "import_workbook"]


def import_workbook(data: bytes, name: str, *, isolated: bool = True) -> ImportResult:
    """The form in a workbook; its kind is told by the name. `isolated=False` is for builds and tests.

    The result's XForm opens with `parse_xform`: what does not is refused here, with the reason.
    """
    suffix = PurePath(name).suffix.lower()
    refusal = _too_much(data, suffix)
    if refusal is not None:
        return refusal
    file_type = ".xlsx" if suffix == ".xlsm" else suffix
    result = convert_apart(data, file_type) if isolated else convert(data, file_type)
    return result if result.xform is None else _checked(result, result.xform)


def _too_much(data: bytes, suffix: str) -> ImportResult | None:
    if suffix not in TYPES:
        return refused("file_type", "This is no spreadsheet: choose an .xlsx, .xls, .csv or .md file.")
    if len(data) > MOST_BYTES:
        return refused("too_big", "The workbook is larger than 10 MB. Remove pictures and unused sheets.")
    if suffix in (".xlsx", ".xlsm"):
        return _too_much_inside(data)
    if suffix in (".csv", ".md") and data.count(b"\n") + data.count(b"|") + data.count(b",") > MOST_CELLS:
        return _TOO_MANY
    return None


def _too_much_inside(data: bytes) -> ImportResult | None:
    """What a zip says of its contents before anything is unpacked, then the cells of its sheets."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MOST_UNPACKED:
                return refused("too_big", "The workbook unpacks to more than 100 MB.")
            sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
            cells = sum(len(_CELL.findall(archive.read(name))) for name in sheets)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, RuntimeError, EOFError):
        return refused("unreadable", "This file is damaged, or is no workbook.")
    return _TOO_MANY if cells > MOST_CELLS else None


def _checked(result: ImportResult, xform: str) -> ImportResult:
    """The result with what lint found; an XForm that does not open is refused, with its row where one is named."""
    try:
        definition = parse_xform(xform, resources=result.itemsets)
        document = read_xml(xform.lstrip("\ufeff \t\r\n"))
    except FormError as failed:
        words = failed.explanation
        where = str(failed.details.get("where", failed.details.get("path", "")))
        reason = str(failed.details.get("reason", ""))
        said = " ".join(part for part in (words.sentence, where, f"({reason})" if reason else "") if part)
        problem = Problem(failed.code, "survey", _row_of(where, result.rows), said, ERROR)
        return ImportResult(None, result.itemsets, (*result.problems, problem), result.fixes)
    found = (*result.problems, *lint(definition, result.rows), *safety(definition, document))
    return replace(result, problems=found)


def _row_of(where: str, rows: Mapping[str, int]) -> int:
    """The row of `/data/group/question use`: the form's root is no row."""
    path = where.partition(" ")[0]
    return rows.get("/" + path.lstrip("/").partition("/")[2], 0)
