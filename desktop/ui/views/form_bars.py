"""The two bars of a form: title, saved, language and discarding above; going on, stopping and the result below.

They show and ask; what each act means belongs to the screen.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from desktop.i18n import tr
from desktop.ui.models.form_draft import Opened
from desktop.ui.models.form_result import ShownResult
from desktop.ui.widgets.buttons import button, icon_button
from desktop.ui.widgets.choices import ComboBox
from desktop.ui.widgets.grade import GradeBadge
from desktop.ui.widgets.layout import box, clear, column, holder, line, row
from desktop.ui.widgets.text import IconLabel, label, set_tone


class FormTop(QWidget):
    """`language_chosen(name)`, `discard_wanted()`, `back_wanted()`, `section_chosen(index)`."""

    language_chosen = Signal(str)
    section_chosen = Signal(int)
    back_wanted = Signal()
    discard_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._back = button(tr("Leave"), "ghost", "chevron-left", dense="s", tip=tr("Leave; everything is kept"))
        self._title: QLabel = label("", "h3")
        self._version: QLabel = label("", "caption", "muted")
        self._words = holder(column(self._title, self._version, space=1))
        self._saved_sign = IconLabel("laptop", "ok")
        self._saved_words: QLabel = label("", "small", "ok")
        self._saved = holder(row(self._saved_sign, self._saved_words, space=6))
        self._saved.hide()
        self.sections = ComboBox(tr("Section"), dense="s")
        self.language = ComboBox(tr("Language of this form"), dense="s")
        self.discard = icon_button("trash-2", tr("Discard this draft"))
        left = row(self._back, line(upright=True), self._words, self.sections, space=12)
        parts = row(left, None, self._saved, self.language, self.discard, space=12, margins=(8, 24, 8, 12))
        self.setLayout(column(box("topbar", parts)))
        self._back.clicked.connect(self.back_wanted)
        self.discard.clicked.connect(self.discard_wanted)
        self.language.activated.connect(lambda _index: self.language_chosen.emit(self.language.value()))
        self.sections.activated.connect(self.section_chosen)
        self._names: list[str] = []
        self.sections.hide()
        self.discard.hide()
        self.language.hide()

    def show_about(self, about: Opened, zone: tzinfo) -> None:
        """The title, the version, when it was begun, and the languages to choose from."""
        self._back.set_words(about.code_name or tr("Leave"))
        self._title.setText(about.title)
        begun = datetime.fromtimestamp(about.begun_at / 1000, zone)
        self._version.setText(tr("Version {version} · begun {time}", version=about.version, time=f"{begun:%H:%M}"))
        languages = [(one, _language_name(one)) for one in about.session.definition.languages]
        self.language.show_choices(languages, about.session.language)
        self.language.setVisible(self.language.count() > 1)
        self.discard.show()

    def show_sections(self, names: Sequence[str], here: int) -> None:
        """The sections as a list box, for where there is no panel."""
        if list(names) != self._names:
            self._names = list(names)
            self.sections.show_choices([(str(place), name) for place, name in enumerate(names)])
        self.sections.setCurrentIndex(here)

    def show_saved(self, at: datetime) -> None:
        """That the answers are on disk."""
        self._say("laptop", tr("Saved on this laptop, {time}", time=f"{at:%H:%M:%S}"), "ok")

    def show_unsaved(self) -> None:
        """That the answers could not be written; it is said until they are."""
        self._say("triangle-alert", tr("Not saved yet, trying again"), "danger")

    def fold(self, *, narrow: bool) -> None:
        """Where it is narrow the sections become a list box in the place of the title."""
        self.sections.setVisible(narrow)
        self._words.setVisible(not narrow)

    def _say(self, icon: str, words: str, tone: str) -> None:
        self._saved_sign.show_icon(icon, tone)
        self._saved_words.setText(words)
        set_tone(self._saved_words, tone)
        self._saved.show()


class FormBottom(QWidget):
    """`previous_wanted()`, `next_wanted()`, `stop_wanted()`, `left_for_later()`."""

    previous_wanted = Signal()
    next_wanted = Signal()
    stop_wanted = Signal()
    left_for_later = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.previous = button(tr("Back"), "secondary", "arrow-left", tip=tr("The section before · Ctrl+Up"))
        self.stop = button(
            tr("Stop here"), "secondary", "hand", tip=tr("She stops: the rest is not asked · Ctrl+Shift+S")
        )
        self.later = button(tr("Leave for later"), "secondary")
        self.next = button(tr("Next section"), "primary", tip=tr("The next section · Ctrl+Down"))
        self._hint: QLabel = label("", "caption", "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._strip: QVBoxLayout = column(space=0)
        self._strip_holder = holder(self._strip)
        self._strip_holder.hide()
        acts = row(self.previous, (holder(row((self._hint, 1))), 1), self.stop, self.later, self.next)
        self.setLayout(column(box("bottombar", column(self._strip_holder, acts, space=6, margins=(10, 24)))))
        self.previous.clicked.connect(self.previous_wanted)
        self.next.clicked.connect(self.next_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        self.later.clicked.connect(self.left_for_later)
        self._narrow = False
        self._shown: ShownResult | None = None

    def show_place(self, index: int, pages: int, *, can_stop: bool) -> None:
        """What can be done from this page."""
        self.previous.setEnabled(index > 0)
        self.next.setVisible(index < pages)
        self.next.set_words(tr("Check and sign") if index == pages - 1 else tr("Next section"))
        self.stop.setVisible(can_stop and index < pages)

    def show_hint(self, words: str) -> None:
        """What the keys do at the question in hand."""
        self._hint.setText(words)

    def show_result(self, shown: ShownResult | None) -> None:
        """The result on one line, where there is no panel beside."""
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._strip)
        if shown is not None and shown.band:
            words = " · ".join(part for part in (shown.band, shown.count, shown.could) if part)
            self._strip.addLayout(row(GradeBadge(shown.grade), (label(words, "caption", wrap=True), 1), space=10))
        self._reveal_strip()

    def fold(self, *, narrow: bool) -> None:
        """Where it is narrow the result stands here and the words step back."""
        self._narrow = narrow
        self._hint.setVisible(not narrow)
        self.later.setVisible(not narrow)
        self._reveal_strip()

    def _reveal_strip(self) -> None:
        self._strip_holder.setVisible(self._narrow and self._shown is not None and bool(self._shown.band))


def _language_name(language: str) -> str:
    """A spreadsheet says "English (en)"; a person reads the name alone."""
    return language.split("(", maxsplit=1)[0].strip() or language
