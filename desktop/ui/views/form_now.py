"""The now cards of a form: a chip for every flag that fired, above the questions of every page, and one open card.

A flag that fires opens its card by itself; it closes when all its steps are answered, when the person closes it, or
when they go on answering elsewhere. The chips stay, with what is left to do, as long as their flag. Leaves the card to
`desktop.ui.widgets.now_card`, which steps there are to the model.
"""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr, trn
from desktop.ui.models.form_rules import NowFacts
from desktop.ui.theme.tokens import SPACE
from desktop.ui.widgets.buttons import Button, filter_button
from desktop.ui.widgets.flow import FlowLayout
from desktop.ui.widgets.layout import clear, column, holder
from desktop.ui.widgets.now_card import NowCard


class NowPanel(QWidget):
    """`ended(key, ending)` when a step was marked; `fired()` when a flag came that was not there before; `turned()`
    when another card, or none, is open.
    """

    ended = Signal(str, str)
    fired = Signal()
    turned = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[NowFacts, ...] = ()
        self._chips: dict[str, Button] = {}
        self._strip = FlowLayout(SPACE.s)
        self._open = ""
        self._card: NowCard | None = None
        self._column = column(holder(self._strip), space=SPACE.s)
        self.setAccessibleName(tr("To do now"))
        self.setLayout(self._column)
        self.hide()

    def show_facts(self, facts: Sequence[NowFacts]) -> None:
        """Show these flags; a card that stays keeps the keyboard where it is."""
        if tuple(facts) == self._facts:
            return
        before = {one.code for one in self._facts}
        new = [one.code for one in facts if one.code not in before]
        self._facts = tuple(facts)
        self._show_chips()
        self.setVisible(bool(facts))
        self.turn_to(new[-1] if new else self._open)
        if new:
            self.fired.emit()

    def turn_to(self, code: str) -> None:
        """Open the card of this flag; "" closes the one that is open."""
        facts = next((one for one in self._facts if one.code == code), None)
        if facts is not None and self._card is not None and code == self._open:
            self._card.show_steps(facts.label, facts.steps)
        else:
            self._replace(facts)
        for name, chip in self._chips.items():
            chip.setChecked(name == self._open)
        self.turned.emit()

    def rest(self) -> None:
        """The person goes on elsewhere: only the chips stay."""
        if self._open:
            self.turn_to("")

    def open_code(self) -> str:
        """The flag whose card is open, or ""."""
        return self._open

    def focus_first(self) -> None:
        """Open the first flag with something to do (else the first) and give the keyboard to that step."""
        if not self._facts:
            return
        waiting = next((one for one in self._facts if _left(one)), self._facts[0])
        self.turn_to(waiting.code)
        step = next((step for step in waiting.steps if not step.ending), None) or next(iter(waiting.steps), None)
        button = self.findChild(QWidget, f"now-{step.key}-done") if step else None
        (button or self._chips[waiting.code]).setFocus()

    def _replace(self, facts: NowFacts | None) -> None:
        if self._card is not None:
            self._column.removeWidget(self._card)
            self._card.hide()
            self._card.deleteLater()
            self._card = None
        self._open = facts.code if facts else ""
        if facts is not None:
            self._card = NowCard(facts.label, facts.steps)
            self._card.ended.connect(self.ended)
            self._column.addWidget(self._card)

    def _show_chips(self) -> None:
        """One chip for each flag, in the order of the form, saying what is left."""
        if [one.code for one in self._facts] != list(self._chips):
            clear(self._strip)
            self._chips = {one.code: self._chip(one.code) for one in self._facts}
        for one in self._facts:
            left = _left(one)
            words = trn("{flag} · %n to do|{flag} · %n to do", left, flag=one.label) if left else one.label
            self._chips[one.code].set_words(words, "flag" if left else "check")

    def _chip(self, code: str) -> Button:
        made = filter_button("", icon="flag")
        made.setToolTip(tr("Show or hide what to do now (Ctrl+J)"))
        made.clicked.connect(lambda on: self.turn_to(code if on else ""))
        self._strip.addWidget(made)
        return made


def _left(facts: NowFacts) -> int:
    return sum(1 for step in facts.steps if not step.ending)
