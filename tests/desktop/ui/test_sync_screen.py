"""The sync screen on a real store: items by case, the refused tray with its way back, the line in words."""

from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.model.moment import stamp
from desktop.model.queue import QueueItem, QueueStage
from desktop.model.record import CaseKey
from desktop.store.store import Store
from desktop.ui.frame import Frame
from desktop.ui.models.network import Line, Truth
from desktop.ui.models.sync import line_reason, loads, reason_words
from desktop.ui.views.screen import Place
from desktop.ui.views.sync import SyncScreen
from desktop.ui.widgets.travel import Travel
from sync.protocol import ItemResult, ItemStatus
from tests.desktop.store.laptops import Laptop
from tests.desktop.ui.opened import NOW, House, make_house, opened


def shown(screen: QWidget) -> str:
    return " | ".join(label.text() for label in screen.findChildren(QLabel) if label.isVisible())


def sync_of(frame: Frame) -> SyncScreen:
    frame.open(Place.of("sync"))
    screen = frame.in_sight()
    assert isinstance(screen, SyncScreen)
    return screen


def test_what_is_going_out_stands_by_case_with_its_kinds(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    screen = sync_of(frame)
    qtbot.waitUntil(lambda: "Harbour 214" in shown(screen))
    assert "Case header" in shown(screen)
    assert "In outbox since 09:42" in shown(screen)
    assert any(one.accessibleName() for one in screen.findChildren(Travel))


def test_an_empty_queue_says_so(qtbot: QtBot, tmp_path_factory: pytest.TempPathFactory) -> None:
    _causeway, frame = opened(qtbot, make_house(tmp_path_factory.mktemp("empty")))
    screen = sync_of(frame)
    qtbot.waitUntil(lambda: "Nothing is waiting to go out" in shown(screen))


def refuse_everything(store: Store) -> None:
    """As the server would answer each entry of the outbox."""
    for space in store.replica.spaces():
        while due := store.replica.outgoing(space, 1_000_000):
            results = tuple(ItemResult(row.eid, ItemStatus.REJECTED, "quota") for row in due)
            store.replica.take_results(space, results, b"")


def take_everything(store: Store) -> None:
    """As the server would answer each entry of the outbox."""
    for space in store.replica.spaces():
        while due := store.replica.outgoing(space, 1_000_000):
            results = tuple(ItemResult(row.eid, ItemStatus.OK, seq=number) for number, row in enumerate(due, 1))
            store.replica.take_results(space, results, b"receipt")


def test_what_arrived_is_folded_away_with_the_time_it_came(qtbot: QtBot, house: House) -> None:
    house.with_store(take_everything)
    _causeway, frame = opened(qtbot, house)
    screen = sync_of(frame)
    qtbot.waitUntil(lambda: "Nothing is waiting to go out" in shown(screen))
    assert "Harbour 214" not in shown(screen)
    head = next(one for one in screen.findChildren(QPushButton) if one.text().startswith("Arrived at the server"))
    head.click()
    qtbot.waitUntil(lambda: "Harbour 214" in shown(screen))
    assert "At server since 09:42" in shown(screen)
    assert head.accessibleDescription() == "Shown below"
    head.click()
    assert "Harbour 214" not in shown(screen)


def test_the_time_at_the_server_is_that_of_the_receipt(tmp_path: Path) -> None:
    alder = Laptop("p1", tmp_path)
    alder.store.cases.new("Harbour 214")
    alder.clock.now += timedelta(days=3)
    arrived = stamp(alder.clock.now)
    take_everything(alder.store)
    assert all(item.since > arrived for item in alder.store.queue.items())
    alder.close()


def test_a_refused_item_says_why_and_can_be_tried_again(qtbot: QtBot, tmp_path_factory: pytest.TempPathFactory) -> None:
    house = make_house(tmp_path_factory.mktemp("refused"))
    house.with_store(lambda store: store.cases.new("Harbour 214"))
    house.with_store(refuse_everything)
    _causeway, frame = opened(qtbot, house)
    screen = sync_of(frame)
    qtbot.waitUntil(lambda: "The server has no room left for your unit." in shown(screen))
    again = [one for one in screen.findChildren(QPushButton) if one.text() == "Try again"]
    for _ in range(len(again)):
        next(one for one in screen.findChildren(QPushButton) if one.text() == "Try again").click()
        qtbot.wait(100)
    qtbot.waitUntil(lambda: "In outbox since" in shown(screen))
    qtbot.waitUntil(lambda: "Refused" not in shown(screen))


def test_the_line_is_said_with_its_reason_and_sync_now_is_offered(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    screen = sync_of(frame)
    assert not screen.now.isEnabled()
    network = frame.desk.network
    network.tell(Truth(Line.OFFLINE, NOW, code="net.captive", pending=4))
    qtbot.waitUntil(lambda: "log-in page" in shown(screen))
    assert "Offline since 09:42 · 4 in outbox" in shown(screen)
    with qtbot.waitSignal(network.wanted):
        screen.now.click()
    network.tell(Truth(Line.SYNCING, NOW, sent=3, read=2, ahead=5))
    qtbot.waitUntil(lambda: "3 entries sent, 2 read" in shown(screen))
    assert not screen.now.isEnabled()


def item(number: int, what: str, state: QueueStage = QueueStage.OUTBOX) -> QueueItem:
    return QueueItem(
        str(number), CaseKey("a", "b"), "Harbour 214", what, state, f"2026-11-23T0{number}:00:00Z", size=10
    )


def test_items_of_one_case_at_one_stop_are_taken_together() -> None:
    together = loads(
        [item(3, "key"), item(2, "person"), item(1, "person"), item(4, "note"), item(5, "note", QueueStage.SERVER)]
    )
    assert [(load.words, load.since[11:13], load.size) for load in together] == [
        ("Person × 2, Note", "01", 40),
        ("Note", "05", 10),
    ]


def test_unknown_codes_are_shown_as_they_are() -> None:
    assert "novel.code" in reason_words("novel.code")
    assert "novel.code" in line_reason("novel.code")
    assert line_reason("") == ""
