"""The last page before a referral leaves: to whom, what they will see and what stays, on which basis, by which safe
contact; the call for high risk; the preview; into the outbox.

Leaves what goes and what stops it to `desktop.ui.models.referral_page`.
"""

from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QLabel, QStackedWidget, QWidget

from desktop.i18n import tr
from desktop.model.record import CaseKey
from desktop.tasks import Failure
from desktop.ui.models.network import Line, Truth
from desktop.ui.models.referral import SendModel
from desktop.ui.models.referral_acts import Act, call_blanks
from desktop.ui.models.referral_page import SendPage
from desktop.ui.models.referral_words import at_words, date_words, hours_words
from desktop.ui.models.words import agency_word
from desktop.ui.views.listing import Listing
from desktop.ui.views.referral_columns import SharingColumns
from desktop.ui.views.referral_parts import (
    ActForm,
    Part,
    Sheet,
    contact_block,
    fact,
    reference_box,
    restriction_lines,
    said_at,
    section,
    show_contact,
)
from desktop.ui.views.screen import Place, Screen
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import RadioButton
from desktop.ui.widgets.fields import ErrorLine
from desktop.ui.widgets.flow import Beside, flow
from desktop.ui.widgets.grade import GradeBadge
from desktop.ui.widgets.layout import box, clear, column, holder, line, readable, row, scroll
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import icon_line, label

AT = ("recipient", "contact", "basis", "items", "form")


