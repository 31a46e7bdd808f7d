"""The courier on the Sync screen: for whom, write to a folder, read a file, how far it is and what came of it.

Leaves the work to `desktop.ui.models.courier`.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QFrame, QWidget

from desktop.i18n import tr
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.courier import CourierModel
from desktop.ui.notices import notice_of
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import ComboBox
from desktop.ui.widgets.layout import clear, column, holder, row
from desktop.ui.widgets.notice import Notice, ProgressBar
from desktop.ui.widgets.text import IconLabel, label

EVERYBODY = "everybody"

Ask = Callable[[QWidget], str]
"""Asks a person for a place; empty when they think better of it."""


def ask_for_folder(over: QWidget) -> str:
    """The folder to write to, by the system's own dialog."""
    return QFileDialog.getExistingDirectory(over, tr("Write to"))


def ask_for_pack(over: QWidget) -> str:
    """The file to read, by the system's own dialog."""
    return QFileDialog.getOpenFileName(over, tr("Read a courier’s file"), "", tr("Courier’s files (*.syncpack)"))[0]


class CourierCard(QFrame):
    """Entries by stick or share, where no line reaches."""

    def __init__(self, tasks: StoreThread, own_unit: str) -> None:
        super().__init__()
        self.setProperty("box", "card")
        self.ask_for_folder: Ask = ask_for_folder
        self.ask_for_pack: Ask = ask_for_pack
        self._own = own_unit
        self._partners: tuple[str, ...] = ()
        self._model = CourierModel(tasks)
        self._model.setParent(self)
        self.whom = ComboBox(tr("For whom"), dense="s")
        self.write = button(tr("Write to a stick …"), "secondary", "download", dense="s")
        self.read = button(tr("Read from a stick …"), "secondary", "usb", dense="s")
        self._said = column(space=0)
        head = row(
            IconLabel("usb", "muted"),
            label(tr("By stick or share"), "h3"),
            None,
            label(tr("Sealed to whom you choose; works without any line"), "caption", "muted"),
        )
        acts = row(label(tr("For"), "small", "muted"), self.whom, self.write, None, self.read, space=8)
        self.setLayout(column(head, acts, holder(self._said), space=8, margins=(12, 16)))
        self.write.clicked.connect(self._write_all)
        self.read.clicked.connect(self._read_in)
        self._model.units.connect(self._show_units)
        self._model.moved.connect(self._move)
        self._model.done.connect(self._done)
        self._model.failed.connect(self._failed)

    def load(self) -> None:
        """Read for whom something can be written."""
        self._model.load()

    def _write_all(self) -> None:
        self.write_out()

    def write_out(self, only: str = "") -> None:
        """Ask where to, and write for whom is chosen; `only` one item of the outbox."""
        chosen = self.whom.value()
        units = self._partners if chosen == EVERYBODY else (chosen,)
        folder = self.ask_for_folder(self) if chosen else ""
        if folder:
            self._model.write(Path(folder), units, only)

    def _read_in(self) -> None:
        file = self.ask_for_pack(self)
        if file:
            self._model.read(Path(file))

    def _show_units(self, units: tuple[tuple[str, str], ...]) -> None:
        self._partners = tuple(unit for unit, _ in units)
        words = {self._own: tr("My own unit")}
        choices = [(unit, words.get(unit, name)) for unit, name in units]
        everybody = [(EVERYBODY, tr("All of these units"))] if len(units) > 1 else []
        kept = self.whom.value() or (everybody or choices or [("", "")])[0][0]
        self.whom.show_choices([*everybody, *choices], kept)
        self.write.setEnabled(bool(units))

    def _move(self, done: int, total: int) -> None:
        words = tr("{done} of {total}", done=done, total=total)
        clear(self._said)
        self._said.addWidget(holder(column(label(words, "caption", "muted"), ProgressBar(words, done, total), space=4)))

    def _done(self, words: str) -> None:
        self._say(Notice("ok", words, closable=True))

    def _failed(self, failure: Failure) -> None:
        notice = notice_of(failure)
        self._say(Notice("warn", " ".join(part for part in (notice.text, notice.remedy) if part), closable=True))

    def _say(self, notice: Notice) -> None:
        clear(self._said)
        notice.dismissed.connect(lambda: clear(self._said))
        self._said.addWidget(notice)
