"""The safe-contact block of a case, and changing its rule in place.

The rule stands first; the number comes only after the opening was logged, and goes again when the screen is left.
"""

from datetime import datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.model.moment import moment
from desktop.model.record import FieldView
from desktop.ui.models.case import CasePage
from desktop.ui.models.case_words import forbidden_words, rule_words
from desktop.ui.models.words import agency_word, time_words
from desktop.ui.views.case_edit import Editor, EditSlot
from desktop.ui.views.case_rule import RuleFields
from desktop.ui.views.case_typed import Controls
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.contact import SafeContact
from desktop.ui.widgets.layout import column, reveal, row
from desktop.ui.widgets.text import label

KIND, FIELD = "safe_contact", "rule"


class ContactPart(QWidget):
    """`open_wanted` for the number, `decide_wanted(conflict id)`, `saved(record, rule, over)` for a changed rule."""

    open_wanted = Signal()
    decide_wanted = Signal(str)
    saved = Signal(str, object, object)

    def __init__(self) -> None:
        super().__init__()
        self.block = SafeContact()
        self.block.open_requested.connect(self.open_wanted)
        self.slot = EditSlot()
        self._conflict = ""
        self._from = label("", "caption", "muted", wrap=True)
        self._change = button(tr("Change the rule"), "link", "pencil")
        self._change.clicked.connect(self.edit)
        self._decide = button(tr("Decide which rule stands"), "link", "split")
        self._decide.clicked.connect(lambda: self.decide_wanted.emit(self._conflict))
        self._record = ""
        self._view: FieldView | None = None
        self._number: str | None = None
        acts = row((self._from, 1), self._decide, self._change, space=16)
        self.setLayout(column(self.block, self.slot, acts, space=4))

    def show_page(self, page: CasePage, now: datetime) -> None:
        """The rule as it stands; a number that was opened stays open only while the rule is the same."""
        view, contact = page.file.safe_contact, page.file.contact
        self._record = record_of(page) or _victim(page)
        self._conflict = page.conflict_of(KIND, self._record)
        reveal(self._decide, bool(self._conflict))
        self._change.set_words(tr("Change the rule") if view else tr("Write the rule"))
        reveal(self._change, bool(self._record))
        self.slot.compare(page)
        if view is None or contact is None:
            self._view, self._number = None, None
            words = tr("No safe-contact rule yet. Do not call before you have one; nothing can be referred without it.")
            self.block.show_missing(words)
            self._from.setText("" if self._record else tr("Add the victim below; the rule belongs to a person."))
            return
        if self._view is None or view.shown_ids != self._view.shown_ids:
            self._number = None
            self.block.show_rule(rule_words(contact), forbidden_words(contact), _notes(page, view, now))
            self.block.can_open(contact.has_number and contact.level != "none")
        self._view = view
        at = time_words(moment(view.at), now)
        agency = agency_word(page.agencies.get(view.unit, ""))
        said = tr("{who}, {agency}, {time}", who=view.author, agency=agency, time=at)
        self._from.setText("" if view.contested else said)

    def show_number(self, number: str) -> None:
        """The number whose opening was just logged."""
        self._number = number
        self.block.show_number(number or tr("No number is held"))

    def hide_number(self) -> None:
        """Put the number away again."""
        if self._number is not None:
            self._number = None
            self.block.hide_number()

    def edit(self) -> None:
        """Change the rule in place, all its parts at once."""
        view = self._view
        rule = view.value if view and isinstance(view.value, dict) else {}
        made = self.slot.open(lambda: RuleEditor(self._record, rule, self._number, view))
        if made is not None:
            record = self._record
            made.saved.connect(lambda rule: self.saved.emit(record, rule, made.over(FIELD)))


class RuleEditor(Editor):
    """The whole rule as one edit."""

    def __init__(self, record: str, rule: dict[str, Any], number: str | None, view: FieldView | None) -> None:
        super().__init__("rule", tr("Safe-contact rule"), tr("Save the rule"), (KIND, record), {FIELD: view})
        self.fields = RuleFields(rule, number=number)
        self.body.addWidget(self.fields)

    def values(self) -> dict[str, Any] | None:
        return self.fields.rule()

    def controls(self) -> Controls:
        return self.fields.controls()

    def first(self) -> QWidget:
        return self.fields.level


def record_of(page: CasePage) -> str:
    """The record of the rule that is shown; "" where there is none."""
    for (kind, name), record in page.file.records.items():
        if kind == KIND and record.fields.get(FIELD) is page.file.safe_contact:
            return name
    return ""


def _victim(page: CasePage) -> str:
    """Whose rule a new one would be: the first victim's."""
    return next((party.person for party in page.file.parties if party.role.value == "victim"), "")


def _notes(page: CasePage, view: FieldView, now: datetime) -> list[str]:
    """What is contested and why this stands meanwhile; what nobody has decided."""
    if not view.contested:
        return _expiry(page, now)
    since = time_words(max((moment(side.at) for side in view.alternatives), key=_when, default=None), now)
    who = ", ".join(dict.fromkeys(agency_word(page.agencies.get(side.unit, "")) for side in view.alternatives))
    notes = [
        tr(
            "Contested since {time} ({who}): until someone decides, what is strictest in each rule stands.",
            time=since,
            who=who,
        )
    ]
    undecided = view.value.get("undecided", ()) if isinstance(view.value, dict) else ()
    if "number" in undecided:
        notes.append(tr("The numbers differ, so none stands: do not call before it is decided."))
    return notes + _expiry(page, now)


def _when(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def _expiry(page: CasePage, now: datetime) -> list[str]:
    contact = page.file.contact
    ends = moment(contact.expires) if contact else None
    return [tr("This rule has run out: check it with her before you use it.")] if ends and ends < now else []
