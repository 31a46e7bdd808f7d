"""What other tools and older versions write differently, read as the standard says; every change is reported.

Works on the rows of a workbook before conversion. Leaves the standard itself to pyxform.
"""

from collections.abc import MutableMapping, Sequence
from typing import Any

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
    "begin_score": "begin_group",
    "begin score": "begin_group",
    "end_score": "end_group",
    "end score": "end_group",
    "begin_rank": "begin_group",
    "end_rank": "end_group",
    "score__row": "text",
    "rank__level": "text",
}
_FIRST_ROW = 2


def adapt(sheets: Sheets) -> list[Fix]:
    """Changes the sheets in place and says what was changed: for workbooks that the standard does not take."""
    survey = [row for row in sheets.get("survey") or () if isinstance(row, MutableMapping)]
    return [*_types(survey), *_names(survey), *_choices(sheets)]


def neutralise(sheets: Sheets) -> list[Fix]:
    """What tells who or which machine filled the form is not collected: the question stays, empty."""
    fixes: list[Fix] = []
    rows = [row for row in sheets.get("survey") or () if isinstance(row, MutableMapping)]
    for number, row in enumerate(rows, start=_FIRST_ROW):
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
    return fixes


def _types(rows: Sequence[Row]) -> list[Fix]:
    fixes: list[Fix] = []
    for number, row in enumerate(rows, start=_FIRST_ROW):
        kind = str(row.get("type", "")).strip()
        read_as = _TYPES.get(kind)
        if read_as is not None:
            row["type"] = read_as
            fixes.append(Fix("type", "survey", number, f"'{kind}' is read as '{read_as}'."))
    return fixes


def _names(rows: Sequence[Row]) -> list[Fix]:
    fixes: list[Fix] = []
    for number, row in enumerate(rows, start=_FIRST_ROW):
        name = row.get("name")
        if isinstance(name, str) and name != name.strip():
            row["name"] = name.strip()
            fixes.append(Fix("name", "survey", number, f"Spaces around the name '{name.strip()}' are left out."))
    return fixes


def _choices(sheets: Sheets) -> list[Fix]:
    """A choice without a label shows its name."""
    fixes: list[Fix] = []
    rows = [row for row in sheets.get("choices") or () if isinstance(row, MutableMapping)]
    labelled = any(key.split(":")[0] == "label" for row in rows for key in row)
    for number, row in enumerate(rows, start=_FIRST_ROW):
        if not labelled and row.get("name") and row.get("list_name"):
            row["label"] = str(row["name"])
            fixes.append(
                Fix("choice_label", "choices", number, f"The choice '{row['name']}' has no label: its name is shown.")
            )
    return fixes


def allow_duplicates(sheets: Sheets) -> Fix:
    """Older workbooks repeat a choice's name in one list, for cascades; the standard wants that to be said."""
    settings = list(sheets.get("settings") or [{}])
    settings[0] = {**settings[0], "allow_choice_duplicates": "yes"}
    sheets["settings"] = settings
    header = list(sheets.get("settings_header") or [{}])
    header[0] = {**header[0], "allow_choice_duplicates": None}
    sheets["settings_header"] = header
    return Fix("choice_duplicates", "settings", 0, "Choices that share a name within a list are allowed.")
