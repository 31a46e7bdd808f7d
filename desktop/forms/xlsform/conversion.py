"""Converts a workbook with pyxform: the only module that imports it. Runs in a child process, or at build time.

Builds on the XForm it gives, not on its internals; whatever it raises becomes a problem with sheet, row and reason.
"""

import re
from copy import deepcopy
from dataclasses import fields
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import DefinitionData, get_xlsform
from pyxform.xls2xform import convert as pyxform_convert

from desktop.forms.xlsform.dialect import Sheets, adapt, allow_duplicates, neutralise
from desktop.forms.xlsform.outcome import ERROR, WARNING, Fix, ImportResult, Problem

_ROW = re.compile(r"\[row\s*:\s*(\d+)\]")
_SHEET = re.compile(r"'(survey|choices|settings|external_choices|entities|osm)' sheet|(?:the|On the) '?(\w+)'? sheet")


def convert(data: bytes, file_type: str) -> ImportResult:
    """The XForm of a workbook. `file_type` is `.xlsx`, `.xls`, `.csv` or `.md`. Never raises."""
    try:
        read = get_xlsform(data, file_type=file_type)
    except Exception as failed:  # noqa: BLE001  the converter and its readers raise anything; a workbook is only refused
        return ImportResult(problems=(_problem("unreadable", failed),))
    sheets: Sheets = {item.name: getattr(read, item.name) for item in fields(DefinitionData)}
    kept = neutralise(sheets)
    first = _convert_rows(sheets, kept)
    if first.xform is not None:
        return first
    fixes = adapt(sheets)
    second = _convert_rows(sheets, [*first.fixes, *fixes]) if fixes else first
    return second if second.xform is not None else first


def _convert_rows(sheets: Sheets, fixes: list[Fix]) -> ImportResult:
    try:
        result = pyxform_convert(deepcopy(sheets))
    except PyXFormError as failed:
        if "allow_choice_duplicates" in str(failed) and not any(fix.code == "choice_duplicates" for fix in fixes):
            return _convert_rows(sheets, [*fixes, allow_duplicates(sheets)])
        return ImportResult(problems=(_problem("refused", failed),), fixes=tuple(fixes))
    except Exception as failed:  # noqa: BLE001  as above
        return ImportResult(problems=(_problem("unconvertible", failed),), fixes=tuple(fixes))
    itemsets = {} if result.itemsets is None else {"itemsets.csv": result.itemsets.encode()}
    return ImportResult(result.xform, itemsets, tuple(_warning(text) for text in result.warnings), tuple(fixes))


def _problem(code: str, failed: Exception) -> Problem:
    message = str(failed) or type(failed).__name__
    return Problem(code, _sheet(message), _row(message), message, ERROR)


def _warning(text: str) -> Problem:
    return Problem("converter", _sheet(text), _row(text), text, WARNING)


def _row(message: str) -> int:
    match = _ROW.search(message)
    return int(match.group(1)) if match else 0


def _sheet(message: str) -> str:
    match: Any = _SHEET.search(message)
    if match:
        return str(match.group(1) or match.group(2))
    return "survey" if _ROW.search(message) else ""
