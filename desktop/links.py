"""What the system says of the network: that something about it changed, and whether the line is metered.

Asked of Qt (NetworkManager or GLib on Linux, the Network List Manager on Windows, System Configuration on macOS); where
Qt has no way to ask, nothing is ever metered and the timer alone wakes the round. Nobody is told by it that the server
is reachable: only an answer of the server counts as contact.
"""

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkInformation


class Links(QObject):
    """`changed` fires when a line came, went, or became metered or not. Lives on the GUI thread."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.metered = False
        """Readable from any thread."""
        self._known = QNetworkInformation.instance() if QNetworkInformation.loadDefaultBackend() else None
        if self._known is not None:
            self.metered = self._known.isMetered()
            self._known.reachabilityChanged.connect(self.changed)
            self._known.isMeteredChanged.connect(self._take)

    @property
    def backend(self) -> str:
        """How the system is asked; empty where it cannot be."""
        return self._known.backendName() if self._known is not None else ""

    def _take(self, metered: bool) -> None:  # noqa: FBT001  Qt's own signal
        self.metered = metered
        self.changed.emit()
