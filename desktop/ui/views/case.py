"""The case: head, safe contact, now cards, grades, and the four steps with their lists. Everything is edited in place.

Puts the parts together, carries edits to the model and tells the parts what stands after each reading; an editor in
hand is never taken away by a reading. Leaves each part to its own module.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QScrollArea, QWidget
from shiboken6 import isValid

from desktop.errors import KnownError
from desktop.i18n import tr
from desktop.model.case import Step
from desktop.model.person import Party
from desktop.model.record import CaseKey, ValueId
from desktop.store.edits import KIND as EDIT
from desktop.store.edits import Begun
from desktop.tasks import Failure
from desktop.ui.models.case import CaseModel, CasePage, Told
from desktop.ui.models.case_begun import refs_of
from desktop.ui.notices import Notice
from desktop.ui.views.case_act import ActPanel
from desktop.ui.views.case_assess import AssessPanel
from desktop.ui.views.case_contact import ContactPart
from desktop.ui.views.case_edit import Editor, EditSlot, undo_notice
from desktop.ui.views.case_follow import FollowPanel
from desktop.ui.views.case_grades import GradesPart
from desktop.ui.views.case_head import CaseHead
from desktop.ui.views.case_identify import IdentifyPanel
from desktop.ui.views.case_keeping import KeepingPart
from desktop.ui.views.case_now import NowPart
from desktop.ui.views.case_share import ShareEditor
from desktop.ui.views.case_steps import STEPS, step_facts
from desktop.ui.views.listing import Listing
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.widgets.layout import column, holder, reveal, scroll
from desktop.ui.widgets.steps import StepBar

PAUSE_MS = 80
"""Several commits in a row (a page of partners' updates) are one reading."""
ASSESSMENT = "risk-record"
STEP_OF: Mapping[str, Step] = {
    "incident": "identify",
    "case": "identify",
    "assessment": "assess",
    "agreed_grade": "assess",
    "action": "act",
    "person": "identify",
    "end": "act",
    "note": "follow_up",
}
"""Which step shows a kind of record that the timeline names, or an editor."""


class CaseScreen(Screen):
    """`Place.of("case", space=…, tag=…)`."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.model = CaseModel(desk.tasks, CaseKey(place.get("space"), place.get("tag")))
        self.model.setParent(self)
        self.page: CasePage | None = None
        self.head = CaseHead()
        self.sharing = EditSlot()
        self.contact = ContactPart()
        self.now_cards = NowPart()
        self.grades = GradesPart()
        self.identify, self.assess, self.act = IdentifyPanel(), AssessPanel(), ActPanel()
        self.follow = FollowPanel(desk.unit_names)
        self.keeping = KeepingPart()
        self.steps = StepBar(step_facts(None, "identify", desk.now()))
        self.panels = {"identify": self.identify, "assess": self.assess, "act": self.act, "follow_up": self.follow}
        self._step: Step | None = None
        self._area = self._build()
        self._connect()
        self.slots = self._slots()
        self._shortcuts()
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.model.load)

    # -- what the window calls

    def enter(self) -> None:
        if self.page is None:
            self.model.open()
        else:
            self.model.load()

    def leave(self) -> None:
        self.contact.hide_number()
        self.identify.hide_opened()
        for slot in self.slots:
            if slot.editor is not None:
                slot.editor.cover()
            slot.flush()

    def first_focus(self) -> QWidget:
        return self.head.assess_button

    def store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        del ids
        if kinds - {EDIT}:
            self._pause.start()

    # -- building

    def _slots(self) -> tuple[EditSlot, ...]:
        """Every place of an editor; what is typed there is kept."""
        people, incidents = self.identify.people.slot, self.identify.incidents.slot
        others = (self.act.plan.slot, self.follow.notes.slot)
        slots = (self.head.slot, self.sharing, self.contact.slot, self.grades.slot, people, incidents, *others)
        for slot in slots:
            slot.keep.connect(partial(self._keep, slot))
            slot.let_go.connect(self._let_go)
        return slots

    def _build(self) -> QScrollArea:
        above = (self.head, self.sharing, self.contact, self.now_cards, self.grades, self.steps)
        area = scroll(
            holder(column(*above, *self.panels.values(), self.keeping, None, space=12, margins=(16, 24, 20, 24)))
        )
        self._listing = Listing(area)
        self.setLayout(column((self._listing, 1), space=0))
        return area

    def _connect(self) -> None:
        model, head = self.model, self.head
        model.shown.connect(self._show)
        model.failed.connect(self._could_not_read)
        model.number_opened.connect(self.contact.show_number)
        model.person_opened.connect(self._show_person)
        head.caseload.connect(lambda: self.go.emit(Place.of("caseload")))
        head.refer.connect(self.refer)
        head.assess.connect(self.begin_assessment)
        head.share.connect(self.share)
        head.adopt.connect(lambda: model.adopt(self._adopted, self.failed))
        head.send_newer.connect(lambda: model.send_newer(Told(_nothing, self.failed)))
        head.saved.connect(self._save_aim)
        self.contact.open_wanted.connect(model.open_number)
        self.contact.saved.connect(self._save_rule)
        self.now_cards.marked.connect(self._mark_step)
        self.grades.compare.connect(lambda: self.show_step("assess"))
        self.grades.saved.connect(self._save_agreed)
        self.steps.chosen.connect(self.show_step)
        for part in (head, self.contact, self.grades, self.identify, self.act, self.follow):
            part.decide_wanted.connect(self.decide)
        self._connect_panels()

    def _connect_panels(self) -> None:
        self.identify.person_saved.connect(self._add_person)
        self.identify.incident_saved.connect(partial(self._add, "incident", self.identify.incidents.slot))
        self.identify.person_changed.connect(partial(self._edit, "person", self.identify.people.slot))
        self.identify.incident_changed.connect(partial(self._edit, "incident", self.identify.incidents.slot))
        self.identify.open_wanted.connect(self.model.open_person)
        self.assess.begin_wanted.connect(self.new_assessment)
        self.assess.draft_wanted.connect(lambda draft: self.go.emit(Place.of("form", draft=draft)))
        self.act.added.connect(partial(self._add, "action", self.act.plan.slot))
        self.act.ended.connect(self._end_action)
        self.act.refer_wanted.connect(self.refer)
        self.act.referral_wanted.connect(self._open_referral)
        self.follow.note_saved.connect(partial(self._add, "note", self.follow.notes.slot))
        self.follow.event_wanted.connect(self._open_event)
        self.keeping.wanted.connect(lambda act: self.model.keep_file(act, Told(self.model.load, self.failed)))

    def _shortcuts(self) -> None:
        for keys, act in (("Ctrl+R", self.refer), ("Ctrl+Return", self._go_on), ("Ctrl+Enter", self._go_on)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(act)
        for number, step in enumerate(STEPS, 1):
            shortcut = QShortcut(QKeySequence(f"Alt+{number}"), self)
            shortcut.activated.connect(partial(self.show_step, step))

    # -- showing

    def _show(self, page: CasePage) -> None:
        focused = self._focused()
        first = self.page is None
        self.page = page
        now = self.desk.now()
        self.head.show_page(page, self.desk.unit_name, now)
        self.contact.show_page(page, now)
        self.now_cards.show_page(page)
        self.grades.show_page(page, now)
        for panel in (self.identify, self.assess, self.act, self.follow):
            panel.show_page(page, now)
        self.keeping.show_page(page)
        self.show_step(self._step or page.file.header.step)
        self._listing.show_content()
        self._focus_again(focused)
        for begun in reversed(page.begun if first else ()):
            self.take_up(begun)

    def show_step(self, step: Step) -> None:
        """Show the lists of one of the four steps."""
        self._step = step
        if self.page is None:
            return
        for item, facts in zip(self.steps.items, step_facts(self.page.file, step, self.desk.now()), strict=True):
            item.show_facts(facts)
        for name, panel in self.panels.items():
            reveal(panel, name == step)

    def take_up(self, begun: Begun) -> None:
        """Open the editor of an edit that was begun earlier, with its words in it, and bring it into sight."""
        kind, _, record = begun.editor.partition(" ")
        openers: Mapping[str, Callable[[], None]] = {
            "aim": self.head.edit_aim,
            "rule": self.contact.edit,
            "agreed": self.grades.edit,
            "share": self.share,
            "person": partial(self.identify.change_person, record) if record else self.identify.add_person,
            "incident": partial(self.identify.change_incident, record) if record else self.identify.add_incident,
            "action": self.act.add,
            "end": partial(self.act.end_again, record),
            "note": self.follow.add_note,
        }
        if kind not in openers or self.page is None:
            return
        if kind in STEP_OF:
            self.show_step(STEP_OF[kind])
        openers[kind]()
        for slot in self.slots:
            if slot.take_up(begun):
                slot.compare(self.page)
                self._area.ensureWidgetVisible(slot)

    def _keep(self, slot: EditSlot, begun: Begun) -> None:
        def not_kept(failure: Failure) -> None:
            if isinstance(failure, KnownError) and failure.code != "write.erased":
                slot.keep_again()
            self.failed(failure)

        self.model.keep(self._refs(), begun, not_kept)

    def _let_go(self, name: str, begun: Begun | None) -> None:
        """An edit was put away: nothing is kept of it, and for a while it can be had back."""
        refs = self._refs()
        self.model.drop(refs, name)
        if begun is not None:
            self.say(undo_notice(begun, partial(self._undo, refs, begun)))

    def _undo(self, refs: tuple[str, ...], begun: Begun) -> None:
        self.model.keep(refs, begun, self.failed)
        if isValid(self):
            self.take_up(begun)

    def _refs(self) -> tuple[str, ...]:
        return refs_of(self.page.file) if self.page else ()

    def _show_person(self, party: Party | None) -> None:
        if party is not None:
            self.identify.show_opened(party)

    def _could_not_read(self, failure: Failure) -> None:
        if self.page is None:
            self._listing.show_failure(failure, self.enter)
        else:
            self.failed(failure)

    def _focused(self) -> str:
        """The name of the control that has the keyboard, if a reading makes it anew."""
        widget = self.window().focusWidget()
        return widget.objectName() if widget is not None and self.isAncestorOf(widget) else ""

    def _focus_again(self, name: str) -> None:
        again = self.findChild(QWidget, name) if name and not name.startswith("now-") else None
        if again is not None and again.isVisible() and not again.hasFocus():
            again.setFocus()

    # -- going on

    def refer(self) -> None:
        """Refer this case."""
        self.go.emit(Place.of("referral", **self._ids()))

    def begin_assessment(self) -> None:
        """Go on with the newest draft, or begin a new assessment."""
        drafts = self.page.file.drafts if self.page else ()
        if drafts:
            newest = max(drafts, key=lambda draft: draft.updated_at)
            self.go.emit(Place.of("form", draft=newest.id))
        else:
            self.new_assessment()

    def new_assessment(self) -> None:
        """Begin a new assessment of this case."""
        self.go.emit(Place.of("form", form=ASSESSMENT, **self._ids()))

    def share(self) -> None:
        """Choose what to share, with whom and on which basis."""
        page = self.page
        if page is None or not page.own or not page.partners:
            return
        made = self.sharing.open(lambda: ShareEditor(page))
        if made is not None:
            made.saved.connect(self._share)
            self._area.ensureWidgetVisible(self.sharing)

    def decide(self, conflict: str) -> None:
        """Go to a conflict of this case."""
        self.go.emit(Place.of("conflicts", conflict=conflict))

    def _go_on(self) -> None:
        """Ctrl+Return saves the editor in hand, else goes on with the assessment."""
        widget: QWidget | None = self.window().focusWidget()
        while widget is not None and widget is not self:
            if isinstance(widget, Editor):
                widget.save()
                return
            widget = widget.parentWidget()
        self.begin_assessment()

    def _ids(self) -> dict[str, str]:
        key = self.page.file.header.key if self.page else CaseKey(self.place.get("space"), self.place.get("tag"))
        return {"space": key.space, "tag": key.tag}

    def _open_referral(self, referral: str) -> None:
        self.go.emit(Place.of("referral", **self._ids(), referral=referral))

    def _open_event(self, kind: str, record: str) -> None:
        page = self.page
        if page is None:
            return
        conflict = page.conflict_of(kind, record)
        if conflict:
            self.decide(conflict)
        elif kind == "resolution":
            self.go.emit(Place.of("conflicts"))
        elif kind == "referral":
            self._open_referral(record)
        elif kind == "referral_event":
            held = page.file.record(kind, record)
            self._open_referral(held.text("referral") if held else "")
        elif kind in STEP_OF:
            self.show_step(STEP_OF[kind])

    def _adopted(self, key: CaseKey) -> None:
        self.replaced.emit(Place.of("case", space=key.space, tag=key.tag))

    # -- writing: one change each

    def _save_aim(self, aim: str, over: Sequence[ValueId]) -> None:
        self._write(self.head.slot, partial(self.model.edit, "case", "case", {"aim": (aim, over)}))

    def _save_rule(self, record: str, rule: Mapping[str, Any], over: Sequence[ValueId]) -> None:
        held = self.page.file.record("safe_contact", record) if self.page else None
        if held is None:
            fields = {"rule": rule, "person": record}
            self._write(self.contact.slot, partial(self.model.add, "safe_contact", fields, record=record))
        else:
            self._write(self.contact.slot, partial(self.model.edit, "safe_contact", record, {"rule": (rule, over)}))

    def _save_agreed(self, values: tuple[str, list[str], str], over: Mapping[str, Sequence[ValueId]]) -> None:
        self._write(self.grades.slot, partial(self.model.agree, *values, over))

    def _share(self, values: tuple[str, list[Any], str]) -> None:
        said = Notice("ok", tr("Shared. It goes out as soon as there is a line; Follow up says where it stands."))
        self._write(self.sharing, partial(self.model.share, *values), said)

    def _add_person(self, values: tuple[str, dict[str, Any]]) -> None:
        self._write(self.identify.people.slot, partial(self.model.add_person, *values))

    def _add(self, kind: str, slot: EditSlot, fields: Mapping[str, Any]) -> None:
        self._write(slot, partial(self.model.add, kind, fields))

    def _edit(self, kind: str, slot: EditSlot, record: str, fields: Mapping[str, Any]) -> None:
        self._write(slot, partial(self.model.edit, kind, record, fields))

    def _end_action(self, action: str, fields: Mapping[str, Any]) -> None:
        self._write(self.act.plan.slot, partial(self.model.edit, "action", action, fields))

    def _mark_step(self, flag: str, fields: Mapping[str, Any]) -> None:
        self.model.edit("flag", flag, fields, told=Told(_nothing, self.failed))

    def _write(self, slot: EditSlot, write: Callable[..., None], said: Notice | None = None) -> None:
        """Carry out the edit of a slot: its editor goes when it is written, and says why when it is not."""
        editor = slot.editor

        def wrote() -> None:
            slot.close_editor()
            if said is not None:
                self.say(said)

        if editor is None:
            write(told=Told(wrote, self.failed))
        else:
            write(told=Told(wrote, editor.refuse, self._refs(), editor.code))


def _nothing() -> None:
    """The next reading shows it."""
