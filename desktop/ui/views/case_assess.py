"""Assess: the signed assessments side by side with their arithmetic, and on which questions they differ.

Four separate values each: the tool's result, the practitioner's grade, the reason, the victim's own view.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from desktop.i18n import tr, trn
from desktop.model.assessment import Assessment
from desktop.model.case import CaseDraft
from desktop.model.circumstances import Answer
from desktop.model.grade import Grade
from desktop.model.moment import moment
from desktop.ui.models.case import CasePage
from desktop.ui.models.case_words import answer_word, circumstances_words, sum_lines
from desktop.ui.models.words import agency_word, time_words
from desktop.ui.views.case_edit import Section
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.flow import Beside
from desktop.ui.widgets.grade import GradeBadge, grade_word
from desktop.ui.widgets.layout import Part, box, clear, column, holder, line, reveal, row
from desktop.ui.widgets.rows import ThingRow
from desktop.ui.widgets.score import Arithmetic
from desktop.ui.widgets.text import chip, icon_line, label

SIDE_BY_SIDE = 3
"""So many stand beside each other; older ones follow below."""


class AssessPanel(QWidget):
    """`begin_wanted` for a new assessment, `draft_wanted(id)` to go on with one."""

    begin_wanted = Signal()
    draft_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._drafts = Section(tr("Drafts on this laptop"))
        self._cards = column(space=12)
        begin = button(tr("New assessment"), "quiet", "plus", dense="s")
        begin.clicked.connect(self.begin_wanted)
        self._signed = Section(tr("Signed assessments"), begin)
        self._differ = Section(tr("Where they differ"))
        self.setLayout(column(self._drafts, self._signed, self._cards, self._differ, None, space=12))

    def show_page(self, page: CasePage, now: datetime) -> None:
        """Every assessment, the newest first."""
        self._drafts.show_rows([self._draft(one, now) for one in page.file.drafts], "")
        reveal(self._drafts, bool(page.file.drafts))
        newest = sorted(page.file.assessments, key=lambda one: (one.at, one.id), reverse=True)
        reveal(self._signed, not newest)
        self._signed.show_rows([], tr("Nobody has signed one yet."))
        clear(self._cards)
        for start in range(0, len(newest), SIDE_BY_SIDE):
            shown = newest[start : start + SIDE_BY_SIDE]
            cards = [(assessment_card(one, page, now), 1) for one in shown]
            self._cards.addWidget(Beside(cards, least=300 * len(cards), space=12))
        latest = latest_of_each(newest)
        rows = differing(latest)
        reveal(self._differ, len(latest) > 1 and bool(rows))
        self._differ.show_rows([_table(latest, rows)] if rows else [], "")

    def _draft(self, draft: CaseDraft, now: datetime) -> QWidget:
        at = time_words(moment(draft.updated_at), now)
        made = ThingRow(tr("Half-filled form"), tr("Last touched {time}", time=at), icon="file-pen")
        made.setObjectName(f"draft-{draft.id}")
        made.clicked.connect(lambda: self.draft_wanted.emit(draft.id))
        return made


def assessment_card(one: Assessment, page: CasePage, now: datetime) -> QFrame:
    """One signed assessment: what each of the four values says, who was there, and the sum."""
    labels = {flag.code: flag.label for flag in page.file.flags}
    agreed = page.file.grades.agreed
    head = tr("{agency}, {who}", agency=agency_word(one.agency), who=one.author)
    signed = tr("{tool} · signed {time}", tool=one.tool or one.form, time=time_words(moment(one.at), now))
    parts: list[Part] = [label(head, "h3", wrap=True), label(signed, "caption", "muted", wrap=True), _grades(one)]
    if agreed is not None and one.id not in agreed.considered:
        parts.append(icon_line("split", tr("The agreed grade was made without sight of it"), "caption", "warn"))
    if one.reason:
        parts.append(_said(tr("Reason"), one.reason))
    if one.victim_view:
        parts.append(_said(tr("Her own view"), f"“{one.victim_view}”"))
    parts.append(_said(tr("Circumstances"), circumstances_words(one.circumstances)))
    if one.flags:
        parts.append(_said(tr("Flags"), ", ".join(labels.get(code, code.replace("_", " ")) for code in one.flags)))
    lines = sum_lines(one)
    if lines:
        parts += [line(), label(tr("How the sum was made"), "small_strong"), Arithmetic(lines)]
    could = one.tool_result.could_reach
    if could.rank > one.tool_result.grade.rank:
        words = tr("If every open answer were a yes: {grade}", grade=grade_word(could.value))
        parts.append(icon_line("trending-up", words, "small_strong", "warn", wrap=True))
    made = box("card", column(*parts, None, space=8, margins=(12, 16)))
    made.setAccessibleName(f"{head}, {grade_word(one.signed_grade.value)}")
    return made


def _grades(one: Assessment) -> QWidget:
    tool = column(label(tr("Tool"), "caption", "muted"), row(GradeBadge(one.tool_result.grade.value), None), space=3)
    given = column(label(tr("Practitioner"), "caption", "muted"), row(GradeBadge(one.grade.value), None), space=3)
    parts: list[Part] = [tool, given, None]
    if Grade.UNGRADED is not one.grade and one.grade.rank != one.tool_result.grade.rank:
        higher = one.grade.rank > one.tool_result.grade.rank
        parts.insert(2, chip(tr("raised") if higher else tr("lowered, with a reason")))
    return holder(row(*parts, space=16))


def _said(title: str, words: str) -> QWidget:
    return holder(column(label(title, "caption", "muted"), label(words, "small", wrap=True), space=1))


def latest_of_each(assessments: Sequence[Assessment]) -> list[Assessment]:
    """Each unit's newest assessment that has lines; `assessments` newest first."""
    found: dict[str, Assessment] = {}
    for one in assessments:
        if one.lines:
            found.setdefault(one.unit, one)
    return list(found.values())


def differing(latest: Sequence[Assessment]) -> list[tuple[str, tuple[Answer | None, ...]]]:
    """(question, each one's answer or None where it was not in the form) where not all say the same."""
    by_code: dict[str, str] = {}
    answers: list[Mapping[str, Answer]] = []
    for one in latest:
        by_code |= {line.code: line.label or line.code for line in one.lines if line.code not in by_code}
        answers.append({line.code: line.answer for line in one.lines})
    rows = [(words, tuple(each.get(code) for each in answers)) for code, words in by_code.items()]
    return [(words, said) for words, said in rows if len(set(said)) > 1]


def _table(latest: Sequence[Assessment], rows: Sequence[tuple[str, tuple[Answer | None, ...]]]) -> QWidget:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    grid.addWidget(label(trn("%n question|%n questions", len(rows)), "caption", "muted"), 0, 0)
    for place, one in enumerate(latest, 1):
        grid.addWidget(label(agency_word(one.agency), "small_strong"), 0, place)
    for at, (words, said) in enumerate(rows, 1):
        grid.addWidget(label(words, "small", wrap=True), at, 0)
        for place, answer in enumerate(said, 1):
            strong = answer is Answer.YES
            text = answer_word(answer) if answer else tr("not in its form")
            made = label(text, "small_strong" if strong else "small", "text" if strong else "muted")
            grid.addWidget(made, at, place, Qt.AlignmentFlag.AlignTop)
    return holder(grid)
