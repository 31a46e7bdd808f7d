"""Panels of the unit's screen in which a lead decides: a request to join, a seat to close, the unit's server.

Dumb: they tell what was decided. Leaves carrying it out to the view-model.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.i18n import tr, trn
from desktop.model.moment import moment
from desktop.model.unit import RequestLine
from desktop.ui.models.unit import Closing
from desktop.ui.models.words import time_words
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import CheckBox, ComboBox
from desktop.ui.widgets.fields import Field, LineField
from desktop.ui.widgets.layout import column, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import IconLabel, label

MOST_NAMED = 12
"""Cases named in a closing; the rest is told as a number."""
EVERYTHING = "everything"
MOST_TIMES = 200
"""Times offered as the last trusted one, the newest first."""


class RequestPanel(QFrame):
    """A new laptop that asks to join. `approved` only after the words were compared, `declined` at once."""

    approved = Signal()
    declined = Signal()

    def __init__(self, request: RequestLine, title: str, warning: str = "") -> None:
        super().__init__()
        self.setProperty("box", "card")
        spoken = label("  ".join(request.words), "h2", wrap=True)
        spoken.setAccessibleName(" ".join(request.words))
        self.same = CheckBox(tr("They read the same six words to me, on a number that I know"))
        self.approve = button(tr("Approve"), "primary", "check")
        self.approve.setEnabled(False)
        self.same.toggled.connect(self.approve.setEnabled)
        self.approve.clicked.connect(self.approved)
        self.decline = button(tr("Decline"), "secondary")
        self.decline.clicked.connect(self.declined)
        head = label(title if request.name else tr("A request that does not open"), "h3", wrap=True)
        before = [Notice("warn", warning)] if warning else []
        middle = column(*before, spoken, self.same, space=8)
        if request.fault:
            wrong = tr("This request does not answer an invitation of your unit. Do not approve it.")
            middle = column(Notice("danger", wrong))
            self.approve.hide()
        parts = (row(IconLabel("mail", "accent"), (head, 1)), middle, row(self.approve, self.decline, None, space=8))
        self.setLayout(column(*parts, space=8, margins=(12, 16)))


class ClosingPanel(QFrame):
    """A seat to close: what it could read, the last entry that stays trusted, which has to be chosen.

    `decided((space, number, claimed time))`, or `decided(None)` for everything that has arrived.
    """

    decided = Signal(object)
    left = Signal()

    def __init__(self, closing: Closing, now: datetime) -> None:
        super().__init__()
        self.setProperty("box", "card")
        title = tr("Close “{device}” of {name}?", device=closing.seat.device, name=closing.member.name)
        self.until = ComboBox(tr("The last entry you trust"))
        self._last = {
            f"{space} {number}": (space, number, at) for space, number, at in closing.last_ones()[:MOST_TIMES]
        }
        times = [(key, time_words(moment(last[2]), now)) for key, last in self._last.items()]
        self.until.show_choices([*times, (EVERYTHING, tr("Everything that has arrived here"))])
        if not times:
            self.until.show_choices([(EVERYTHING, tr("It wrote nothing that is held here"))], EVERYTHING)
        self.close_seat = button(tr("Close it and change the keys"), "danger", "lock")
        self.close_seat.setEnabled(bool(self.until.value()))
        self.until.activated.connect(lambda _index: self.close_seat.setEnabled(bool(self.until.value())))
        self.close_seat.clicked.connect(lambda: self.decided.emit(self._last.get(self.until.value())))
        leave = button(tr("Not now"), "quiet")
        leave.clicked.connect(self.left)
        self.setLayout(
            column(
                row(IconLabel("shield-alert", "danger"), (label(title, "h3", wrap=True), 1)),
                label(
                    tr("What it read stays read. From now on it gets nothing new, and nothing it sends is accepted."),
                    "small",
                    "text",
                    wrap=True,
                ),
                label(_held_words(closing), "small", "text", wrap=True),
                Field(
                    tr("The last entry you trust"),
                    self.until,
                    help_text=tr(
                        "Choose the last one before the loss. Later ones are kept aside and shown, not deleted."
                    ),
                ),
                row(self.close_seat, leave, None, space=8),
                space=8,
                margins=(12, 16),
            )
        )
        self.setFocusProxy(self.until)


class ServerPanel(QFrame):
    """Where the unit's server is. `told(address, authority or None, code)`."""

    told = Signal(str, object, str)

    def __init__(self, ask: Callable[[], str]) -> None:
        super().__init__()
        self.setProperty("box", "card")
        self._authority: Path | None = None
        self.address = LineField(tr("Address"), placeholder="https://")
        self.code = LineField(tr("Founding code"))
        self._address_field = Field(tr("Address"), self.address, help_text=tr("From your partnership’s IT."))
        choose = button(tr("CA file …"), "secondary", "shield-check")
        self._chosen = label(tr("None: a certificate that this computer trusts anyway"), "small", "muted", wrap=True)
        choose.clicked.connect(lambda: self._choose(ask()))
        on = button(tr("Use this server"), "primary")
        on.clicked.connect(self._tell)
        self.setLayout(
            column(
                row(
                    IconLabel("server", "muted"), label(tr("Connect the unit to its partnership’s server"), "h3"), None
                ),
                self._address_field,
                Field(tr("Founding code"), self.code, help_text=tr("The operator gives one to each new unit.")),
                row(choose, (self._chosen, 1), space=12),
                row(on, None),
                space=10,
                margins=(12, 16),
            )
        )

    def _choose(self, name: str) -> None:
        self._authority = Path(name) if name else None
        self._chosen.setText(
            self._authority.name if self._authority else tr("None: a certificate that this computer trusts anyway")
        )

    def _tell(self) -> None:
        address = self.address.text().strip()
        right = address.startswith("https://")
        self._address_field.set_error("" if right else tr("The address begins with https://"))
        if right:
            self.told.emit(address, self._authority, self.code.text().strip())
        else:
            self.address.setFocus()


def _held_words(closing: Closing) -> str:
    """Whose data it held, the most endangered first."""
    if not closing.cases:
        return tr("It held no case.")
    named = ", ".join(case.code_name for case in closing.cases[:MOST_NAMED])
    more = len(closing.cases) - MOST_NAMED
    count = trn("It could read %n case|It could read %n cases", len(closing.cases))
    rest = " " + trn("and %n more|and %n more", more) if more > 0 else ""
    return f"{count}, {tr('the highest risk first')}: {named}{rest}."
