"""The window: neutral outside, places and the way back inside, cover, lock, looks, and narrow widths."""

import gc
import json
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import Causeway
from desktop.errors import Bug, KnownError
from desktop.ui.actions import acts
from desktop.ui.lock import IdleWatch, ShiftTaps
from desktop.ui.notices import Notice, notice_of
from desktop.ui.theme.theme import current_theme
from desktop.ui.views.caseload import CaseloadScreen
from desktop.ui.views.screen import Place, Way
from desktop.ui.views.sync import SyncScreen
from desktop.ui.views.today import TodayScreen
from desktop.ui.views.unlock import UnlockView
from desktop.ui.widgets.commands import CommandPalette
from tests.desktop.ui.opened import PASSPHRASE, House, opened, start


def test_the_title_never_says_what_is_open(qtbot: QtBot, house: House) -> None:
    causeway, frame = opened(qtbot, house)
    titles = {causeway.window.windowTitle()}
    frame.open(Place.of("caseload"))
    titles.add(causeway.window.windowTitle())
    causeway.window.cover()
    titles.add(causeway.window.windowTitle())
    assert titles == {"Causeway", "Calendar"}


def test_the_rail_and_its_keys_lead_to_the_screens_and_back(qtbot: QtBot, house: House) -> None:
    causeway, frame = opened(qtbot, house)
    QTest.keySequence(causeway.window, QKeySequence("Ctrl+2"))
    assert isinstance(frame.in_sight(), CaseloadScreen)
    QTest.keySequence(causeway.window, QKeySequence("Ctrl+5"))
    assert isinstance(frame.in_sight(), SyncScreen)
    QTest.keySequence(causeway.window, QKeySequence("Alt+Left"))
    QTest.keySequence(causeway.window, QKeySequence("Alt+Left"))
    assert isinstance(frame.in_sight(), TodayScreen)


def test_no_key_is_given_to_two_acts() -> None:
    keys = [one.keys for one in acts() if one.keys]
    assert len(keys) == len(set(keys))


