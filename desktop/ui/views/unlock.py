"""Unlock: who is here, the passphrase, how long to wait after wrong ones, and the printed code as the way back.

Works without a network and says so. What was not yet sent is told as a number, never by name.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.errors import KnownError
from desktop.i18n import tr, trn
from desktop.profiles import Profile, State
from desktop.tasks import Failure
from desktop.ui.models.entrance import Choice, Entrance
from desktop.ui.notices import notice_of
from desktop.ui.views.entering import CapsLockHint, EntrancePage, NewPassphrase, Pages
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.fields import Field, LineField
from desktop.ui.widgets.layout import box, clear, column, holder, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.password import PasswordField
from desktop.ui.widgets.rows import ThingRow
from desktop.ui.widgets.text import icon_line, label

if TYPE_CHECKING:
    from desktop.ui.views.unit_recovery import UnitRecoveryPage

_STATES = {
    State.READY: "",
    State.IN_USE: "Open in another window",
    State.DAMAGED: "Cannot be read: ask IT for the backup",
}


RECOUNT_MS = 2000


def unsent_words(count: int) -> str:
    """How many items no server has yet; empty for none."""
    return trn("%n item not yet sent|%n items not yet sent", count) if count else ""


class UnlockView(EntrancePage):
    """Shows the profiles of `entrance`. `new_wanted` when somebody wants to make or join with another one."""

    new_wanted = Signal()

    def __init__(self, entrance: Entrance, lock_minutes: int) -> None:
        super().__init__()
        self._entrance = entrance
        self._chosen: Profile | None = None
        self._asked = False
        self._rows: dict[str, ThingRow] = {}
        self._choices: list[Choice] = []
        self._recounting = QTimer(self, interval=RECOUNT_MS)
        self._recounting.timeout.connect(lambda: entrance.recount(self._recount, self))
        self._list = column(space=4)
        self.passphrase_page = PassphrasePage()
        self._pages = Pages(self.passphrase_page)
        other = button(tr("Another profile"), "quiet", "plus", dense="s", tip=tr("Found a unit, or join one"))
        other.clicked.connect(self.new_wanted)
        who = column(label(tr("Who is here?"), "h3"), 4, self._list, None, (other, Qt.AlignmentFlag.AlignLeft))
        left = box("sunken", column(who, margins=20))
        self.fill(
            left,
            holder(column(self._pages, margins=(28, 32))),
            (
                ("cloud-off", tr("No network needed")),
                ("shield-check", tr("Everything on this laptop is encrypted")),
                ("clock", trn("Locks by itself after %n minute|Locks by itself after %n minutes", lock_minutes)),
            ),
        )
        self.passphrase_page.tried.connect(self._unlock)
        self.passphrase_page.lost.connect(lambda: self._pages.turn_to(self.recovery_page))
        entrance.refused.connect(self._refused)
        entrance.waiting.connect(self.passphrase_page.wait)
        entrance.busy.connect(self._busy)
        self.setFocusProxy(self._pages)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The profiles are read once the page was painted: reading them would slow that down."""
        super().paintEvent(event)
        if not self._asked:
            self._asked = True
            QTimer.singleShot(0, self, lambda: self._entrance.choices(self._show, self))

    @cached_property
    def recovery_page(self) -> "RecoveryPage":
        """The way back in; made when it is first asked for."""
        made = RecoveryPage()
        made.tried.connect(self._recover)
        made.left.connect(lambda: self._pages.turn_to(self.passphrase_page))
        made.lost.connect(lambda: self._pages.turn_to(self.unit_page))
        if self._chosen is not None:
            made.show_profile(self._chosen)
        self._pages.add(made)
        return made

    @cached_property
    def unit_page(self) -> "UnitRecoveryPage":
        """The way back in by the unit's papers; made when it is first asked for."""
        from desktop.ui.views.unit_recovery import UnitRecoveryPage  # noqa: PLC0415  for the worst day only

        made = UnitRecoveryPage()
        made.tried.connect(self._recover_by_unit)
        made.left.connect(lambda: self._pages.turn_to(self.recovery_page))
        if self._chosen is not None:
            made.show_profile(self._chosen)
        self._pages.add(made)
        return made

    def _made(self) -> "list[RecoveryPage | UnitRecoveryPage]":
        """Those of the two ways back in that were asked for so far."""
        return [self.__dict__[name] for name in ("recovery_page", "unit_page") if name in self.__dict__]

    def ready(self) -> bool:
        """Whether the profiles were read and one is chosen."""
        return self._chosen is not None

    def _show(self, choices: list[Choice]) -> None:
        clear(self._list)
        self._rows = {}
        self._choices = choices
        for choice in choices:
            state = tr(_STATES[choice.state])
            made = ThingRow(choice.profile.label, unsent_words(choice.unsent), state, icon="user-round")
            made.setEnabled(choice.state is State.READY)
            made.clicked.connect(lambda _checked=False, one=choice: self._choose(one))
            self._list.addWidget(made)
            self._rows[choice.profile.profile_id] = made
        self._recounting.start()
        ready = [choice for choice in choices if choice.state is State.READY]
        if ready:
            self._choose(ready[0])
        else:
            self.passphrase_page.say(tr("No profile can be opened now."), tr("The reason stands beside each of them."))

    def _recount(self, unsent: dict[str, int]) -> None:
        """While the screen stands, what lies on this computer may be delivered."""
        for choice in self._choices:
            words = unsent_words(unsent.get(choice.profile.profile_id, 0))
            self._rows[choice.profile.profile_id].set_lines(words, tr(_STATES[choice.state]))
            if self._chosen is choice.profile:
                self.passphrase_page.show_unsent(choice.profile, words)

    def _choose(self, choice: Choice) -> None:
        self._chosen = choice.profile
        for profile_id, made in self._rows.items():
            made.set_on(profile_id == choice.profile.profile_id)
        self.passphrase_page.show_profile(choice)
        for page in self._made():
            page.show_profile(choice.profile)
        self._pages.turn_to(self.passphrase_page)
        self._entrance.watch(choice.profile)

    def _unlock(self, passphrase: str) -> None:
        if self._chosen is not None:
            self._entrance.unlock(self._chosen, passphrase)

    def _recover(self, code: str, passphrase: str) -> None:
        if self._chosen is not None:
            self._entrance.recover(self._chosen, code, passphrase)

    def _recover_by_unit(self, typed: list[str], why: str, passphrase: str) -> None:
        if self._chosen is not None:
            self._entrance.recover_by_unit(self._chosen, typed, why, passphrase)

    def _refused(self, failure: Failure) -> None:
        notice = notice_of(failure)
        for page in (self.passphrase_page, *self._made()):
            if page is self._pages.in_sight():
                page.say(notice.text, notice.remedy, failure)

    def _busy(self, busy: bool) -> None:  # noqa: FBT001  a plain yes or no from a signal
        self.passphrase_page.set_busy(busy)
        for page in self._made():
            page.set_busy(busy)


