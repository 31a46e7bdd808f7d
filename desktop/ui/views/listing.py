"""What a list shows before, instead of and beside its rows: reading, empty with its reason, an error with a way on.

Leaves the rows to the screen.
"""

from collections.abc import Callable

from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.i18n import tr
from desktop.tasks import Failure
from desktop.ui.notices import notice_of
from desktop.ui.widgets.layout import column, holder
from desktop.ui.widgets.notice import EmptyState
from desktop.ui.widgets.text import label


class Listing(QStackedWidget):
    """One of: "Reading …", the content, an empty state, an error. Begins with reading."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self._reading = holder(column(label(tr("Reading …"), "small", "muted"), None, margins=16))
        self._other: EmptyState | None = None
        self.addWidget(self._reading)
        self.addWidget(content)

    def show_content(self) -> None:
        """The rows."""
        self.setCurrentWidget(self._content)
        self._drop_other()

    def show_empty(self, icon: str, title: str, text: str, act: tuple[str, Callable[[], None]] | None = None) -> None:
        """Why there is nothing, and the act that would change it."""
        self._drop_other()
        self._other = EmptyState(icon, title, text, act=act[0] if act else "")
        if act:
            self._other.acted.connect(act[1])
        self.addWidget(self._other)
        self.setCurrentWidget(self._other)

    def show_failure(self, failure: Failure, again: Callable[[], None]) -> None:
        """What went wrong, what to do, and trying again."""
        notice = notice_of(failure)
        self.show_empty("circle-alert", notice.text, notice.remedy, (tr("Try again"), again))

    def _drop_other(self) -> None:
        if self._other is not None:
            self.removeWidget(self._other)
            self._other.deleteLater()
            self._other = None
