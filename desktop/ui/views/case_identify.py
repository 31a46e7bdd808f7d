"""Identify: who is in the case, in which role, and what happened. Adding a person and an incident in place.

A protected field says only that it is held; it is opened by an act of its own, which is logged.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.model.person import Party, PartyRole
from desktop.model.protection import MARKABLE, default_marks
from desktop.model.record import RecordView, ValueId
from desktop.ui.models.case import CasePage
from desktop.ui.models.case_words import day_only, part_word, role_word
from desktop.ui.models.words import agency_word
from desktop.ui.views.case_edit import DateField, Editor, Section, contested_link, fact_row
from desktop.ui.views.case_records import ChangeIncident, ChangePerson
from desktop.ui.views.case_typed import Controls, HeldLine
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import CheckBox, ComboBox
from desktop.ui.widgets.fields import Field, LineField, TextArea
from desktop.ui.widgets.flow import Beside
from desktop.ui.widgets.layout import column, holder, row
from desktop.ui.widgets.text import IconLabel, chip, icon_line, label


class IdentifyPanel(QWidget):
    """`person_saved(values)`, `incident_saved(values)`; `person_changed`, `incident_changed` (record, fields);
    `open_wanted(person)`, `decide_wanted(conflict)`.
    """

    person_saved = Signal(object)
    incident_saved = Signal(object)
    person_changed = Signal(str, object)
    incident_changed = Signal(str, object)
    open_wanted = Signal(str)
    decide_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        add_incident = button(tr("Add an incident"), "quiet", "plus", dense="s")
        add_incident.clicked.connect(self.add_incident)
        add_person = button(tr("Add a person"), "quiet", "plus", dense="s")
        add_person.clicked.connect(self.add_person)
        self.incidents = Section(tr("Incidents"), add_incident)
        self.people = Section(tr("People"), add_person)
        self._opened: dict[str, Party] = {}
        self._page: CasePage | None = None
        self._now: datetime | None = None
        beside = Beside([(self.incidents, 3), (self.people, 2)], least=760, space=12)
        self.setLayout(column(beside, None))

    def show_page(self, page: CasePage, now: datetime) -> None:
        """The people and incidents as they stand."""
        self._forget_older(page)
        self._page, self._now = page, now
        incidents = sorted(page.file.incidents, key=lambda one: one.text("on") or one.at, reverse=True)
        rows = [self._incident(one, page, now) for one in incidents]
        self.incidents.show_rows(rows, tr("No incident is written down yet."))
        people = [self._person(self._opened.get(one.person, one), page) for one in page.file.parties]
        self.people.show_rows(people, tr("Nobody is written down yet."))
        self.incidents.slot.compare(page)
        self.people.slot.compare(page)

    def show_opened(self, party: Party) -> None:
        """A person whose protected fields were just opened, and logged."""
        self._opened[party.person] = party
        self._again()

    def hide_opened(self) -> None:
        """Put every protected field away again."""
        if self._opened:
            self._opened = {}
            self._again()

    def add_person(self) -> None:
        """Add a person with their role."""
        made = self.people.slot.open(PersonEditor)
        if made is not None:
            made.saved.connect(self.person_saved)

    def add_incident(self) -> None:
        """Add an incident."""
        today = self._now.date().isoformat() if self._now else ""
        made = self.incidents.slot.open(lambda: IncidentEditor(today))
        if made is not None:
            made.saved.connect(self.incident_saved)

    def change_person(self, person: str) -> None:
        """Change a person who is there; what was opened shows, what was not stays hidden."""
        page = self._page
        record = page.file.record("person", person) if page else None
        party = page.file.record("party", person) if page else None
        if record is not None:
            role = party.text("role") if party else ""
            opened = person in self._opened
            made = self.people.slot.open(lambda: ChangePerson(record, role, opened=opened))
            if made is not None:
                made.saved.connect(partial(self.person_changed.emit, person))

    def change_incident(self, incident: str) -> None:
        """Change an incident that is there."""
        record = self._page.file.record("incident", incident) if self._page else None
        if record is not None:
            made = self.incidents.slot.open(lambda: ChangeIncident(record))
            if made is not None:
                made.saved.connect(partial(self.incident_changed.emit, incident))

    def _forget_older(self, page: CasePage) -> None:
        """What was opened is not shown any longer once the record says something else."""
        before = self._page
        if before is not None:
            same = [one for one in self._opened if _written(before, one) == _written(page, one)]
            self._opened = {one: self._opened[one] for one in same}

    def _change(self, kind: str, record: str, words: str, change: Callable[[str], None]) -> QWidget:
        made = button(tr("Change"), "link", "pencil")
        made.setObjectName(f"change-{kind}-{record}")
        made.setAccessibleName(tr("Change {what}", what=words))
        made.clicked.connect(lambda: change(record))
        return made

    def _again(self) -> None:
        if self._page is not None and self._now is not None:
            self.show_page(self._page, self._now)

    def _incident(self, one: RecordView, page: CasePage, now: datetime) -> QWidget:
        said = one.spoken("incident_kind") or tr("Incident")
        what = said[:1].upper() + said[1:]
        facts = (day_only(one.text("on") or one.at, now), one.spoken("place"))
        by = (one.author, agency_word(page.agencies.get(one.unit, "")))
        change = self._change("incident", one.id, what, self.change_incident)
        parts: list[Any] = [
            row((label(what, "strong", wrap=True), 1), change, space=8),
            label(" · ".join(part for part in (*facts, *by) if part), "caption", "muted", wrap=True),
        ]
        if one.spoken("account"):
            parts.append(label(one.spoken("account"), "small", wrap=True))
        return fact_row(*parts, *self._contested("incident", one.id, page))

    def _person(self, party: Party, page: CasePage) -> QWidget:
        name = party.name or tr("Name not known")
        change = self._change("person", party.person, name, self.change_person)
        title = row((label(f"{name} · {role_word(party.role.value)}", "strong", wrap=True), 1), change, space=8)
        about = [
            tr("born {when}", when=party.born) if party.born else "",
            tr("speaks {language}", language=party.language) if party.language else "",
            tr("interpreter {name}", name=party.interpreter) if party.interpreter else "",
            party.note,
        ]
        parts: list[Any] = [title]
        if any(about):
            parts.append(label(" · ".join(part for part in about if part), "caption", "muted", wrap=True))
        parts += [self._known(party, field) for field in MARKABLE if field in party.shown]
        if party.hidden:
            parts.append(self._hidden(party))
        sign = "baby" if party.role is PartyRole.CHILD else "user-round"
        words = column(*parts, *self._contested("person", party.person, page), space=2)
        return holder(row(column(IconLabel(sign), None), (words, 1), space=10, margins=(8, 0)))

    @staticmethod
    def _known(party: Party, field: str) -> QWidget:
        words = f"{part_word(field)}: {party.shown[field]}"
        if field in party.burnt:
            return holder(row(chip(tr("Burnt: he knows this"), "triangle-alert", kind="danger"), label(words), None))
        return label(words, "small", wrap=True, selectable=True)

    def _hidden(self, party: Party) -> QWidget:
        names = ", ".join(part_word(field) for field in party.hidden)
        act = button(tr("Open"), "link", "eye", tip=tr("Opening a protected field is logged"))
        act.setObjectName(f"open-{party.person}")
        act.setAccessibleName(tr("Open the protected fields of {name}: {fields}", name=party.name, fields=names))
        act.clicked.connect(lambda: self.open_wanted.emit(party.person))
        burnt = tr(", burnt") if party.burnt else ""
        words = tr("{fields}: protected", fields=names) + burnt
        return holder(row(icon_line("lock", words, "caption", "text"), act, None, space=10))

    def _contested(self, kind: str, record: str, page: CasePage) -> list[QWidget]:
        conflict = page.conflict_of(kind, record)
        if not conflict:
            return []
        return [contested_link(tr("Contested"), lambda: self.decide_wanted.emit(conflict))]


def _written(page: CasePage, person: str) -> list[tuple[str, tuple[ValueId, ...]]]:
    """What a person's record is made of."""
    record = page.file.record("person", person)
    return [(name, view.shown_ids) for name, view in sorted(record.fields.items())] if record else []


