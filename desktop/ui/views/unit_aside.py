"""What a closed laptop wrote and nobody has vouched for: kept aside, line by line, for a lead to take in again.

Dumb: tells which line. Values are not shown: who wrote about which kind of record, and when, is enough to ask them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.i18n import tr, trn
from desktop.model.moment import moment
from desktop.ui.models.words import kind_word, time_words
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.layout import column, holder, line, row
from desktop.ui.widgets.text import IconLabel, label

MOST = 40
"""So many lines are drawn; the rest is told as a number."""


class Aside(Protocol):
    """One change that lies aside (`desktop.store.adopting.Aside`)."""

    @property
    def name(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def fields(self) -> tuple[tuple[str, str], ...]: ...


class AsideCard(QFrame):
    """`adopted(Aside)` for a line that a lead vouches for."""

    adopted = Signal(object)

    def __init__(self, asides: Sequence[Aside], now: datetime) -> None:
        super().__init__()
        self.setProperty("box", "card")
        head = row(IconLabel("shield-alert", "warn"), label(tr("Kept aside from closed laptops"), "h3"), None)
        why = tr("Written or arrived after the last entry you trusted. Ask who wrote it, then take in what is theirs.")
        rows: list[QWidget] = [
            holder(column(head, label(why, "small", "muted", wrap=True), space=4, margins=(12, 16))),
        ]
        for aside in asides[:MOST]:
            rows.append(line())
            rows.append(self._line(aside, now))
        if len(asides) > MOST:
            more = trn("and %n more|and %n more", len(asides) - MOST)
            rows.append(holder(row(label(more, "small", "muted"), margins=(10, 16))))
        self.setLayout(column(*rows, space=0))

    def _line(self, aside: Aside, now: datetime) -> QWidget:
        kinds = ", ".join(dict.fromkeys(kind_word(kind) for kind, _ in aside.fields))
        said = time_words(moment(aside.at), now)
        words = label(f"{aside.name} · {kinds} · {said}", "small", "text", wrap=True)
        take = button(tr("Take in"), "secondary", dense="s")
        take.setAccessibleName(tr("Take in {kinds} of {name}, {time}", kinds=kinds, name=aside.name, time=said))
        take.clicked.connect(lambda: self.adopted.emit(aside))
        return holder(row((words, 1), take, margins=(8, 16)))
