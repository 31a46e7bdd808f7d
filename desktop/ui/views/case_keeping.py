"""Keeping a file, for leads: freeze it, lift that, or ask for it to be erased for good, said again before it is done.

Leaves whether it may be done to the store and to the signed entries; shows nothing to anybody else.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.ui.models.case import CasePage, Keeping
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.layout import card, clear, column, holder, reveal, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import label


class KeepingPart(QWidget):
    """`wanted(act)`: freeze, unfreeze or erase."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._frozen = False
        self._words = label("", "small", "text", wrap=True)
        self.freeze_button = button(tr("Freeze"), "secondary", dense="s")
        self.freeze_button.clicked.connect(lambda: self.wanted.emit("unfreeze" if self._frozen else "freeze"))
        self.erase_button = button(tr("Erase this file …"), "quiet", dense="s")
        self.erase_button.clicked.connect(self._ask)
        self._below = column(space=6)
        acts = row(self.erase_button, None, self.freeze_button, space=6)
        self.setLayout(column(card(label(tr("Keeping this file"), "h3"), self._words, holder(acts), self._below)))
        self.hide()

    def show_page(self, page: CasePage) -> None:
        """What stands and what has been asked for; nothing for who is no lead."""
        reveal(self, page.keeping is not None)
        if page.keeping is None:
            return
        self._frozen = page.file.header.frozen
        self._words.setText(_words(page.keeping, frozen=self._frozen))
        self.freeze_button.set_words(tr("Lift the freeze") if self._frozen else tr("Freeze"))
        self.freeze_button.setEnabled(not page.keeping.waits)
        self.erase_button.setEnabled(not self._frozen and not page.keeping.waits)
        if page.keeping.waits or self._frozen:
            clear(self._below)

    def _ask(self) -> None:
        clear(self._below)
        words = tr(
            "Everything in it goes for good from every laptop and from the server, also what colleagues have not sent"
            " yet. What was shared with partners stands in a file of its own and stays."
        )
        asked = Notice("danger", words, title=tr("Erase this file?"), act=tr("Erase for good"), closable=True)
        asked.acted.connect(lambda: self.wanted.emit("erase"))
        asked.dismissed.connect(lambda: clear(self._below))
        self._below.addWidget(asked)


def _words(keeping: Keeping, *, frozen: bool) -> str:
    waiting = {
        "erase": tr("It is to be erased when the server is reached. Sync can take that back."),
        "freeze": tr("It is to be frozen when the server is reached."),
        "unfreeze": tr("The freeze is to be lifted when the server is reached."),
    }
    if keeping.waits:
        return waiting[keeping.waits]
    if frozen:
        return tr("Frozen: it is kept whatever its age, and cannot be erased.")
    if keeping.asked:
        return tr("A lead has asked to erase it. It goes when another lead says so too.")
    return tr("A freeze keeps it whatever its age, as after a death or a critical incident.")
