"""What other tools and older versions write differently, read as the standard says; every change is reported.

Works on the rows of a workbook before conversion. Leaves the standard itself to pyxform, Kobo's blocks to `kobo`.
"""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

from desktop.forms.xlsform.kobo import write_out
from desktop.forms.xlsform.outcome import Fix

Row = MutableMapping[str, Any]
Sheets = MutableMapping[str, Any]

PERSONAL = frozenset(
    {"deviceid", "device_id", "username", "phonenumber", "phone_number", "email", "imei", "audit"}
    | {"subscriberid", "subscriber_id", "simserial", "sim_serial"}
    | {"start-geopoint", "background-audio", "background-geopoint"}
)
_TYPES = {
    "db:person": "text",
    "db:clinic": "text",
    "db:health_center": "text",
    "db:district_hospital": "text",
    "db:contact": "text",
    "db-object": "text",
    "tel": "text",
    "phone": "text",
    "mobile": "text",
    "gps": "geopoint",
    "location": "geopoint",
    "photo": "image",
    "picture": "image",
    "boolean": "text",
    "multiple choice": "text",
}
FIRST_ROW = 2
_NO_LABEL = re.compile(r"\s*NO[_ ]LABEL\s*", re.IGNORECASE)


def adapt(sheets: Sheets) -> list[Fix]:
    """Changes the sheets in place and says what was changed: for workbooks that the standard does not take."""
    rows, fixes = write_out(_rows(sheets, "survey"), _rows(sheets, "choices"), FIRST_ROW)
    if fixes:
        sheets["survey"] = rows
    survey = _rows(sheets, "survey")
    fixes = [*fixes, *_types(survey), *_names(survey), *_empty(survey), *_choices(sheets), *_columns(sheets)]
    for name in ("survey", "choices"):
        _widen(sheets, name)
    return fixes


def _widen(sheets: Sheets, name: str) -> None:
    """The converter refuses rows with columns that its list of headings does not have."""
    header = sheets.get(f"{name}_header")
    if header:
        missing = {column: None for row in _rows(sheets, name) for column in row if column not in header[0]}
        sheets[f"{name}_header"] = [{**header[0], **missing}]


def neutralise(sheets: Sheets) -> list[Fix]:
    """What tells who or which machine filled the form is not collected: the question stays, empty."""
    fixes: list[Fix] = []
    for number, row in enumerate(_rows(sheets, "survey"), start=FIRST_ROW):
        kind = str(row.get("type", "")).strip().lower()
        if kind in PERSONAL and not row.get("parameters"):
            row["type"] = "hidden"
            for column in [name for name in row if name.startswith(("bind::jr:preload", "parameters"))]:
                row.pop(column)
            row.setdefault("name", kind)
            fixes.append(
                Fix(
                    "not_collected",
                    "survey",
                    number,
                    f"'{kind}' is not collected: it would tell who filled the form, or where.",
                )
            )
    return [*fixes, *_unspoken(sheets)]


def allow_duplicates(sheets: Sheets) -> Fix | None:
    """Cascades repeat a choice's name in one list, which the standard wants said; None where that is no cascade.

    Two choices of one name that stand side by side are a mistake: the record could not say which was meant.
    """
    filtered = {
        word
        for row in _rows(sheets, "survey")
        if row.get("choice_filter") or row.get("choice filter")
        for word in str(row.get("type", "")).split()[1:2]
    }
    seen: dict[tuple[str, str], Row] = {}
    for row in _rows(sheets, "choices"):
        name = str(row.get("list_name", row.get("list name", ""))).strip()
        first = seen.setdefault((name, str(row.get("name", row.get("value", ""))).strip()), row)
        if first is not row and name not in filtered and dict(first) != dict(row):
            return None
    settings = list(sheets.get("settings") or [{}])
    settings[0] = {**settings[0], "allow_choice_duplicates": "yes"}
    sheets["settings"] = settings
    header = list(sheets.get("settings_header") or [{}])
    header[0] = {**header[0], "allow_choice_duplicates": None}
    sheets["settings_header"] = header
    return Fix("choice_duplicates", "settings", 0, "Choices that share a name within a filtered list are allowed.")


