"""Sheet names as people type them (`Survey `), brought to the standard's in the bytes of an .xlsx workbook."""

import io
import re
import zipfile

from desktop.forms.xlsform.outcome import Fix

KNOWN = frozenset({"survey", "choices", "settings", "external_choices", "entities"})
_BOOK = "xl/workbook.xml"
_SHEET = re.compile(r"(<(?:\w+:)?sheet\b[^>]*?\bname=\")([^\"]*)(\")")


def tidy_sheets(data: bytes) -> tuple[bytes, list[Fix]]:
    """The workbook with stray spaces around its sheets' names left out, and what was renamed.

    A workbook that cannot be read is given back as it is: the converter says why.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            book = archive.read(_BOOK).decode()
            renamed = _SHEET.sub(lambda found: found[1] + _tidy(found[2]) + found[3], book)
            if renamed == book:
                return data, []
            tidied = _with_book(archive, renamed)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, RuntimeError):
        return data, []
    names = [found[1] for found in _SHEET.findall(book)]
    return tidied, [
        Fix("sheet", _tidy(name), 0, f"The sheet '{name}' is read as '{_tidy(name)}'.")
        for name in names
        if _tidy(name) != name
    ]


def _tidy(name: str) -> str:
    known = name.strip().lower()
    return known if known in KNOWN and name != name.strip() else name


def _with_book(archive: zipfile.ZipFile, book: str) -> bytes:
    """A copy of the archive whose list of sheets is the one given."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as copy:
        for item in archive.infolist():
            copy.writestr(item.filename, book if item.filename == _BOOK else archive.read(item))
    return held.getvalue()