class SendReferral(Part):
    """The page of one draft. `other_recipient` asks to choose again."""

    other_recipient = Signal(object)

    def __init__(self, screen: Screen, draft: str) -> None:
        super().__init__(screen)
        self._draft = draft
        self.model = SendModel(self.desk.tasks, self.desk.now, self.desk.zone, draft)
        self.model.setParent(self)
        self.page: SendPage | None = None
        self.columns = SharingColumns()
        self.contact = contact_block(None)
        self.preview = Sheet()
        self.call: ActForm | None = None
        self._rule: object = None
        self.errors = {at: ErrorLine() for at in AT}
        self.speech: dict[str, RadioButton] = {}
        self._build()
        self._connect()

    # -- what the screen calls

    def enter(self) -> None:
        self.model.load()

    def leave(self) -> None:
        if self.call is not None:
            self.model.keep_typed(self.call.typed())

    def changed(self, kinds: frozenset[str]) -> None:
        if kinds - {"draft"} and self.page is not None:
            self.model.load()

    def first_focus(self) -> QWidget | None:
        return next(iter(self.columns.ticks.values()), None)

    # -- building

    def _build(self) -> None:
        self._crumb = button(tr("Back"), "link", "chevron-left", dense="s", tip=tr("Back to the case (Alt+Left)"))
        self._title: QLabel = label(tr("Referral"), "h1")
        self._saved = column(space=0)
        self._reference = column(space=0)
        self._grade = GradeBadge("")
        title = row(self._title, (self._grade, Qt.AlignmentFlag.AlignVCenter), None, space=12)
        left = column(row(self._crumb, None), title, self._saved, space=2)
        head = holder(row((left, 1), self._reference, space=16, margins=(12, 24, 10, 24)))
        self._to, self._asked, self._basis, self._limits = (column(space=6) for _ in range(4))
        card = column(
            self._to,
            self.errors["recipient"],
            self.contact,
            self.errors["contact"],
            line(),
            self._asked,
            line(),
            self._basis,
            self.errors["basis"],
            line(),
            self._limits,
            None,
            space=10,
            margins=16,
        )
        self._phone = column(space=10)
        right = column(self._phone, self.errors["form"], self.errors["items"], self.columns, None, space=12)
        body = Beside([(holder(column(box("card", card), None)), 2), (holder(right), 3)], least=860, space=14)
        self._pages = QStackedWidget()
        self._pages.addWidget(scroll(holder(column(body, None, margins=(0, 24, 20, 24)))))
        sheet = holder(column(readable(self.preview, 760), None, margins=(0, 24, 20, 24)))
        self._pages.addWidget(scroll(sheet))
        self._listing = Listing(holder(column(head, (self._pages, 1), self._bottom(), space=0)))
        self.setLayout(column(self._listing, space=0))

    def _bottom(self) -> QWidget:
        self.to_form = button(tr("Back to the form"), "secondary", "arrow-left")
        self.see = button(tr("Preview"), "secondary", "eye")
        self.send = button(tr("Put in outbox"), "primary", "upload", tip=tr("Put in outbox (Ctrl+Return)"))
        self._hint: QLabel = label("", "small", "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        acts = Beside(
            [(flow(self.to_form, self.see), 0), (self._hint, 1), (holder(row(None, self.send)), 0)], least=820
        )
        return box("bottombar", row(acts, margins=(10, 24)))

    def _connect(self) -> None:
        model = self.model
        model.shown.connect(self._show)
        model.saved.connect(self._show_saved)
        model.sent.connect(self._sent)
        model.number.connect(self._show_number)
        model.failed.connect(self._failed)
        self.columns.ticked.connect(lambda code, on: model.tick(code, shared=on))
        self.contact.open_requested.connect(self._open_number)
        self.preview.number_wanted.connect(self._open_number)
        self._crumb.clicked.connect(self._to_case)
        self.to_form.clicked.connect(lambda: self.host.replaced.emit(Place.of("form", draft=self._draft)))
        self.see.clicked.connect(self._turn)
        self.send.clicked.connect(self._send)
        by_key = QShortcut(QKeySequence("Ctrl+Return"), self)
        by_key.activated.connect(self._send)
        self.desk.network.changed.connect(self._network_changed)

    # -- showing

    def _show(self, page: SendPage) -> None:
        if page.relay is None and not page.context.to_unit:
            self.other_recipient.emit(page.key)
            return
        first = self.page is None
        self.page = page
        self._crumb.set_words(page.code_name or tr("Back"))
        self._title.setText(tr("Refer to {unit}", unit=self._recipient()))
        self._title.setAccessibleName(self._title.text())
        self._grade.show_grade(page.grade.value)
        clear(self._reference)
        self._reference.addWidget(reference_box(page.reference))
        self._show_to(page)
        if page.rule != self._rule:
            self._rule = page.rule
            show_contact(self.contact, page.rule)
        self._show_asked(page)
        self._show_basis(page)
        self._show_limits(page)
        self.columns.show_items(page.items, self._recipient(), agency_word(page.agency))
        self._show_phone(page)
        self.preview.show_content(page.content, self.desk.unit_name)
        self.see.set_words(self._see_words())
        self._show_stops(page)
        self._show_hint()
        self._listing.show_content()
        if first and page.context.typed:
            self.begin_call()
        focus = self.first_focus()
        if first and focus is not None and self.isVisible():
            focus.setFocus()

    def _recipient(self) -> str:
        relay = self.page.relay if self.page else None
        return (agency_word(relay.agency) or relay.name) if relay else tr("the recipient")

    def _show_to(self, page: SendPage) -> None:
        clear(self._to)
        relay = page.relay
        if relay is None:
            return
        words, icon, tone = hours_words(relay, self.desk.now())
        change = button(tr("Change"), "quiet", dense="s")
        change.setAccessibleName(tr("Change the recipient"))
        change.clicked.connect(lambda: self.other_recipient.emit(page.key))
        self._to.addLayout(row(label(tr("To"), "h3"), None, change))
        who = ", ".join(part for part in (page.filled.word("recipient_person") or relay.relay, relay.name) if part)
        self._to.addWidget(label(who, "strong", wrap=True))
        self._to.addWidget(icon_line(icon, words, "small", tone, wrap=True))
        number = tr("Duty {number}", number=relay.duty_phone) if relay.duty_phone else relay.phone
        deputy = tr("deputy {name}", name=relay.deputy) if relay.deputy else ""
        more = " · ".join(part for part in (number, deputy) if part)
        if more:
            self._to.addWidget(icon_line("phone", more, "small", wrap=True))
        if not relay.receives:
            told = tr("They do not use this program: phone them, and enter what they tell you.")
            self._to.addWidget(icon_line("phone-call", told, "small", "warn", wrap=True))

    def _show_asked(self, page: SendPage) -> None:
        clear(self._asked)
        filled = page.filled
        urgent = filled.word("urgency")
        reply = (
            tr("reply wanted by {date}", date=date_words(filled.value("reply_by"))) if filled.value("reply_by") else ""
        )
        when = ", ".join(part for part in (urgent, reply) if part)
        parts = (label(filled.word("needs") or tr("Nothing yet"), "body", wrap=True), _small(when))
        self._asked.addWidget(section(tr("Asked for"), *parts, fact(tr("In your words"), filled.word("needs_more"))))

    def _show_basis(self, page: SendPage) -> None:
        """The basis as it was answered in the form; only how freely she could speak is asked here."""
        focused = next((word for word, radio in self.speech.items() if radio.hasFocus()), None)
        clear(self._basis)
        self.speech = {}
        filled = page.filled
        agreed = filled.value("consent") == "yes"
        said = tr("She agrees to this referral") if agreed else filled.word("consent") or tr("Not answered yet")
        icon, tone = ("circle-check", "ok") if agreed else ("info", "muted")
        detail = filled.word("agreed") or filled.word("other_basis")
        parts: list[QWidget | None] = [icon_line(icon, said, "body", tone, wrap=True)]
        if detail:
            parts.append(box("sunken", column(label(detail, "small", "muted", wrap=True), margins=10)))
        if filled.value("consent") in {"yes", "no"}:
            parts.append(self._speech(page))
        self._basis.addWidget(section(tr("Basis"), *parts))
        if focused in self.speech:
            self.speech[focused].setFocus()

    def _speech(self, page: SendPage) -> QWidget:
        words = {"yes": tr("Yes"), "no": tr("No"), "unsure": tr("Unsure")}
        group = QButtonGroup(self._basis.parentWidget())
        for code, word in words.items():
            radio = RadioButton(word, on=(page.context.freely or "unsure") == code)
            radio.setAccessibleDescription(tr("Could she speak freely when she was asked?"))
            radio.clicked.connect(partial(self.model.freely, code))
            group.addButton(radio)
            self.speech[code] = radio
        asked = label(tr("Could she speak freely when she was asked?"), "small_strong", wrap=True)
        return holder(column(asked, flow(*self.speech.values()), space=2))

    def _show_limits(self, page: SendPage) -> None:
        clear(self._limits)
        lines = restriction_lines(page.content)
        nothing = label(tr("Nothing special"), "small", "muted")
        self._limits.addWidget(section(tr("Restrictions"), *(lines or [nothing])))

    def _show_phone(self, page: SendPage) -> None:
        """High risk never relies on sending alone: phone first. A form that is being written into stays as it is."""
        call = page.context.call
        if self.call is not None and not call:
            return
        self.call = None
        clear(self._phone)
        if call:
            words = tr(
                "{who} answered, {time}. {promised}",
                who=call.get("answered", ""),
                time=at_words(str(call.get("at") or ""), self.desk.now()),
                promised=call.get("promised", ""),
            )
            self._phone.addWidget(Notice("ok", words.strip(), title=tr("Spoken by telephone"), icon="phone-call"))
        elif page.grade.is_high:
            number = page.relay.duty_phone or page.relay.phone if page.relay else ""
            words = tr(
                "Sending may be slow. The duty number of {unit}: {number}", unit=self._recipient(), number=number
            )
            made = Notice("warn", words, title=tr("High risk: phone first"), act=tr("Call and log"), icon="phone-call")
            made.acted.connect(self.begin_call)
            self._phone.addWidget(made)
        else:
            by_hand = button(tr("Call and log"), "quiet", "phone-call")
            by_hand.clicked.connect(self.begin_call)
            self._phone.addLayout(row(by_hand, None))

    def begin_call(self) -> None:
        """Open the call note with the number from the directory."""
        page = self.page
        if page is None or page.relay is None:
            return
        relay = page.relay
        clear(self._phone)
        act = Act(
            "call",
            tr("Call and log"),
            "phone-call",
            "call_logged",
            call_blanks(),
            title=tr("Call {unit}", unit=relay.name),
        )
        who = ", ".join(part for part in (relay.relay, relay.name) if part)
        self.call = ActForm(act, number=relay.duty_phone or relay.phone, who=who, reference=page.reference)
        self.call.given.connect(self._log_call)
        self.call.left.connect(self._end_call)
        self.call.put(page.context.typed or {})
        self._phone.addWidget(self.call)
        self.call.first().setFocus()

    def _log_call(self, _state: str, said: dict[str, object]) -> None:
        if self.page is not None:
            self.model.log_call(self.page, said)

    def _end_call(self) -> None:
        self.call = None
        self.model.keep_typed(None)
        if self.page is not None:
            self._show_phone(self.page)

    def _show_stops(self, page: SendPage) -> None:
        for at, error in self.errors.items():
            stops = [stop for stop in page.stops if stop.at == at]
            error.show_error(" ".join(f"{stop.sentence} {stop.remedy}" for stop in stops))

    def _network_changed(self, _truth: Truth) -> None:
        self._show_hint()

    def _show_hint(self) -> None:
        page = self.page
        if page is None:
            return
        if not page.may_go:
            self._hint.setText(tr("Not yet: {why}", why=page.stops[0].sentence))
        elif self.desk.network.truth.line is Line.OFFLINE:
            self._hint.setText(tr("You are offline. It leaves with the next sync; you will see when it is opened."))
        else:
            self._hint.setText(tr("It leaves with the next sync; you will see when it is opened."))

    def _show_saved(self, at: datetime) -> None:
        clear(self._saved)
        self._saved.addWidget(said_at(at))

    # -- acting

    def _see_words(self) -> str:
        if self._pages.currentIndex():
            return tr("Back to what goes and stays")
        return tr("Preview as {unit} sees it", unit=self._recipient())

    def _turn(self) -> None:
        """To the preview and back."""
        self._pages.setCurrentIndex(1 - self._pages.currentIndex())
        self.see.set_words(self._see_words())

    def _open_number(self) -> None:
        if self.page is not None:
            self.model.open_number(self.page)

    def _show_number(self, number: str) -> None:
        self.contact.show_number(number)
        self.preview.show_number(number)

    def _send(self) -> None:
        """What stops it is said beside the thing itself, and the first such place comes into sight."""
        page = self.page
        if page is None:
            return
        if page.stops:
            self._pages.setCurrentIndex(0)
            self.see.set_words(self._see_words())
            self.send.setFocus()
            self._show_stops(page)
            return
        self.send.setEnabled(False)
        self.model.send()

    def _sent(self, key: CaseKey, referral: str) -> None:
        self.host.replaced.emit(Place.of("referral", space=key.space, tag=key.tag, referral=referral))

    def _to_case(self) -> None:
        if self.page is not None:
            key = self.page.key
            self.host.go.emit(Place.of("case", space=key.space, tag=key.tag))
        else:
            self.host.back.emit()

    def _failed(self, failure: Failure) -> None:
        self.send.setEnabled(True)
        if self.call is not None:
            self.call.again()
        if self.page is None:
            self._listing.show_failure(failure, self.enter)
        else:
            self.host.failed(failure)


def _small(words: str) -> QWidget | None:
    return label(words, "small", "muted", wrap=True) if words else None
