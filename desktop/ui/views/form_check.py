"""The last page of a form: what is still missing, each with its question; the result; and the one act that signs.

Leaves what signing writes to `desktop.ui.models.form_finish`.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.forms.engine.views import Violation
from desktop.i18n import tr, trn
from desktop.ui.models.form import FormModel
from desktop.ui.views.form_question import words_of
from desktop.ui.views.form_side import result_of, result_parts
from desktop.ui.widgets.buttons import Button, button
from desktop.ui.widgets.layout import card, clear, column, readable, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.rows import ThingRow
from desktop.ui.widgets.text import label


class CheckPage(QWidget):
    """`wanted(ref)` when a missing answer is chosen, `signed()` when the person signs."""

    wanted = Signal(str)
    signed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Check and sign"))
        self._parts = column(space=14)
        self.setLayout(self._parts)
        self.sign: Button | None = None
        self._rows: list[ThingRow] = []

    def focus_first(self) -> None:
        """Give the keyboard to the first missing answer, else to the act that signs."""
        first = self._rows[0] if self._rows else self.sign
        if first is not None:
            first.setFocus()

    def show_check(self, model: FormModel, *, loudly: bool = False) -> None:
        """Show what stops the form from being signed, or that nothing does."""
        had_focus = self.sign is not None and self.sign.hasFocus()
        clear(self._parts)
        found = model.violations()
        self._parts.addWidget(label(tr("Check and sign"), "h1"))
        self._parts.addWidget(self._words(found, loudly=loudly))
        self._rows = [self._missing(model, one) for one in found]
        if self._rows:
            self._parts.addWidget(card(*self._rows, space=0, margins=8))
        shown = result_of(model, signing=True)
        if shown is not None:
            self._parts.addWidget(readable(card(*result_parts(shown), space=12)))
        self.sign = button(tr("Sign and finish"), "primary", "check", tip=tr("Ctrl+Return"))
        self.sign.setEnabled(not found)
        self.sign.clicked.connect(self.signed)
        kept = tr("Signed, it is kept for ever as it is. A later record supersedes it, none replaces it.")
        self._parts.addLayout(row(self.sign, (label(kept, "caption", "muted", wrap=True), 1), space=12))
        if had_focus:
            self.sign.setFocus()

    def _words(self, found: tuple[Violation, ...], *, loudly: bool) -> QWidget:
        if not found:
            return Notice("ok", tr("Everything that must be answered is answered."))
        text = trn("%n answer is needed before you can sign.|%n answers are needed before you can sign.", len(found))
        return Notice("danger" if loudly else "warn", text)

    def _missing(self, model: FormModel, violation: Violation) -> ThingRow:
        view = model.session().question(violation.ref)
        made = ThingRow(view.label, words_of(violation, view.required_message), icon="circle-alert")
        made.clicked.connect(lambda: self.wanted.emit(violation.ref))
        return made
