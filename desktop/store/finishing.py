"""Finishing a form: one signed change that carries the whole record, and the draft goes in the same transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from desktop.errors import KnownError
from desktop.model.assessment import needs_reason
from desktop.model.grade import grade_of
from desktop.model.record import CaseKey
from desktop.store.cases import Cases
from desktop.store.database import Database
from desktop.store.drafts import Drafts
from desktop.store.ledger import Ledger
from sync.change import Assign

FLAG = "flag"
STEP = "step_"

Fact = tuple[str, str | None, str, Any]
"""Kind, record (None: the record that the change itself founds), field, value."""


class Forms:
    """What a finished form writes."""

    def __init__(self, database: Database, drafts: Drafts, ledger: Ledger, cases: Cases) -> None:
        self._database = database
        self._drafts = drafts
        self._ledger = ledger
        self._cases = cases

    def finish(
        self,
        key: CaseKey,
        draft_id: str,
        fields: Mapping[str, Any],
        *,
        form: str,
        kind: str = "assessment",
        flags: Sequence[Mapping[str, Any]] = (),
        beside: Sequence[Fact] = (),
    ) -> str:
        """Write the whole record and let the draft go; returns the record's id.

        `fields` of an assessment: tool, tool_result {score, band, grade, answered, possible, could_reach}, grade,
        reason, victim_view, circumstances, lines, answers, on. `flags`: {code, label, do_now, step_n …} of each flag
        that fired, written where that flag lives; `beside`: further facts of the same change (people, incidents).
        Raises KnownError `assessment.reason_needed` for a grade below the tool's without a reason; nothing is
        written then.
        """
        if kind == "assessment":
            check_reason(fields)
        sets = [Assign(kind, None, name, value) for name, value in fields.items()]
        with self._database.transaction():
            written = self._ledger.write_inside(key, [*sets, *(Assign(*fact) for fact in beside)], form=form)
            for flag in flags:
                self._fire(key, flag)
            if draft_id:
                self._drafts.finish(draft_id)
        return written.cid

    def _fire(self, key: CaseKey, flag: Mapping[str, Any]) -> None:
        """Raise a flag, or raise it anew: a flag that fires again asks all its steps again, whatever was done before.

        It goes to the file where it already is, so that partners who share it see the same steps, and it names what
        stood there: two firings are no contradiction.
        """
        code = str(flag["code"])
        record = self._cases.records(key).get((FLAG, code))
        held = record.fields if record else {}
        asked_again = {name: "" for name in held if name.startswith(STEP)}
        values = asked_again | {"raised": True} | {name: value for name, value in flag.items() if name != "code"}
        fields = {name: (value, held[name].shown_ids if name in held else ()) for name, value in values.items()}
        self._cases.edit_fields(key, FLAG, code, fields)


def check_reason(fields: Mapping[str, Any]) -> None:
    """Raise KnownError `assessment.reason_needed` when the grade goes below the tool's result without a reason."""
    result = fields.get("tool_result")
    tool = grade_of(result.get("grade") if isinstance(result, Mapping) else None)
    if needs_reason(tool, grade_of(fields.get("grade"))) and not str(fields.get("reason") or "").strip():
        raise KnownError(
            "assessment.reason_needed",
            "Your grade is below the tool's result, so it needs a reason.",
            "Say why; the tool's result stays on record beside it.",
        )
