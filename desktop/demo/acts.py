"""The acts of the driven day, one after the other, each noting what was seen. Only hands and eyes; no store call acts.

The order is the story of the practice day; what is compared at its end is `desktop.demo.day`'s.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from PySide6.QtCore import Qt

from desktop.demo.filling import CTRL, REFERRAL_ANSWERS, RISK_ANSWERS, fill, open_form
from desktop.demo.hands import Hands
from desktop.demo.laptop import PASSPHRASE
from desktop.demo.outcome import Outcome
from desktop.demo.practice import Made
from desktop.store.store import Store
from desktop.ui.models.network import Line
from desktop.ui.views.case import CaseScreen
from desktop.ui.views.caseload import CaseloadScreen
from desktop.ui.views.conflicts import ConflictsScreen
from desktop.ui.views.referral import ReferralScreen
from desktop.ui.views.referrals import ReferralsScreen
from desktop.ui.views.sync import SyncScreen
from desktop.ui.views.today import TodayScreen
from desktop.ui.views.unit import UnitScreen
from desktop.ui.views.unlock import UnlockView
from desktop.ui.widgets.choices import RadioButton

CASE = "Harbour 214"
HEALTH_UNIT = "Northmere"
T = TypeVar("T")


class Ask(Protocol):
    """Asks a laptop's store what it holds."""

    def __call__(self, hands: Hands, question: Callable[[Store], T]) -> T: ...


