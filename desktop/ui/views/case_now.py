"""The now cards of a case: one for each flag with a step to answer. One answered here stays until the screen goes."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.model.flag import Flag
from desktop.ui.models.case import CasePage
from desktop.ui.widgets.flow import Beside
from desktop.ui.widgets.layout import clear, column, holder, reveal
from desktop.ui.widgets.now_card import NowCard, NowStep


class NowPart(QWidget):
    """`marked(flag, fields)` when a step is answered or its answer taken back."""

    marked = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[str, NowCard] = {}
        self._place = column(space=8)
        self._page: CasePage | None = None
        self.setLayout(self._place)
        self.hide()

    def show_page(self, page: CasePage) -> None:
        """The cards of the flags that wait, and of those that were answered while this screen stood."""
        self._page = page
        flags = [flag for flag in page.file.flags if flag.is_waiting or flag.code in self.cards]
        if [flag.code for flag in flags] != list(self.cards):
            self._lay_out(flags)
        for flag in flags:
            self.cards[flag.code].show_steps(_title(flag), _steps(flag))
        reveal(self, bool(flags))

    def _lay_out(self, flags: list[Flag]) -> None:
        clear(self._place)
        self.cards = {}
        for start in range(0, len(flags), 2):
            pair: list[tuple[QWidget, int]] = []
            for flag in flags[start : start + 2]:
                card = NowCard(_title(flag), ())
                card.ended.connect(lambda step, ending, code=flag.code: self._mark(code, step, ending))
                self.cards[flag.code] = card
                pair.append((holder(column(card, None)), 1))
            self._place.addWidget(Beside(pair, least=440 * len(pair), space=12))

    def _mark(self, code: str, step: str, ending: str) -> None:
        """How this step ended, over what was shown; where it is written is the store's rule."""
        field = f"step_{step}"
        shown = self._page.field("flag", code, field) if self._page else None
        fields: dict[str, Any] = {field: (ending, shown.shown_ids if shown else ())}
        self.marked.emit(code, fields)


def _title(flag: Flag) -> str:
    return tr("{flag}: do now", flag=flag.label)


def _steps(flag: Flag) -> list[NowStep]:
    return [NowStep(str(place), step.act, step.who, step.within, step.state) for place, step in enumerate(flag.steps)]
