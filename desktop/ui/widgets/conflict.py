"""One side of a conflict: its values with the differing ones marked, who wrote them, when, and what they had seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from desktop.ui.theme.tokens import SIZES
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.layout import Part, box, column, line, row
from desktop.ui.widgets.text import IconLabel, chip, icon_line, key_cap, label, restyle


@dataclass(frozen=True)
class Line:
    """One value: its name, the value in words, and whether the other side says something else."""

    name: str
    value: str
    differs: bool = False


@dataclass(frozen=True)
class Side:
    """What one side wrote. `stands` marks the one that holds until someone decides; `key` is the key that keeps it."""

    title: str
    lines: tuple[Line, ...]
    who: str
    when: str
    seen: str
    keep: str
    key: str
    stands: bool = False


class ConflictSide(QFrame):
    """A card for one side. `kept` when it is chosen; `set_chosen` shows the choice before it is recorded."""

    kept = Signal()

    def __init__(self, side: Side) -> None:
        super().__init__()
        self.setProperty("box", "card")
        self.setAccessibleName(side.title)
        head: list[Part] = [(label(side.title, "h3", wrap=True), 1)]
        if side.stands:
            head.append(chip(self.tr("Stands meanwhile"), "shield-check", kind="ok"))
        self._keep = button(side.keep, shortcut=side.key)
        self._keep.clicked.connect(self.kept)
        self._words, self._mark = side.keep, label("", "small_strong", "accent")
        facts = [icon_line(icon, words, wrap=True) for icon, words in zip(_SIGNS, _facts(side), strict=True) if words]
        self.setLayout(
            column(
                row(*head, space=8),
                _lines(side.lines),
                line(),
                *facts,
                None,
                row(self._keep, key_cap(side.key), self._mark, None, space=8),
                space=8,
                margins=(16, 18),
            )
        )

    def set_chosen(self, chosen: bool) -> None:  # noqa: FBT001  a setter in Qt's own shape
        """Show that this side is the one chosen; nothing is recorded by that."""
        self.setProperty("box", "chosen" if chosen else "card")
        restyle(self)
        self._mark.setText(self.tr("Chosen") if chosen else "")
        self._keep.set_words(self._words, "check" if chosen else "")
        self.setAccessibleDescription(self.tr("Chosen") if chosen else "")


_SIGNS = ("user-round", "clock", "eye")


def _facts(side: Side) -> tuple[str, str, str]:
    return (side.who, side.when, side.seen)


def _lines(lines: Sequence[Line]) -> QWidget:
    parts: list[Part] = []
    for item in lines:
        name: QLabel = label(item.name, "small", "muted", wrap=True)
        value = label(item.value, "strong" if item.differs else "body", wrap=True)
        content: list[Part] = [(name, 2), (value, 4)]
        if item.differs:
            content.append(IconLabel("git-compare", "warn", SIZES.icon, spoken="≠"))
        parts.append(box("differs" if item.differs else "same", row(*content, space=10, margins=(7, 10))))
    return box("plain", column(*parts, space=3))
