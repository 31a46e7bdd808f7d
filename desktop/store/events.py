"""What a commit changed, as a value: the one door through which local and remote edits reach the screen.

Leaves delivery to whoever opened the database (`Database.on_changed`).
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Changed:
    """After a commit: the kinds of thing that changed and the ids of those things. Ids only, never content."""

    kinds: frozenset[str]
    ids: frozenset[str]

    def touches(self, *kinds: str) -> bool:
        """Whether any of these kinds changed."""
        return not self.kinds.isdisjoint(kinds)


@dataclass
class Collector:
    """Filled while a transaction runs, read once after its commit, forgotten with its rollback."""

    _kinds: set[str] = field(default_factory=set)
    _ids: set[str] = field(default_factory=set)

    def add(self, kind: str, *ids: str) -> None:
        """Note that things of `kind` changed; ids may be unknown (a whole list changed)."""
        self._kinds.add(kind)
        self._ids.update(ids)

    def result(self) -> Changed | None:
        """What was noted, or None when nothing was."""
        return Changed(frozenset(self._kinds), frozenset(self._ids)) if self._kinds else None