def test_a_screen_off_the_way_back_is_destroyed(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    frame.open(Place.of("caseload"))
    left = frame.in_sight()
    frame.back()
    qtbot.waitUntil(lambda: not shiboken6.isValid(left))
    assert isinstance(frame.in_sight(), TodayScreen)


def test_the_way_back_stacks_no_place_twice_and_has_an_end() -> None:
    way = Way(longest=3)
    for number in (1, 1, 2, 3, 4):
        way.go(Place.of("case", tag=str(number)))
    assert [place.get("tag") for place in way.places] == ["2", "3", "4"]
    assert way.back() == Place.of("case", tag="3")
    way.back()
    assert way.back() is None


def test_locking_closes_the_file_and_shows_the_entrance(qtbot: QtBot, house: House) -> None:
    causeway, _frame = opened(qtbot, house)
    QTest.keySequence(causeway.window, QKeySequence("Ctrl+L"))
    assert isinstance(causeway.window.main(), UnlockView)
    assert causeway.session is None
    assert house.with_store(lambda store: len(store.cases.caseload())) == 12


def test_the_cover_hides_at_once_locks_behind_and_the_same_place_returns(qtbot: QtBot, house: House) -> None:
    causeway, frame = opened(qtbot, house)
    frame.open(Place.of("caseload"))
    QTest.keySequence(causeway.window, QKeySequence("F12"))
    page = causeway.window._cover
    assert page.isVisible()
    assert is_locked(causeway)
    shown = [w.text() for w in causeway.window.findChildren(QPushButton) if w.isVisible()]
    assert not any("Harbour" in words for words in shown)
    QTest.keyClick(causeway.window.focusWidget() or causeway.window, Qt.Key.Key_Escape)
    assert page.isHidden()
    view = causeway.window.main()
    assert isinstance(view, UnlockView)
    qtbot.waitUntil(view.ready)
    with qtbot.waitSignal(causeway.opened, timeout=10_000):
        QTest.keyClicks(view.passphrase_page.field.line, PASSPHRASE)
        QTest.keyClick(view.passphrase_page.field.line, Qt.Key.Key_Return)
    assert causeway.session is not None
    assert causeway.session.frame is not None
    assert isinstance(causeway.session.frame.in_sight(), CaseloadScreen)


def is_locked(causeway: Causeway) -> bool:
    return causeway.session is None


def test_three_lone_taps_of_shift_cover_and_capitals_do_not(qtbot: QtBot) -> None:
    now = [0.0]
    widget = QWidget()
    qtbot.addWidget(widget)
    watch = ShiftTaps(widget, lambda: now[0])
    widget.installEventFilter(watch)
    tapped: list[bool] = []
    watch.tapped.connect(lambda: tapped.append(True))

    def tap() -> None:
        now[0] += 0.2
        QTest.keyPress(widget, Qt.Key.Key_Shift)
        QTest.keyRelease(widget, Qt.Key.Key_Shift)

    def capital() -> None:
        QTest.keyPress(widget, Qt.Key.Key_Shift)
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyRelease(widget, Qt.Key.Key_Shift)

    for _ in range(4):
        capital()
    tap()
    now[0] += 5
    tap()
    tap()
    assert not tapped
    tap()
    assert tapped == [True]


def test_three_taps_at_the_windows_own_door_show_the_neutral_page(qtbot: QtBot, house: House) -> None:
    causeway, _frame = opened(qtbot, house)
    door = causeway.window.windowHandle()
    for _ in range(3):
        QTest.keyPress(door, Qt.Key.Key_Shift)
        QTest.keyRelease(door, Qt.Key.Key_Shift)
    assert causeway.window.covered
    assert is_locked(causeway)


def test_keys_at_the_windows_own_door_are_signs_of_life(
    qtbot: QtBot, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.ui.lock.MINUTE_MS", 60)
    causeway, _frame = opened(qtbot, house)
    for _ in range(12):
        qtbot.wait(100)
        QTest.keyClick(causeway.window.windowHandle(), Qt.Key.Key_Control)
    assert not is_locked(causeway)


def test_idleness_is_measured_from_the_last_sign_of_life(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.ui.lock.MINUTE_MS", 300)
    widget = QWidget()
    qtbot.addWidget(widget)
    watch = IdleWatch(widget)
    widget.installEventFilter(watch)
    idle: list[bool] = []
    watch.idle.connect(lambda: idle.append(True))
    watch.start(1)
    for _ in range(4):
        qtbot.wait(150)
        QTest.keyClicks(widget, "a")
    assert not idle
    qtbot.waitUntil(lambda: bool(idle), timeout=2000)


def test_an_idle_program_locks(qtbot: QtBot, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.ui.lock.MINUTE_MS", 5)
    causeway, _frame = opened(qtbot, house)
    qtbot.waitUntil(lambda: causeway.session is None, timeout=5000)
    assert isinstance(causeway.window.main(), UnlockView)


def test_light_and_dark_change_at_once_and_are_kept_for_the_device(qtbot: QtBot, house: House) -> None:
    causeway, _frame = opened(qtbot, house)
    before = current_theme().name
    QTest.keySequence(causeway.window, QKeySequence("Ctrl+Shift+L"))
    after = current_theme().name
    assert {before, after} == {"light", "dark"}
    kept = json.loads((house.folder / "settings.json").read_text(encoding="utf-8"))
    assert kept == {"theme": after}
    QTest.keySequence(causeway.window, QKeySequence("Ctrl+Shift+L"))
    assert current_theme().name == before


def test_danger_now_gives_the_number_on_every_screen_and_twice_is_once(qtbot: QtBot, house: House) -> None:
    causeway, frame = opened(qtbot, house)
    for keys in ("Ctrl+2", "Ctrl+Shift+D", "Ctrl+Shift+D"):
        QTest.keySequence(causeway.window, QKeySequence(keys))
    assert [words for words in frame.notices() if "112" in words] == frame.notices()
    assert len(frame.notices()) == 1


def test_a_notice_is_put_away_by_its_act(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    done: list[bool] = []
    frame.show_notice(Notice("info", "Written.", act=("Undo", lambda: done.append(True))))
    button = next(one for one in frame.findChildren(QPushButton) if one.text() == "Undo")
    button.click()
    assert done == [True]
    assert frame.notices() == []


def test_going_anywhere_finds_a_case_by_a_persons_name_and_says_only_its_code_name(qtbot: QtBot, house: House) -> None:
    causeway, frame = opened(qtbot, house)
    QTest.keySequence(causeway.window, QKeySequence("Ctrl+K"))
    palette = frame._palette
    assert palette.isVisible()
    QTest.keyClicks(palette.line, "harb")
    qtbot.waitUntil(lambda: "Harbour 214" in goals(palette))
    palette.line.clear()
    QTest.keyClicks(palette.line, "caseload")
    qtbot.waitUntil(lambda: goals(palette)[:1] == ["Caseload"])
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert isinstance(frame.in_sight(), CaseloadScreen)


def goals(palette: CommandPalette) -> list[str]:
    model = palette.view.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_a_known_failure_keeps_its_words_and_a_bug_shows_no_content() -> None:
    known = notice_of(KnownError("store.disk_full", "The disk is full.", "Free some space."))
    assert (known.text, known.remedy) == ("The disk is full.", "Free some space.")
    bug = notice_of(Bug("save:12", ValueError("12 Quarry Lane")))
    assert "save:12" in bug.text
    assert "Quarry" not in bug.text + bug.remedy


@pytest.mark.parametrize("width", [683, 1366])
def test_rail_and_side_panel_fold_where_the_window_is_narrow(qtbot: QtBot, house: House, width: int) -> None:
    causeway, frame = opened(qtbot, house)
    causeway.window.resize(width, 700)
    screen = frame.in_sight()
    assert isinstance(screen, TodayScreen)
    qtbot.waitUntil(lambda: bool(screen.rows()))
    assert causeway.window.width() == width
    assert screen._side.isVisible() == (width == 1366)
    assert screen._aside.isVisible()


def test_every_control_has_a_name_and_is_big_enough(qtbot: QtBot, house: House) -> None:
    causeway, frame = opened(qtbot, house)
    faults: list[str] = []
    for name in ("today", "caseload", "referrals", "conflicts", "sync"):
        frame.open(Place.of(name))
        qtbot.wait(400)
        faults += [f"{name}: {fault}" for fault in control_faults(causeway.window)]
    causeway.window.cover()
    faults += control_faults(causeway.window, small=True)
    causeway.window.cover()
    assert faults == []


def test_every_control_of_the_entrance_has_a_name_and_is_big_enough(qtbot: QtBot, house: House) -> None:
    causeway = start(qtbot, house)
    view = causeway.window.main()
    assert isinstance(view, UnlockView)
    qtbot.waitUntil(view.ready)
    faults = control_faults(causeway.window)
    view.passphrase_page.lost.emit()
    faults += control_faults(causeway.window)
    view.new_wanted.emit()
    faults += control_faults(causeway.window)
    assert faults == []


def control_faults(window: QWidget, *, small: bool = False) -> list[str]:
    """Controls in sight without an accessible name, or (but for Qt's own calendar) lower than 32 pixels."""
    QApplication.processEvents()
    faults = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.focusPolicy() == Qt.FocusPolicy.NoFocus or not widget.isEnabled():
            continue
        if not widget.accessibleName():
            faults.append(f"{type(widget).__name__} {widget.objectName()} has no name")
        if not small and widget.height() < 32:
            faults.append(f"{widget.accessibleName()} is {widget.height()} high")
    return faults


def test_nothing_of_a_closed_session_stays_alive(qtbot: QtBot, house: House, tmp_path: Path) -> None:
    causeway, frame = opened(qtbot, house)
    causeway.lock()
    qtbot.waitUntil(lambda: not shiboken6.isValid(frame))
    gc.collect()
    assert causeway.session is None
