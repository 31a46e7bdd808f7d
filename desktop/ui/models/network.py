"""The truth about the network, for the top bar and the sync screen: one value, and the wish to sync now.

Whoever drives the round says what is true; whoever shows it listens. Asks nobody whether a network is there: only an
answer of the server counts as contact.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from desktop.i18n import tr, trn


class Line(StrEnum):
    """How things stand between this laptop and the server."""

    ALONE = "alone"
    """No server is known: everything stays on this laptop."""
    WAITING = "waiting"
    """Not tried yet since unlocking."""
    SYNCING = "syncing"
    LEVEL = "level"
    """At the last contact every space equalled the server's log."""
    OFFLINE = "offline"
    TROUBLE = "trouble"
    """The server answers, but something in the round is refused."""


@dataclass(frozen=True)
class Truth:
    """`since`: when this state of the line began. `code`: why it is offline or in trouble.

    `pending` and `refused` count rows of the outbox; `sent`, `read`, `ahead` are entries of the running round.
    """

    line: Line = Line.ALONE
    since: datetime | None = None
    last_contact: datetime | None = None
    code: str = ""
    pending: int = 0
    refused: int = 0
    sent: int = 0
    read: int = 0
    ahead: int = 0
    paused: bool = False
    """The line is metered and only what is urgent goes out by itself."""


class Network(QObject):
    """Holds the truth in force; `changed` fires on the GUI thread, `wanted` when a person asks to sync now."""

    changed = Signal(object)
    wanted = Signal()
    pause_chosen = Signal(bool)
    """A person chose whether to pause on metered lines."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.truth = Truth()
        self.pause_on_metered = True

    def tell(self, truth: Truth) -> None:
        """From now on this is true."""
        if truth != self.truth:
            self.truth = truth
            self.changed.emit(truth)


def line_words(truth: Truth, now: datetime) -> str:
    """One line for the top bar, for example "Offline since 08:12 · 4 in outbox"."""
    outbox = trn("%n in outbox|%n in outbox", truth.pending) if truth.pending else ""
    refused = trn("%n refused|%n refused", truth.refused) if truth.refused else ""
    paused = tr("paused on a metered line") if truth.paused else ""
    return " · ".join(part for part in (_state_words(truth, now), paused, outbox, refused) if part)


def line_icon(truth: Truth) -> str:
    """The sign that goes with the words."""
    icons = {Line.SYNCING: "refresh-cw", Line.LEVEL: "check", Line.WAITING: "refresh-cw", Line.ALONE: "laptop"}
    return icons.get(truth.line, "cloud-off" if truth.line is Line.OFFLINE else "triangle-alert")


def clock_words(moment: datetime | None, now: datetime) -> str:
    """A time of today as "08:12", any other with its date; empty for none."""
    if moment is None:
        return ""
    local = moment.astimezone(now.tzinfo)
    return local.strftime("%H:%M" if local.date() == now.date() else "%d %b, %H:%M")


def _state_words(truth: Truth, now: datetime) -> str:
    since = clock_words(truth.since, now)
    match truth.line:
        case Line.ALONE:
            return tr("On this laptop only")
        case Line.WAITING:
            return tr("Not in contact yet")
        case Line.SYNCING:
            done = truth.sent + truth.read
            return tr("Syncing · {done} done, {ahead} to come", done=done, ahead=truth.ahead) if done else tr("Syncing")
        case Line.LEVEL:
            return tr("Level with the server at {time}", time=since)
        case Line.OFFLINE:
            return tr("Offline since {time}", time=since)
        case Line.TROUBLE:
            return tr("Server answers, but not everything went through")
