"""The head of a case: code name, flags, aim, who leads it and how old it is, and the acts that lead on from here."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QWidget

from desktop.i18n import tr, trn
from desktop.model.case import CaseHeader
from desktop.model.moment import moment
from desktop.model.record import FieldView
from desktop.ui.models.case import CasePage
from desktop.ui.models.case_words import standing_words
from desktop.ui.views.case_edit import Editor, EditSlot, contested_link
from desktop.ui.views.case_typed import Controls
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.fields import Field, LineField
from desktop.ui.widgets.flow import Beside, FlowLayout
from desktop.ui.widgets.grade import GradeBadge
from desktop.ui.widgets.layout import clear, column, holder, reveal, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import Chip, flag_chip, label


class CaseHead(QWidget):
    """`refer`, `assess`, `share` and `caseload` are wanted; `adopt` for a partner's file; `saved(aim, over)`."""

    refer = Signal()
    assess = Signal()
    share = Signal()
    caseload = Signal()
    adopt = Signal()
    send_newer = Signal()
    decide_wanted = Signal(str)
    saved = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._where = label("", "caption", "muted")
        self._name = label("", "h1")
        self._title = FlowLayout(8)
        self.grade = GradeBadge("ungraded", large=True)
        self._why = label("", "small_strong", wrap=True)
        self._flags: list[QWidget] = []
        self._aim = label("", "small", "muted", wrap=True)
        self.slot = EditSlot()
        self._below = column(space=6)
        self._page: CasePage | None = None
        self.setLayout(self._make())

    def _make(self) -> QLayout:
        back = button(tr("Caseload"), "link", tip=tr("Caseload (Ctrl+2)"))
        back.clicked.connect(self.caseload)
        self.refer_button = button(tr("Refer"), icon="route", tip=tr("Refer (Ctrl+R)"))
        self.refer_button.clicked.connect(self.refer)
        self.assess_button = button(tr("New assessment"), "primary", "file-pen")
        self.assess_button.clicked.connect(self.assess)
        self.share_button = button(tr("Share"), icon="link", tip=tr("Share chosen facts with partners"))
        self.share_button.clicked.connect(self.share)
        self._edit_aim = button(tr("Change"), "link", "pencil", tip=tr("Change the aim"))
        self._edit_aim.setAccessibleName(tr("Change the aim"))
        self._edit_aim.clicked.connect(self.edit_aim)
        self._title.addWidget(self._name)
        self._title.addWidget(self.grade)
        crumbs = row(back, label("/", "caption", "subtle"), self._where, None, space=6)
        title = holder(column(crumbs, holder(self._title), self._why, space=4))
        acts = QWidget()
        acts_flow = FlowLayout(8)
        for one in (self.share_button, self.refer_button, self.assess_button):
            acts_flow.addWidget(one)
        acts.setLayout(acts_flow)
        aim = row((self._aim, 1), self._edit_aim, space=10)
        return column(Beside([(title, 1), (acts, 0)], least=720, space=12), aim, self.slot, self._below, space=4)

    def show_page(self, page: CasePage, unit: str, now: datetime) -> None:
        """The head as it stands."""
        self._page = page
        header = page.file.header
        status = tr("closed") if header.status == "closed" else tr("open")
        self._where.setText(f"{unit}, {status}" if page.own else tr("Shared with us, {status}", status=status))
        self._name.setText(header.code_name or tr("Case without a name"))
        standing = page.file.grades.standing
        self.grade.show_grade(standing.grade.value)
        self._why.setText(tr("Stands: {why}", why=standing_words(standing, now)))
        self._show_flags(page)
        self._aim.setText(aim_words(header, now))
        self.assess_button.set_words(tr("Continue assessment") if page.file.drafts else tr("New assessment"))
        self.assess_button.setToolTip(f"{self.assess_button.accessibleName()} (Ctrl+Return)")
        reveal(self.share_button, page.own and bool(page.partners))
        contested = page.conflict_of("case", "case")
        aim = page.field("case", "case", "aim")
        reveal(self._edit_aim, not (aim and aim.contested))
        self.slot.compare(page)
        self._show_below(page, contested)

    def _show_flags(self, page: CasePage) -> None:
        for one in self._flags:
            self._title.removeWidget(one)
            one.hide()
            one.deleteLater()
        self._flags = [flag_chip(flag.label) for flag in page.file.flags]
        if any(party.role.value == "child" for party in page.file.parties):
            self._flags.append(Chip(tr("Child in the case"), "baby"))
        for one in self._flags:
            self._title.addWidget(one)

    def edit_aim(self) -> None:
        """Change the aim in place."""
        page = self._page
        if page is None:
            return
        aim = page.field("case", "case", "aim")
        made = self.slot.open(lambda: AimEditor(aim))
        if made is not None:
            made.saved.connect(lambda value: self.saved.emit(value, made.over("aim")))

    def _show_below(self, page: CasePage, contested: str) -> None:
        clear(self._below)
        if contested:
            names = ", ".join(page.file.records["case", "case"].contested)
            words = tr("Contested: {what}", what=field_words(names))
            self._below.addWidget(contested_link(words, lambda: self.decide_wanted.emit(contested)))
        older = sum(len(shared.older) for shared in page.file.shared)
        if older:
            words = trn("Partners hold %n older value.|Partners hold %n older values.", older)
            notice = Notice("info", words, act=tr("Send what is newer"), icon="upload")
            notice.acted.connect(self.send_newer)
            self._below.addWidget(notice)
        if not page.own:
            words = tr("A partner shared this file with your unit. It is not yet a case of yours.")
            notice = Notice("info", words, act=tr("Take it into our caseload"), icon="inbox")
            notice.acted.connect(self.adopt)
            self._below.addWidget(notice)


