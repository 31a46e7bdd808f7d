"""The form: sections, the questions of one page, guidance and result beside them; saved with every answer.

Also the place where a new report begins. Leaves the questions to `form_page`, now cards to `form_now`, bars and panels
to `form_bars`, `form_sections` and `form_side`, checking and signing to `form_check`, the draft and the session to
`desktop.ui.models.form`.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from desktop.forms.engine.views import Page
from desktop.i18n import tr
from desktop.model.record import CaseKey
from desktop.tasks import Failure
from desktop.ui.models.form import FormModel
from desktop.ui.models.form_draft import PLACE, Discarded, discard_draft, put_back
from desktop.ui.models.form_finish import Finisher
from desktop.ui.notices import Notice
from desktop.ui.questions.registry import QuestionMaker, question_types
from desktop.ui.views.form_bars import FormBottom, FormTop
from desktop.ui.views.form_check import CheckPage
from desktop.ui.views.form_now import NowPanel
from desktop.ui.views.form_page import QuestionPage
from desktop.ui.views.form_sections import SectionList
from desktop.ui.views.form_side import FormSide, result_of
from desktop.ui.views.form_tabs import step
from desktop.ui.views.listing import Listing
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.widgets.focus import ring_lifted
from desktop.ui.widgets.layout import column, holder, row, scroll, side_panel
from desktop.ui.widgets.painted import Ground

SECTIONS = 248
NEAR = 40
"""So many pixels stay between the question in hand and the edge of the page."""
SIDE = 332
NEW_REPORT = "risk-record"
NOW_WIDE, NOW_NARROW = 0.36, 0.2
"""The part of the screen that the now cards may take."""


class FormScreen(Screen):
    """`Place.of("form", draft=…)`; or `Place.of("report", form=…, space=…, tag=…)`, which begins a draft and becomes
    the `form` place of it, so that coming back never begins another.
    """

    folds_rail = True

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.model = FormModel(desk.tasks, desk.now, desk.zone)
        self.model.setParent(self)
        self._finisher = Finisher(desk.tasks, desk.now, self.model)
        self._finisher.setParent(self)
        self.page = QuestionPage(QuestionMaker(question_types(), self._no_widget), self.model.stays)
        self.check = CheckPage()
        self.now = NowPanel()
        self._fired_by = ""
        self.top = FormTop()
        self.bottom = FormBottom()
        self.sections = SectionList()
        self._side = FormSide()
        self._narrow = False
        self._build()
        self._connect()
        self._keys = [self._shortcut(keys, act) for keys, act in self._key_acts()]

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

    def first_focus(self) -> QWidget | None:
        if self.model.is_open and self.page.current and self.model.page() is not None:
            return self.page.question(self.page.current).control()
        return None

    def fold(self, narrow: bool) -> None:  # noqa: FBT001  as in Screen
        self._left.setVisible(not narrow)
        self._right.setVisible(not narrow)
        self.top.fold(narrow=narrow)
        self.bottom.fold(narrow=narrow)
        self.page.set_inline_guidance(inline=narrow)
        self._narrow = narrow
        self._fit_now()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_now()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001  Qt's own shape
        return step(self, (self.top, self.sections, self.now, self.page, self.check, self.bottom), forward=forward)

    # -- building

    def _build(self) -> None:
        self._left = side_panel(column(self.sections, margins=(18, 12)), SECTIONS, left=True)
        self._right = side_panel(column(self._side, None, margins=(20, 18)), SIDE)
        self._now_content = holder(column(self.now, None, margins=(12, 24, 0, 24)))
        self._now_area = scroll(self._now_content)
        self._now_area.hide()
        self._content = Ground(column(self.page, self.check, None, space=0, margins=(20, 24, 12, 24)))
        self._area = scroll(self._content)
        self._listing = Listing(holder(column(self._now_area, (self._area, 1), self.bottom, space=0)))
        body = row(self._left, (self._listing, 1), self._right, space=0)
        self.setLayout(column(self.top, (body, 1), space=0))
        self.check.hide()

    def _connect(self) -> None:
        model = self.model
        model.begun.connect(lambda draft: self.replaced.emit(Place.of("form", draft=draft)))
        model.opened.connect(self._opened)
        model.page_shown.connect(self._show_page)
        model.question_shown.connect(self.page.show_question)
        model.counted.connect(self._show_counts)
        model.saved.connect(self.top.show_saved)
        model.unsaved.connect(self.top.show_unsaved)
        model.failed.connect(self._failed)
        self.page.edited.connect(self._edited)
        self.page.add_requested.connect(model.add_repeat)
        self.page.remove_requested.connect(model.remove_repeat)
        self.page.current_changed.connect(self._show_current)
        self.page.passed.connect(self._go_on)
        self.page.returned.connect(self._go_back)
        self.now.ended.connect(model.end_step)
        self.now.fired.connect(self._show_now)
        self.now.turned.connect(self._fit_now)
        self.check.wanted.connect(self._go_to_question)
        self.check.signed.connect(self._sign)
        self.check.taken_back.connect(model.take_back_stop)
        self._finisher.written.connect(self._written)
        self._finisher.to_send.connect(self._to_send)
        self._finisher.failed.connect(self.failed)
        self.sections.chosen.connect(model.go_to)
        self.top.section_chosen.connect(model.go_to)
        self.top.language_chosen.connect(model.set_language)
        self.top.back_wanted.connect(self.back)
        self.top.discard_wanted.connect(self._discard)
        self.bottom.previous_wanted.connect(self._go_before)
        self.bottom.next_wanted.connect(self._go_on)
        self.bottom.stop_wanted.connect(self._stop_here)
        self.bottom.left_for_later.connect(self.back)

    def _key_acts(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        return (
            ("Ctrl+Return", self._sign_by_key),
            ("Ctrl+J", self.now.focus_first),
            ("Ctrl+Up", self._go_before),
            ("Ctrl+Down", self._go_on),
            ("Ctrl+Shift+S", self._stop_here),
        )

    def _shortcut(self, keys: str, act: Callable[[], None]) -> QShortcut:
        made = QShortcut(QKeySequence(keys), self)
        made.activated.connect(act)
        return made

    # -- showing

    def _opened(self) -> None:
        self.top.show_about(self.model.about(), self.desk.zone)
        self._listing.show_content()

    def _show_page(self, page: Page | None, moved: bool) -> None:  # noqa: FBT001  as the signal has it
        self.page.setVisible(page is not None)
        self.check.setVisible(page is None)
        if page is None:
            self.check.show_check(self.model)
            self._side.show_guidance(None)
            self.bottom.show_hint(tr("Sign with Ctrl+Return"))
        else:
            self.page.show_page(page, self.model.session().language)
        if moved:
            self._area.verticalScrollBar().setValue(0)
            self._focus_page(page)

    def _focus_page(self, page: Page | None) -> None:
        """Where the person was on this page, else its first question without an answer."""
        place = self.model.own(PLACE)
        if page is None:
            self.check.focus_first()
            self._look_at(QApplication.focusWidget() or self.check)
        elif place in self.page.refs():
            self.page.focus_question(place)
        else:
            self.page.focus_first()

    def _show_counts(self) -> None:
        model = self.model
        pages = model.pages()
        names = [page.label or tr("Questions") for page in pages] + [tr("Check and sign")]
        self.sections.show_sections(names, model.answered(), model.index)
        self.top.show_sections(names, model.index)
        self.bottom.show_place(model.index, len(pages), can_stop=model.can_stop())
        shown = result_of(model, signing=model.page() is None)
        self._side.show_result(shown)
        self.bottom.show_result(shown)
        self.now.show_facts(model.now_facts())
        self._fit_now()
        if model.page() is None:
            self.check.show_check(model)

    def _show_current(self, ref: str) -> None:
        self.model.remember(PLACE, ref)
        self._side.show_guidance(self.model.session().question(ref))
        stays = self.model.is_flag_question(ref)
        self.bottom.show_hint(
            tr("This answer decides a flag: look at it, then go on with Tab")
            if stays
            else tr("Answer with one key; Backspace takes it back")
        )
        self._look_at(self.page.question(ref))

    def _look_at(self, widget: QWidget) -> None:
        """Scroll to a part once it has its size."""
        QTimer.singleShot(0, widget, partial(self._bring_into_sight, widget))

    def _bring_into_sight(self, widget: QWidget) -> None:
        layout = self._content.layout()
        if layout is not None and self._content.isAncestorOf(widget):
            layout.activate()
            QApplication.sendEvent(self._area, QEvent(QEvent.Type.LayoutRequest))  # its own fit, at once
            top = widget.mapTo(self._area.viewport(), QPoint(0, 0)).y()
            if top < NEAR or top + widget.height() > self._area.viewport().height() - NEAR:
                with ring_lifted(self.window()):
                    self._area.ensureWidgetVisible(widget, 0, NEAR)

    def _fit_now(self) -> None:
        """The now cards stand above the page and scroll for themselves: the question in hand stays in sight."""
        self._now_area.setVisible(not self.now.isHidden())
        if self.now.isHidden():
            return
        content = self._now_content.heightForWidth(self._now_area.viewport().width())
        if content < 0:
            content = self._now_content.sizeHint().height()
        self._now_area.setFixedHeight(min(content, round(self.height() * (NOW_NARROW if self._narrow else NOW_WIDE))))

    def _show_now(self) -> None:
        """A flag fired: its card is what is seen above, and the question that fired it stays in sight."""
        self._fired_by = self.page.current
        self._now_area.verticalScrollBar().setValue(0)
        if self.page.current in self.page.refs():
            self._look_at(self.page.question(self.page.current))

    # -- acting

    def _edited(self, ref: str, text: str) -> None:
        """An answer; whoever answers another question than the one that fired a flag has seen its card."""
        if ref != self._fired_by:
            self.now.rest()
        self.model.set_value(ref, text)

    def _go_on(self) -> None:
        if self.model.is_open:
            self.model.go_to(self.model.index + 1)

    def _go_before(self) -> None:
        if self.model.is_open and self.model.index > 0:
            self.model.go_to(self.model.index - 1)

    def _stop_here(self) -> None:
        if self.model.is_open and self.model.can_stop():
            self.model.stop_here()

    def _go_back(self) -> None:
        """Backspace at the first question of a page: to the last one of the page before."""
        if self.model.index > 0:
            self._go_before()
            self.page.focus_last()

    def _go_to_question(self, ref: str) -> None:
        self.model.go_to_question(ref)
        self.page.focus_question(ref)

    def _sign_by_key(self) -> None:
        if not self.model.is_open:
            return
        if self.model.page() is None:
            self._sign()
        else:
            self.model.go_to(len(self.model.pages()))

    def _sign(self) -> None:
        if self.model.violations():
            self.check.show_check(self.model, loudly=True)
            self.check.focus_first()
            return
        self.model.save()
        self._finisher.finish()

    def _written(self, case: CaseKey) -> None:
        self.replaced.emit(Place.of("case", space=case.space, tag=case.tag))

    def _to_send(self, case: CaseKey, draft: str) -> None:
        self.replaced.emit(Place.of("referral", space=case.space, tag=case.tag, draft=draft))

    def _discard(self) -> None:
        self.model.save()
        draft_id = self.model.about().draft_id
        self.desk.tasks.change(
            lambda store: discard_draft(store, draft_id), self._discarded, owner=self, failed=self.failed
        )

    def _discarded(self, gone: Discarded | None) -> None:
        """Gone at once; putting it back is offered where the person goes next."""
        self.model.close()
        if gone is not None:
            tasks = self.desk.tasks
            undo = partial(tasks.change, lambda store: put_back(store, gone), lambda _id: None, owner=tasks)
            self.say(Notice("info", tr("The draft was discarded."), act=(tr("Undo"), undo)))
        self.back.emit()

    def _failed(self, failure: Failure) -> None:
        if self.model.is_open:
            self.failed(failure)
        else:
            self._listing.show_failure(failure, self.enter)

    def _no_widget(self, kind: str) -> None:
        self.say(Notice("info", tr("This form has a question of a kind ({kind}) shown here as text.", kind=kind)))
