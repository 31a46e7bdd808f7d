"""Unit chains and control trees as this laptop holds them: signed entries as the bytes they came as, and how far the
server's copy of each was read. Leaves what they mean to `sync.chain` and `sync.control`, judging to `belonging`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop.store.database import Database, Row
from desktop.store.keysets import among

UNIT, SPACE = "unit", "space"
"""The two kinds of tree: the chain of a unit, the control tree of a space."""
MOST_DUE = 100


@dataclass(frozen=True)
class Held:
    """One entry to keep: its id (64 hex digits) and its bytes."""

    entry: str
    raw: bytes


class Trees:
    """The tables `tree` and `tree_entry`. Everything but reading happens inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """The ids of all trees of a kind, in the order in which they were first named."""
        return tuple(
            row[0] for row in self._database.query("SELECT tree FROM tree WHERE kind = ? ORDER BY id", (kind,))
        )

    def counts(self) -> dict[str, int]:
        """How many entries are held of each tree."""
        rows = self._database.query(
            "SELECT t.tree, count(e.id) FROM tree t LEFT JOIN tree_entry e ON e.tree = t.id GROUP BY t.id"
        )
        return {row[0]: row[1] for row in rows}

    def raws(self, tree: str) -> tuple[bytes, ...]:
        """Every entry held of a tree, in the order of arrival; none for an unknown one."""
        rows = self._database.query(
            "SELECT e.raw FROM tree_entry e JOIN tree t ON t.id = e.tree WHERE t.tree = ? ORDER BY e.id", (tree,)
        )
        return tuple(row[0] for row in rows)

    def is_named(self, tree: str) -> bool:
        """Whether this tree is followed here, be it without a single entry so far."""
        return self._database.value("SELECT 1 FROM tree WHERE tree = ?", (tree,)) is not None

    def keep(self, kind: str, tree: str, entries: Iterable[Held], *, on_server: bool) -> int:
        """Keep entries; returns how many were new here. One that is held already is at most noted as on the server."""
        row = self._row(kind, tree)
        wanted = {item.entry: item.raw for item in entries}
        known = {
            item[0]
            for item in self._database.query(
                "SELECT entry FROM tree_entry WHERE tree = ? AND entry IN (SELECT value FROM json_each(?))",
                (row, among(wanted)),
            )
        }
        self._database.executemany(
            "INSERT INTO tree_entry (tree, entry, on_server, raw) VALUES (?, ?, ?, ?)",
            [(row, entry, int(on_server), raw) for entry, raw in wanted.items() if entry not in known],
        )
        if on_server:
            self.note_on_server(tree, known)
        return len(wanted) - len(known)

    def note_on_server(self, tree: str, entries: Iterable[str]) -> None:
        """These entries are in the server's copy: seen there, or taken by it."""
        self._database.executemany(
            "UPDATE tree_entry SET on_server = 1, code = '' WHERE entry = ?"
            " AND tree = (SELECT id FROM tree WHERE tree = ?)",
            [(entry, tree) for entry in entries],
        )

    def refused(self, tree: str, refusals: Iterable[tuple[str, str]]) -> None:
        """(entry id, code) of what the server would not take: kept, shown, due again in another epoch only."""
        self._database.executemany(
            "UPDATE tree_entry SET code = ? WHERE entry = ? AND tree = (SELECT id FROM tree WHERE tree = ?)",
            [(code, entry, tree) for entry, code in refusals],
        )

    def due(self, tree: str) -> tuple[Held, ...]:
        """At most `MOST_DUE` entries that the server is not known to have, parents first."""
        return _held(
            self._database.query(
                "SELECT e.entry, e.raw FROM tree_entry e JOIN tree t ON t.id = e.tree"
                " WHERE t.tree = ? AND e.on_server = 0 AND e.code = '' ORDER BY e.id LIMIT ?",
                (tree, MOST_DUE),
            )
        )

    def waiting(self) -> int:
        """How many entries of all trees the server is not known to have."""
        return int(self._database.value("SELECT count(*) FROM tree_entry WHERE on_server = 0"))

    def place(self, tree: str) -> tuple[str, int]:
        """(epoch, count): how far the server's copy was read; ("", 0) before the first page."""
        row = self._database.one("SELECT epoch, count FROM tree WHERE tree = ?", (tree,))
        return ("", 0) if row is None else (row[0], row[1])

    def note_place(self, kind: str, tree: str, epoch: str, count: int, *, anew: bool) -> None:
        """The server's copy was read up to here. In another epoch, or read from its start (`anew`), nothing else is
        known to be there.
        """
        row, before = self._row(kind, tree), self.place(tree)[0]
        if anew or before not in {"", epoch}:
            self._database.execute("UPDATE tree_entry SET on_server = 0, code = '' WHERE tree = ?", (row,))
        self._database.execute("UPDATE tree SET epoch = ?, count = ? WHERE id = ?", (epoch, count, row))

    def _row(self, kind: str, tree: str) -> int:
        found = self._database.value("SELECT id FROM tree WHERE tree = ?", (tree,))
        if found is not None:
            return int(found)
        return self._database.insert("INSERT INTO tree (tree, kind) VALUES (?, ?)", (tree, kind))


def _held(rows: Sequence[Row]) -> tuple[Held, ...]:
    return tuple(Held(row[0], row[1]) for row in rows)
