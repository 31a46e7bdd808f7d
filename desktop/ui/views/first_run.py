"""First run: found a unit or join one by its invitation file, choose a passphrase, keep the recovery code.

One thing at a time. Nothing is made before the passphrase stands; a unit is founded only after two of its recovery
papers were typed back, and the program opens only after two groups of the person's own code were. Leaves what founding
and joining mean to the composition root.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget

from desktop.i18n import tr
from desktop.profiles import NewProfile
from desktop.tasks import Failure
from desktop.ui.models.entrance import Entrance, Seating
from desktop.ui.notices import notice_of
from desktop.ui.views.entering import EntrancePage, NewPassphrase, Pages
from desktop.ui.views.first_seat import JoinPage, SeatPage, back_button
from desktop.ui.views.unit_papers import UnitPapersPage
from desktop.ui.widgets.buttons import Button, button
from desktop.ui.widgets.fields import Field, LineField
from desktop.ui.widgets.layout import box, clear, column, holder, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import label

ASKED_BACK = 2
"""Groups of the code to be typed back."""
AskForFile = Callable[[QWidget], str]


def ask_for_invitation(over: QWidget) -> str:
    """The system's own dialog; the chosen path, or empty."""
    return QFileDialog.getOpenFileName(over, tr("Invitation file"), "", tr("Invitations (*.invitation)"))[0]


class Invited(Protocol):
    """What an invitation says before it is used (`desktop.joining.Asked`)."""

    @property
    def unit_name(self) -> str: ...
    @property
    def asks_name(self) -> bool: ...


class FirstRunView(EntrancePage):
    """The pages in order. `left` when there are other profiles and the person goes back to them."""

    left = Signal()

    def __init__(self, entrance: Entrance, *, others: bool, ask: AskForFile = ask_for_invitation) -> None:
        super().__init__()
        self._entrance = entrance
        self._ask = ask
        self._seating = Seating()
        self.way = WayPage(others=others)
        self.seat = SeatPage()
        self.secret = SecretPage()
        self.code = CodePage()
        self.papers = UnitPapersPage()
        self.join = JoinPage()
        self._pages = Pages(self.way, self.seat, self.papers, self.join, self.secret, self.code)
        self.fill(
            None,
            holder(column(self._pages, margins=(28, 32))),
            (
                ("cloud-off", tr("No network needed")),
                ("shield-check", tr("Everything on this laptop is encrypted")),
                ("key-round", tr("Only you can open it")),
            ),
        )
        self.way.found.connect(lambda: self._pages.turn_to(self.seat))
        self.way.join.connect(self._join)
        self.way.left.connect(self.left)
        self.seat.told.connect(self._founding)
        self.papers.kept.connect(lambda public: self._seated(replace(self._seating, recovery_public=public)))
        self.seat.left.connect(lambda: self._pages.turn_to(self.way))
        self.secret.told.connect(self._make)
        self.secret.left.connect(lambda: self._pages.turn_to(self.way))
        self.code.kept.connect(entrance.enter)
        self.join.told.connect(lambda name: self._seated(replace(self._seating, name=name)))
        self.join.left.connect(lambda: self._pages.turn_to(self.way))
        entrance.invited.connect(self._invited)
        entrance.made.connect(self._made)
        entrance.refused.connect(self._refused)
        entrance.busy.connect(self.secret.set_busy)
        self.setFocusProxy(self._pages)

    def _join(self) -> None:
        if path := self._ask(self):
            self._entrance.look_at(Path(path))

    def _invited(self, path: Path, read: Invited) -> None:
        self._seating = Seating(invitation=path)
        if not read.asks_name:
            self._seated(self._seating)
            return
        self.join.show_unit(read.unit_name)
        self._pages.turn_to(self.join)

    def _founding(self, seating: Seating) -> None:
        self._seating = seating
        self.papers.begin()
        self._pages.turn_to(self.papers)

    def _seated(self, seating: Seating) -> None:
        self._seating = seating
        self._pages.turn_to(self.secret)

    def _make(self, name: str, passphrase: str) -> None:
        self._entrance.make(name, passphrase, self._seating)

    def _made(self, new: NewProfile) -> None:
        self.secret.fresh.clear()
        self.code.show_code(new.recovery_code, alone=self._entrance.stands_alone(new))
        self._pages.turn_to(self.code)

    def _refused(self, failure: Failure) -> None:
        notice = notice_of(failure)
        page = self._pages.in_sight()
        if isinstance(page, WayPage | SecretPage | CodePage):
            page.say(f"{notice.text} {notice.remedy}")


