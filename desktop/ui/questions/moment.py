"""Dates and times: typed in the order the person's language uses, or as ISO; a calendar opens beside a date.

Answers are told as XForms writes them. What is not a date is told as no answer, with words that say so.
"""

from PySide6.QtCore import QDate, QDateTime, QLocale, QPoint, Qt, QTime
from PySide6.QtWidgets import QCalendarWidget, QFrame, QToolButton, QWidget

from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.view import QuestionView, appearances
from desktop.ui.theme.theme import current_theme
from desktop.ui.widgets.buttons import icon_button
from desktop.ui.widgets.fields import LineField
from desktop.ui.widgets.layout import box, column, reveal, row

_ISO_DATE, _ISO_TIME = "yyyy-MM-dd", "HH:mm:ss"


def long_year(locale: QLocale) -> str:
    """The locale's short date order with a year of four digits: two would be read wrongly for old people."""
    shown = locale.dateFormat(QLocale.FormatType.ShortFormat)
    return shown if "yyyy" in shown else shown.replace("yy", "yyyy")


class MomentQuestion(QuestionWidget):
    """A field for a date, a part of one, a time, or both. `formats` are tried in order; the first is the one shown."""

    def __init__(self, view: QuestionView, kind: str) -> None:
        super().__init__(view)
        self._kind = kind
        self._formats = self._known_formats()
        self._line = LineField(view.label)
        self._line.setMaximumWidth(current_theme().px(240))
        self._line.setPlaceholderText(self._example())
        self._line.textEdited.connect(self._typed)
        self._calendar: QCalendarWidget | None = None
        self._popup: QFrame | None = None
        self._open = icon_button("calendar", self.tr("Choose in a calendar"), kind="secondary", dense="")
        reveal(self._open, kind in ("date", "datetime") and "no-calendar" not in appearances(view))
        self._open.clicked.connect(self._show_calendar)
        self.body.addLayout(row((self._line, 1), self._open, None))
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_line", self)

    def show_value(self, value: str) -> None:
        moment = self._from_value(value)
        self._line.setText(self._shown(moment) if moment.isValid() else value)

    def set_locked(self, *, locked: bool) -> None:
        self._line.setReadOnly(locked)
        self._open.setEnabled(not locked)

    def is_typing(self) -> bool:
        return self._line.hasFocus() and not self._line.isReadOnly()

    def _known_formats(self) -> tuple[str, ...]:
        date = long_year(QLocale())
        return {
            "date": (date, _ISO_DATE, "d.M.yyyy", "d/M/yyyy" if date.startswith("d") else "M/d/yyyy"),
            "month-year": ("MM/yyyy", "M/yyyy", "yyyy-MM"),
            "year": ("yyyy",),
            "time": ("HH:mm", "H:mm", "HH:mm:ss", "HHmm"),
            "datetime": (f"{date} HH:mm", f"{_ISO_DATE} HH:mm", f"{_ISO_DATE}THH:mm:ss", f"{date} H:mm"),
        }[self._kind]

    def _example(self) -> str:
        sample = QDateTime(QDate(2026, 12, 31), QTime(14, 5))
        return self._shown(sample)

    def _shown(self, moment: QDateTime) -> str:
        return QLocale().toString(moment, self._formats[0])

    def _from_value(self, value: str) -> QDateTime:
        if self._kind == "time":
            return _some_day_at(QTime.fromString(value[:5], "HH:mm"))
        if self._kind == "datetime":
            return QDateTime.fromString(value[:19], f"{_ISO_DATE}THH:mm:ss")
        date = QDate.fromString(value[:10], _ISO_DATE)
        return QDateTime(date, QTime(0, 0)) if date.isValid() else QDateTime()

    def _to_value(self, moment: QDateTime) -> str:
        pattern = {"time": _ISO_TIME, "datetime": f"{_ISO_DATE}THH:mm:ss"}.get(self._kind, _ISO_DATE)
        return moment.toString(pattern)

    def _read(self, typed: str) -> QDateTime:
        for pattern in self._formats:
            if self._kind == "time":
                moment = _some_day_at(QTime.fromString(typed, pattern))
            else:
                moment = QLocale().toDateTime(typed, pattern)
            if moment.isValid() and moment.date().year() >= 1000:
                return moment
        return QDateTime()

    def _typed(self, typed: str) -> None:
        if not typed.strip():
            self.tell("")
            return
        moment = self._read(typed.strip())
        if moment.isValid():
            self.tell(self._to_value(moment))
        else:
            self.tell("", self.tr("Not recorded yet: write it as {0}").format(self._example()))

    def _show_calendar(self) -> None:
        if self._calendar is None or self._popup is None:
            self._calendar, self._popup = self._make_calendar()
        moment = self._read(self._line.text())
        if moment.isValid():
            self._calendar.setSelectedDate(moment.date())
        self._popup.move(self._line.mapToGlobal(QPoint(0, self._line.height() + 4)))
        self._popup.show()
        self._calendar.setFocus()

    def _make_calendar(self) -> tuple[QCalendarWidget, QFrame]:
        theme = current_theme()
        calendar = QCalendarWidget()
        calendar.setAccessibleName(self.view.label)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        for name, icon in (("qt_calendar_prevmonth", "chevron-left"), ("qt_calendar_nextmonth", "chevron-right")):
            arrow = calendar.findChild(QToolButton, name)
            if isinstance(arrow, QToolButton):
                arrow.setIcon(theme.icon(icon, "text"))
        calendar.clicked.connect(self.pick)
        calendar.activated.connect(self.pick)
        popup = box("popup", column(calendar, margins=8))
        popup.setParent(self, Qt.WindowType.Popup)
        return calendar, popup

    def pick(self, date: QDate) -> None:
        """Take a day from the calendar; the time of day stays as it was."""
        if self._popup is not None:
            self._popup.hide()
        before = self._read(self._line.text())
        time = before.time() if before.isValid() else QTime(0, 0)
        moment = QDateTime(date, time)
        self._line.setText(self._shown(moment))
        self.tell(self._to_value(moment))


def _some_day_at(time: QTime) -> QDateTime:
    """A moment on some day at `time`; none for no time, which Qt would otherwise make midnight."""
    return QDateTime(QDate(2000, 1, 1), time) if time.isValid() else QDateTime()


def date_question(view: QuestionView) -> QuestionWidget:
    """A date, or the part of one that the appearance asks for."""
    words = appearances(view)
    kind = "year" if "year" in words else "month-year" if "month-year" in words else "date"
    return MomentQuestion(view, kind)


def time_question(view: QuestionView) -> QuestionWidget:
    """A time of day."""
    return MomentQuestion(view, "time")


def datetime_question(view: QuestionView) -> QuestionWidget:
    """A date with its time."""
    return MomentQuestion(view, "datetime")
