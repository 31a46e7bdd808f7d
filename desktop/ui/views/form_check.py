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
    """`wanted(ref)` when a missing answer is chosen, `signed()` when the person signs, `taken_back()` when what
    "stop here" marked is to be open again.
    """

    wanted = Signal(str)
    signed = Signal()
    taken_back = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Check and sign"))
        self._parts = column(space=14)
        self.setLayout(self._parts)
        self._rows: list[ThingRow] = []
        self._shown: tuple[object, ...] = ()
        self.sign = self._sign_button()

    def focus_first(self) -> None:
        """Give the keyboard to the first missing answer, else to the act that signs."""
        (self._rows[0] if self._rows else self.sign).setFocus()

    def show_check(self, model: FormModel, *, loudly: bool = False) -> None:
        """Show what stops the form from being signed, or that nothing does; rebuilt only when it says another thing."""
        found, stopped, result = model.violations(), model.stopped(), result_of(model, signing=True)
        facts = (found, stopped, result, loudly, model.session().language)
        if facts == self._shown:
            return
        self._shown = facts
        had_focus = self.sign.hasFocus()
        clear(self._parts)
        self._parts.addWidget(label(tr("Check and sign"), "h1"))
        if stopped:
            self._parts.addWidget(self._stopped(len(stopped)))
        self._parts.addWidget(self._words(found, loudly=loudly))
        self._rows = [self._missing(model, one) for one in found]
        if self._rows:
            self._parts.addWidget(card(*self._rows, space=0, margins=8))
        if result is not None:
            self._parts.addWidget(readable(card(*result_parts(result), space=12)))
        self.sign = self._sign_button()
        kept = tr("Signed, it is kept for ever as it is. A later record supersedes it, none replaces it.")
        self._parts.addLayout(row(self.sign, (label(kept, "caption", "muted", wrap=True), 1), space=12))
        if had_focus:
            self.sign.setFocus()

    def _sign_button(self) -> Button:
        made = button(tr("Sign and finish"), "primary", "check", tip=tr("Sign and finish · Ctrl+Return"))
        made.clicked.connect(self.signed)
        return made

    def _stopped(self, count: int) -> QWidget:
        text = trn(
            "She stopped: %n question was not asked. Signing also writes the action “Ask again, alone”."
            "|She stopped: %n questions were not asked. Signing also writes the action “Ask again, alone”.",
            count,
        )
        notice = Notice("info", text, act=tr("Undo"), icon="hand")
        notice.acted.connect(self.taken_back)
        return notice

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