class AimEditor(Editor):
    """The aim of the case."""

    def __init__(self, view: FieldView | None) -> None:
        super().__init__("aim", tr("Aim of the case"), tr("Save the aim"), ("case", "case"), {"aim": view}, _newer)
        self.line = LineField(tr("Aim"), str(view.value or "") if view else "")
        self._field = Field(tr("Aim"), self.line, help_text=tr("What is to be lower, and for whom."), required=True)
        self.body.addWidget(self._field)

    def values(self) -> str | None:
        typed = self.line.text().strip()
        self._field.set_error("" if typed else tr("Say what the aim is."))
        return typed or None

    def controls(self) -> Controls:
        return {"aim": self.line}

    def first(self) -> QWidget:
        return self.line


def _newer(_name: str, view: FieldView) -> str:
    if view.contested:
        return tr("It is contested now: {values}", values=" / ".join(str(side.value) for side in view.alternatives))
    return tr("It now says: {value}", value=str(view.value or ""))


def field_words(names: str) -> str:
    """Names of header fields in words."""
    words = {
        "code_name": tr("code name"),
        "aim": tr("aim"),
        "outcome_wanted": tr("outcome wanted"),
        "lead_worker": tr("lead worker"),
        "status": tr("status"),
        "opened_on": tr("opening date"),
    }
    return ", ".join(words.get(name, name.replace("_", " ")) for name in names.split(", "))


def aim_words(header: CaseHeader, now: datetime) -> str:
    """As in "Aim: lower the risk to the victim · lead worker R. Alder · open 12 days"."""
    aim_view = header.fields.get("aim")
    contested = aim_view is not None and aim_view.contested and aim_view.value is None
    aim = tr("contested") if contested else header.aim or tr("none named yet")
    parts = [tr("Aim: {aim}", aim=aim)]
    parts.append(tr("lead worker {name}", name=header.lead_worker) if header.lead_worker else tr("no lead worker"))
    opened = moment(header.opened_on)
    if opened is not None:
        days = max(0, (now.date() - opened.date()).days)
        parts.append(trn("open %n day|open %n days", days) if days else tr("opened today"))
    return " · ".join(parts)
