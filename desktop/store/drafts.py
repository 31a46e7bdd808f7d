"""Forms begun and not finished: each answer is saved in a transaction of its own, and stays on this laptop.

A draft is never signed, folded or sent. Leaves the meaning of `ref` and `value` to the form engine, and what finishing
writes to the ledger.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.bodies import compress_body, decompress_body
from desktop.store.database import Database, Row
from desktop.store.erased import refuse_erased

KIND = "draft"


@dataclass(frozen=True)
class DraftHead:
    """What a list of drafts shows. Times in milliseconds UTC; `answers` is a count."""

    draft_id: str
    form_id: str
    form_version: str
    form_hash: str
    case_ref: str | None
    begun_at: int
    changed_at: int
    answers: int


@dataclass(frozen=True)
class Draft:
    """A draft with its answers (`ref` of the node → text) and the `context` in which it was begun."""

    head: DraftHead
    context: Any
    answers: dict[str, str]


_HEAD = """
    SELECT draft_id, form_id, form_version, form_hash, case_ref, begun_at, changed_at,
           (SELECT count(*) FROM draft_answer WHERE draft = draft.id) AS answers
      FROM draft
"""


def _head(row: Row) -> DraftHead:
    return DraftHead(*(row[name] for name in DraftHead.__dataclass_fields__))


class Drafts:
    """The drafts of one store. `now` gives milliseconds UTC. Acts on one that is gone raise KnownError `draft.gone`."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def begin(
        self, form_id: str, version: str, form_hash: str, case_ref: str | None = None, *, context: Any = None
    ) -> str:
        """Begin a draft and return its id.

        It opens for ever with this form version. `context` is any JSON value that must outlive a restart, such as the
        value ids that the writer was shown. Raises KnownError `write.erased` for a case that leads erased.
        """
        draft_id = secrets.token_hex(16)
        now = self._now()
        with self._database.transaction() as transaction:
            if case_ref is not None:
                refuse_erased(self._database, CaseKey.of(case_ref))
            self._database.insert(
                "INSERT INTO draft"
                " (draft_id, form_id, form_version, form_hash, case_ref, context, begun_at, changed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (draft_id, form_id, version, form_hash, case_ref, compress_body(context), now, now),
            )
            transaction.touch(KIND, draft_id)
        return draft_id

    def save_answer(self, draft_id: str, ref: str, value: str | None) -> None:
        """Save one answer; None takes it away. On disk when this returns. Errors: those of the store."""
        self.save_answers(draft_id, {ref: value})

    def save_answers(self, draft_id: str, answers: Mapping[str, str | None]) -> None:
        """Save several answers, all or none; None takes one away (a repeat that was removed, a choice cleared)."""
        with self._database.transaction() as transaction:
            row = self._row(draft_id)
            self._put(row, answers)
            transaction.touch(KIND, draft_id)

    def restate(self, draft_id: str, answers: Mapping[str, str]) -> None:
        """Replace all answers at once (after repeats were renumbered, or a move to another form version)."""
        with self._database.transaction() as transaction:
            row = self._row(draft_id)
            self._database.execute("DELETE FROM draft_answer WHERE draft = ?", (row,))
            self._put(row, answers)
            transaction.touch(KIND, draft_id)

    def put_context(self, draft_id: str, context: Any) -> None:
        """Replace the context: what must outlive a restart and is no answer. On disk when this returns."""
        with self._database.transaction() as transaction:
            self._database.execute(
                "UPDATE draft SET context = ?, changed_at = ? WHERE id = ?",
                (compress_body(context), self._now(), self._row(draft_id)),
            )
            transaction.touch(KIND, draft_id)

    def _put(self, row: int, answers: Mapping[str, str | None]) -> None:
        now = self._now()
        kept = [(row, ref, value, now) for ref, value in answers.items() if value is not None]
        gone = [(row, ref) for ref, value in answers.items() if value is None]
        if kept:
            self._database.executemany(
                "INSERT INTO draft_answer (draft, ref, value, saved_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (draft, ref) DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at",
                kept,
            )
        if gone:
            self._database.executemany("DELETE FROM draft_answer WHERE draft = ? AND ref = ?", gone)
        self._database.execute("UPDATE draft SET changed_at = ? WHERE id = ?", (now, row))

    def load(self, draft_id: str) -> Draft | None:
        """The draft with its answers, or None when it was finished or discarded meanwhile."""
        row = self._database.one(f"{_HEAD} WHERE draft_id = ?", (draft_id,))
        if row is None:
            return None
        context = self._database.value("SELECT context FROM draft WHERE draft_id = ?", (draft_id,))
        answers = self._database.query(
            "SELECT ref, value FROM draft_answer WHERE draft = (SELECT id FROM draft WHERE draft_id = ?) ORDER BY ref",
            (draft_id,),
        )
        return Draft(_head(row), decompress_body(context), {row["ref"]: row["value"] for row in answers})

    def list(self, case_ref: str | None = None) -> list[DraftHead]:
        """All drafts, or those of one case; the last touched first."""
        where, parameters = ("", ()) if case_ref is None else ("WHERE case_ref = ?", (case_ref,))
        rows = self._database.query(f"{_HEAD} {where} ORDER BY changed_at DESC, id DESC", parameters)
        return [_head(row) for row in rows]

    def discard(self, draft_id: str) -> None:
        """Throw a draft away, in a transaction of its own. The words are overwritten in the file."""
        with self._database.transaction():
            self.finish(draft_id)

    def finish(self, draft_id: str) -> None:
        """Delete the draft inside the caller's transaction, the one that writes the finished record."""
        transaction = self._database.current
        self._database.execute("DELETE FROM draft WHERE id = ?", (self._row(draft_id),))
        transaction.touch(KIND, draft_id)

    def _row(self, draft_id: str) -> int:
        found = self._database.value("SELECT id FROM draft WHERE draft_id = ?", (draft_id,))
        if found is None:
            raise KnownError(
                "draft.gone",
                "This form was finished, discarded, or erased with its file.",
                "Open the case to see what was written.",
            )
        return int(found)
