"""The grades of a case side by side: the agreed one, each agency's, her own view. The one that stands is in the head.

Nothing is merged: a dissent stays readable. Also the editor of the agreed working grade, made with sight of the signed
assessments that it names.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from desktop.i18n import tr
from desktop.model.assessment import Assessment, agency_grade
from desktop.model.grade import AgencyGrade, AgreedGrade, Grade, standing_grade
from desktop.model.moment import moment
from desktop.model.record import FieldView
from desktop.ui.models.case import CasePage
from desktop.ui.models.words import agency_word, time_words
from desktop.ui.theme.theme import current_theme
from desktop.ui.views.case_edit import Editor, EditSlot, contested_link
from desktop.ui.views.case_typed import Controls
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import CheckBox, ComboBox
from desktop.ui.widgets.fields import Field, TextArea
from desktop.ui.widgets.flow import FlowLayout
from desktop.ui.widgets.grade import GradeBadge, grade_word
from desktop.ui.widgets.layout import clear, column, holder, line, reveal, row
from desktop.ui.widgets.text import icon_line, label

AGREED = ("agreed_grade", "agreed")
PARTS = ("grade", "considered", "dissent")
"""Each is named with what was shown of it."""


class GradesPart(QFrame):
    """`compare` leads to the assessments; `saved(values, over)` for a new agreed grade; `decide_wanted(conflict)`."""

    compare = Signal()
    saved = Signal(object, object)
    decide_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("box", "card")
        self.setAccessibleName(tr("Grades"))
        self._cells = FlowLayout(28)
        self._dissent = column(space=4)
        self.slot = EditSlot()
        self._agree = button(tr("Agree a working grade"), "link", "users")
        self._agree.clicked.connect(self.edit)
        compare = button(tr("Compare assessments"), "link", "git-compare")
        compare.clicked.connect(self.compare)
        self._compare = compare
        self._page: CasePage | None = None
        foot = row((self._dissent, 1), self._agree, compare, space=16, margins=(2, 18))
        self.setLayout(
            column(holder(column(self._cells, margins=(12, 18))), line(), foot, self.slot, space=2, margins=(2, 2))
        )

    def show_page(self, page: CasePage, now: datetime) -> None:
        """The grades as they stand."""
        self._page = page
        grades = page.file.grades
        clear(self._cells)
        cells = [_agreed(grades.agreed, now)] if page.file.shared else []
        cells += [_agency(one, grades.agreed, now) for one in grades.agencies]
        if grades.victim_view:
            view = _broken(label(f"“{grades.victim_view}”", "small", wrap=True))
            cells.append(holder(column(label(_own_view(page), "small_strong"), view, None, space=5)))
        if not cells:
            cells = [label(tr("Nobody has graded it yet: begin with an assessment."), "small", "muted")]
        high = max(cell.sizeHint().height() for cell in cells)
        for cell in cells:
            cell.setMinimumHeight(high)
            self._cells.addWidget(cell)
        self._show_dissent(page)
        reveal(self._agree, bool(page.file.shared))
        reveal(self._compare, bool(page.file.assessments))
        self.slot.compare(page)

    def edit(self) -> None:
        """Agree a working grade, with sight of the assessments."""
        page = self._page
        if page is None:
            return
        made = self.slot.open(lambda: AgreeEditor(page))
        if made is not None:
            made.saved.connect(lambda values: self.saved.emit(values, {name: made.over(name) for name in PARTS}))

    def _show_dissent(self, page: CasePage) -> None:
        clear(self._dissent)
        agreed = page.file.grades.agreed
        conflict = page.conflict_of(*AGREED)
        if conflict:
            words = tr("The agreed grade is contested; the higher stands")
            self._dissent.addWidget(contested_link(words, lambda: self.decide_wanted.emit(conflict)))
        for words in _dissents(page, agreed):
            self._dissent.addWidget(icon_line("split", words, tone="warn", wrap=True))


class AgreeEditor(Editor):
    """The agreed working grade: the grade, which signed assessments it was made with sight of, and the dissent."""

    def __init__(self, page: CasePage) -> None:
        shown = {name: page.field(*AGREED, name) for name in PARTS}
        super().__init__("agreed", tr("Agree a working grade"), tr("Record what was agreed"), AGREED, shown, _newer)
        self._page = page
        agreed = page.file.grades.agreed
        self.grade = ComboBox(tr("Agreed grade"))
        choices = [(grade.value, grade_word(grade.value)) for grade in Grade if grade is not Grade.UNGRADED]
        self.grade.show_choices(choices, agreed.grade.value if agreed else page.file.grades.standing.grade.value)
        held = agreed.considered if agreed else frozenset()
        self.considered = {one.id: CheckBox(_seen_words(one), on=one.id in held) for one in page.file.assessments}
        self.dissent = TextArea(tr("Dissent"), agreed.dissent if agreed else "", least=2)
        self._preview = label("", "small_strong", wrap=True)
        seen = column(label(tr("Made with sight of"), "small_strong"), *self.considered.values(), space=0)
        dissent = Field(tr("Who disagrees, and why"), self.dissent, help_text=tr("Kept on record, never merged away."))
        for part in (Field(tr("Agreed grade"), self.grade), holder(seen), self._preview, dissent):
            self.body.addWidget(part)
        self.grade.currentIndexChanged.connect(self._show_preview)
        for one in self.considered.values():
            one.toggled.connect(self._show_preview)
        self._show_preview()

    def values(self) -> tuple[str, list[str], str] | None:
        return self._state() if self.grade.value() else None

    def controls(self) -> Controls:
        seen = {f"considered {name}": made for name, made in self.considered.items()}
        return {"grade": self.grade, "dissent": self.dissent, **seen}

    def first(self) -> QWidget:
        return self.grade

    def _state(self) -> tuple[str, list[str], str]:
        seen = [name for name, one in self.considered.items() if one.isChecked()]
        return self.grade.value(), seen, self.dissent.toPlainText().strip()

    def _show_preview(self, _what: Any = None) -> None:
        """What will stand then: an assessment that was not looked at keeps its say."""
        grade, seen, _ = self._state()
        if not grade:
            return
        agreed = AgreedGrade(Grade(grade), considered=frozenset(seen))
        after = standing_grade(agreed, [agency_grade(one) for one in self._page.file.assessments])
        word = grade_word(after.grade.value)
        if after.above_agreed:
            agency = agency_word(after.reason_params.get("agency", ""))
            text = tr("{grade} will still stand: the assessment of {agency} is not ticked.", grade=word, agency=agency)
        else:
            text = tr("{grade} will stand.", grade=word)
        self._preview.setText(text)


def _newer(name: str, view: FieldView) -> str:
    if name == "dissent":
        return tr("The dissent on record is now: {words}", words=_all_sides(view))
    if name == "considered":
        return tr("Which assessments were considered is another now.")
    return tr("The agreed grade is now {grade}.", grade=grade_word(str(view.value or "")))


def _agreed(agreed: AgreedGrade | None, now: datetime) -> QWidget:
    badge = GradeBadge(agreed.grade.value if agreed else "ungraded")
    by = tr("{time}, by {who}", time=time_words(moment(agreed.at), now), who=agreed.author) if agreed else ""
    return _cell(tr("Agreed working grade"), badge, by or tr("Nothing agreed yet"))


def _agency(one: AgencyGrade, agreed: AgreedGrade | None, now: datetime) -> QWidget:
    unseen = agreed is not None and one.assessment_id not in agreed.considered
    note = label(tr("not considered yet"), "caption_strong", "warn") if unseen else None
    said = ", ".join(part for part in (time_words(moment(one.at), now), one.author) if part)
    return _cell(agency_word(one.agency), GradeBadge(one.grade.value), said, note)


def _cell(title: str, badge: GradeBadge, below: str, note: QWidget | None = None) -> QWidget:
    words = column(label(below, "caption", "muted"), *([note] if note else []), space=1)
    return holder(column(label(title, "small_strong"), row(badge, None), words, None, space=5))


def _own_view(page: CasePage) -> str:
    name = next((party.name.split(" ")[0] for party in page.file.parties if party.role.value == "victim"), "")
    return tr("{name}’s own view", name=name) if name else tr("The victim’s own view")


def _dissents(page: CasePage, agreed: AgreedGrade | None) -> list[str]:
    """Who sees it otherwise and because of which flags; the dissent as it was written."""
    grades = page.file.grades
    base = agreed.grade if agreed else None
    words = []
    for one in grades.agencies:
        other = base is not None and one.grade is not base and one.grade is not Grade.UNGRADED
        if other:
            why = _because(page, one.assessment_id)
            facts = {"agency": agency_word(one.agency), "grade": grade_word(one.grade.value)}
            words.append(tr("{agency} sees {grade}", **facts) + (f": {why}." if why else "."))
    if base is None and grades.disagree:
        words.append(tr("The agencies disagree. Both assessments stand side by side."))
    dissent = page.field(*AGREED, "dissent")
    if dissent is not None and _all_sides(dissent):
        words.append(tr("Dissent on record: {words}", words=_all_sides(dissent)))
    return words


def _all_sides(view: FieldView) -> str:
    """The value that stands, or while nothing does every one in dispute."""
    held = [view.value] if view.value is not None else [side.value for side in view.alternatives]
    return " / ".join(str(value) for value in held if value)


def _because(page: CasePage, assessment: str) -> str:
    labels = {flag.code: flag.label for flag in page.file.flags}
    found: Sequence[str] = next((one.flags for one in page.file.assessments if one.id == assessment), ())
    return ", ".join(labels.get(code, code.replace("_", " ")) for code in found)


def _seen_words(one: Assessment) -> str:
    facts = {"agency": agency_word(one.agency), "who": one.author, "grade": grade_word(one.signed_grade.value)}
    return tr("{agency}, {who}: {grade}", **facts) + (f" ({one.at[:10]})" if one.at else "")


def _broken(words: QLabel) -> QLabel:
    """Words beside badges, broken after three or four, with the height that takes."""
    theme = current_theme()
    words.setFixedWidth(theme.px(190))
    words.setFont(theme.font(str(words.property("role"))))
    words.setMinimumHeight(words.heightForWidth(words.width()))
    return words
