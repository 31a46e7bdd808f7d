"""The contact sheet: one line for each screen, one column for each look."""

import html
from collections.abc import Sequence
from pathlib import Path

from tests.screens.looks import Look

STYLE = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:24px;color-scheme:light dark}"
    "table{border-collapse:collapse}th,td{padding:8px;text-align:left;vertical-align:top}"
    "thead th{position:sticky;top:0;background:Canvas}img{width:440px;border:1px solid GrayText}"
)


def write_sheet(folder: Path, looks: Sequence[Look]) -> Path:
    """`index.html` over the pictures below `folder`, each linked to its full size; a missing one is said."""
    names = sorted({path.stem for look in looks for path in (folder / look.name).glob("*.png")})
    heads = "".join(f"<th>{html.escape(look.words)}</th>" for look in looks)
    lines = "".join(
        f"<tr><th>{html.escape(name.replace('_', ' '))}</th>{''.join(_cell(folder, look, name) for look in looks)}</tr>"
        for name in names
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Causeway: every screen</title>'
        f"<style>{STYLE}</style><h1>Every screen in every look</h1>"
        f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{lines}</tbody></table></html>\n"
    )
    path = folder / "index.html"
    path.write_text(page, encoding="utf-8")
    return path


def _cell(folder: Path, look: Look, name: str) -> str:
    place = f"{look.name}/{name}.png"
    if not (folder / place).is_file():
        return "<td>not taken</td>"
    words = html.escape(f"{name}, {look.words}", quote=True)
    return f'<td><a href="{place}"><img src="{place}" alt="{words}" loading="lazy"></a></td>'
