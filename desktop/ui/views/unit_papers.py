"""The unit's recovery papers at founding: three shares, shown once and one at a time, then two typed back in full.

The key exists only while this page stands: its public half goes on, the papers keep the rest. Leaves the shares
themselves to `desktop.crypto.shares`.
"""

import secrets

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.crypto.shares import GROUPS, SHARES, THRESHOLD, PaperSet, Share, join, set_name_of
from desktop.errors import KnownError
from desktop.i18n import tr
from desktop.ui.notices import notice_of
from desktop.ui.views.entering import Pages
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.fields import Field, LineField
from desktop.ui.widgets.layout import box, clear, column, row
from desktop.ui.widgets.text import label

IN_A_LINE = 4
"""Groups in one line of a share: it is copied by hand."""


class UnitPapersPage(QWidget):
    """`kept(public)`: the 32 public bytes of the recovery key, once two of its papers were typed back."""

    kept = Signal(bytes)

    def __init__(self) -> None:
        super().__init__()
        self.papers: PaperSet | None = None
        self.paper = PaperPage()
        self.back = TypeBackPage()
        self._pages = Pages(self.paper, self.back)
        self.setLayout(column(self._pages, space=0))
        self.paper.copied.connect(self._next)
        self.back.again.connect(self._show_first)
        self.back.typed.connect(self._check)
        self.setFocusProxy(self._pages)

    def begin(self) -> None:
        """A new key and its three shares; the first is shown."""
        self.papers = PaperSet.new()
        self._show_first()

    def _show_first(self) -> None:
        if self.papers is not None:
            self.paper.show_share(self.papers.shares[0])
            self._pages.turn_to(self.paper)

    def _next(self, number: int) -> None:
        if self.papers is not None and number < SHARES:
            self.paper.show_share(self.papers.shares[number])
            self.paper.setFocus()
            return
        asked = sorted(secrets.SystemRandom().sample(range(1, SHARES + 1), THRESHOLD))
        self.back.ask(asked)
        self._pages.turn_to(self.back)

    def _check(self, typed: list[Share]) -> None:
        """Both papers are whole; they must also give this very key back."""
        papers = self.papers
        if papers is None:
            return
        try:
            right = papers.comes_back_from(typed)
        except KnownError as error:
            self.back.say(error)
            return
        if not right:
            self.back.say(other_papers())
            return
        self.papers = None
        self.paper.forget()
        self.back.forget()
        self.kept.emit(papers.public)


def other_papers() -> KnownError:
    """Two papers that belong together, but not to the key shown here."""
    return KnownError("share.not_these", "These are not the papers shown here.", "Look at them again and type these.")


class RenewPapersPage(QWidget):
    """Two old papers, then three new ones. `kept(old private, new public)`; `left` while nothing was changed."""

    kept = Signal(bytes, bytes)
    left = Signal()

    def __init__(self, public: bytes) -> None:
        super().__init__()
        self._public = public
        self._old = b""
        names = [tr("One old paper"), tr("Another old paper")]
        self.lines = [LineField(name, dense="l") for name in names]
        self.fields = [Field(name, line) for name, line in zip(names, self.lines, strict=True)]
        self.on = button(tr("Continue"), "primary")
        self.on.clicked.connect(self._check)
        leave = button(tr("Not now"), "quiet")
        leave.clicked.connect(self.left)
        asked = QWidget()
        asked.setLayout(
            column(
                label(tr("New recovery papers"), "h3"),
                label(
                    tr("After a use or a loss. Two of the old papers open the unit’s root key for the new ones."),
                    "small",
                    "muted",
                    wrap=True,
                ),
                *self.fields,
                row(self.on, leave, None, space=8),
                space=10,
            )
        )
        self.papers = UnitPapersPage()
        self.papers.kept.connect(lambda new: self.kept.emit(self._old, new))
        self._pages = Pages(asked, self.papers)
        self.setLayout(column(self._pages, space=0, margins=(12, 16)))

    def _check(self) -> None:
        found: list[Share] = []
        for line, field in zip(self.lines, self.fields, strict=True):
            try:
                found.append(Share.from_text(line.text()))
                field.set_error("")
            except KnownError as error:
                field.set_error(slip_words(error))
                line.setFocus()
                return
        try:
            self._old = join(found)
        except KnownError as error:
            self.fields[-1].set_error(slip_words(error))
            return
        if found[0].set_name != set_name_of(self._public):
            self.fields[-1].set_error(slip_words(other_papers()))
            return
        for line in self.lines:
            line.clear()
        self.papers.begin()
        self._pages.turn_to(self.papers)


