"""What stands in each of the four steps of a case, in one line each."""

from datetime import datetime

from desktop.i18n import tr, trn
from desktop.model.case import CaseFile, Step
from desktop.ui.models.words import step_word
from desktop.ui.widgets.steps import StepFacts

STEPS: tuple[Step, ...] = ("identify", "assess", "act", "follow_up")


def step_facts(file: CaseFile | None, on: Step, now: datetime) -> list[StepFacts]:
    """The four steps; `on` is the one in sight, those before the case's next step are done."""
    if file is None:
        return [StepFacts(step, step_word(step), "") for step in STEPS]
    facts = (_identify(file), _assess(file), _act(file, now), _follow(file))
    reached = STEPS.index(file.header.step)
    made = []
    for place, (step, (fact, tone)) in enumerate(zip(STEPS, facts, strict=True)):
        state = "now" if step == on else "done" if place < reached else "todo"
        made.append(StepFacts(step, step_word(step), fact, state, tone))
    return made


def _identify(file: CaseFile) -> tuple[str, str]:
    incidents = trn("%n incident|%n incidents", len(file.incidents))
    return f"{incidents}, {trn('%n person|%n people', len(file.parties))}", "muted"


def _assess(file: CaseFile) -> tuple[str, str]:
    parts = [trn("%n draft|%n drafts", len(file.drafts)) if file.drafts else ""]
    parts.append(trn("%n signed|%n signed", len(file.assessments)) if file.assessments else "")
    return ", ".join(part for part in parts if part) or tr("none yet"), "muted"


def _act(file: CaseFile, now: datetime) -> tuple[str, str]:
    opened = sum(action.is_open for action in file.actions)
    over = sum(action.overdue(now) for action in file.actions)
    words = trn("%n open action|%n open actions", opened)
    return (tr("{actions}, {over} overdue", actions=words, over=over), "danger") if over else (words, "muted")


def _follow(file: CaseFile) -> tuple[str, str]:
    notes = trn("%n note|%n notes", len(file.notes)) if file.notes else ""
    events = trn("%n event|%n events", len(file.timeline))
    return ", ".join(part for part in (events, notes) if part), "muted"
