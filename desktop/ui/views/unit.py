"""The unit: its members and their laptops, who asks to join, and what a lead does about a lost one.

Leaves the panels in which an act is made to `unit_panels`, what it means to the view-model and the store.
"""

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.i18n import tr
from desktop.model.moment import moment
from desktop.model.unit import MemberLine, SeatLine
from desktop.ui.models.unit import WRONG_CODE, Closing, Copy, UnitModel, UnitPage, enrolment_reason, role_words
from desktop.ui.models.words import time_words
from desktop.ui.notices import Notice as Said
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.views.unit_aside import AsideCard
from desktop.ui.views.unit_panels import ClosingPanel, RequestPanel, ServerPanel
from desktop.ui.views.unit_papers import RenewPapersPage
from desktop.ui.views.unit_partners import PartnersCard
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.layout import box, clear, column, holder, line, row, scroll
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import IconLabel, icon_line, label

PAUSE_MS = 250
KINDS = frozenset({"membership"})


class UnitScreen(Screen):
    """One page from top to bottom: what waits for a word, the members, the server."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._model = UnitModel(desk.tasks)
        self._model.setParent(self)
        self.invite = button(tr("Invite a laptop"), "primary", "mail")
        self.invite.clicked.connect(self._invite)
        self._waiting = column(space=12)
        self._panel = column(space=0)
        self._members = column(space=0)
        self._partners = column(space=12)
        self._server = column(space=12)
        head = row(
            (
                column(label(desk.unit_name or tr("Unit"), "h1"), label(self._head_words(), "small", "muted"), space=3),
                1,
            ),
            self.invite,
        )
        page = column(
            head,
            self._waiting,
            self._panel,
            box("card", self._members),
            self._partners,
            self._server,
            None,
            space=12,
            margins=(16, 24, 20, 24),
        )
        self.setLayout(column(scroll(holder(page)), space=0))
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._model.load)
        self._model.shown.connect(self._show)
        self._model.closing.connect(self._ask_closing)
        self._model.done.connect(self._done)
        self._model.failed.connect(self.failed)

    def enter(self) -> None:
        self._model.load()

    def first_focus(self) -> QWidget | None:
        return self.invite if self.invite.isVisible() else None

    def store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        del ids
        if kinds & KINDS:
            self._pause.start()

    def _head_words(self) -> str:
        return tr("Who reads and writes your cases, and from which laptops")

    # -- showing

    def _show(self, page: UnitPage) -> None:
        self.invite.setVisible(page.is_lead and bool(page.server))
        clear(self._waiting)
        if page.refusal:
            self._waiting.addWidget(Notice("danger", enrolment_reason(page.refusal)))
        if page.own_words:
            self._waiting.addWidget(own_request(page.own_words))
        for request in page.requests:
            title = tr("{name} asks to join from “{device}”", name=request.name, device=request.device)
            panel = RequestPanel(request, title)
            panel.approved.connect(lambda one=request: self._model.approve(one))
            panel.declined.connect(lambda one=request: self._model.decline(one))
            self._waiting.addWidget(panel)
        for copy in page.copies:
            self._waiting.addWidget(self._copy(copy))
        if page.owed:
            self._waiting.addWidget(
                Notice(
                    "warn",
                    tr(
                        "Somebody left, and some keys are still the old ones. They change with the next sync of a lead."
                    ),
                )
            )
        if page.aside:
            card = AsideCard(page.aside, self.desk.now())
            card.adopted.connect(self._model.adopt)
            self._waiting.addWidget(card)
        self._show_members(page)
        self._show_partners(page)
        self._show_server(page)

    def _copy(self, copy: Copy) -> QWidget:
        """A copied or restored profile: it was one of ours, but is it where it should be?"""
        asked = copy.asked
        title = tr(
            "“{device}” of {name} was copied or put back, and goes on when you agree",
            device=asked.device,
            name=asked.name,
        )
        lost = tr("Its old seat is closed. Ask first whether this laptop was lost.")
        panel = RequestPanel(copy.line, title, lost if asked.closed else "")
        panel.approved.connect(lambda: self._model.approve_copy(copy))
        panel.decline.hide()
        return panel

    def _show_members(self, page: UnitPage) -> None:
        clear(self._members)
        title = row(IconLabel("users", "muted"), label(tr("Members"), "h3"), None, margins=(12, 16))
        self._members.addWidget(holder(title))
        if page.is_lead and page.recovery_public:
            papers = button(tr("New recovery papers …"), "quiet", "key-round", dense="s")
            papers.clicked.connect(lambda: self._renew_papers(page.recovery_public))
            title.addWidget(papers)
        if not page.members:
            words = tr("The list comes with the first contact with the server.")
            self._members.addWidget(holder(row(label(words, "small", "muted", wrap=True), margins=(4, 16, 14, 16))))
        for member in page.members:
            self._members.addWidget(line())
            self._members.addWidget(self._member(member, can_close=page.is_lead))
        for at, why in page.recoveries:
            when = time_words(moment(at), self.desk.now())
            self._members.addWidget(line())
            used = tr("The unit’s recovery papers were used {time}: {why}", time=when, why=why)
            self._members.addWidget(holder(row(icon_line("key-round", used, "small", "warn"), margins=(10, 16))))

    def _member(self, member: MemberLine, *, can_close: bool) -> QWidget:
        name = label(member.name, "strong" if not member.left else "body", "text" if not member.left else "muted")
        roles = label(tr("Left") if member.left else role_words(member.roles), "caption", "muted")
        seats = column(space=4)
        for seat in member.seats:
            seats.addWidget(self._seat(member, seat, can_close=can_close))
        who = column(name, roles, space=1)
        if can_close and not member.left and "lead" not in member.roles:
            lead = button(tr("Make a lead"), "quiet", dense="s")
            lead.setAccessibleName(tr("Make {name} a lead", name=member.name))
            lead.clicked.connect(lambda: self._model.make_lead(member))
            who.addWidget(lead)
        return holder(row((who, 2), (seats, 5), margins=(10, 16)))

    def _seat(self, member: MemberLine, seat: SeatLine, *, can_close: bool) -> QWidget:
        wrote = time_words(moment(seat.last_wrote), self.desk.now()) if seat.last_wrote else ""
        facts = [tr("this laptop")] if seat.own else []
        facts.append(
            tr("closed") if seat.closed else tr("last wrote {time}", time=wrote) if wrote else tr("wrote nothing yet")
        )
        words = f"{seat.device} · {' · '.join(facts)}"
        made = row(
            (icon_line("lock" if seat.closed else "laptop", words, "small", "muted" if seat.closed else "text"), 1)
        )
        if can_close and not seat.closed and not seat.own:
            close = button(tr("Lost or left …"), "quiet", dense="s")
            close.setAccessibleName(tr("Close {device} of {name}", device=seat.device, name=member.name))
            close.clicked.connect(lambda: self._model.ask_closing(member, seat))
            made.addWidget(close)
        return holder(made)

    def _show_partners(self, page: UnitPage) -> None:
        clear(self._partners)
        if not (page.server or page.partners):
            return
        card = PartnersCard(page)
        card.card_wanted.connect(self._save_card)
        card.partner_wanted.connect(self._add_partner)
        card.founded.connect(self._model.found_partnership)
        card.confirmed.connect(self._model.confirm)
        card.shared.connect(self._model.share_space)
        self._partners.addWidget(card)

    def _show_server(self, page: UnitPage) -> None:
        clear(self._server)
        if page.server:
            at = icon_line("server", tr("Server: {address}", address=page.server), "small", "muted")
            shown = row(at, None, space=12)
            if page.is_lead:
                change = button(tr("Change the server …"), "quiet", dense="s")
                change.clicked.connect(self._ask_server)
                shown.insertWidget(1, change)
            self._server.addWidget(holder(shown))
        if page.is_lead and (not page.server or page.refusal == WRONG_CODE):
            self._ask_server()

    def _ask_server(self) -> None:
        panel = ServerPanel(self._ask_authority)
        panel.told.connect(self._model.connect_server)
        self._server.addWidget(panel)

    # -- acting

    def _ask_closing(self, closing: Closing) -> None:
        clear(self._panel)
        panel = ClosingPanel(closing, self.desk.now())
        panel.decided.connect(lambda last: self._model.close_seat(closing, last))
        panel.left.connect(lambda: clear(self._panel))
        self._panel.addWidget(panel)
        panel.setFocus()

    def _renew_papers(self, public: bytes) -> None:
        clear(self._panel)
        page = RenewPapersPage(public)
        page.kept.connect(self._model.renew_papers)
        page.left.connect(lambda: clear(self._panel))
        self._panel.addWidget(box("card", column(page, space=0)))
        page.lines[0].setFocus()

    def _done(self, words: str) -> None:
        clear(self._panel)
        self.say(Said("ok", words))

    def _invite(self) -> None:
        name = QFileDialog.getSaveFileName(
            self, tr("Invitation file"), "unit.invitation", tr("Invitations (*.invitation)")
        )[0]
        if name:
            self._model.invite(Path(name))

    def _save_card(self) -> None:
        name = QFileDialog.getSaveFileName(self, tr("Card of the unit"), "our.unit", tr("Unit cards (*.unit)"))[0]
        if name:
            self._model.save_card(Path(name))

    def _add_partner(self) -> None:
        name = QFileDialog.getOpenFileName(self, tr("Card of a partner"), "", tr("Unit cards (*.unit)"))[0]
        if name:
            self._model.add_partner(Path(name))

    def _ask_authority(self) -> str:
        return QFileDialog.getOpenFileName(
            self, tr("The server’s CA file"), "", tr("Certificates (*.pem *.crt *.cer)")
        )[0]


def own_request(words: tuple[str, ...]) -> QWidget:
    """What a new seat shows while it waits: the words that its person reads to the lead."""
    spoken = label("  ".join(words), "h2", wrap=True, selectable=True)
    spoken.setAccessibleName(" ".join(words))
    return box(
        "card",
        column(
            row(
                IconLabel("hourglass", "warn"),
                label(tr("Your unit’s lead has not approved this laptop yet"), "h3"),
                None,
            ),
            label(
                tr(
                    "Phone your lead and read these six words. You can work meanwhile: all is kept and sent afterwards."
                ),
                "small",
                "muted",
                wrap=True,
            ),
            spoken,
            space=8,
            margins=(12, 16),
        ),
    )
