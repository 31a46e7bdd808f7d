"""Converts a workbook with pyxform: the only module that imports it. Runs in a child process, or at build time.

Builds on the XForm it gives, not on its internals; whatever it raises becomes a problem with sheet, row and reason.
"""

import re
from copy import deepcopy
from dataclasses import fields as fields_of
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import DefinitionData, get_xlsform
from pyxform.xls2xform import convert as pyxform_convert

from desktop.forms.xlsform.dialect import Sheets, adapt, allow_duplicates, neutralise, places_of, row_of
from desktop.forms.xlsform.outcome import ERROR, WARNING, Fix, ImportResult, Problem
from desktop.forms.xlsform.sheets import tidy_sheets

_ROW = re.compile(r"\[row\s*:\s*(\d+)\]")
_SHEETS = "survey|choices|settings|external_choices|entities|osm"
_SHEET = re.compile(rf"'({_SHEETS})' sheet|(?:the|On the) '?({_SHEETS})'? sheet|sheet named '({_SHEETS})'")
_QUOTED = re.compile(r"(?:Unknown question type|survey element named) '([^']+)'")


def convert(data: bytes, file_type: str) -> ImportResult:
    """The XForm of a workbook. `file_type` is `.xlsx`, `.xls`, `.csv` or `.md`. Never raises."""
    tidied, fixes = tidy_sheets(data) if file_type == ".xlsx" else (data, [])
    try:
        read = get_xlsform(tidied, file_type=file_type)
    except Exception as failed:  # noqa: BLE001  the converter and its readers raise anything; a workbook is only refused
        return ImportResult(problems=(_problem("unreadable", failed),))
    sheets: Sheets = {item.name: getattr(read, item.name) for item in fields_of(DefinitionData)}
    fixes.extend(neutralise(sheets))
    first = _convert_rows(sheets, fixes)
    if first.xform is not None:
        return first
    adapted = adapt(sheets)
    second = _convert_rows(sheets, [*first.fixes, *adapted]) if adapted else first
    return second if second.xform is not None else first


def _convert_rows(sheets: Sheets, fixes: list[Fix]) -> ImportResult:
    try:
        result = pyxform_convert(deepcopy(sheets))
    except PyXFormError as failed:
        if "allow_choice_duplicates" in str(failed) and not any(fix.code == "choice_duplicates" for fix in fixes):
            allowed = allow_duplicates(sheets)
            if allowed is not None:
                return _convert_rows(sheets, [*fixes, allowed])
        return ImportResult(problems=(_problem("refused", failed, sheets),), fixes=tuple(fixes))
    except Exception as failed:  # noqa: BLE001  as above
        return ImportResult(problems=(_problem("unconvertible", failed),), fixes=tuple(fixes))
    itemsets = {} if result.itemsets is None else {"itemsets.csv": result.itemsets.encode()}
    warnings = tuple(_warning(text) for text in result.warnings)
    return ImportResult(result.xform, itemsets, warnings, tuple(fixes), places_of(sheets))


def _problem(code: str, failed: Exception, sheets: Sheets | None = None) -> Problem:
    """What the converter said, with the row found where it names a type or a question only."""
    message = str(failed) or type(failed).__name__
    row = _row(message)
    named = _QUOTED.search(message)
    if not row and named and sheets is not None:
        row = row_of(sheets, named.group(1))
    return Problem(code, _sheet(message) or ("survey" if row else ""), row, message, ERROR)


def _warning(text: str) -> Problem:
    return Problem("converter", _sheet(text), _row(text), text, WARNING)


def _row(message: str) -> int:
    match = _ROW.search(message)
    return int(match.group(1)) if match else 0


def _sheet(message: str) -> str:
    match: Any = _SHEET.search(message)
    if match:
        return str(next(group for group in match.groups() if group))
    return "survey" if _ROW.search(message) else ""
