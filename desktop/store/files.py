"""Spaces and case files as rows: their integer ids, and which shared file belongs to which case of the own unit."""

from collections.abc import Iterable, Mapping

import msgspec

from desktop.model.record import CaseKey
from desktop.store.database import Database
from desktop.store.erased import is_erased
from desktop.store.keysets import among


class Files:
    """The tables `space` and `tag`. Rows are made when first named, inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def space(self, space: str) -> int:
        """The row of a space, made if need be (outside a transaction it must exist)."""
        row = self.known_space(space)
        return self._database.insert("INSERT INTO space (space) VALUES (?)", (space,)) if row is None else row

    def known_space(self, space: str) -> int | None:
        """The row of a space, or None when nothing was ever written to it or read from it."""
        found = self._database.value("SELECT id FROM space WHERE space = ?", (space,))
        return None if found is None else int(found)

    def tags(self, space: str, tags: Iterable[str]) -> dict[str, int]:
        """The rows of several files of one space; the missing ones are made."""
        row = self.space(space)
        wanted = list(dict.fromkeys(tags))
        rows = self._database.query(
            "SELECT tag, id FROM tag WHERE space = ? AND tag IN (SELECT value FROM json_each(?))", (row, among(wanted))
        )
        found = {item[0]: item[1] for item in rows}
        for tag in wanted:
            if tag not in found:
                found[tag] = self._database.insert("INSERT INTO tag (space, tag) VALUES (?, ?)", (row, tag))
        return found

    def tag(self, key: CaseKey) -> int:
        """The row of one file, made if need be."""
        return self.tags(key.space, (key.tag,))[key.tag]

    def known(self, key: CaseKey) -> int | None:
        """The row of a file, or None."""
        found = self._database.value(
            "SELECT t.id FROM tag t JOIN space s ON s.id = t.space WHERE t.tag = ? AND s.space = ?",
            (key.tag, key.space),
        )
        return None if found is None else int(found)

    def keys(self, rows: Iterable[int]) -> dict[int, CaseKey]:
        """Where the files with these rows live."""
        found = self._database.query(
            "SELECT t.id, s.space, t.tag FROM tag t JOIN space s ON s.id = t.space"
            " WHERE t.id IN (SELECT value FROM json_each(?))",
            (among(set(rows)),),
        )
        return {row[0]: CaseKey(row[1], row[2]) for row in found}

    def case_of(self, row: int) -> int:
        """The file that stands for the case on screen: the unit's own case if it links this one, else itself."""
        found = self._database.value("SELECT unit_tag FROM tag WHERE id = ?", (row,))
        return row if found is None else int(found)

    def cases_of(self, rows: Iterable[int]) -> frozenset[int]:
        """`case_of` for several."""
        found = self._database.query(
            "SELECT coalesce(unit_tag, id) FROM tag WHERE id IN (SELECT value FROM json_each(?))", (among(set(rows)),)
        )
        return frozenset(row[0] for row in found)

    def shared_of(self, rows: Iterable[int]) -> Mapping[int, tuple[int, ...]]:
        """The shared files of each of these unit cases, in order of row; cases without any are left out."""
        found: dict[int, tuple[int, ...]] = {}
        for row in self._database.query(
            "SELECT unit_tag, id FROM tag WHERE unit_tag IN (SELECT value FROM json_each(?)) ORDER BY id",
            (among(set(rows)),),
        ):
            found[row[0]] = (*found.get(row[0], ()), row[1])
        return found

    def follow_links(self, unit_tags: Iterable[int]) -> frozenset[int]:
        """Bring `unit_tag` in line with the live `link` records of these unit cases; returns the shared files moved."""
        moved: set[int] = set()
        for unit_tag in sorted(set(unit_tags)):
            linked = self._linked(unit_tag)
            held = frozenset(self.shared_of((unit_tag,)).get(unit_tag, ()))
            for shared in linked - held:
                self._database.execute("UPDATE tag SET unit_tag = ? WHERE id = ?", (unit_tag, shared))
            for gone in held - linked:
                self._database.execute("UPDATE tag SET unit_tag = NULL WHERE id = ?", (gone,))
            moved |= linked ^ held
        return frozenset(moved)

    def _linked(self, unit_tag: int) -> frozenset[int]:
        rows = self._database.query(
            "SELECT v.content FROM record r JOIN value v ON v.record = r.id AND v.live = 1"
            " WHERE r.tag = ? AND r.kind = 'link' AND v.field = 'shared'",
            (unit_tag,),
        )
        links = (msgspec.json.decode(row[0]) for row in rows)
        linked = {
            CaseKey(str(link["space"]), str(link["tag"]))
            for link in links
            if isinstance(link, dict) and {"space", "tag"} <= link.keys()
        }
        return frozenset(self.tag(key) for key in linked if not is_erased(self._database, key))