class PassphrasePage(QWidget):
    """One secret, one act. `tried(passphrase)`, `lost` for the printed code."""

    tried = Signal(str)
    lost = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._wait = 0
        self._title = label(tr("Unlock"), "display")
        self._who = label("", "body", "muted", wrap=True)
        self.field = PasswordField(tr("Passphrase"))
        self._caps = icon_line("info", tr("Caps Lock seems to be on"), "small", "warn")
        self._caps.hide()
        CapsLockHint(self.field.line).seen.connect(self._caps.setVisible)
        self.act = button(tr("Unlock"), "primary", dense="l", tip=tr("Enter"))
        self.act.setSizePolicy(self.field.sizePolicy())
        self._lost = button(
            tr("I can’t get in"), "quiet", "key-round", dense="s", tip=tr("Use the printed recovery code")
        )
        self.setLayout(
            column(self._title, self._who, 12, self.field, self._caps, 4, self.act, 4, row(self._lost, None), None)
        )
        self.field.submitted.connect(self._try)
        self.act.clicked.connect(self._try)
        self._lost.clicked.connect(self.lost)
        self.setFocusProxy(self.field)

    def show_profile(self, choice: Choice) -> None:
        """Ask for the passphrase of this profile."""
        self.show_unsent(choice.profile, unsent_words(choice.unsent))
        self.field.clear()
        self.field.set_error("")

    def show_unsent(self, profile: Profile, words: str) -> None:
        """Whose passphrase it is, and how much of theirs is not yet sent."""
        self._who.setText(" · ".join(part for part in (profile.label, words) if part))

    def say(self, text: str, remedy: str, _failure: Failure | None = None) -> None:
        """What went wrong and what to do, at the field; the passphrase is typed anew."""
        self.field.set_error(f"{text} {remedy}")
        self.field.clear()
        self.field.setFocus()

    def wait(self, seconds: int) -> None:
        """No attempt before `seconds` have passed; 0 means now."""
        was, self._wait = self._wait, seconds
        self.act.setEnabled(not seconds)
        if seconds:
            text = trn("Next try in %n second.|Next try in %n seconds.", seconds)
            self.field.set_error(" ".join((tr("Several wrong passphrases."), text)))
        elif was:
            self.field.set_error("")
        self.act.set_words(trn("Wait %n s|Wait %n s", seconds) if seconds else tr("Unlock"))

    def set_busy(self, busy: bool) -> None:  # noqa: FBT001  a plain yes or no from a signal
        """The passphrase is being stretched, which is slow on purpose."""
        self.act.setEnabled(not busy and not self._wait)
        self.act.set_words(tr("Unlocking …") if busy else tr("Unlock"))

    def _try(self) -> None:
        if self.act.isEnabled():
            self.tried.emit(self.field.text())


