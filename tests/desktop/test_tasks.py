"""The store's thread: whose turn it is, where answers arrive, what is dropped and what never is."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from desktop.errors import Bug, KnownError
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from desktop.tasks import Crew, Failure, GuiCollector, OnChanged, StoreThread
from tests.desktop.ui.opened import NOW, ZONE, House, make_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path)


def opener(house: House, changed: OnChanged) -> Store:
    from desktop.seating import read_seat  # noqa: PLC0415  only here: how a seat is kept

    database = house.profile.open_store(house.store_key)
    seated = read_seat(database)
    return Store.open(database, SeatIdentity.of(seated.keys, seated.roster), lambda: NOW, ZONE, changed=changed)


@pytest.fixture
def tasks(house: House, qtbot: QtBot) -> Iterator[StoreThread]:
    made = StoreThread(lambda changed: opener(house, changed))
    opened: list[bool] = []
    made.start(lambda: opened.append(True))
    qtbot.waitUntil(lambda: bool(opened))
    yield made
    made.stop()


def test_the_store_works_on_its_own_thread_and_answers_on_the_gui_thread(tasks: StoreThread, qtbot: QtBot) -> None:
    seen: list[tuple[str, QThread]] = []
    owner = QObject()
    tasks.query(
        lambda _store: threading.current_thread().name,
        lambda name: seen.append((name, QThread.currentThread())),
        owner=owner,
    )
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [("store", owner.thread())]


def test_a_store_call_on_the_gui_thread_raises(tasks: StoreThread, qtbot: QtBot) -> None:
    smuggled: list[Store] = []
    owner = QObject()
    tasks.query(lambda store: store, smuggled.append, owner=owner)
    qtbot.waitUntil(lambda: bool(smuggled))
    with pytest.raises(Bug, match="thread"):
        smuggled[0].cases.new("Harbour 214")
    with pytest.raises(Bug, match="thread"):
        smuggled[0].cases.caseload()


def test_an_answer_to_a_closed_window_is_dropped(tasks: StoreThread, qtbot: QtBot) -> None:
    gate = threading.Event()
    heard: list[str] = []
    closed, living = QObject(), QObject()
    tasks.query(lambda _store: gate.wait(5), lambda _done: heard.append("closed"), owner=closed)
    tasks.query(lambda _store: None, lambda _done: heard.append("living"), owner=living)
    shiboken6.delete(closed)
    gate.set()
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["living"]


def test_what_is_written_goes_before_what_is_read_and_that_before_the_rounds_steps(tasks: StoreThread) -> None:
    gate, order, owner = threading.Event(), list[str](), QObject()
    tasks.query(lambda _store: gate.wait(5), lambda _done: None, owner=owner)

    def noting(what: str) -> Callable[[Store], None]:
        return lambda _store: order.append(what)

    steps = [tasks.step(noting(f"round {number}")) for number in range(2)]
    for number in range(2):
        tasks.query(noting(f"read {number}"), lambda _done: None, owner=owner)
    for number in range(2):
        tasks.change(noting(f"write {number}"), lambda _done: None, owner=owner)
    gate.set()
    for step in steps:
        step.result(5)
    assert order == ["write 0", "write 1", "read 0", "read 1", "round 0", "round 1"]


def test_a_commit_is_told_on_the_gui_thread(tasks: StoreThread, qtbot: QtBot) -> None:
    owner = QObject()
    with qtbot.waitSignal(tasks.changed, timeout=5000) as told:
        tasks.change(lambda store: store.cases.new("Harbour 214"), lambda _key: None, owner=owner)
    assert told.args is not None
    assert {"case", "outbox"} <= told.args[0]


def test_a_known_failure_goes_to_who_asked(tasks: StoreThread, qtbot: QtBot) -> None:
    heard: list[Failure] = []
    owner = QObject()

    def refuse(_store: Store) -> None:
        raise KnownError("case.unknown", "Nothing is known.", "Look again.")

    tasks.change(refuse, lambda _done: None, owner=owner, failed=heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert isinstance(heard[0], KnownError)
    assert heard[0].code == "case.unknown"


def test_a_lost_change_is_told_although_who_gave_it_is_gone_and_a_lost_reading_is_not(
    tasks: StoreThread, qtbot: QtBot
) -> None:
    gate, gone, living = threading.Event(), QObject(), QObject()
    heard: list[str] = []

    def refusing(code: str) -> Callable[[Store], None]:
        def refuse(_store: Store) -> None:
            gate.wait(5)
            raise KnownError(code, "Nothing was saved.", "Make room.")

        return refuse

    def note(who: str) -> Callable[[Failure], None]:
        return lambda failure: heard.append(f"{who}: {failure.code}" if isinstance(failure, KnownError) else who)

    tasks.failed.connect(note("signal"))
    tasks.change(refusing("one"), lambda _done: None, owner=gone, failed=note("gone"))
    tasks.query(refusing("two"), lambda _done: None, owner=gone, failed=note("gone"))
    tasks.change(refusing("three"), lambda _done: None, owner=living, failed=note("living"))
    tasks.query(refusing("four"), lambda _done: None, owner=living, failed=note("living"))
    shiboken6.delete(gone)
    gate.set()
    qtbot.waitUntil(lambda: len(heard) == 3, timeout=10_000)
    assert heard == ["signal: one", "living: three", "living: four"]


@pytest.mark.logs(r"causeway\.tasks ERROR: stumble:\d+: ValueError")
def test_a_bug_is_told_without_what_was_typed(tasks: StoreThread, qtbot: QtBot) -> None:
    owner = QObject()

    def stumble(_store: Store) -> None:
        raise ValueError("12 Quarry Lane")

    with qtbot.waitSignal(tasks.failed, timeout=5000) as told:
        tasks.query(stumble, lambda _done: None, owner=owner)
    assert told.args is not None
    assert isinstance(told.args[0], Bug)
    assert "Quarry" not in str(told.args[0])


def test_a_change_once_given_is_carried_out_although_the_store_is_being_closed(house: House, qtbot: QtBot) -> None:
    tasks = StoreThread(lambda changed: opener(house, changed))
    gate, owner = threading.Event(), QObject()
    tasks.start(lambda: None)
    tasks.query(lambda _store: gate.wait(5), lambda _done: None, owner=owner)
    tasks.change(lambda store: store.cases.new("Harbour 214"), lambda _key: None, owner=owner)
    threading.Timer(0.2, gate.set).start()
    tasks.stop()
    rows = house.with_store(lambda store: store.cases.caseload())
    assert [row.code_name for row in rows] == ["Harbour 214"]


def test_a_step_given_to_a_closed_store_is_cancelled_and_keeps_nobody_waiting(house: House, qtbot: QtBot) -> None:
    tasks = StoreThread(lambda changed: opener(house, changed))
    tasks.start(lambda: None)
    tasks.stop()
    with pytest.raises(CancelledError):
        tasks.step(lambda store: store.replica.counts()).result(1)


def test_a_store_that_cannot_be_opened_says_why_and_leaves_no_thread(qtbot: QtBot) -> None:
    heard: list[Failure] = []

    def refuse(_changed: OnChanged) -> Store:
        raise KnownError("store.locked_by_other", "It is open elsewhere.", "Close it there.")

    tasks = StoreThread(refuse)
    tasks.start(lambda: heard.append(Bug("never", ValueError())), failed=heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert [failure.code for failure in heard if isinstance(failure, KnownError)] == ["store.locked_by_other"]
    tasks.stop()


def test_garbage_is_collected_on_the_gui_thread_and_nowhere_else(qtbot: QtBot) -> None:
    class Ring:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            where.append(threading.current_thread() is threading.main_thread())

    def litter() -> None:
        for _ in range(20_000):
            Ring()

    where: list[bool] = []
    parent = QObject()
    collector = GuiCollector(parent)
    try:
        other = threading.Thread(target=litter)
        other.start()
        other.join()
        assert where == []
        collector.collect()
        assert len(where) == 20_000
        assert all(where)
    finally:
        collector.stop()


def test_the_crew_answers_on_the_gui_thread_and_drops_answers_to_the_gone(qtbot: QtBot) -> None:
    crew, owner, gone = Crew(), QObject(), QObject()
    heard: list[str] = []
    gate = threading.Event()
    crew.run(lambda: gate.wait(5), lambda _done: heard.append("gone"), owner=gone)
    shiboken6.delete(gone)
    gate.set()
    crew.run(lambda: threading.current_thread().name, heard.append, owner=owner)
    qtbot.waitUntil(lambda: bool(heard))
    crew.stop()
    assert [name.partition("_")[0] for name in heard] == ["crew"]