class Acts:
    """What two people do on one day."""

    def __init__(self, police: Hands, health: Hands, made: Made, outcome: Outcome, ask: Ask) -> None:
        self.police = police
        self.health = health
        self._made = made
        self._outcome = outcome
        self._ask = ask

    def unlock(self) -> None:
        """Both open their laptop by typing the passphrase."""
        for hands in (self.police, self.health):
            hands.causeway.start()
            hands.breathe(400)
            if hands is self.police:
                hands.picture("01_unlock")
            self._type_passphrase(hands)
            self._until(hands, Line.LEVEL)
        self._outcome.note("unlocked by passphrase, level with the server", "2 laptops", held=True)

    def look_round(self) -> None:
        """Today, the caseload with a search, the case, the list of what is going out."""
        hands = self.police
        hands.picture("02_today")
        hands.press(Qt.Key.Key_2, CTRL)
        hands.screen(CaseloadScreen)
        hands.breathe(400)
        hands.picture("03_caseload")
        hands.press(Qt.Key.Key_6, CTRL)
        hands.screen(UnitScreen)
        hands.picture("03_unit")
        self._open_case(hands)
        hands.picture("04_case")

    def server_goes(self) -> None:
        """The server's machine loses power; both laptops say so and go on."""
        self._made.practice.server.kill()
        for hands in (self.police, self.health):
            hands.press(Qt.Key.Key_F5)
            self._until(hands, Line.OFFLINE)
        self._outcome.note(
            "server killed, both laptops say offline", "SIGKILL", held=not self._made.practice.server.running
        )

    def assess(self) -> None:
        """A risk record by keyboard, signed offline."""
        hands = self.police
        self._open_case(hands)
        hands.press(Qt.Key.Key_Return, CTRL)
        screen = open_form(hands)
        answers = fill(hands, screen, RISK_ANSWERS, pictures={2: "05_form", 6: "06_form_result"})
        hands.picture("07_form_check")
        before = self._ask(hands, _count_assessments)
        hands.press(Qt.Key.Key_Return, CTRL)
        hands.screen(CaseScreen)
        after = self._ask(hands, _count_assessments)
        self._outcome.note("risk record answered and signed offline", f"{answers} answers", held=after == before + 1)
        hands.picture("08_case_assessed")

    def refer(self) -> None:
        """A referral to the hospital unit, filled in and put in the outbox offline."""
        hands = self.police
        hands.press(Qt.Key.Key_R, CTRL)
        hands.screen(ReferralScreen)
        radio = hands.find(RadioButton, HEALTH_UNIT)
        radio.setFocus()
        hands.press(Qt.Key.Key_Space)
        hands.picture("09_referral_to_whom")
        hands.press(Qt.Key.Key_Return, CTRL)
        screen = open_form(hands)
        answers = fill(hands, screen, REFERRAL_ANSWERS, pictures={2: "10_referral_form"})
        hands.press(Qt.Key.Key_Return, CTRL)
        hands.screen(ReferralScreen)
        hands.breathe(500)
        hands.picture("11_referral_what_goes")
        freely = hands.find(RadioButton, "Yes")
        freely.setFocus()
        hands.press(Qt.Key.Key_Space)
        hands.breathe(200)
        hands.press(Qt.Key.Key_Return, CTRL)
        hands.wait("police: the referral is followed", lambda: bool(hands.screen(ReferralScreen).place.get("referral")))
        hands.breathe(400)
        hands.picture("12_referral_sent")
        sent = self._ask(hands, lambda store: len(store.referrals.list()))
        self._outcome.note("referral filled in and put in the outbox offline", f"{answers} answers", held=sent == 1)

    def edit_apart(self) -> None:
        """Both change the safe-contact rule of the shared file without seeing each other; then a look at the queue."""
        for hands, until in ((self.police, "12:30"), (self.health, "11:00")):
            self._open_case(hands)
            hands.click("Change the rule")
            hands.fill("To", until)
            if hands is self.health:
                hands.picture("13_contact_rule")
            hands.click("Save the rule")
            _wait_until_gone(hands, "Save the rule")
        self.police.press(Qt.Key.Key_5, CTRL)
        self.police.screen(SyncScreen)
        self.police.breathe(400)
        self.police.picture("14_sync_waiting")
        waiting = self._ask(self.police, lambda store: store.queue.state().pending)
        self._outcome.note("edits kept offline in the outbox", f"{waiting} entries wait", held=waiting > 0)

    def server_comes_back(self) -> None:
        """The server starts, is killed in the middle of the first round, and starts again; both become level."""
        server = self._made.practice.server
        server.start()
        self.police.press(Qt.Key.Key_F5)
        self.police.wait("police: a round has begun", lambda: self._line(self.police) is not Line.OFFLINE)
        server.kill()
        self._until(self.police, Line.OFFLINE)
        server.start()
        self._agree()
        self._outcome.note("server killed in mid-round and back, outboxes empty", "2 laptops", held=True)

    def decide(self) -> None:
        """The conflict is shown on both; the police decide by keyboard; it settles on both."""
        shown = [self._ask(hands, lambda store: len(store.conflicts.open())) for hands in (self.police, self.health)]
        self._outcome.note("conflict shown on both laptops", shown, held=shown == [1, 1])
        hands = self.police
        hands.press(Qt.Key.Key_4, CTRL)
        hands.screen(ConflictsScreen)
        hands.breathe(500)
        hands.picture("15_conflict")
        hands.press(Qt.Key.Key_2)
        hands.fill("Why", "She said on the telephone that he now works mornings.")
        hands.picture("16_conflict_chosen")
        hands.press(Qt.Key.Key_Return, CTRL)
        hands.wait("police: decided", lambda: not self._ask(hands, lambda store: store.conflicts.open()))
        self._agree()
        left = [self._ask(one, lambda store: len(store.conflicts.open())) for one in (self.police, self.health)]
        kept = [self._ask(one, lambda store: len(store.conflicts.decided())) for one in (self.police, self.health)]
        self._outcome.note(
            "conflict decided, readable afterwards on both", kept, held=left == [0, 0] and kept == [1, 1]
        )
        self.health.press(Qt.Key.Key_4, CTRL)
        self.health.screen(ConflictsScreen)
        self.health.breathe(400)
        self.health.picture("17_conflict_decided")

    def answer_referral(self) -> None:
        """The hospital unit opens the referral and accepts it; the police see that it holds the risk now."""
        hands = self.health
        hands.press(Qt.Key.Key_3, CTRL)
        hands.screen(ReferralsScreen)
        hands.breathe(500)
        hands.picture("18_referrals")
        hands.press(Qt.Key.Key_Return)
        hands.screen(ReferralScreen)
        hands.breathe(500)
        hands.click("Accept")
        hands.breathe(200)
        hands.picture("19_referral_received")
        hands.click("Accept", within=hands.screen(ReferralScreen).part)
        self._agree()
        states = [self._ask(one, _referral_state) for one in (self.health, self.police)]
        self._outcome.note("referral accepted, seen by both", states, held=states == ["accepted", "accepted"])
        self.police.press(Qt.Key.Key_1, CTRL)
        self.police.screen(TodayScreen)
        self.police.breathe(400)
        self.police.picture("20_today_after")

    def lock_again(self) -> None:
        """Lock, and unlock again: everything is as it was left."""
        hands = self.police
        hands.press(Qt.Key.Key_L, CTRL)
        hands.wait("police: locked", lambda: isinstance(hands.causeway.window.main(), UnlockView))
        hands.picture("21_locked")
        self._type_passphrase(hands)
        self._until(hands, Line.LEVEL)
        self._outcome.note("locked and unlocked again", "1 laptop", held=hands.sees(TodayScreen))

    # -- parts

    def _type_passphrase(self, hands: Hands) -> None:
        def is_ready() -> bool:
            view = hands.causeway.window.main()
            return isinstance(view, UnlockView) and view.ready()

        hands.wait(f"{hands.name}: a passphrase can be typed", is_ready)
        hands.fill("Passphrase", PASSPHRASE)
        hands.press(Qt.Key.Key_Return)
        hands.screen(TodayScreen)

    def _open_case(self, hands: Hands) -> None:
        """By the caseload's search and Enter."""
        if hands.sees(CaseScreen):
            return
        hands.press(Qt.Key.Key_2, CTRL)
        hands.screen(CaseloadScreen)
        hands.breathe(300)
        hands.press(Qt.Key.Key_F, CTRL)
        hands.press(Qt.Key.Key_A, CTRL)
        hands.write(CASE)
        hands.breathe(500)
        hands.press(Qt.Key.Key_Return)
        hands.screen(CaseScreen)
        hands.breathe(500)

    def _agree(self) -> None:
        """Rounds on both, by the key for it, until nothing waits on either."""

        def is_level() -> bool:
            for hands in (self.police, self.health):
                if self._line(hands) is not Line.LEVEL or self._ask(hands, lambda store: store.queue.state().pending):
                    hands.press(Qt.Key.Key_F5)
                    hands.breathe(200)
                    return False
            return True

        for _ in range(2):
            for hands in (self.police, self.health):
                hands.press(Qt.Key.Key_F5)
                hands.breathe(300)
            self.police.wait("both laptops are level", is_level)

    def _until(self, hands: Hands, line: Line) -> None:
        hands.wait(f"{hands.name}: {line.value}", lambda: self._line(hands) is line)

    @staticmethod
    def _line(hands: Hands) -> Line | None:
        session = hands.causeway.session
        return session.network.truth.line if session else None


def _wait_until_gone(hands: Hands, name: str) -> None:
    hands.wait(f"{hands.name}: “{name}” is done", lambda: not hands.has(name))


def _count_assessments(store: Store) -> int:
    return int(store.database.value("SELECT count(*) FROM record WHERE kind = 'assessment'") or 0)


def _referral_state(store: Store) -> str:
    views = store.referrals.list()
    return views[0].state.value if views else "none"
