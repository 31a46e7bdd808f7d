"""Finding cases and people by how a word is written, spelled abroad, or sounds. Words of marked fields never enter.

The forms of a word are made by `desktop.model.names`; this keeps them in the encrypted file's FTS5 table and asks it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from desktop.model.names import folded, sound, transliterated
from desktop.model.protection import may_list
from desktop.model.record import CaseKey, RecordView
from desktop.store.database import Database
from desktop.store.folding import RecordKey
from desktop.store.reading import Reading

SEARCHED: Mapping[str, tuple[str, ...]] = {
    "case": ("code_name",),
    "person": ("name", "aliases"),
    "action": ("title",),
    "referral": ("spoken_reference",),
}
"""What is found by which words. Free text (notes, reasons, quotations) is not: it may carry an address."""


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

    def refresh(self, records: Mapping[RecordKey, int]) -> None:
        """Bring the words of these records in line, inside the caller's transaction."""
        rows = sorted(row for (_, kind, _), row in records.items() if kind in SEARCHED)
        if not rows:
            return
        found = self._reading.record_rows(rows)
        self._database.executemany("DELETE FROM search WHERE rowid = ?", [(row,) for row in rows])
        lines = [(row, *_forms(words)) for row, record in found.items() if (words := _words(record))]
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


def _words(record: RecordView) -> str:
    """Everything that may be searched in a record, also the values in dispute."""
    words: list[str] = []
    for name in SEARCHED[record.kind]:
        view = record.fields.get(name)
        if view is None or not may_list(name):
            continue
        values = [side.value for side in view.alternatives] or [view.value]
        for value in values:
            words.extend(str(part) for part in (value if isinstance(value, list) else [value]) if part)
    return ", ".join(dict.fromkeys(words))


def _forms(words: str) -> tuple[str, str, str, str]:
    return words, folded(words), transliterated(words), sound(words)


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
