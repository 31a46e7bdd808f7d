"""Finishing a form: the whole record in one signed change, the flags with their steps, and where to go next.

A report that belongs to no case yet founds one under a fresh code name. A referral is not signed here: it goes on to
the screen that shows what will be shared and sends it. Leaves the transaction to `desktop.store.finishing`.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.forms.scoring.result import Band, Flag, ScoreLine, ScoreResult
from desktop.model.code_name import code_name
from desktop.model.record import CaseKey
from desktop.store.store import Store
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.form import FormModel, Opened

REFERRAL = "agency-referral"
CIRCUMSTANCES = "circumstances"
FLAG_PREFIX = "flag_"


class Finisher(QObject):
    """`written(CaseKey)` once the record is signed; `to_send(CaseKey, draft id)` for a referral, which another screen
    sends; `failed(Failure)`: then nothing was written.
    """

    written = Signal(object)
    to_send = Signal(object, str)
    failed = Signal(object)

    def __init__(self, tasks: StoreThread, now: Callable[[], datetime], model: FormModel) -> None:
        super().__init__()
        self._tasks = tasks
        self._now = now
        self._model = model

    def finish(self) -> None:
        """Write the record of the form in hand. Its draft goes in the same transaction."""
        about = self._model.about()
        if about.pack.get("id") == REFERRAL and about.case is not None:
            self.to_send.emit(about.case, about.draft_id)
            return
        fields = assessment_fields(about, self._now().isoformat(timespec="seconds"))
        flags = flags_of(about.session.score())
        form = f"{about.session.definition.form_id}@{about.version}"

        def write(store: Store) -> CaseKey:
            with store.database.transaction():
                case = about.case or _new_case(store)
                home = store.cases.home(case, "assessment", "", "tool")
                store.forms.finish(home, about.draft_id, fields, form=form, flags=flags)
            return case

        self._tasks.change(write, self.written.emit, owner=self, failed=self._not_written)

    def _not_written(self, failure: Failure) -> None:
        self.failed.emit(failure)


def _new_case(store: Store) -> CaseKey:
    taken = {row.code_name for row in store.cases.caseload()}
    return store.cases.new(code_name(secrets.token_bytes(8), taken))


def assessment_fields(about: Opened, on: str) -> dict[str, Any]:
    """The record as `desktop.model.assessment.read_assessment` reads it; `on` is the local time of signing."""
    session = about.session
    answers = dict(session.answers())
    score = session.score()
    fields: dict[str, Any] = {
        "form": session.definition.form_id,
        "form_version": about.version,
        "form_hash": session.definition.hash,
        "tool": about.title,
        "on": on,
        "circumstances": _circumstances(answers.get(CIRCUMSTANCES)),
        "answers": answers,
    }
    if score is not None:
        fields |= {
            "tool_result": _tool_result(score),
            "grade": _grade_word(about, score),
            "reason": score.reason,
            "victim_view": _victim_view(about, score),
            "lines": [_line(about, line) for line in score.lines],
            "flags": [flag["code"] for flag in flags_of(score)],
        }
    return fields


def flags_of(score: ScoreResult | None) -> list[dict[str, Any]]:
    """Every flag that fired, with its steps, as `Forms.finish` takes them."""
    return [_flag(flag) for flag in score.flags] if score else []


def _flag(flag: Flag) -> dict[str, Any]:
    steps = [{"act": step.act, "who": step.who, "within": step.within} for step in flag.do_now]
    return {"code": _name(flag.ref).removeprefix(FLAG_PREFIX), "label": flag.label, "do_now": steps}


def _tool_result(score: ScoreResult) -> dict[str, Any]:
    return {
        "score": score.score,
        "band": score.band.name if score.band else "",
        "band_label": score.band.label if score.band else "",
        "grade": _band_grade(score.band),
        "at_least": score.at_least,
        "answered": score.answered,
        "possible": score.possible,
        "could_reach": _band_grade(score.could_reach),
    }


def _band_grade(band: Band | None) -> str:
    return band.grade if band else "ungraded"


def _grade_word(about: Opened, score: ScoreResult) -> str:
    """The practitioner's own grade on the common ladder; the form asks for it by the name of a band."""
    names = {str(band.get("name")): str(band.get("grade")) for band in _pack_bands(about.pack)}
    return names.get(score.grade, score.grade)


def _victim_view(about: Opened, score: ScoreResult) -> str:
    """Her own view: her words where there are any, else the answer she chose, in the form's words."""
    views = [view for page in about.session.pages() for view in page.nodes if view.roles.get("role") == "victim_view"]
    words = next(
        (node.value for page in about.session.pages() for node in page.nodes if _name(node.ref) == "victim_words"), ""
    )
    chosen = [choice.label for view in views for choice in view.choices if choice.value == view.value]
    said = chosen[0] if chosen else score.victim_view
    return f"{said}: {words}" if words and said else words or said


def _line(about: Opened, line: ScoreLine) -> dict[str, Any]:
    view = about.session.question(line.ref)
    return {
        "code": _name(line.ref),
        "label": line.label,
        "answer": view.value or "not_asked",
        "answer_label": line.answer,
        "weight": 1.0 if line.weight is None else line.weight,
        "note": _note(about, line.ref),
    }


def _note(about: Opened, ref: str) -> str:
    """What was written beside an item: the text question named after it."""
    wanted = f"{ref}_words"
    found = (node.value for page in about.session.pages() for node in page.nodes if node.ref == wanted)
    return next(found, "")


def _circumstances(group: object) -> dict[str, Any]:
    """Where, how, who was there: as `desktop.model.circumstances.Circumstances` reads it."""
    parts: Mapping[str, Any] = group if isinstance(group, Mapping) else {}
    present = parts.get("present")
    return {
        "place": str(parts.get("place") or ""),
        "by_phone": parts.get("channel") == "phone",
        "present": " ".join(present) if isinstance(present, list | tuple) else str(present or ""),
        "hearing": str(parts.get("hearing") or ""),
        "interpreter": str(parts.get("interpreter_name") or ""),
        "freely": str(parts.get("free_to_speak") or "unsure"),
    }


def _pack_bands(pack: Mapping[str, object]) -> list[Mapping[str, object]]:
    bands = pack.get("bands")
    return [band for band in bands if isinstance(band, Mapping)] if isinstance(bands, list | tuple) else []


def _name(ref: str) -> str:
    return ref.rsplit("/", 1)[-1]
