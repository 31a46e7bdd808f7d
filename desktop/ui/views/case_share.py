"""Sharing a case with partners: with whom, on which basis, and exactly which facts; what is left unticked stays.

Protected fields are never ticked from the start and their values are not shown here. Leaves whether it may be done to
the store, which refuses without consent or another basis.
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.model.protection import MARKABLE
from desktop.store.sharing import Chosen
from desktop.ui.models.case import CasePage
from desktop.ui.models.case_words import consent_word, part_word, role_word
from desktop.ui.models.words import agency_word, kind_word
from desktop.ui.views.case_edit import Editor
from desktop.ui.views.case_typed import Controls
from desktop.ui.widgets.choices import CheckBox, ComboBox
from desktop.ui.widgets.fields import ErrorLine, Field, LineField
from desktop.ui.widgets.grade import grade_word
from desktop.ui.widgets.layout import column, holder, reveal
from desktop.ui.widgets.text import label

OTHER = "other"
PLAIN = ("name", "born", "language", "interpreter", "aliases")
"""Of a person: what may go without opening anything."""


class ShareEditor(Editor):
    """`values()` is (space, chosen, basis)."""

    def __init__(self, page: CasePage) -> None:
        super().__init__("share", tr("Share with partners"), tr("Share what is ticked"))
        self.space = ComboBox(tr("With whom"))
        self.space.show_choices([(one.space, self._words(one.name, one.agencies)) for one in page.partners])
        if len(page.partners) == 1:
            self.space.setCurrentIndex(0)
        self.basis = ComboBox(tr("On which basis"))
        self.basis.show_choices(self._bases())
        self.other = LineField(tr("Which basis"))
        self._space = Field(tr("With whom"), self.space, required=True)
        self._basis = Field(tr("On which basis"), self.basis, help_text=_consents(page), required=True)
        self._other = Field(tr("Which basis"), self.other, required=True)
        self.ticks: list[tuple[CheckBox, Chosen]] = []
        self._nothing = ErrorLine()
        for part in (self._space, self._basis, self._other, self._facts(page), self._nothing):
            self.body.addWidget(part)
        self.basis.currentIndexChanged.connect(lambda _index: self._fold())
        self._fold()

    def values(self) -> tuple[str, list[Chosen], str] | None:
        basis = self.other.text().strip() if self.basis.value() == OTHER else self.basis.value()
        chosen = [choice for tick, choice in self.ticks if tick.isChecked()]
        self._space.set_error("" if self.space.value() else tr("Choose with whom."))
        self._basis.set_error("" if self.basis.value() else tr("Name the basis."))
        self._other.set_error("" if basis or self.basis.value() != OTHER else tr("Name the basis."))
        self._nothing.show_error("" if chosen else tr("Tick at least one fact."))
        return (self.space.value(), chosen, basis) if self.space.value() and basis and chosen else None

    def controls(self) -> Controls:
        ticks = {f"{choice.kind} {choice.record} {''.join(choice.fields[:1])}": tick for tick, choice in self.ticks}
        return {"space": self.space, "basis": self.basis, "other": self.other, **ticks}

    def first(self) -> QWidget:
        return self.space

    def _fold(self) -> None:
        reveal(self._other, self.basis.value() == OTHER)

    @staticmethod
    def _bases() -> list[tuple[str, str]]:
        return [
            ("consent", tr("Her consent, as it is on record")),
            ("danger to life", tr("Danger to life or limb")),
            ("legal duty", tr("A legal duty to report")),
            (OTHER, tr("Another basis")),
        ]

    @staticmethod
    def _words(name: str, agencies: tuple[str, ...]) -> str:
        return f"{name} ({', '.join(agency_word(agency) for agency in agencies)})" if agencies else name

    def _facts(self, page: CasePage) -> QWidget:
        """One tick for each fact of the own file; partners' own records are theirs already."""
        parts: list[Any] = [label(tr("What is shared; everything unticked stays"), "small_strong")]
        self._tick(parts, tr("Aim and outcome wanted"), Chosen("case", "case", ("aim", "outcome_wanted", "status")))
        for party in page.file.parties:
            person = page.file.record("person", party.person)
            held = tuple(name for name in PLAIN if person and name in person.fields) or ("name",)
            who = f"{party.name} · {role_word(party.role.value)}"
            self._tick(parts, tr("{who}: name and role", who=who), Chosen("person", party.person, held), on=True)
            self.ticks.append((self.ticks[-1][0], Chosen("party", party.person)))
            for name in MARKABLE:
                if name in party.hidden or name in party.shown:
                    protected = tr(" (protected)") if name in party.hidden else ""
                    words = f"{party.name}: {part_word(name)}{protected}"
                    self._tick(parts, words, Chosen("person", party.person, (name,)))
        for kind, record, words in _records(page):
            self._tick(parts, words, Chosen(kind, record), on=kind == "safe_contact")
        return holder(column(*parts, space=0))

    def _tick(self, parts: list[Any], words: str, choice: Chosen, *, on: bool = False) -> None:
        made = CheckBox(words, on=on)
        self.ticks.append((made, choice))
        parts.append(made)


def _records(page: CasePage) -> list[tuple[str, str, str]]:
    """(kind, record, words) of what lies in the own file and can be shared whole."""
    told: Mapping[str, Any] = {
        "safe_contact": lambda _record: "",
        "incident": lambda record: record.spoken("incident_kind"),
        "assessment": lambda record: grade_word(str(record.get("grade") or "")),
        "flag": lambda record: record.text("label"),
        "action": lambda record: record.spoken("title"),
        "order": lambda record: record.text("order_kind"),
        "consent": lambda record: consent_word(record.text("state")),
        "note": lambda record: record.text("text")[:40],
    }
    found = []
    for (kind, name), record in page.file.records.items():
        if kind in told and record.where == "unit":
            words = told[kind](record)
            found.append((kind, name, f"{kind_word(kind)}: {words}" if words else kind_word(kind)))
    return sorted(found, key=lambda item: (list(told).index(item[0]), item[2]))


def _consents(page: CasePage) -> str:
    """What is on record, so that nobody has to look for it."""
    words = [consent_word(one.state.value) for one in page.file.consents]
    return tr("Consent on record: {words}", words=", ".join(words)) if words else tr("No consent is on record.")
