"""The now card: what a fired flag says to do at once. It cannot be put away; each step ends in one of three ways."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QWidget

from desktop.ui.theme.tokens import SIZES
from desktop.ui.widgets.buttons import filter_button
from desktop.ui.widgets.flow import flow
from desktop.ui.widgets.layout import clear, column, holder, line, row
from desktop.ui.widgets.text import IconLabel, label

ENDINGS = ("done", "refused", "not_possible")


@dataclass(frozen=True)
class NowStep:
    """One step of a card: who does what, within which time. `ending` is "" (still to do) or one of `ENDINGS`."""

    key: str
    act: str
    who: str = ""
    within: str = ""
    ending: str = ""


class NowCard(QFrame):
    """The flag (or flags) and its steps. `ended(key, ending)` when a step is marked, "" when a mark is taken off."""

    ended = Signal(str, str)

    def __init__(self, title: str, steps: Sequence[NowStep]) -> None:
        super().__init__()
        self.setProperty("box", "danger")
        self._title: QLabel = label(title, "h2", "danger", wrap=True)
        self._left: QLabel = label("", "small", "text")
        self._steps = column(space=0)
        sign = IconLabel("flag", "danger", SIZES.icon_l)
        head = row((sign, Qt.AlignmentFlag.AlignTop), (self._title, 1), self._left, space=10)
        self.setLayout(column(head, self._steps, space=8, margins=(12, 16)))
        self.show_steps(title, steps)

    def show_steps(self, title: str, steps: Sequence[NowStep]) -> None:
        """Show these steps; who had the keyboard in a step keeps it."""
        focused = self._focused()
        self._title.setText(title)
        self.setAccessibleName(title)
        open_steps = sum(1 for step in steps if not step.ending)
        self._left.setText(self.tr("%n to do", "", open_steps) if open_steps else self.tr("all answered"))
        clear(self._steps)
        for number, step in enumerate(steps):
            if number:
                self._steps.addWidget(line())
            self._steps.addWidget(self._step(step))
        if focused:
            again = self.findChild(QWidget, focused)
            if again is not None:
                again.setFocus()

    def _step(self, step: NowStep) -> QWidget:
        facts = " · ".join(part for part in (step.who, step.within) if part)
        words = column(label(step.act, "strong", wrap=True), space=2)
        if facts:
            words.addWidget(label(facts, "caption", "muted", wrap=True))
        group = QButtonGroup(self)
        group.setExclusive(False)
        names = {
            "done": self.tr("Done"),
            "refused": self.tr("Offered and refused"),
            "not_possible": self.tr("Not possible"),
        }
        parts: list[QWidget] = []
        for ending in ENDINGS:
            made = filter_button(names[ending], on=step.ending == ending, icon="check" if step.ending == ending else "")
            made.setAccessibleName(f"{step.act}: {names[ending]}")
            made.setObjectName(f"now-{step.key}-{ending}")
            told = "" if step.ending == ending else ending
            made.clicked.connect(lambda _checked=False, key=step.key, how=told: self.ended.emit(key, how))
            group.addButton(made)
            parts.append(made)
        return holder(column(words, flow(*parts, space=6), space=6, margins=(8, 0)))

    def _focused(self) -> str:
        widget = self.window().focusWidget()
        inside = widget is not None and self.isAncestorOf(widget)
        return widget.objectName() if widget is not None and inside else ""