def places_of(sheets: Sheets) -> dict[str, int]:
    """Paths of questions and groups below the form's root to their rows in the survey sheet."""
    found: dict[str, int] = {}
    above: list[str] = []
    for number, row in enumerate(_rows(sheets, "survey"), start=FIRST_ROW):
        kind = str(row.get("type", "")).strip().lower().replace("_", " ")
        if kind.startswith("end "):
            above = above[:-1]
            continue
        name = str(row.get("name") or "").strip()
        if name:
            found.setdefault("/".join(["", *above, name]), number)
        if kind.startswith("begin "):
            above.append(name)
    return found


def row_of(sheets: Sheets, word: str) -> int:
    """The first survey row whose type or name is the word; 0 where there is none."""
    for number, row in enumerate(_rows(sheets, "survey"), start=FIRST_ROW):
        if word in (str(row.get("type", "")).strip(), str(row.get("name", "")).strip()):
            return number
    return 0


def _rows(sheets: Sheets, name: str) -> list[Row]:
    return [row for row in sheets.get(name) or () if isinstance(row, MutableMapping)]


def _types(rows: Sequence[Row]) -> Iterator[Fix]:
    for number, row in enumerate(rows, start=FIRST_ROW):
        kind = str(row.get("type", "")).strip()
        read_as = _TYPES.get(kind.lower())
        if read_as is not None:
            row["type"] = read_as
            yield Fix("type", "survey", number, f"'{kind}' is read as '{read_as}'.")


def _names(rows: Sequence[Row]) -> Iterator[Fix]:
    for number, row in enumerate(rows, start=FIRST_ROW):
        name = row.get("name")
        if isinstance(name, str) and name != name.strip():
            row["name"] = name.strip()
            yield Fix("name", "survey", number, f"Spaces around the name '{name.strip()}' are left out.")


def _empty(rows: Sequence[Row]) -> Iterator[Fix]:
    """A row without type and name is its author's remark; a calculation without an expression keeps its place."""
    for number, row in enumerate(rows, start=FIRST_ROW):
        kind = str(row.get("type") or "").strip()
        if row and not kind and not row.get("name"):
            row.clear()
            yield Fix("remark", "survey", number, "A row without type and name is left out.")
        elif kind == "calculate" and not any(row.get(name) for name in _CALCULATIONS):
            row["type"] = "hidden"
            yield Fix(
                "calculation_missing",
                "survey",
                number,
                f"'{row.get('name')}' has nothing to calculate: it stays empty.",
            )


_CALCULATIONS = ("calculation", "calculate", "bind::calculate", "trigger", "default", "calc")


def _unspoken(sheets: Sheets) -> Iterator[Fix]:
    """NO_LABEL is how the Community Health Toolkit says that a group has no heading."""
    for sheet in ("survey", "choices"):
        for number, row in enumerate(_rows(sheets, sheet), start=FIRST_ROW):
            silent = [
                name for name, text in row.items() if name.split(":")[0] == "label" and _NO_LABEL.fullmatch(str(text))
            ]
            for column in silent:
                row.pop(column)
            if silent:
                yield Fix("no_label", sheet, number, f"'{row.get('name', '')}' is shown without a heading.")


def _choices(sheets: Sheets) -> Iterator[Fix]:
    """A choice without a label shows its name."""
    rows = _rows(sheets, "choices")
    labelled = any(key.split(":")[0] == "label" for row in rows for key in row)
    for number, row in enumerate(rows, start=FIRST_ROW):
        if not labelled and row.get("name") and row.get("list_name"):
            row["label"] = str(row["name"])
            yield Fix("choice_label", "choices", number, f"The choice '{row['name']}' has no label: its name is shown.")


def _columns(sheets: Sheets) -> Iterator[Fix]:
    """A choices column whose heading holds spaces can be named by no expression: it is left out."""
    header = sheets.get("choices_header") or ()
    spaced = [name for name in (header[0] if header else ()) if " " in name.strip() and not _known(name)]
    for name in spaced:
        for row in (*_rows(sheets, "choices"), *header):
            row.pop(name, None)
        yield Fix("column", "choices", 1, f"The column '{name}' is left out: no expression could name it.")


def _known(name: str) -> bool:
    """Headings of the standard may hold spaces, and so may the languages of a translated column."""
    return "::" in name or name.strip().lower() in ("list name", "label", "name")
