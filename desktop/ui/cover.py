"""The neutral page: a month, and nothing of a case.

It shows at once and in silence. Behind it the profile is locked: what was typed is kept in its draft, and leaving the
page asks for the passphrase. Leaves when it shows to the window.
"""

from PySide6.QtCore import QDate, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QToolButton, QWidget

from desktop.i18n import tr
from desktop.ui.theme.theme import current_theme
from desktop.ui.widgets.layout import column, row


class CoverPage(QWidget):
    """A page that says nothing: a month. `left` on Escape or Enter; a click turns the month like any calendar."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.calendar = QCalendarWidget()
        self.calendar.setAccessibleName(tr("Calendar"))
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        for child in self.calendar.findChildren(QWidget):
            if child.focusPolicy() != Qt.FocusPolicy.NoFocus and not child.accessibleName():
                child.setAccessibleName(child.text() if isinstance(child, QToolButton) else tr("Calendar"))
            child.installEventFilter(self)
        self.setLayout(column(None, (row(None, (self.calendar, 8), None), 8), None, margins=24))
        self.setFocusProxy(self.calendar)

    def today(self, date: QDate) -> None:
        """Show the month of `date`."""
        theme = current_theme()
        weekend = QTextCharFormat()
        weekend.setForeground(theme.colour("muted"))
        for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.calendar.setWeekdayTextFormat(day, weekend)
        self.calendar.setMinimumSize(theme.px(300), theme.px(280))
        self.calendar.setMaximumSize(theme.px(720), theme.px(480))
        self.calendar.setSelectedDate(date)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        return self._leaves(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._leaves(event):
            super().keyPressEvent(event)

    def _leaves(self, event: QEvent) -> bool:
        keys = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in keys:
            self.left.emit()
            return True
        return False
