"""KoboToolbox's own blocks, written out in the standard's words: score grids, rankings level by level, matrices.

Works on survey rows; every block that was written out is reported. Leaves single types to `dialect`.
"""

from collections.abc import MutableMapping, Sequence
from typing import Any

from desktop.forms.xlsform.outcome import Fix

Row = MutableMapping[str, Any]
_LISTS = {
    "score": ("kobo--score-choices", "kobo__score_choices", "score_choices"),
    "rank": ("kobo--rank-items", "kobo__rank_items", "rank_items"),
    "kobomatrix": ("kobo--matrix_list", "kobo__matrix_list", "matrix_list"),
}
_INNER = {"score__row": "score", "rank__level": "rank"}
_OPENS = {f"{word}{mark}{block}": block for word in ("begin",) for mark in (" ", "_") for block in _LISTS}
_CLOSES = {f"{word}{mark}{block}": block for word in ("end",) for mark in (" ", "_") for block in _LISTS}


def write_out(rows: Sequence[Row], choices: Sequence[Row], first_row: int) -> tuple[list[Row], list[Fix]]:
    """The rows with every block as an ordinary group, and what was done. `first_row` is the sheet's first data row."""
    found: list[Row] = []
    fixes: list[Fix] = []
    open_blocks: list[tuple[str, str]] = []
    matrix: list[Row] = []
    for number, row in enumerate(rows, start=first_row):
        kind = " ".join(str(row.get("type", "")).split())
        if kind in _OPENS:
            block = _OPENS[kind]
            name = next((str(row[column]) for column in _LISTS[block] if row.get(column)), "")
            open_blocks.append((block, name))
            found.append(_group(row))
            fixes.append(Fix("block", "survey", number, f"'{kind}' is written out as a group of questions."))
        elif kind in _CLOSES and open_blocks:
            block, name = open_blocks.pop()
            if block == "kobomatrix":
                found.extend(_each_choice(matrix, choices, name))
                matrix = []
            found.append({**row, "type": "end_group"})
        elif open_blocks and open_blocks[-1][0] == "kobomatrix":
            matrix.append(row)
        elif kind in _INNER and open_blocks:
            found.append({**row, "type": f"select_one {open_blocks[-1][1]}"})
        else:
            found.append(row)
    return found, fixes


def _group(row: Row) -> Row:
    kept = {name: value for name, value in row.items() if not name.startswith("kobo")}
    return {**kept, "type": "begin_group", "appearance": "field-list"}


def _each_choice(questions: Sequence[Row], choices: Sequence[Row], name: str) -> list[Row]:
    """A matrix asks its questions once for every choice of its list; KoboToolbox names them `choice_question`."""
    found: list[Row] = []
    for choice in choices:
        if str(choice.get("list_name", choice.get("list name", ""))) != name:
            continue
        for question in questions:
            labels = {
                column: f"{choice.get(column, choice.get('name'))}: {text}"
                for column, text in question.items()
                if column.split(":")[0] == "label" and text
            }
            found.append({**question, **labels, "name": f"{choice.get('name')}_{question.get('name')}"})
    return found
