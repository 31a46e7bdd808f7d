"""Choosing the recipient of a referral: every unit's relay, deputy, hours and duty number, then the form.

Leaves the directory to the store and the form to its own screen.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QWidget

from desktop.i18n import tr
from desktop.model.partner import Relay
from desktop.model.record import CaseKey
from desktop.tasks import Failure
from desktop.ui.models.referral import ChooseModel
from desktop.ui.models.referral_page import Beginning
from desktop.ui.models.referral_words import hours_words
from desktop.ui.models.words import agency_word
from desktop.ui.views.listing import Listing
from desktop.ui.views.referral_parts import Part
from desktop.ui.views.screen import Place, Screen
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import RadioButton
from desktop.ui.widgets.flow import Beside
from desktop.ui.widgets.layout import box, clear, column, holder, readable, row, scroll
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import icon_line, label, restyle


class ChooseRecipient(Part):
    """Whom to refer to. `begun(draft id)` once the form can be filled in, or the draft in hand has its recipient."""

    begun = Signal(str)

    def __init__(self, screen: Screen, key: CaseKey, draft: str = "") -> None:
        super().__init__(screen)
        self._key, self._draft = key, draft
        self.model = ChooseModel(self.desk.tasks, self.desk.now, self.desk.zone, key, draft)
        self.model.setParent(self)
        self._page: Beginning | None = None
        self.radios: dict[str, RadioButton] = {}
        self._cards: dict[str, QFrame] = {}
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(lambda _button, _on: self._choose())
        self._body = column(space=10)
        self._listing = Listing(
            scroll(holder(column(readable(holder(self._body), 860), None, margins=(4, 24, 20, 24))))
        )
        self._crumb = button(tr("Back"), "link", "chevron-left", dense="s", tip=tr("Back to the case (Alt+Left)"))
        self._crumb.clicked.connect(screen.back)
        self.go_on = button(
            tr("Fill in the referral") if not draft else tr("Choose"), "primary", shortcut="Ctrl+Return"
        )
        self.go_on.setEnabled(False)
        self.go_on.clicked.connect(self._begin)
        head = column(row(self._crumb, None), label(tr("Refer to whom?"), "h1"), space=2, margins=(12, 24, 8, 24))
        self._hint = label("", "small", "muted", wrap=True)
        foot = box("bottombar", row((self._hint, 1), self.go_on, margins=(10, 24)))
        self.setLayout(column(head, (self._listing, 1), foot, space=0))
        self.model.shown.connect(self._show)
        self.model.begun.connect(self.begun)
        self.model.failed.connect(self._failed)

    def enter(self) -> None:
        self.model.load()

    def first_focus(self) -> QWidget | None:
        chosen = next((radio for radio in self.radios.values() if radio.isChecked()), None)
        return chosen or next((radio for radio in self.radios.values() if radio.isEnabled()), self._crumb)

    def _show(self, page: Beginning) -> None:
        self._page = page
        self._crumb.set_words(page.code_name or tr("Back"))
        clear(self._body)
        self.radios, self._cards = {}, {}
        for draft, unit in page.begun:
            self._body.addWidget(self._unfinished(draft, unit))
        for relay in page.relays:
            self._body.addWidget(self._card(relay, page))
        if not page.relays:
            self._listing.show_empty(
                "users",
                tr("No other unit is in the directory"),
                tr("A referral needs a partner. Your unit lead founds or joins a partnership."),
            )
            return
        self._listing.show_content()
        self._choose()
        focus = self.first_focus()
        if focus is not None and self.isVisible():
            focus.setFocus()

    def _unfinished(self, draft: str, unit: str) -> QWidget:
        name = self.desk.unit_names.get(unit, "")
        words = tr("A referral to {unit} was begun and not sent.", unit=name) if name else tr("A referral was begun.")
        made = Notice("info", words, act=tr("Continue it"), icon="file-pen")
        made.acted.connect(lambda: self.host.replaced.emit(Place.of("form", draft=draft)))
        return made

    def _card(self, relay: Relay, page: Beginning) -> QWidget:
        reachable = relay.unit in page.reachable
        radio = RadioButton(relay.name, on=relay.unit == page.to_unit and reachable)
        radio.setEnabled(reachable)
        self._group.addButton(radio)
        words, icon, tone = hours_words(relay, self.desk.now())
        people = tr("{name} · deputy {deputy}", name=relay.relay, deputy=relay.deputy) if relay.deputy else relay.relay
        who = column(
            label(agency_word(relay.agency), "caption", "muted"),
            label(people or tr("No relay is named"), "body", wrap=True),
            space=2,
        )
        when = column(
            icon_line(icon, words, "small_strong", tone, wrap=True),
            icon_line("phone", _number(relay), "small", wrap=True),
            space=4,
        )
        notes: list[QWidget] = []
        if not reachable:
            no_space = tr("Your units share no space yet: phone them, and ask your unit lead to found one.")
            notes.append(icon_line("lock", no_space, "small", "muted", wrap=True))
        elif not relay.receives:
            told = tr("Does not use this program: it goes by telephone, and you enter what they tell you.")
            notes.append(icon_line("phone-call", told, "small", "muted", wrap=True))
        about = Beside([(holder(who), 1), (holder(when), 1)], least=420)
        made = box(
            "card", column(radio, holder(column(about, *notes, space=6, margins=(0, 0, 0, 28))), space=4, margins=14)
        )
        radio.setAccessibleDescription(", ".join((agency_word(relay.agency), people, words, _number(relay))))
        self.radios[relay.unit], self._cards[relay.unit] = radio, made
        return made

    def _choose(self) -> None:
        """Mark the card of the chosen unit."""
        for name, radio in self.radios.items():
            kind = "chosen" if radio.isChecked() else "card"
            if self._cards[name].property("box") != kind:
                self._cards[name].setProperty("box", kind)
                restyle(self._cards[name])
        chosen = self._chosen()
        self.go_on.setEnabled(bool(chosen))
        hint = tr("The form is prefilled from the case; nothing is sent before you have seen what goes.")
        self._hint.setText(hint if chosen else tr("Choose who is asked for help."))

    def _chosen(self) -> str:
        return next((unit for unit, radio in self.radios.items() if radio.isChecked()), "")

    def _begin(self) -> None:
        unit = self._chosen()
        if unit:
            self.go_on.setEnabled(False)
            self.model.begin(unit)

    def _failed(self, failure: Failure) -> None:
        if self._page is None:
            self._listing.show_failure(failure, self.enter)
        else:
            self.go_on.setEnabled(True)
            self.host.failed(failure)


def _number(relay: Relay) -> str:
    if relay.duty_phone:
        return tr("Duty {number}", number=relay.duty_phone)
    return relay.phone or tr("No number in the directory")
