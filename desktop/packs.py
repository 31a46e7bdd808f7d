"""The forms that come with the program: read from `resources/forms/`, converted, and kept in the store by hash.

A pack is two files: metadata (`<id>.json`) and the spreadsheet it names. A version that is installed is never touched
again. Leaves a partnership's own workbooks to the importer's other callers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from desktop.errors import KnownError
from desktop.forms.xform.definition import parse_xform
from desktop.store.form_versions import FormHead, FormVersions

if TYPE_CHECKING:
    from desktop.forms.xlsform.importer import ImportResult

ENGLISH = "en"


@dataclass(frozen=True)
class ShippedPack:
    """One pack of the program: its metadata and its spreadsheet's bytes and name."""

    pack: dict[str, Any]
    workbook: Path

    @property
    def pack_id(self) -> str:
        """The id under which drafts and records name it."""
        return str(self.pack["id"])

    @property
    def version(self) -> str:
        return str(self.pack["version"])

    @property
    def title(self) -> str:
        """Its English title; other languages stand in the form itself."""
        return str(self.pack["title"][ENGLISH])


def shipped_packs(folder: Path) -> Iterator[ShippedPack]:
    """Every pack below `resources/forms/`, in order of its file."""
    for path in sorted(folder.glob("*/*.json")):
        pack: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        yield ShippedPack(pack, path.parent / str(pack["form"]))


def install_shipped(
    versions: FormVersions, folder: Path, *, convert: Callable[[bytes, str], ImportResult] | None = None
) -> tuple[str, ...]:
    """Install what is not there yet; returns the ids installed now. Slow the first time (about a second a form).

    Raises KnownError `form.damaged` for a pack of the program that does not convert: the program's files are damaged.
    """
    held = {(head.form_id, head.version) for head in versions.heads()}
    missing = [pack for pack in shipped_packs(folder) if (pack.pack_id, pack.version) not in held]
    for pack in missing:
        _install(versions, pack, convert or _convert)
    return tuple(pack.pack_id for pack in missing)


@lru_cache(maxsize=64)
def _convert(data: bytes, name: str) -> ImportResult:
    """The program's own sheets need no process of their own: they were checked when the program was built.

    Kept while the program runs: every profile of a laptop gets the same ones.
    """
    from desktop.forms.xlsform.importer import import_workbook  # noqa: PLC0415  the converter is large and seldom used

    return import_workbook(data, name, isolated=False)


def _install(versions: FormVersions, pack: ShippedPack, convert: Callable[[bytes, str], ImportResult]) -> None:
    result = convert(pack.workbook.read_bytes(), pack.workbook.name)
    if result.xform is None:
        raise KnownError(
            "form.damaged",
            "A form of the program could not be read.",
            "Have the program installed again; nothing you wrote is affected.",
        )
    definition = parse_xform(result.xform, resources=result.itemsets)
    head = FormHead(definition.hash, pack.pack_id, pack.version, pack.title)
    resources = {name: data.decode() for name, data in result.itemsets.items()}
    versions.install(head, result.xform, resources, pack.pack)
