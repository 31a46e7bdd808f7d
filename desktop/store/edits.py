"""Edits begun in place and not written: what was typed and what the writer had been shown, kept while typing.

Local: never signed, folded or sent. An edit that is written goes in the transaction that writes it. Leaves what the
words mean to the editor that keeps them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.model.record import CaseKey, ValueId
from desktop.store.bodies import compress_body, decompress_body
from desktop.store.database import Database
from desktop.store.erased import refuse_erased
from desktop.store.keysets import among

KIND = "edit"


@dataclass(frozen=True)
class Begun:
    """An edit in hand: `editor` names its editor within the case, `typed` is what stands in its controls.

    `shown`: for each field it may set, the value ids that were on screen when the edit began, the `over` of the change.
    """

    editor: str
    typed: Mapping[str, Any]
    shown: Mapping[str, tuple[ValueId, ...]] = field(default_factory=dict)
    case_ref: str = ""
    changed_at: int = 0


class Edits:
    """The edits in hand of one store. `refs` are all the files of a case; the first is the one a new edit goes by."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def keep(self, refs: Sequence[str], begun: Begun) -> None:
        """Keep what is typed now; on disk when this returns. Errors: KnownError `write.erased`, those of the store."""
        body = {"typed": dict(begun.typed), "shown": {name: list(ids) for name, ids in begun.shown.items()}}
        with self._database.transaction() as transaction:
            for ref in refs:
                refuse_erased(self._database, CaseKey.of(ref))
            self.finish(refs, begun.editor)
            self._database.execute(
                "INSERT INTO edit (case_ref, editor, body, changed_at) VALUES (?, ?, ?, ?)",
                (refs[0], begun.editor, compress_body(body), self._now()),
            )
            transaction.touch(KIND, refs[0])

    def drop(self, refs: Sequence[str], editor: str) -> None:
        """Let an edit go, in a transaction of its own. The words are overwritten in the file."""
        with self._database.transaction():
            self.finish(refs, editor)

    def finish(self, refs: Sequence[str], editor: str) -> None:
        """Delete the edit inside the caller's transaction, the one that writes it; one that is not there is none."""
        gone = self._database.execute(
            "DELETE FROM edit WHERE editor = ? AND case_ref IN (SELECT value FROM json_each(?))", (editor, among(refs))
        )
        if gone:
            self._database.current.touch(KIND, *refs)

    def list(self, refs: Sequence[str] | None = None) -> tuple[Begun, ...]:
        """Every edit in hand, or those of one case; the last touched first."""
        rows = self._database.query(
            "SELECT case_ref, editor, body, changed_at FROM edit"
            " WHERE :refs IS NULL OR case_ref IN (SELECT value FROM json_each(:refs))"
            " ORDER BY changed_at DESC, id DESC",
            {"refs": None if refs is None else among(refs)},
        )
        return tuple(_begun(*row) for row in rows)


def _begun(case_ref: str, editor: str, packed: bytes, changed_at: int) -> Begun:
    body = decompress_body(packed)
    shown = {name: tuple((str(cid), int(place)) for cid, place in ids) for name, ids in body["shown"].items()}
    return Begun(editor, body["typed"], shown, case_ref, changed_at)
