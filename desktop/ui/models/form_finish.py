"""Finishing a form: the whole record in one signed change, the flags with their steps, and where to go next.

A report that belongs to no case yet founds one under a fresh code name, in that same change: there is never a case
without its first record. A referral is not signed here: it goes on to
the screen that shows what will be shared and sends it. Leaves the transaction to `desktop.store.finishing`.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.forms.engine.views import QuestionView
from desktop.forms.scoring.result import Band, ScoreLine, ScoreResult
from desktop.i18n import tr
from desktop.model.code_name import code_name
from desktop.model.record import CaseKey
from desktop.store.finishing import Fact
from desktop.store.store import Store
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.form import FormModel
from desktop.ui.models.form_draft import Opened
from desktop.ui.models.form_result import is_open
from desktop.ui.models.form_rules import NowFacts, flag_code, name_of

REFERRAL = "agency-referral"
CIRCUMSTANCES = "circumstances"
Views = Mapping[str, QuestionView]


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
        self._writing = False

    def finish(self) -> None:
        """Write the record of the form in hand, once. Its draft goes in the same transaction."""
        about = self._model.about()
        if about.pack.get("id") == REFERRAL and about.case is not None:
            self.to_send.emit(about.case, about.draft_id)
            return
        if self._writing:
            return
        self._writing = True
        now = self._now()
        fields = assessment_fields(about, now.isoformat(timespec="seconds"))
        flags = flags_of(self._model.now_facts())
        beside = ask_again(about.pack, now) if self._model.stopped() else []
        form = f"{about.session.definition.form_id}@{about.version}"

        def write(store: Store) -> CaseKey:
            case, founding = (about.case, []) if about.case else _founding(store, now)
            home = store.cases.home(case, "assessment", "", "tool") if about.case else case
            acts = [*beside, ("action", None, "owner", _name(store))] if beside else []
            store.forms.finish(home, about.draft_id, fields, form=form, flags=flags, beside=[*founding, *acts])
            return case

        self._tasks.change(write, self._was_written, owner=self, failed=self._not_written)

    def _was_written(self, case: CaseKey) -> None:
        self._writing = False
        self._model.close()
        self.written.emit(case)

    def _not_written(self, failure: Failure) -> None:
        self._writing = False
        self.failed.emit(failure)


def _founding(store: Store, now: datetime) -> tuple[CaseKey, list[Fact]]:
    """A new case in the own unit's file, as `Cases.new` writes it, but as part of the record's own change."""
    taken = {row.code_name for row in store.cases.caseload()}
    header = {
        "code_name": code_name(secrets.token_bytes(8), taken),
        "lead_worker": _member(store),
        "status": "open",
        "opened_on": now.date().isoformat(),
    }
    key = CaseKey(store.seat.unit_space, secrets.token_hex(16))
    return key, [("case", "case", name, value) for name, value in header.items()]


def _member(store: Store) -> str:
    return store.seat.seat.member if store.seat.seat else ""


def _name(store: Store) -> str:
    return store.seat.seat.name if store.seat.seat else ""


def ask_again(pack: Mapping[str, object], now: datetime) -> list[Fact]:
    """The action that a stopped conversation leaves; due when the pack wants an open result looked at again."""
    days = next((band.get("review_after_days") for band in _pack_bands(pack) if band.get("grade") == "ungraded"), None)
    fields = {"title": tr("Ask again, alone"), "state": "open", "lowers_risk": ""}
    if isinstance(days, int):
        fields["due"] = (now + timedelta(days=days)).isoformat(timespec="seconds")
    return [("action", None, name, value) for name, value in fields.items()]


def assessment_fields(about: Opened, on: str) -> dict[str, Any]:
    """The record as `desktop.model.assessment.read_assessment` reads it; `on` is the local time of signing."""
    session = about.session
    score = session.score()
    views = {view.ref: view for page in session.pages() for view in page.nodes}
    fields: dict[str, Any] = {
        "form": session.definition.form_id,
        "form_version": about.version,
        "form_hash": session.definition.hash,
        "tool": about.title,
        "on": on,
        "circumstances": _circumstances(views),
        "answers": dict(session.answers()),
    }
    if score is not None:
        fields |= {
            "tool_result": _tool_result(score),
            "grade": _grade_word(about, score),
            "reason": score.reason,
            "victim_view": _victim_view(views, score),
            "lines": [_line(views, line) for line in score.lines],
            "flags": [flag_code(flag) for flag in score.flags],
        }
    return fields


def flags_of(facts: Sequence[NowFacts]) -> list[dict[str, Any]]:
    """Every flag that fired, with its steps and how each ended, as `Forms.finish` takes them."""
    return [_flag(one) for one in facts]


def _flag(facts: NowFacts) -> dict[str, Any]:
    steps = [{"act": step.act, "who": step.who, "within": step.within} for step in facts.steps]
    ended = {f"step_{number}": step.ending for number, step in enumerate(facts.steps) if step.ending}
    return {"code": facts.code, "label": facts.label, "do_now": steps, **ended}


def _tool_result(score: ScoreResult) -> dict[str, Any]:
    return {
        "score": score.score,
        "band": score.band.name if score.band else "",
        "band_label": score.band.label if score.band else "",
        "grade": _band_grade(score.band),
        "at_least": is_open(score),
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


def _victim_view(views: Views, score: ScoreResult) -> str:
    """Her own view: the answer she chose, in the form's words, and her words where there are any."""
    asked = next((view for view in views.values() if view.roles.get("role") == "victim_view"), None)
    said = _words(asked) if asked else score.victim_view
    words = next((view.value for view in views.values() if name_of(view.ref) == "victim_words"), "")
    return f"{said}: {words}" if words and said else words or said


def _line(views: Views, line: ScoreLine) -> dict[str, Any]:
    """One item as it was answered; what was written beside it is the text question named after it."""
    beside = views.get(f"{line.ref}_words")
    return {
        "code": name_of(line.ref),
        "label": line.label,
        "answer": (views[line.ref].value if line.ref in views else "") or "not_asked",
        "answer_label": line.answer,
        "weight": line.most,
        "note": beside.value if beside else "",
    }


def _circumstances(views: Views) -> dict[str, Any]:
    """Where, how, who was there: as `desktop.model.circumstances.Circumstances` reads it, in the form's words."""
    parts = {name_of(ref): view for ref, view in views.items() if f"/{CIRCUMSTANCES}/" in ref}

    def words(name: str) -> str:
        return _words(parts[name]) if name in parts else ""

    def value(name: str) -> str:
        return parts[name].value if name in parts else ""

    return {
        "place": words("place"),
        "by_phone": value("channel") == "phone",
        "present": words("present"),
        "hearing": value("hearing"),
        "interpreter": value("interpreter_name"),
        "freely": value("free_to_speak") or "unsure",
    }


def _words(view: QuestionView) -> str:
    """An answer as the form says it; several choices with commas between."""
    labels = {choice.value: choice.label for choice in view.choices}
    if not labels:
        return view.value
    values = [view.value] if view.kind == "select_one" else view.value.split()
    return ", ".join(labels.get(value, value) for value in values if value)


def _pack_bands(pack: Mapping[str, object]) -> list[Mapping[str, object]]:
    bands = pack.get("bands")
    return [band for band in bands if isinstance(band, Mapping)] if isinstance(bands, list | tuple) else []