class PersonEditor(Editor):
    """A person and their role. An address of a victim or child is protected unless someone decides otherwise."""

    def __init__(self) -> None:
        super().__init__("person", tr("Add a person"), tr("Add to the case"))
        self.role = ComboBox(tr("Role"))
        self.role.show_choices([(role.value, role_word(role.value)) for role in PartyRole], PartyRole.VICTIM.value)
        self.name = LineField(tr("Name"))
        self.born = LineField(tr("Born"), placeholder=tr("Year or date"))
        self.language = LineField(tr("Language"))
        self.address = HeldLine(tr("Address"), "", opened=True)
        self.phone = HeldLine(tr("Phone"), "", opened=True)
        self.protected = CheckBox(tr("Protected: never in lists, searches or exports"), on=True)
        self._name = Field(tr("Name"), self.name, required=True)
        head = Beside([(Field(tr("Role"), self.role), 1), (self._name, 2)], least=360, space=12)
        facts = Beside([(Field(tr("Born"), self.born), 1), (Field(tr("Language"), self.language), 1)], least=320)
        reach = Beside([(Field(tr("Address"), self.address), 2), (Field(tr("Phone"), self.phone), 1)], least=320)
        for part in (head, facts, reach, self.protected):
            self.body.addWidget(part)
        self.role.activated.connect(self._mark)

    def values(self) -> tuple[str, dict[str, Any]] | None:
        lines = {"name": self.name, "born": self.born, "language": self.language}
        reach = {"address": self.address, "phone": self.phone}
        fields: dict[str, Any] = {name: line.text().strip() for name, line in (lines | reach).items()}
        self._name.set_error("" if fields["name"] else tr("Give a name, or what the person is called."))
        if not fields["name"]:
            return None
        written = {name: text for name, text in fields.items() if text}
        if self.protected.isChecked():
            written |= {f"{name}_protected": True for name in reach if name in written}
        return self.role.value(), written

    def controls(self) -> Controls:
        lines = {"name": self.name, "born": self.born, "language": self.language}
        reach = {"address": self.address, "phone": self.phone}
        return {"role": self.role, **lines, **reach, "protected": self.protected}

    def first(self) -> QWidget:
        return self.name

    def _mark(self) -> None:
        self.protected.setChecked(bool(default_marks(self.role.value(), separated=True)))


