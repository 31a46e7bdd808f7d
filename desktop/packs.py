"""The forms that come with the program: read from `resources/forms/`, converted, and kept in the store by hash.

A pack is two files: metadata (`<id>.json`, as `resources/forms/pack.schema.json` says) and the spreadsheet it names. A
version that is installed is never touched again; one that does not fit its form, or whose flag does not say what to do
now, is never installed. Leaves a partnership's own workbooks to the importer's other callers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from desktop.errors import KnownError
from desktop.forms.engine.environment import Environment
from desktop.forms.engine.session import FormSession
from desktop.forms.errors import FormError
from desktop.forms.scoring.declared import profile_of
from desktop.forms.scoring.flag_steps import flags_without_step
from desktop.forms.scoring.pack import PackMetadata, read_pack
from desktop.forms.scoring.proving import Disagreement, disagreements
from desktop.forms.xform.definition import FormDefinition, parse_xform
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


def check_pack(definition: FormDefinition, pack: object) -> PackMetadata:
    """The metadata, once it fits the form. Quick; `prove_pack` goes through every cut-off.

    Raises FormError: `pack_invalid`, `scoring_invalid`, `flag_missing` (metadata and form name other flags) or
    `flag_without_step` (a flag that does not say what to do now, by whom and within when, in every language).
    """
    metadata = read_pack(pack)
    flags = {node.local for node in definition.root.walk() if node.bind.extras.get("role") == "flag"}
    odd = sorted(flags ^ {row.node for row in metadata.flags})
    if odd:
        raise FormError("flag_missing", "Form and pack do not name the same flags.", "Tell its author.", flag=odd[0])
    lacking = flags_without_step(definition)
    if lacking:
        sentence = "A flag of this form does not say what to do now, by whom and within when."
        raise FormError("flag_without_step", sentence, "Tell its author.", flag=lacking[0])
    if metadata.scoring is not None:
        profile_of(definition, metadata)
    return metadata


def prove_pack(definition: FormDefinition, pack: object, environment: Environment) -> tuple[Disagreement, ...]:
    """Where the spreadsheet's result and the declared scoring differ, over every cut-off: empty for a pack to trust.

    Takes seconds on a long form. Nothing to prove without declared scoring. Raises what `check_pack` raises.
    """
    metadata = check_pack(definition, pack)
    if metadata.scoring is None:
        return ()
    return tuple(disagreements(FormSession(definition, environment), profile_of(definition, metadata)))


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
    check_pack(definition, pack.pack)
    head = FormHead(definition.hash, pack.pack_id, pack.version, pack.title)
    resources = {name: data.decode() for name, data in result.itemsets.items()}
    versions.install(head, result.xform, resources, pack.pack)