class RecoveryPage(QWidget):
    """The printed code and a new passphrase. `tried(code, passphrase)`; `left` back to the passphrase; `lost` where the
    code is gone too.
    """

    tried = Signal(str, str)
    left = Signal()
    lost = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._who = label("", "body", "muted", wrap=True)
        self._notice = Notice("danger", "")
        self._notice.hide()
        self.code = LineField(tr("Recovery code"), dense="l")
        self._code_field = Field(
            tr("Recovery code"),
            self.code,
            help_text=tr("Six groups of six, from your printed sheet. Case, spaces and dashes do not matter."),
        )
        self.fresh = NewPassphrase()
        self.act = button(tr("Open and set the new passphrase"), "primary", dense="l")
        back = button(tr("Back to the passphrase"), "quiet", "arrow-left", dense="s")
        by_unit = button(tr("Use the unit’s papers"), "quiet", "key-round", dense="s")
        self.setLayout(
            column(
                label(tr("Get back in"), "display", wrap=True),
                self._who,
                8,
                self._notice,
                self._code_field,
                self.fresh,
                4,
                row(self.act, None),
                row(back, None, by_unit),
                None,
            )
        )
        self.fresh.submitted.connect(self._try)
        self.act.clicked.connect(self._try)
        back.clicked.connect(self.left)
        by_unit.clicked.connect(self.lost)
        self.setFocusProxy(self.code)

    def show_profile(self, profile: Profile) -> None:
        """Ask for the code of this profile."""
        self._who.setText(
            tr("{who}. Nothing stored is lost: the code opens it, and the old passphrase ends.", who=profile.label)
        )
        self._notice.hide()
        self.code.clear()
        self.fresh.clear()

    def say(self, text: str, remedy: str, failure: Failure | None = None) -> None:
        """What went wrong and what to do; what was typed stays, so that one letter can be mended."""
        group = failure.details.get("group") if isinstance(failure, KnownError) else None
        where = tr("Look at group {number}.", number=group) if group else ""
        self._code_field.set_error(" ".join(part for part in (text, where, remedy) if part))
        self.code.setFocus()

    def set_busy(self, busy: bool) -> None:  # noqa: FBT001  a plain yes or no from a signal
        """Slow work is going on."""
        self.act.setEnabled(not busy)

    def _try(self) -> None:
        passphrase = self.fresh.text()
        if passphrase:
            self._code_field.set_error("")
            self.tried.emit(self.code.text(), passphrase)
