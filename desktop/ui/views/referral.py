"""The referral screen: choose whom to ask, see what goes and send it, then follow it; or answer a received one.

Only turns between its three pages. Leaves each page to its own module, and the form to the form screen.
"""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.model.record import CaseKey
from desktop.ui.views.referral_choose import ChooseRecipient
from desktop.ui.views.referral_follow import FollowReferral
from desktop.ui.views.referral_parts import Part
from desktop.ui.views.referral_send import SendReferral
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.widgets.layout import column


class ReferralScreen(Screen):
    """`Place.of("referral", space=…, tag=…)` begins one, with `draft=…` it is sent, with `referral=…` followed."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._layout: QVBoxLayout = column(space=0)
        self.setLayout(self._layout)
        self.part: Part = self._first()
        self._layout.addWidget(self.part)

    def enter(self) -> None:
        self.part.enter()

    def leave(self) -> None:
        self.part.leave()

    def first_focus(self) -> QWidget | None:
        return self.part.first_focus()

    def store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        del ids
        self.part.changed(kinds)

    def _first(self) -> Part:
        key = CaseKey(self.place.get("space"), self.place.get("tag"))
        if referral := self.place.get("referral"):
            return FollowReferral(self, key, referral)
        if draft := self.place.get("draft"):
            return self._sending(draft)
        return self._choosing(key, "")

    def _sending(self, draft: str) -> Part:
        made = SendReferral(self, draft)
        made.other_recipient.connect(lambda key: self._turn(self._choosing(key, draft)))
        return made

    def _choosing(self, key: CaseKey, draft: str) -> Part:
        """A new referral goes on to its form; one whose form is filled in comes back to its last page."""
        made = ChooseRecipient(self, key, draft)
        if draft:
            made.begun.connect(lambda begun: self._turn(self._sending(begun)))
        else:
            made.begun.connect(lambda begun: self.replaced.emit(Place.of("form", draft=begun)))
        return made

    def _turn(self, part: Part) -> None:
        """Another page of this screen in the place of the one in sight."""
        old, self.part = self.part, part
        old.leave()
        self._layout.removeWidget(old)
        old.hide()
        old.deleteLater()
        self._layout.addWidget(part)
        part.enter()
