"""Follow up: consents, notes (fact or opinion), who read the case, and the timeline with where each item stands."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from desktop.i18n import tr
from desktop.model.case import CaseFile
from desktop.model.consent import Consent
from desktop.model.moment import moment
from desktop.model.record import RecordView
from desktop.model.timeline import TimelineEntry
from desktop.ui.models.case import CasePage
from desktop.ui.models.case_words import (
    circumstances_words,
    consent_word,
    day_short,
    note_word,
    sign_of,
    timeline_words,
)
from desktop.ui.models.words import agency_word, stage_short, time_words
from desktop.ui.views.case_edit import Editor, Section, contested_link, fact_row
from desktop.ui.views.case_typed import Controls
from desktop.ui.widgets.buttons import button, filter_button
from desktop.ui.widgets.choices import RadioButton
from desktop.ui.widgets.fields import ErrorLine, Field, TextArea
from desktop.ui.widgets.flow import Beside, flow
from desktop.ui.widgets.layout import column, reveal, row
from desktop.ui.widgets.text import icon_line, label
from desktop.ui.widgets.timeline import Event, Timeline

FILTERS = ("all", "incident", "shared")
MOST = 60
"""So many lines are drawn at first."""


class FollowPanel(QWidget):
    """`note_saved(fields)`, `event_wanted(kind, record)`, `decide_wanted(conflict)`."""

    note_saved = Signal(object)
    event_wanted = Signal(str, str)
    decide_wanted = Signal(str)

    def __init__(self, unit_names: Mapping[str, str]) -> None:
        super().__init__()
        self._unit_names = unit_names
        self._filters = self._make_filters()
        self.timeline = Timeline()
        self.timeline.opened.connect(self._opened)
        self._empty = label("", "small", "muted", wrap=True)
        self._more = button(tr("Show all"), "quiet", dense="s")
        self._more.clicked.connect(self._show_all)
        self._all = False
        self._line = Section(tr("Timeline"), *self._filters.buttons())
        self._line.show_rows([_together(self.timeline, self._empty, self._more)], "", counted=False)
        add = button(tr("Add a note"), "quiet", "plus", dense="s")
        add.clicked.connect(self.add_note)
        self.notes = Section(tr("Notes"), add)
        self.consents = Section(tr("Consent"))
        self.readers = Section(tr("Who has read it"))
        self._page: CasePage | None = None
        self._now: datetime | None = None
        side = QWidget()
        side.setLayout(column(self.consents, self.notes, self.readers, None, space=12))
        self.setLayout(column(Beside([(self._line, 3), (side, 2)], least=760, space=12), None))

    def show_page(self, page: CasePage, now: datetime) -> None:
        """All of it as it stands."""
        self._page, self._now = page, now
        self._show_timeline()
        notes = sorted(page.file.notes, key=lambda one: one.at, reverse=True)
        self.notes.show_rows([_note(one, page, now) for one in notes], tr("No note is written yet."))
        consents = [self._consent(one, page, now) for one in page.file.consents]
        self.consents.show_rows(consents, tr("Consent was not asked yet, or not written down."))
        readers = [_reader(page.file, place, now) for place in range(len(page.file.read_by))]
        self.readers.show_rows(readers, tr("Nobody is known to have read it."))

    def add_note(self) -> None:
        """Write a note."""
        made = self.notes.slot.open(NoteEditor)
        if made is not None:
            made.saved.connect(self.note_saved)

    def _make_filters(self) -> QButtonGroup:
        words = {"all": tr("All"), "incident": tr("Incidents"), "shared": tr("Shared")}
        group = QButtonGroup(self)
        for number, name in enumerate(FILTERS):
            group.addButton(filter_button(words[name], on=not number), number)
        group.idClicked.connect(lambda _number: self._show_timeline())
        return group

    def _shown(self) -> list[TimelineEntry]:
        only = FILTERS[self._filters.checkedId()]
        lines = self._page.file.timeline if self._page else ()
        return [line for line in lines if only == "all" or only in {line.kind, line.where}]

    def _show_all(self) -> None:
        self._all = True
        self._show_timeline()

    def _show_timeline(self) -> None:
        page, now = self._page, self._now
        if page is None or now is None:
            return
        lines = self._shown()
        shown = lines if self._all else lines[:MOST]
        self.timeline.show_events([self._event(line, page, now) for line in shown])
        self._empty.setText("" if lines else tr("Nothing of this kind has happened yet."))
        reveal(self._empty, not lines)
        reveal(self._more, len(shown) < len(lines))

    def _event(self, line: TimelineEntry, page: CasePage, now: datetime) -> Event:
        who = ", ".join(part for part in (line.author, agency_word(page.agencies.get(line.unit, ""))) if part)
        stage = line.stage or "server"  # what was read back from the server has left the outbox
        return Event(
            key=f"{line.kind} {line.record}",
            day=day_short(line.at, now),
            text=timeline_words(line, self._unit_names),
            who=tr("{who} · contested", who=who) if line.contested else who,
            icon=sign_of(line.kind),
            tone="warn" if line.contested else "muted",
            state="outbox" if stage == "sent" else stage,
            where=stage_short(stage),
        )

    def _opened(self, key: str) -> None:
        kind, _, record = key.partition(" ")
        self.event_wanted.emit(kind, record)

    def _consent(self, one: Consent, page: CasePage, now: datetime) -> QWidget:
        to = self._unit_names.get(one.recipient, "") or tr("any partner")
        title = tr("{state}: {to}", state=consent_word(one.state.value).capitalize(), to=to)
        facts = (one.scope, one.basis, one.author, time_words(moment(one.at), now))
        parts: list[Any] = [label(title, "strong", wrap=True)]
        parts.append(label(" · ".join(part for part in facts if part), "caption", "muted", wrap=True))
        parts.append(label(circumstances_words(one.circumstances), "caption", "muted", wrap=True))
        if one.confirm_alone:
            parts.append(icon_line("hourglass", tr("To be confirmed alone"), "caption_strong", "warn", wrap=True))
        conflict = page.conflict_of("consent", one.id)
        if conflict:
            parts.append(contested_link(tr("Contested"), partial(self.decide_wanted.emit, conflict)))
        return fact_row(*parts)


class NoteEditor(Editor):
    """A note: a fact that was seen or heard, or someone's opinion. It cannot be changed afterwards."""

    def __init__(self) -> None:
        super().__init__("note", tr("Add a note"), tr("Add the note"))
        self.fact = RadioButton(tr("Fact: seen, heard or read"))
        self.opinion = RadioButton(tr("Opinion: what you think of it"))
        self.text = TextArea(tr("Note"), least=3)
        self._text = Field(tr("Note"), self.text, required=True, help_text=tr("A note is signed; it is never changed."))
        self._kind_fault = ErrorLine()
        self.body.addWidget(flow(self.fact, self.opinion, space=16))
        self.body.addWidget(self._kind_fault)
        self.body.addWidget(self._text)

    def values(self) -> Mapping[str, Any] | None:
        text = self.text.toPlainText().strip()
        chosen = self.fact.isChecked() or self.opinion.isChecked()
        self._kind_fault.show_error("" if chosen else tr("Say whether it is a fact or an opinion."))
        self._text.set_error("" if text else tr("Write the note."))
        if not text or not chosen:
            return None
        return {"note_kind": "fact" if self.fact.isChecked() else "opinion", "text": text}

    def controls(self) -> Controls:
        return {"fact": self.fact, "opinion": self.opinion, "text": self.text}

    def first(self) -> QWidget:
        return self.fact


def _note(one: RecordView, page: CasePage, now: datetime) -> QWidget:
    by = (one.author, agency_word(page.agencies.get(one.unit, "")), time_words(moment(one.at), now))
    kind = one.text("note_kind")
    sign = "quote" if kind == "fact" else "lightbulb"
    return fact_row(
        icon_line(sign, note_word(kind), "caption_strong", "text"),
        label(one.text("text"), "small", wrap=True),
        label(" · ".join(part for part in by if part), "caption", "muted", wrap=True),
    )


def _reader(file: CaseFile, place: int, now: datetime) -> QWidget:
    reader = file.read_by[place]
    facts = (reader.name, agency_word(reader.agency), time_words(moment(reader.at), now))
    return icon_line("eye", ", ".join(part for part in facts if part), "small", wrap=True)


def _together(*parts: QWidget) -> QWidget:
    made = QWidget()
    made.setLayout(column(*parts[:-1], row(parts[-1], None), space=4))
    return made
