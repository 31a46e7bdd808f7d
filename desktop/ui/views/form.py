"""The form: sections, the questions of one page, guidance and result beside them; saved with every answer.

Also the place where a new report begins. Leaves the questions to `form_page`, the panel to `form_side`, checking and
signing to `form_check`, the draft and the session to `desktop.ui.models.form`.
"""

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from desktop.forms.engine.views import Page, QuestionView
from desktop.i18n import tr
from desktop.model.record import CaseKey
from desktop.tasks import Failure
from desktop.ui.models.form import FormModel
from desktop.ui.models.form_finish import Finisher
from desktop.ui.notices import Notice
from desktop.ui.questions.registry import QuestionMaker, question_types
from desktop.ui.views.form_check import CheckPage
from desktop.ui.views.form_page import QuestionPage, page_column
from desktop.ui.views.form_side import FormSide
from desktop.ui.views.listing import Listing
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import ComboBox
from desktop.ui.widgets.layout import box, clear, column, holder, line, row, scroll, side_panel
from desktop.ui.widgets.notice import ProgressBar
from desktop.ui.widgets.rows import SectionItem
from desktop.ui.widgets.text import icon_line, label

SECTIONS = 248
SIDE = 332
NEW_REPORT = "risk-record"


class FormScreen(Screen):
    """`Place.of("form", draft=…)`, `Place.of("form", form=…, space=…, tag=…)`, or `Place.of("report")`."""

    folds_rail = True

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.model = FormModel(desk.tasks, desk.now, desk.zone)
        self.model.setParent(self)
        self._finisher = Finisher(desk.tasks, desk.now, self.model)
        self._finisher.setParent(self)
        self.page = QuestionPage(QuestionMaker(question_types(), self._no_widget))
        self.check = CheckPage()
        self._side = FormSide()
        self._middle = QStackedWidget()
        self._sections = column(space=2)
        self._items: list[SectionItem] = []
        self._build()
        self._connect()
        self._shortcuts()

    # -- what the window calls

    def enter(self) -> None:
        if self.model.is_open:
            return
        if draft := self.place.get("draft"):
            self.model.open_draft(draft)
        else:
            tag = self.place.get("tag")
            case = CaseKey(self.place.get("space"), tag) if tag else None
            self.model.begin(self.place.get("form", NEW_REPORT), case)

    def leave(self) -> None:
        self.model.save()

    def fold(self, narrow: bool) -> None:  # noqa: FBT001  as in Screen
        self._left.setVisible(not narrow)
        self._right.setVisible(not narrow)
        self._section_box.setVisible(narrow)
        self.page.set_inline_guidance(inline=narrow)

    # -- building

    def _build(self) -> None:
        self._progress = ProgressBar(tr("Answered"))
        self._count: QLabel = label("", "small_strong")
        self._left_count: QLabel = label("", "caption", "muted")
        head = row(self._count, None, self._left_count)
        self._left = side_panel(
            column(head, self._progress, 10, self._sections, None, margins=(18, 12)), SECTIONS, left=True
        )
        self._right = side_panel(column(self._side, None, margins=(20, 18)), SIDE)
        self._pages = scroll(holder(page_column(self.page)))
        self._checks = scroll(holder(column(self.check, None, margins=(20, 24))))
        self._middle.addWidget(self._pages)
        self._middle.addWidget(self._checks)
        self._listing = Listing(holder(column((self._middle, 1), self._bottom(), space=0)))
        body = row(self._left, (self._listing, 1), self._right, space=0)
        self.setLayout(column(self._top(), (body, 1), space=0))

    def _top(self) -> QWidget:
        self._back = button(tr("Leave"), "ghost", "chevron-left", dense="s", tip=tr("Leave; everything is kept"))
        self._title: QLabel = label("", "h3")
        self._version: QLabel = label("", "caption", "muted")
        self._saved = holder(row())
        self._section_box = ComboBox(tr("Section"), dense="s")
        self._language = ComboBox(tr("Language of this form"), dense="s")
        words = column(self._title, self._version, space=1)
        left = row(self._back, line(upright=True), words, self._section_box, space=12)
        parts = row(left, None, self._saved, self._language, space=12, margins=(8, 24, 8, 12))
        return box("topbar", parts)

    def _bottom(self) -> QWidget:
        self._previous = button(tr("Back"), "secondary", "arrow-left", tip=tr("The section before"), shortcut="Ctrl+Up")
        self._later = button(tr("Leave for later"), "secondary")
        self._next = button(tr("Next section"), "primary", tip=tr("Next section"), shortcut="Ctrl+Down")
        self._hint: QLabel = label(tr("Answer with one key; Backspace takes it back"), "caption", "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return box("bottombar", row(self._previous, (self._hint, 1), self._later, self._next, margins=(10, 24)))

    def _connect(self) -> None:
        model = self.model
        model.opened.connect(self._opened)
        model.page_shown.connect(self._show_page)
        model.question_shown.connect(self._show_question)
        model.counted.connect(self._show_counts)
        model.saved.connect(self._show_saved)
        model.failed.connect(self._failed)
        self.page.edited.connect(model.set_value)
        self.page.add_requested.connect(model.add_repeat)
        self.page.remove_requested.connect(model.remove_repeat)
        self.page.current_changed.connect(self._show_guidance)
        self.page.passed.connect(self._go_on)
        self.page.returned.connect(lambda: model.go_to(model.index - 1))
        self.check.wanted.connect(self._go_to_question)
        self.check.signed.connect(self._sign)
        self._finisher.written.connect(self._written)
        self._finisher.to_send.connect(self._to_send)
        self._finisher.failed.connect(self.failed)
        self._back.clicked.connect(self.back)
        self._later.clicked.connect(self.back)
        self._previous.clicked.connect(lambda: model.go_to(model.index - 1))
        self._next.clicked.connect(self._go_on)
        self._language.activated.connect(lambda _index: model.set_language(self._language.value()))
        self._section_box.activated.connect(model.go_to)

    def _shortcuts(self) -> None:
        sign = QShortcut(QKeySequence("Ctrl+Return"), self)
        sign.activated.connect(self._sign_by_key)

    # -- showing

    def _opened(self) -> None:
        about = self.model.about()
        self._back.set_words(about.code_name or tr("Leave"))
        self._title.setText(about.title)
        begun = datetime.fromtimestamp(about.begun_at / 1000, self.desk.zone)
        self._version.setText(tr("Version {version} · begun {time}", version=about.version, time=f"{begun:%H:%M}"))
        session = self.model.session()
        languages = session.definition.languages
        self._language.show_choices([(one, _language_name(one)) for one in languages], session.language)
        self._language.setVisible(self._language.count() > 1)
        self._listing.show_content()

    def _show_page(self, page: Page | None) -> None:
        self._middle.setCurrentWidget(self._checks if page is None else self._pages)
        if page is None:
            self.check.show_check(self.model)
            self.check.focus_first()
            self._side.show_guidance(None)
        else:
            self.page.show_page(page, self.model.session().language)
            self._pages.verticalScrollBar().setValue(0)
            self.page.focus_first()
        self._show_sections()

    def _show_question(self, view: QuestionView) -> None:
        self.page.show_question(view)

    def _show_sections(self) -> None:
        pages = self.model.pages()
        names = [page.label or tr("Questions") for page in pages] + [tr("Check and sign")]
        if [item.text() for item in self._items] != names:
            self._make_sections(names)
        self._section_box.setCurrentIndex(self.model.index)
        self._previous.setEnabled(self.model.index > 0)
        self._next.setVisible(self.model.index < len(pages))
        self._next.set_words(tr("Check and sign") if self.model.index == len(pages) - 1 else tr("Next section"))
        for place, item in enumerate(self._items):
            done, asked = self.model.answered(pages[place]) if place < len(pages) else (0, 0)
            state = "now" if place == self.model.index else _state(done, asked)
            item.show_state(f"{done}/{asked}" if done else "–" if asked else "", state)

    def _make_sections(self, names: list[str]) -> None:
        clear(self._sections)
        self._items = []
        self._section_box.show_choices([(str(place), name) for place, name in enumerate(names)])
        for place, name in enumerate(names):
            item = SectionItem(name, "")
            item.setText(name)
            item.clicked.connect(lambda _checked=False, at=place: self.model.go_to(at))
            self._items.append(item)
            self._sections.addWidget(item)

    def _show_counts(self) -> None:
        counted = [self.model.answered(page) for page in self.model.pages()]
        done, asked = sum(one[0] for one in counted), sum(one[1] for one in counted)
        self._count.setText(tr("{done} of {asked} answered", done=done, asked=asked))
        self._left_count.setText(tr("{left} left", left=asked - done))
        self._progress.show_progress(tr("{done} of {asked} answered", done=done, asked=asked), done, asked)
        self._show_sections()
        self._side.show_result(self.model)
        if self.model.page() is None:
            self.check.show_check(self.model)

    def _show_saved(self, at: datetime) -> None:
        layout = self._saved.layout()
        if layout is not None:
            clear(layout)
            layout.addWidget(icon_line("laptop", tr("Saved on this laptop, {time}", time=f"{at:%H:%M:%S}"), tone="ok"))

    def _show_guidance(self, ref: str) -> None:
        self._side.show_guidance(self.model.session().question(ref))
        self._pages.ensureWidgetVisible(self.page.question(ref), 0, 60)

    # -- acting

    def _go_on(self) -> None:
        self.model.go_to(self.model.index + 1)

    def _go_to_question(self, ref: str) -> None:
        self.model.go_to_question(ref)
        self.page.focus_question(ref)

    def _sign_by_key(self) -> None:
        if self.model.is_open and self.model.page() is None:
            self._sign()

    def _sign(self) -> None:
        if self.model.violations():
            self.check.show_check(self.model, loudly=True)
            return
        self.model.save()
        self._finisher.finish()

    def _written(self, case: CaseKey) -> None:
        self.replaced.emit(Place.of("case", space=case.space, tag=case.tag))

    def _to_send(self, case: CaseKey, draft: str) -> None:
        self.replaced.emit(Place.of("referral", space=case.space, tag=case.tag, draft=draft))

    def _failed(self, failure: Failure) -> None:
        if self.model.is_open:
            self.failed(failure)
        else:
            self._listing.show_failure(failure, self.enter)

    def _no_widget(self, kind: str) -> None:
        self.say(Notice("info", tr("This form has a question of a kind ({kind}) shown here as text.", kind=kind)))


def _language_name(language: str) -> str:
    """ "English (en)" is how a spreadsheet names it; a person reads "English"."""
    return language.split("(", maxsplit=1)[0].strip() or language


def _state(done: int, asked: int) -> str:
    if asked and done == asked:
        return "done"
    return "part" if done else "todo"
