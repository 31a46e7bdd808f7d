"""The now cards of a form: one for every flag that fired, above the questions of every page, gone only with its flag.

Leaves the card to `desktop.ui.widgets.now_card`, which steps there are to the model.
"""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.ui.models.form_rules import NowFacts
from desktop.ui.theme.tokens import SPACE
from desktop.ui.widgets.layout import column
from desktop.ui.widgets.now_card import NowCard


class NowPanel(QWidget):
    """`ended(key, ending)` when a step was marked; `fired(card)` when a flag came that was not there before."""

    ended = Signal(str, str)
    fired = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[NowFacts, ...] = ()
        self._cards: dict[str, NowCard] = {}
        self._column = column(space=SPACE.m)
        self.setAccessibleName(tr("To do now"))
        self.setLayout(self._column)
        self.hide()

    def show_facts(self, facts: Sequence[NowFacts]) -> None:
        """Show these flags; a card that stays keeps the keyboard where it is."""
        if tuple(facts) == self._facts:
            return
        new = {one.code for one in facts} - {one.code for one in self._facts}
        self._facts = tuple(facts)
        for code in [code for code in self._cards if code not in {one.code for one in facts}]:
            gone = self._cards.pop(code)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, one in enumerate(facts):
            self._show_card(place, one)
        self.setVisible(bool(facts))
        if new:
            self.fired.emit(self._cards[new.pop()])

    def focus_first(self) -> None:
        """Give the keyboard to the first step without an answer, else to the first step."""
        steps = [step for one in self._facts for step in one.steps]
        for step in [*(step for step in steps if not step.ending), *steps]:
            button = self.findChild(QWidget, f"now-{step.key}-done")
            if button is not None:
                button.setFocus()
                return

    def _show_card(self, place: int, facts: NowFacts) -> None:
        card = self._cards.get(facts.code)
        if card is not None:
            card.show_steps(facts.label, facts.steps)
            return
        card = self._cards[facts.code] = NowCard(facts.label, facts.steps)
        card.ended.connect(self.ended)
        self._column.insertWidget(place, card)
