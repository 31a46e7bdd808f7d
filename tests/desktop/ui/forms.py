"""A laptop on which the shipped forms are installed, and a person who fills them in by keys alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import Causeway
from desktop.packs import install_shipped
from desktop.paths import resource
from desktop.store.drafts import Draft
from desktop.store.store import Store
from desktop.ui.frame import Frame
from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.multiple import MultipleQuestion
from desktop.ui.questions.select import ButtonsQuestion, RadioQuestion
from desktop.ui.views.form import FormScreen
from desktop.ui.views.screen import Place
from tests.desktop.ui.opened import House, opened

FACTORS = [
    "injury",
    "fear",
    "despair",
    "pregnancy",
    "firearm",
    "weapons",
    "threats",
    "strangulation",
    "sexual",
    "isolation",
    "separation",
    "contact",
    "stalking",
    "jealousy",
    "often",
    "worse",
    "honour",
    "harm_others",
    "money",
    "perpetrator",
]


def install_forms(store: Store) -> None:
    install_shipped(store.form_versions, resource("forms"))


@dataclass
class Desk:
    """The program with a form in sight."""

    qtbot: QtBot
    house: House
    causeway: Causeway
    frame: Frame

    @property
    def form(self) -> FormScreen:
        screen = self.frame.in_sight()
        assert isinstance(screen, FormScreen)
        return screen

    def open(self, place: Place) -> FormScreen:
        self.frame.open(place)
        self.qtbot.waitUntil(lambda: isinstance(self.frame.in_sight(), FormScreen) and self.form.model.is_open)
        QApplication.processEvents()
        return self.form

    def key(self, keys: str) -> None:
        """Strike a key wherever the keyboard is now."""
        QTest.keySequence(self.focus(), QKeySequence(keys))
        QApplication.processEvents()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.focus(), text)
        QApplication.processEvents()

    def focus(self) -> QWidget:
        return QApplication.focusWidget() or self.causeway.window

    def store(self, ask: Callable[[Store], object]) -> object:
        """What the store says now, after everything given to it before."""
        answer: list[object] = []
        assert self.causeway.session is not None
        self.causeway.session.tasks.query(ask, answer.append, owner=self.causeway)
        self.qtbot.waitUntil(lambda: bool(answer))
        return answer[0]

    def draft_id(self) -> str:
        """The draft last in hand, also when another screen is in sight."""
        found = self.store(lambda store: [head.draft_id for head in store.drafts.list()])
        assert isinstance(found, list)
        assert len(found) == 1
        return str(found[0])

    def draft(self) -> Draft:
        draft_id = self.form.model.about().draft_id
        found = self.store(lambda store: store.drafts.load(draft_id))
        assert isinstance(found, Draft)
        return found

    # -- a person at the keyboard

    def fill(self, plan: Mapping[str, str]) -> None:
        """Answer every question from the one in hand to the last by keys only; `plan` by name, else `default`."""
        form = self.form
        while form.model.page() is not None:
            ref = form.page.current
            assert ref, "no question is in hand"
            self.answer(form.page.question(ref), plan.get(name(ref), plan["default"]))
            self._leave(ref)

    def answer(self, widget: QuestionWidget, value: str) -> None:
        """Give an answer to the question that has the keyboard."""
        if isinstance(widget, ButtonsQuestion):
            values, keys = [one[0] for one in widget.view.choices], [one[2] for one in widget.view.choices]
            at = values.index(value) if value in values else 0
            self.type(keys[at] or str(at + 1))
        elif isinstance(widget, RadioQuestion):
            values = [one[0] for one in widget.view.choices]
            for _ in range(values.index(value) if value in values else 0):
                self.key("Down")
            self.key("Space")
        elif isinstance(widget, MultipleQuestion):
            values = [one[0] for one in widget.view.choices]
            for at in range(len(values)):
                if values[at] in value.split():
                    self.key("Space")
                if at + 1 < len(values):
                    self.key("Tab")
        elif widget.view.kind in {"text", "integer"} and value != "yes":
            self.type(value)

    def _leave(self, ref: str) -> None:
        form = self.form
        if form.page.current != ref or form.model.page() is None or ref not in form.page.refs():
            return
        if ref == form.page.refs()[-1]:
            self.key("Ctrl+Down")
            return
        for _ in range(20):
            self.key("Tab")
            if form.page.current != ref:
                return
        raise AssertionError(f"Tab never leaves {ref}")


def name(ref: str) -> str:
    return ref.rsplit("/", 1)[-1]


def at_form(qtbot: QtBot, house: House, place: Place | None = None, **other: object) -> Desk:
    """The program with a new risk record (or `place`) in sight."""
    causeway, frame = opened(qtbot, house, **other)
    desk = Desk(qtbot, house, causeway, frame)
    causeway.window.resize(1366, 768)
    causeway.window.activateWindow()
    qtbot.waitUntil(causeway.window.isActiveWindow, timeout=10_000)
    desk.open(place or Place.of("report"))
    return desk