class WayPage(QWidget):
    """Found or join."""

    found = Signal()
    join = Signal()
    left = Signal()

    def __init__(self, *, others: bool) -> None:
        super().__init__()
        found = button(tr("Found a unit"), "primary", "plus", dense="l")
        join = button(tr("Join with an invitation file"), "secondary", "mail", dense="l")
        back = button(tr("Back to unlocking"), "quiet", "arrow-left", dense="s")
        found.clicked.connect(self.found)
        join.clicked.connect(self.join)
        back.clicked.connect(self.left)
        self._notice = Notice("danger", "")
        self._notice.hide()
        self.setLayout(
            column(
                label(tr("Welcome"), "display"),
                label(tr("This laptop has no profile for you yet."), "body", "muted", wrap=True),
                8,
                self._notice,
                8,
                row(found, None),
                label(
                    tr("For the unit’s lead. Work starts at once; a server and partners can be joined later."),
                    "small",
                    "muted",
                    wrap=True,
                ),
                12,
                row(join, None),
                label(
                    tr("Your partnership gave you a file. Work starts at once and is sent when the server is reached."),
                    "small",
                    "muted",
                    wrap=True,
                ),
                12,
                row(back, None),
                None,
            )
        )
        back.setVisible(others)
        self.setFocusProxy(found)

    def say(self, text: str) -> None:
        """What went wrong."""
        self._notice.set_text(text)
        self._notice.show()


class SecretPage(QWidget):
    """The neutral name on the unlock screen and the passphrase. `told(name, passphrase)`."""

    told = Signal(str, str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name = LineField(tr("Name on the unlock screen"), tr("Desk one"))
        self.fresh = NewPassphrase()
        self._notice = Notice("danger", "")
        self._notice.hide()
        self.act: Button = button(tr("Make the profile"), "primary", dense="l")
        self.act.clicked.connect(self._tell)
        self.fresh.submitted.connect(self._tell)
        self.setLayout(
            column(
                label(tr("Your passphrase"), "display"),
                label(tr("It opens this laptop’s copy. Nobody can look it up for you."), "body", "muted", wrap=True),
                8,
                self._notice,
                Field(
                    tr("Name on the unlock screen"),
                    self.name,
                    help_text=tr(
                        "Anyone who opens the laptop sees it: a desk or a colour, nothing about you or the work."
                    ),
                ),
                self.fresh,
                8,
                row(self.act, None, back_button(self.left)),
                None,
                space=12,
            )
        )
        self.setFocusProxy(self.fresh)

    def say(self, text: str) -> None:
        """What went wrong."""
        self._notice.set_text(text)
        self._notice.show()

    def set_busy(self, busy: bool) -> None:  # noqa: FBT001  a plain yes or no from a signal
        """The profile is being made, which is slow on purpose."""
        self.act.setEnabled(not busy)
        self.act.set_words(tr("Making the profile …") if busy else tr("Make the profile"))

    def _tell(self) -> None:
        self._notice.hide()
        if passphrase := self.fresh.text():
            self.told.emit(self.name.text(), passphrase)


class CodePage(QWidget):
    """The recovery code, shown once, and two of its groups typed back. `kept` when they are right."""

    kept = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._groups: list[str] = []
        self._asked: list[int] = []
        self._shown: QLabel = label("", "h1", wrap=True, selectable=True)
        self._alone = Notice(
            "warn",
            tr("This computer has no keyring to help, so the passphrase alone protects your copy: make it long."),
        )
        self.lines = [LineField("", dense="l") for _ in range(ASKED_BACK)]
        self._fields = row(space=12)
        on = button(tr("I have it on paper: open"), "primary", dense="l")
        on.clicked.connect(self._check)
        self.setLayout(
            column(
                label(tr("Your recovery code"), "display"),
                label(
                    tr(
                        "It opens your copy if the passphrase is lost or this computer changes. It is shown only now: "
                        "write it down and keep it away from the laptop."
                    ),
                    "body",
                    "muted",
                    wrap=True,
                ),
                8,
                box("sunken", column(self._shown, margins=16)),
                self._alone,
                8,
                label(tr("Type two groups back from the paper."), "strong", wrap=True),
                self._fields,
                8,
                row(on, None),
                None,
            )
        )

    def show_code(self, code: str, *, alone: bool) -> None:
        """Show the code and ask two groups of it, chosen by chance."""
        self._groups = code.split("-")
        self._asked = sorted(secrets.SystemRandom().sample(range(len(self._groups)), ASKED_BACK))
        self._shown.setText("  ".join(self._groups))
        self._shown.setAccessibleName(" ".join(self._groups))
        self._alone.setVisible(alone)
        clear(self._fields)
        self.lines = [LineField("", dense="l") for _ in self._asked]
        self.fields = [
            Field(tr("Group {number}", number=number + 1), line)
            for number, line in zip(self._asked, self.lines, strict=True)
        ]
        for field in self.fields:
            self._fields.addWidget(field, 1)
        for line, following in zip(self.lines, self.lines[1:], strict=False):
            line.returnPressed.connect(following.setFocus)
        self.lines[-1].returnPressed.connect(self._check)
        self.setFocusProxy(self.lines[0])

    def say(self, text: str) -> None:
        """What went wrong on the way in; the code stays in sight."""
        self._alone.set_text(text)
        self._alone.show()

    def asked(self) -> list[int]:
        """Which groups are asked, counted from nought."""
        return self._asked

    def _check(self) -> None:
        wrong = []
        for number, line, field in zip(self._asked, self.lines, self.fields, strict=True):
            same = "".join(line.text().split()).upper() == self._groups[number]
            field.set_error("" if same else tr("Not what the paper should say. Compare it with the code above."))
            wrong += [] if same else [line]
        if wrong:
            wrong[0].setFocus()
        else:
            self._shown.clear()
            self.kept.emit()
