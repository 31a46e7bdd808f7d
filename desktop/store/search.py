"""Finding cases and people by how a word is written, spelled abroad, or sounds. Words of marked fields never enter.

The forms of a word are made by `desktop.model.names`; this keeps them in the encrypted file's FTS5 table and asks it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from desktop.model.names import folded, sound, transliterated
from desktop.model.protection import may_list
from desktop.model.record import CaseKey, RecordView
from desktop.store.database import Database
from desktop.store.reading import Reading
from desktop.store.whole import RecordKey

SEARCHED: Mapping[str, tuple[str, ...]] = {
    "case": ("code_name",),
    "person": ("name", "aliases"),
    "action": ("title",),
    "referral": ("spoken_reference",),
}
"""What is found by which words. Free text (notes, reasons, quotations) is not: it may carry an address."""
_LISTED = {kind: tuple(filter(may_list, names)) for kind, names in SEARCHED.items()}


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One thing found: the case it belongs to, its kind and record, and the words to show."""

    key: CaseKey
    kind: str
    record: str
    title: str


class Search:
    """The table `search`."""

    def __init__(self, database: Database, reading: Reading) -> None:
        self._database = database
        self._reading = reading

    def refresh(
        self, records: Mapping[RecordKey, int], whole: Mapping[int, Mapping[str, Any]] = MappingProxyType({})
    ) -> None:
        """Bring the words of these records in line, inside the caller's transaction.

        `whole`: of records that are new and undisputed their fields with their values; the others are read.
        """
        rows = {row: kind for (_, kind, _), row in records.items() if kind in SEARCHED}
        words = {row: _words(kind, _said(whole[row])) for row, kind in rows.items() if row in whole}
        before = sorted(rows.keys() - words.keys())
        if before:
            self._database.executemany("DELETE FROM search WHERE rowid = ?", [(row,) for row in before])
            found = self._reading.record_rows(before)
            words |= {row: _words(record.kind, _shown(record)) for row, record in found.items()}
        heard: dict[str, str] = {}
        lines = [(row, *_forms(words[row], heard)) for row in sorted(words) if words[row]]
        if lines:
            self._database.executemany(
                "INSERT INTO search (rowid, plain, folded, transliterated, sound) VALUES (?, ?, ?, ?, ?)", lines
            )

    def find(self, text: str, limit: int = 50) -> list[SearchHit]:
        """What the words may mean, best first: as written before as heard. An empty text finds nothing."""
        match = _match(text)
        if not match:
            return []
        rows = self._database.query(
            "SELECT s.plain, r.kind, r.rid, p.space, t.tag FROM search s JOIN record r ON r.id = s.rowid"
            " JOIN tag f ON f.id = r.tag JOIN tag t ON t.id = coalesce(f.unit_tag, f.id)"
            " JOIN space p ON p.id = t.space"
            " WHERE search MATCH ? ORDER BY bm25(search, 10.0, 8.0, 6.0, 1.0), s.rowid LIMIT ?",
            (match, limit),
        )
        hits = (SearchHit(CaseKey(row[3], row[4]), row[1], row[2], row[0]) for row in rows)
        return list(dict.fromkeys(hits))

    def cases(self, text: str) -> Collection[int]:
        """The cases (row ids) in which the words occur."""
        match = _match(text)
        if not match:
            return ()
        rows = self._database.query(
            "SELECT DISTINCT coalesce(f.unit_tag, f.id) FROM search s JOIN record r ON r.id = s.rowid"
            " JOIN tag f ON f.id = r.tag WHERE search MATCH ?",
            (match,),
        )
        return {row[0] for row in rows}


_Values = Mapping[str, Sequence[Any]]
"""The values of each field: several while they are in dispute."""


def _said(fields: Mapping[str, Any]) -> _Values:
    return {name: (value,) for name, value in fields.items()}


def _shown(record: RecordView) -> _Values:
    return {name: [side.value for side in view.alternatives] or [view.value] for name, view in record.fields.items()}


def _words(kind: str, values: _Values) -> str:
    """Everything that may be searched in a record, also the values in dispute."""
    words: list[str] = []
    for name in _LISTED[kind]:
        for value in values.get(name, ()):
            words.extend(str(part) for part in (value if isinstance(value, list) else [value]) if part)
    return ", ".join(dict.fromkeys(words))


def _forms(words: str, heard: dict[str, str]) -> tuple[str, str, str, str]:
    return words, folded(words), transliterated(words), sound(words, heard)


def _match(text: str) -> str:
    """The FTS5 expression: every word must be met, in any of its forms."""
    return " AND ".join(_term(word) for word in folded(text).replace('"', " ").split())


def _term(word: str) -> str:
    ways = [f'{{plain folded transliterated}} : "{word}"*']
    spelled = transliterated(word)
    if spelled != word:
        ways.append(f'transliterated : "{spelled}"*')
    heard = sound(word)
    if heard:
        ways.append(f'sound : "{heard}"')
    return f"({' OR '.join(ways)})"
