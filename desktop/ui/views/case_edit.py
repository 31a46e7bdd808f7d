"""Editing in place: a small form inside its section, that never loses what is typed and never overwrites unseen.

What is typed is handed over while typing, to be kept with the ids that were shown; taken up again it is as it was.
When a remote edit of the same field arrives the editor says so in a badge and keeps what was typed; what is then saved
stands beside the newer value until someone decides, unless the person has looked at it first. Leaves the fields to each
editor, writing to `desktop.ui.models.case`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from PySide6.QtCore import QDate, QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop.i18n import tr
from desktop.model.record import FieldView, ValueId
from desktop.store.edits import Begun
from desktop.tasks import Failure
from desktop.ui.models.case import CasePage
from desktop.ui.models.case_begun import editor_words
from desktop.ui.notices import Notice as Said
from desktop.ui.notices import notice_of
from desktop.ui.questions.moment import long_year
from desktop.ui.views.case_typed import Controls, HeldLine, Hold, on_edit, put, read
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.fields import Field, LineField
from desktop.ui.widgets.layout import Part, clear, column, holder, line, reveal, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import chip, label

Watched = Mapping[str, FieldView | None]
"""The fields an editor was begun on, by name; None for one that had never been written."""
Say = Callable[[str, FieldView], str]
"""The newer value of a field in words that may be shown."""
KEEP_MS = 120
"""What is typed is on its way to the store this soon after its first key; well under the 300 ms that may be lost."""
TRY_AGAIN_MS = 2000
"""What could not be kept is tried again after so long."""


class Editor(QFrame):
    """One edit in hand. `saved(values)` when it is complete and wanted, `closed` when it is put away, `edited` with
    every keystroke. `code` tells it from every other editor of its case.
    """

    saved = Signal(object)
    closed = Signal()
    edited = Signal()

    def __init__(  # noqa: PLR0917  what it is, then what it watches
        self,
        code: str,
        title: str,
        save: str,
        about: tuple[str, str] = ("", ""),
        watched: Watched | None = None,
        say: Say | None = None,
    ) -> None:
        """`about`: kind and id of the record whose fields are `watched`."""
        super().__init__()
        self.code = code
        self.about = about
        self.setProperty("box", "sunken")
        self.setAccessibleName(title)
        self._watched: dict[str, FieldView | None] = dict(watched or {})
        self._newest: dict[str, FieldView] = {}
        self._say = say
        self._before: Mapping[str, Any] = {}
        self._hold: Hold | None = None
        self._badge = column(space=6)
        self._fault = column()
        self.body: QVBoxLayout = column(space=10)
        self._save = button(save, "primary", dense="s", tip=f"{save} (Ctrl+Return)")
        self._save.clicked.connect(self.save)
        self._cancel = button(tr("Cancel"), "ghost", dense="s", tip=tr("Let go of what was typed"))
        self._cancel.clicked.connect(self.closed)
        foot = row(self._save, self._cancel, None, space=8)
        self._resumed = column()
        head = (label(title, "strong", wrap=True), self._resumed, self._badge)
        self.setLayout(column(*head, self.body, self._fault, foot, space=10, margins=12))
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self._escape)

    # -- of each editor

    def values(self) -> Any:
        """What would be saved; None when something is missing, which is then said beside its field."""
        return None

    def controls(self) -> Controls:
        """What can be typed into, by name."""
        return {}

    def first(self) -> QWidget:
        """Where the keyboard goes when the editor opens."""
        return self._save

    # -- what is typed

    def begin(self) -> None:
        """What stands now is what the edit begins with."""
        self._before = self.typed()
        controls = self.controls().values()
        self._hold = Hold(self, controls)
        for control in controls:
            on_edit(control, self.edited.emit)

    def typed(self) -> dict[str, Any]:
        """What stands in every control."""
        return {name: read(control) for name, control in self.controls().items()}

    def changed(self) -> bool:
        """Whether anything was typed that Escape must not throw away."""
        return self.typed() != self._before

    def begun(self) -> Begun:
        """The edit as it is kept: what is typed, and what was shown when it began."""
        return Begun(self.code, self.typed(), {name: self.over(name) for name in self._watched})

    def take_up(self, begun: Begun) -> None:
        """Go on with an edit that was kept: its words, and the ids that were shown when it began."""
        controls = self.controls()
        for name, ids in begun.shown.items():
            if name in self._watched:
                self._watched[name] = replace(self._watched[name] or FieldView(None), shown_ids=ids)
        for name, value in begun.typed.items():
            if name in controls:
                put(controls[name], value)
        self._resumed.addWidget(resumed(self.code, self.closed.emit))

    def cover(self) -> None:
        """Put away whatever was opened in it; what was typed stays."""
        for control in self.controls().values():
            if isinstance(control, HeldLine):
                control.cover()

    # -- saving

    @property
    def saving(self) -> bool:
        """Whether the values were handed over and it is not known yet how that went."""
        return self._hold is not None and self._hold.on

    def save(self) -> None:
        """Hand over the values if they are complete; they stay as they are until they are written or refused."""
        values = self.values()
        if values is not None and not self.saving:
            clear(self._fault)
            self._set_saving(saving=True)
            self.saved.emit(values)

    def _set_saving(self, *, saving: bool) -> None:
        if self._hold is not None:
            self._hold.on = saving
        self._save.setEnabled(not saving)
        self._cancel.setEnabled(not saving)

    def refuse(self, failure: Failure) -> None:
        """Nothing was written: say why, and keep what was typed."""
        self._set_saving(saving=False)
        self.edited.emit()
        clear(self._fault)
        notice = notice_of(failure)
        self._fault.addWidget(Notice("danger", notice.remedy or notice.text, title=notice.text))

    # -- what others wrote meanwhile

    def over(self, name: str) -> tuple[ValueId, ...]:
        """The ids that were shown in a field when the edit began, or when its newer value was looked at."""
        view = self._watched.get(name)
        return view.shown_ids if view else ()

    def compare(self, page: CasePage) -> None:
        """The watched fields as they stand now: a newer value is told in a badge, what was typed stays."""
        for name in self._watched:
            now = page.field(*self.about, name)
            if now is None or set(now.shown_ids) == set(self.over(name)):
                continue
            known = self._newest.get(name)
            if known is None or known.shown_ids != now.shown_ids:
                self._newest[name] = now
                self._show_badge(name, now)

    def badges(self) -> list[Notice]:
        """The badges now shown."""
        return self.findChildren(Notice, "newer")

    def _show_badge(self, name: str, newest: FieldView) -> None:
        clear(self._badge)
        said = self._say(name, newest) if self._say else ""
        made = Notice(
            "warn",
            said or tr("What you typed is kept. If you save without looking, both values stand until someone decides."),
            title=tr("{who} changed this while you were writing", who=newest.author or tr("Someone")),
            act=tr("I have read it"),
            icon="split",
        )
        made.setObjectName("newer")
        made.acted.connect(self._read_newest)
        self._badge.addWidget(made)

    def _read_newest(self) -> None:
        """The newer values were looked at: what is saved now answers them."""
        self._watched |= self._newest
        self._newest = {}
        clear(self._badge)
        self.edited.emit()
        self.first().setFocus()

    def _escape(self) -> None:
        if not self.changed() and not self.saving:
            self.closed.emit()


E = TypeVar("E", bound=Editor)


class EditSlot(QWidget):
    """A place for at most one editor. Opening again while one is in hand goes back to it and keeps what is typed.

    `keep(Begun)` while a person types, `let_go(name, Begun | None)` when an edit was put away unwritten.
    """

    keep = Signal(object)
    let_go = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.editor: Editor | None = None
        self._kept = False
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self.flush)
        self._column = column()
        self.setLayout(self._column)
        self.hide()

    def open(self, editor: Callable[[], E]) -> E | None:
        """Show the editor that `editor` makes, unless another is in hand; the new one, or None."""
        if self.editor is not None:
            self.editor.first().setFocus()
            return None
        made = editor()
        self.editor = made
        made.begin()
        made.edited.connect(self._wait)
        made.closed.connect(self._cancelled)
        self._column.addWidget(made)
        reveal(self, True)
        made.first().setFocus()
        return made

    def take_up(self, begun: Begun) -> bool:
        """Put a kept edit back into its editor, if that is the one just opened here."""
        if self.editor is None or self.editor.code != begun.editor:
            return False
        self.editor.take_up(begun)
        self._kept = True
        return True

    def compare(self, page: CasePage) -> None:
        """Tell the editor in hand what stands now."""
        if self.editor is not None:
            self.editor.compare(page)

    def flush(self) -> None:
        """Hand over what is typed, to be kept; nothing is kept of an edit that is back where it began."""
        self._soon.stop()
        editor = self.editor
        if editor is None or editor.saving:
            return
        if editor.changed():
            self._kept = True
            self.keep.emit(editor.begun())
        elif self._kept:
            self._kept = False
            self.let_go.emit(editor.code, None)

    def keep_again(self) -> None:
        """It could not be kept: the words, with what is typed meanwhile, are handed over once more in a while."""
        self._soon.start(TRY_AGAIN_MS)

    def close_editor(self) -> None:
        """Put the editor away."""
        self._soon.stop()
        self._kept = False
        if self.editor is not None:
            clear(self._column)
            self.editor = None
            self.hide()

    def _wait(self) -> None:
        """What is typed without a pause is kept all the same."""
        if not self._soon.isActive():
            self._soon.start(KEEP_MS)

    def _cancelled(self) -> None:
        editor, kept = self.editor, self._kept
        if editor is None:
            return
        begun = editor.begun() if editor.changed() else None
        self.close_editor()
        if begun is not None or kept:
            self.let_go.emit(editor.code, begun)


def resumed(name: str, let_go: Callable[[], None]) -> Notice:
    """What stands above an edit that was begun earlier."""
    title = tr("You had begun {what}; nothing was written", what=editor_words(name))
    made = Notice("info", tr("Go on where you stopped, or let it go."), title=title, act=tr("Let it go"), icon="pencil")
    made.setObjectName("resumed")
    made.acted.connect(let_go)
    return made


def undo_notice(begun: Begun, undo: Callable[[], None]) -> Said:
    """What is said when an edit was let go."""
    return Said("info", tr("Let go: {what}.", what=editor_words(begun.editor)), act=(tr("Undo"), undo))


class Section(QFrame):
    """A card with a head, acts at its end, a place for an editor, and rows that are made anew with every reading."""

    def __init__(self, title: str, *acts: QWidget) -> None:
        super().__init__()
        self.setProperty("box", "card")
        self.setAccessibleName(title)
        self.slot = EditSlot()
        self._rows = column(space=0)
        self._count = label("", "small", "muted")
        self.head = row(label(title, "h3"), self._count, None, *acts, space=8)
        self.setLayout(column(self.head, self.slot, self._rows, None, space=8, margins=(10, 16, 12, 16)))

    def show_rows(self, rows: Sequence[QWidget], empty: str, *, counted: bool = True) -> None:
        """Show these rows with hairlines between, or why there is none."""
        clear(self._rows)
        self._count.setText(str(len(rows)) if rows and counted else "")
        for number, made in enumerate(rows):
            if number:
                self._rows.addWidget(line())
            self._rows.addWidget(made)
        if not rows:
            self._rows.addWidget(label(empty, "small", "muted", wrap=True))


class DateField(Field):
    """A date, typed in the order of the person's language or as ISO; `iso()` gives it or None."""

    def __init__(self, text: str, value: str = "", *, help_text: str = "", required: bool = False) -> None:
        self._format = long_year(QLocale())
        self.line = LineField(text, placeholder=QLocale().toString(QDate(2026, 12, 31), self._format))
        super().__init__(text, self.line, help_text=help_text, required=required)
        self.show_iso(value)

    def show_iso(self, value: str) -> None:
        """Show an ISO date."""
        read = QDate.fromString(value[:10], "yyyy-MM-dd")
        self.line.setText(QLocale().toString(read, self._format) if read.isValid() else value)

    def iso(self) -> str | None:
        """The date in ISO form, "" for none; None (and said beside the field) for what is not a date."""
        typed = self.line.text().strip()
        self.set_error("")
        if not typed:
            return ""
        for pattern in (self._format, "yyyy-MM-dd", "d.M.yyyy", "d/M/yyyy"):
            read = QLocale().toDate(typed, pattern)
            if read.isValid() and read.year() >= 1000:
                return date(read.year(), read.month(), read.day()).isoformat()
        example = QLocale().toString(QDate(2026, 12, 31), self._format)
        self.set_error(tr("Write the date as {example}", example=example))
        return None


def contested_link(text: str, go: Callable[[], None]) -> QWidget:
    """A mark that a value is contested, and the way to deciding it."""
    decide = button(tr("Decide"), "link", "split")
    decide.setAccessibleName(f"{text}: {decide.text()}")
    decide.clicked.connect(go)
    return holder(row(chip(text, "split", kind="warn"), decide, None, space=8))


def fact_row(*parts: Part) -> QWidget:
    """A row of a section."""
    return holder(column(*parts, space=3, margins=(8, 0)))