class PaperPage(QWidget):
    """One share to be written down. `copied(number)` when it is on paper."""

    copied = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._number = 1
        self._title = label("", "display")
        self._shown = label("", "h2", wrap=True, selectable=True)
        self._on = button(tr("It is on paper"), "primary", dense="l")
        self._on.clicked.connect(lambda: self.copied.emit(self._number))
        self.setLayout(
            column(
                self._title,
                label(
                    tr(
                        "Any two of three papers give the unit’s copies back when passphrases are lost. Give each to "
                        "another person or safe, with the unit’s name and today’s date. They are shown only now."
                    ),
                    "body",
                    "muted",
                    wrap=True,
                ),
                8,
                box("sunken", column(self._shown, margins=16)),
                8,
                row(self._on, None),
                None,
            )
        )
        self.setFocusProxy(self._on)

    def show_share(self, share: Share) -> None:
        """Its twelve groups in three lines, numbered: a slip is told by the number of its group."""
        self._number = share.number
        groups = share.to_text().split("-")
        starts = range(0, GROUPS, IN_A_LINE)
        lines = [f"{at + 1}–{at + IN_A_LINE}:  {'  '.join(groups[at : at + IN_A_LINE])}" for at in starts]
        self._title.setText(tr("Paper {number} of {count}", number=share.number, count=SHARES))
        self._shown.setText("\n".join(lines))
        self._shown.setAccessibleName(" ".join(groups))

    def forget(self) -> None:
        """Nothing stays on the page."""
        self._shown.clear()
        self._shown.setAccessibleName("")


class TypeBackPage(QWidget):
    """Two shares typed back. `typed(list of Share)` when each of them is whole; `again` back to the papers."""

    typed = Signal(object)
    again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._asked: list[int] = []
        self.lines: list[LineField] = []
        self.fields: list[Field] = []
        self._place = column(space=12)
        on = button(tr("Continue"), "primary", dense="l")
        on.clicked.connect(self._tell)
        again = button(tr("Show the papers again"), "quiet", "arrow-left", dense="s")
        again.clicked.connect(self.again)
        self.setLayout(
            column(
                label(tr("Type two papers back"), "display"),
                label(
                    tr("A slip of the pen would be found on the worst day. Spaces, dashes and case do not matter."),
                    "body",
                    "muted",
                    wrap=True,
                ),
                8,
                self._place,
                8,
                row(on, None, again),
                None,
                space=12,
            )
        )

    def ask(self, numbers: list[int]) -> None:
        """Which papers are to be typed, counted from 1."""
        self._asked = numbers
        clear(self._place)
        names = [tr("Paper {number}", number=number) for number in numbers]
        self.lines = [LineField(name, dense="l") for name in names]
        self.fields = [Field(name, line) for name, line in zip(names, self.lines, strict=True)]
        for field in self.fields:
            self._place.addWidget(field)
        for line, following in zip(self.lines, self.lines[1:], strict=False):
            line.returnPressed.connect(following.setFocus)
        self.lines[-1].returnPressed.connect(self._tell)
        self.setFocusProxy(self.lines[0])

    def asked(self) -> list[int]:
        """The numbers asked for."""
        return self._asked

    def say(self, error: KnownError) -> None:
        """What is wrong with the two together."""
        notice = notice_of(error)
        self.fields[-1].set_error(f"{notice.text} {notice.remedy}")

    def forget(self) -> None:
        """Nothing stays in the fields."""
        for line in self.lines:
            line.clear()

    def _tell(self) -> None:
        found: list[Share] = []
        for number, line, field in zip(self._asked, self.lines, self.fields, strict=True):
            try:
                share = Share.from_text(line.text())
            except KnownError as error:
                field.set_error(slip_words(error))
                line.setFocus()
                return
            if share.number != number:
                field.set_error(
                    tr("This is paper {typed}; paper {asked} is asked for.", typed=share.number, asked=number)
                )
                line.setFocus()
                return
            field.set_error("")
            found.append(share)
        self.typed.emit(found)


def slip_words(error: KnownError) -> str:
    """What is wrong with one typed share, with the group where it can be told."""
    notice = notice_of(error)
    group = error.details.get("group")
    where = tr("Group {number}.", number=group) if group else ""
    return " ".join(part for part in (notice.text, where, notice.remedy) if part)
