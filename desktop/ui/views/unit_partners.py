"""Partners on the unit's screen: other units by their cards, the partnership founded with them, what is shared.

Dumb: tells what was decided. Leaves carrying it out to the view-model.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.i18n import tr
from desktop.model.unit import PartnerLine
from desktop.ui.models.unit import UnitPage
from desktop.ui.models.words import agency_word
from desktop.ui.widgets.buttons import Button, button
from desktop.ui.widgets.choices import CheckBox
from desktop.ui.widgets.fields import LineField
from desktop.ui.widgets.layout import column, holder, line, row
from desktop.ui.widgets.text import IconLabel, label


class PartnersCard(QFrame):
    """`card_wanted`, `partner_wanted` for the two files; `founded(PartnerLine, name)`, `confirmed(PartnerLine)`,
    `shared(PartnerLine)`.
    """

    card_wanted = Signal()
    partner_wanted = Signal()
    founded = Signal(object, str)
    confirmed = Signal(object)
    shared = Signal(object)

    def __init__(self, page: UnitPage) -> None:
        super().__init__()
        self.setProperty("box", "card")
        own = button(tr("Save our card …"), "quiet", "save", dense="s")
        own.clicked.connect(self.card_wanted)
        add = button(tr("Add a partner’s card …"), "quiet", "plus", dense="s")
        add.clicked.connect(self.partner_wanted)
        head = row(IconLabel("link", "muted"), label(tr("Partners"), "h3"), None, margins=(12, 16))
        if page.is_lead:
            head.addWidget(own)
            head.addWidget(add)
        ours = tr("Our words: {words}", words="  ".join(page.unit_words))
        rows: list[QWidget] = [holder(head)]
        if page.is_lead:
            rows.append(holder(row(label(ours, "small", "muted", wrap=True), margins=(0, 16, 10, 16))))
        together = any(each.partnership in {"together", "waits_for_them"} for each in page.partners)
        for partner in page.partners:
            rows.append(line())
            rows.append(self._partner(partner, is_lead=page.is_lead, together=together))
        self.setLayout(column(*rows, space=0))

    def _partner(self, partner: PartnerLine, *, is_lead: bool, together: bool) -> QWidget:
        facts = [agency_word(partner.agency), _state(partner)]
        if partner.shared:
            facts.append(tr("shared: {names}", names=", ".join(partner.shared)))
        name = column(
            label(partner.name, "strong"),
            label(" · ".join(fact for fact in facts if fact), "caption", "muted", wrap=True),
            space=1,
        )
        made = row((name, 1), margins=(10, 16), space=10)
        if is_lead and partner.read:
            acts = self._acts(partner, together=together)
            if acts is not None:
                made.addWidget(acts)
        return holder(made)

    def _acts(self, partner: PartnerLine, *, together: bool) -> QWidget | None:
        """What a lead can do next with this partner, once the words were compared."""
        same = CheckBox(tr("They read me: {words}", words="  ".join(partner.words)))
        name = LineField(tr("Name of the partnership"), placeholder=tr("Name of the partnership"))
        act: Button
        parts: tuple[QWidget, ...]
        if partner.partnership == "waits_for_us":
            act = button(tr("Confirm the partnership"), "primary", dense="s")
            act.clicked.connect(lambda: self.confirmed.emit(partner))
            parts = (same, act)
        elif not together:
            act = button(tr("Found the partnership together"), "primary", dense="s")
            act.clicked.connect(lambda: self.founded.emit(partner, name.text().strip() or tr("Partnership")))
            parts = (same, name, act)
        elif partner.partnership == "together" and not partner.shared:
            act = button(tr("Open a shared space"), "secondary", dense="s")
            act.clicked.connect(lambda: self.shared.emit(partner))
            parts = (act,)
        else:
            return None
        if same in parts:
            act.setEnabled(False)
            same.toggled.connect(act.setEnabled)
        return holder(column(*parts, space=6))


def _state(partner: PartnerLine) -> str:
    words = {
        "waits_for_them": tr("waits for their word on the partnership"),
        "waits_for_us": tr("has founded the partnership with us"),
        "together": tr("in the partnership"),
    }
    if not partner.read:
        return tr("not read yet: synchronise")
    return words.get(partner.partnership, "")
