"""Logs that went back, on the Sync screen: calm after an announced restore, red with a proof where nobody answers.

Leaves telling them apart to `desktop.store.rollbacks`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.i18n import tr, trn
from desktop.model.moment import moment
from desktop.store.rollbacks import Line, Rollback, Verdict
from desktop.ui.models.words import time_words
from desktop.ui.widgets.layout import clear, column
from desktop.ui.widgets.notice import Notice


def ask_where(over: QWidget) -> str:
    """The file to keep a proof in, by the system's own dialog."""
    return QFileDialog.getSaveFileName(over, tr("Save the proof"), "server-proof.json", tr("JSON (*.json)"))[0]


class Rollbacks(QWidget):
    """One notice for each log that went back, until a person has put it away."""

    def __init__(self, put_away: Callable[[str], None], prove: Callable[[str, Path], None]) -> None:
        super().__init__()
        self.ask_where: Callable[[QWidget], str] = ask_where
        self._put_away = put_away
        self._prove = prove
        self._rows = column(space=8)
        self.setLayout(self._rows)
        self.hide()

    def show_lines(self, lines: Sequence[Line], names: Callable[[str], str], now: datetime) -> None:
        """Show these; none hides the whole."""
        clear(self._rows)
        for line in lines:
            self._rows.addWidget(self._notice(line, names(line.rollback.space), now))
        self.setVisible(bool(lines))

    def _notice(self, line: Line, name: str, now: datetime) -> Notice:
        words = rollback_words(line.rollback, name, now)
        calm = line.rollback.verdict in (Verdict.ANNOUNCED, Verdict.OPEN)
        title = "" if calm else tr("The server’s log is not the one it was")
        act = "" if calm else tr("Save the proof …")
        made = Notice("info" if calm else "danger", words, title=title, act=act, closable=True)
        made.dismissed.connect(lambda: self._put_away(line.key))
        made.acted.connect(lambda: self._save(line.key))
        return made

    def _save(self, key: str) -> None:
        chosen = self.ask_where(self)
        if chosen:
            self._prove(key, Path(chosen))


def rollback_words(one: Rollback, name: str, now: datetime) -> str:
    """What happened to one log, and what this laptop did about it."""
    given = trn("This laptop put back %n entry.|This laptop put back %n entries.", one.put_back) if one.put_back else ""
    match one.verdict:
        case Verdict.ANNOUNCED:
            at, backup = time_words(moment(one.restored_at), now), time_words(moment(one.backup_at), now)
            said = tr("{name}: the server was restored on {at}, as its operator announced.", name=name, at=at)
            since = tr("It went back to its backup of {backup}.", backup=backup) if backup else ""
            return " ".join(part for part in (said, since, given) if part)
        case Verdict.OPEN:
            return tr("{name}: the server’s log begins anew. Asking whether that was announced.", name=name)
        case Verdict.FORK:
            said = tr("{name}: the server has signed two receipts that contradict each other.", name=name)
        case Verdict.UNANNOUNCED:
            said = tr("{name}: the server’s log went back or was changed, and nobody has announced it.", name=name)
    lost = tr("Nothing of yours is lost. Tell your unit lead and show the proof to whoever runs the server.")
    return " ".join(part for part in (said, given, lost) if part)
