"""What the system says of the line wakes the round; where the system says nothing, nothing is metered."""

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkInformation
from pytestqt.qtbot import QtBot

from desktop.links import Links


class Told(QObject):
    """Stands for what Qt tells, so that a line can come, go and cost money here."""

    reachabilityChanged = Signal(int)  # noqa: N815  Qt's own name
    isMeteredChanged = Signal(bool)  # noqa: N815  Qt's own name

    def isMetered(self) -> bool:
        return True

    def backendName(self) -> str:
        return "told"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    made = Told()
    monkeypatch.setattr(QNetworkInformation, "loadDefaultBackend", lambda: True)
    monkeypatch.setattr(QNetworkInformation, "instance", lambda: made)
    return made


def test_it_says_that_the_line_costs_money_and_when_that_ends(qtbot: QtBot, told: Told) -> None:
    links = Links()
    assert (links.metered, links.backend) == (True, "told")
    with qtbot.waitSignal(links.changed):
        told.isMeteredChanged.emit(False)
    assert not links.metered


def test_a_line_that_comes_or_goes_is_told(qtbot: QtBot, told: Told) -> None:
    links = Links()
    with qtbot.waitSignal(links.changed):
        told.reachabilityChanged.emit(4)


def test_where_nobody_can_be_asked_nothing_is_metered(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QNetworkInformation, "loadDefaultBackend", lambda: False)
    links = Links()
    assert (links.metered, links.backend) == (False, "")


def test_this_computer_answers(qtbot: QtBot) -> None:
    assert Links().backend in {*QNetworkInformation.availableBackends(), ""}