class IncidentEditor(Editor):
    """An incident: when, what, where, and what happened."""

    def __init__(self, today: str) -> None:
        super().__init__("incident", tr("Add an incident"), tr("Add the incident"))
        self.on = DateField(tr("When"), today)
        self.what = LineField(tr("What happened, in a few words"))
        self.place = LineField(tr("Where"))
        self.account = TextArea(tr("Account"), least=3)
        self._what = Field(tr("What happened, in a few words"), self.what, required=True)
        when = Beside([(self.on, 1), (Field(tr("Where"), self.place), 1)], least=320, space=12)
        for part in (self._what, when, Field(tr("Account"), self.account, help_text=tr("Facts, as told or seen."))):
            self.body.addWidget(part)

    def values(self) -> Mapping[str, Any] | None:
        on, what = self.on.iso(), self.what.text().strip()
        self._what.set_error("" if what else tr("Say in a few words what happened."))
        if on is None or not what:
            return None
        fields = {"incident_kind": what, "on": on, "place": self.place.text().strip()}
        fields["account"] = self.account.toPlainText().strip()
        return {"present": True, **{name: text for name, text in fields.items() if text}}

    def controls(self) -> Controls:
        return {"what": self.what, "on": self.on.line, "place": self.place, "account": self.account}

    def first(self) -> QWidget:
        return self.what
