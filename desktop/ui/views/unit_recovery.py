"""Getting back in by two printed papers of the unit, when passphrase and own code are lost. The unit reads of the use.

Leaves opening the profile to the entrance.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.crypto.shares import THRESHOLD
from desktop.errors import KnownError
from desktop.i18n import tr
from desktop.profiles import Profile
from desktop.tasks import Failure
from desktop.ui.views.entering import NewPassphrase
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.fields import Field, LineField
from desktop.ui.widgets.layout import column, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import label


class UnitRecoveryPage(QWidget):
    """Two papers, the reason and a new passphrase. `tried(texts, why, passphrase)`; `left` back to the own code."""

    tried = Signal(list, str, str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._who = label("", "body", "muted", wrap=True)
        self._notice = Notice("danger", "")
        self._notice.hide()
        names = [tr("One paper of the unit"), tr("Another paper of the unit")]
        self.lines = [LineField(name, dense="l") for name in names[:THRESHOLD]]
        self.fields = [Field(name, line) for name, line in zip(names, self.lines, strict=True)]
        self.why = LineField(tr("Why"))
        self._why_field = Field(
            tr("Why"),
            self.why,
            help_text=tr("Kept with the date in the unit’s record of members, for all of it to see."),
        )
        self.fresh = NewPassphrase()
        self.act = button(tr("Open and set the new passphrase"), "primary", dense="l")
        back = button(tr("Back to the own code"), "quiet", "arrow-left", dense="s")
        self.setLayout(
            column(
                label(tr("Get back in by the unit’s papers"), "display", wrap=True),
                self._who,
                8,
                self._notice,
                *self.fields,
                self._why_field,
                self.fresh,
                4,
                row(self.act, None),
                row(back, None),
                None,
            )
        )
        self.fresh.submitted.connect(self._try)
        self.act.clicked.connect(self._try)
        back.clicked.connect(self.left)
        self.setFocusProxy(self.lines[0])

    def show_profile(self, profile: Profile) -> None:
        """Whose copy is to be opened."""
        self._who.setText(tr("{who}. Nothing stored is lost; the old passphrase ends.", who=profile.label))
        self._notice.hide()
        for line in (*self.lines, self.why):
            line.clear()
        self.fresh.clear()

    def say(self, text: str, remedy: str, failure: Failure | None = None) -> None:
        """What went wrong and what to do; what was typed stays, so that one letter can be mended."""
        group = failure.details.get("group") if isinstance(failure, KnownError) else None
        where = tr("Look at group {number}.", number=group) if group else ""
        self._notice.set_text(" ".join(part for part in (text, where, remedy) if part))
        self._notice.show()

    def set_busy(self, busy: bool) -> None:  # noqa: FBT001  a plain yes or no from a signal
        """Slow work is going on."""
        self.act.setEnabled(not busy)

    def _try(self) -> None:
        self._notice.hide()
        why = self.why.text().strip()
        self._why_field.set_error("" if why else tr("Please say why: the unit reads it."))
        passphrase = self.fresh.text()
        if not why:
            self.why.setFocus()
        elif passphrase:
            self.tried.emit([line.text() for line in self.lines], why, passphrase)
