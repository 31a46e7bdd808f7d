"""The Sync screen's ways beside the line: the courier's files, the leads, metered lines, and a log that went back."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.crypto.keychain import Keychain
from desktop.demo.partnership import Founded, found
from desktop.model.queue import SyncState
from desktop.profiles import Profiles
from desktop.seating import Seated, keep_seat
from desktop.store.rollbacks import SERVER_KEY, Rollback, Verdict
from desktop.store.store import Store
from desktop.ui.models.network import Line, Truth
from desktop.ui.views.screen import Place
from desktop.ui.views.sync import SyncScreen, copied_words
from desktop.ui.views.sync_rollback import rollback_words
from sync.protocol import Cursor, ItemResult, ItemStatus
from tests.desktop.ui.opened import CHEAP, NOW, PASSPHRASE, House, no_keyring, opened


def shown(screen: QWidget) -> str:
    return " | ".join(label.text() for label in screen.findChildren(QLabel) if label.isVisible())


def press(screen: QWidget, words: str) -> None:
    next(one for one in screen.findChildren(QPushButton) if one.text() == words and one.isVisible()).click()


def house_of(folder: Path, founded: Founded, member: str) -> House:
    keychain = Keychain(no_keyring)
    made = Profiles(keychain, folder).create("Desk", PASSPHRASE, cost=CHEAP)
    database = made.profile.open_store(made.store_key)
    keep_seat(database, Seated(founded.seats[member], founded.roster))
    database.close()
    return House(folder, made.profile, made.store_key, keychain)


@pytest.fixture
def two(tmp_path: Path) -> tuple[House, House]:
    """Two colleagues of the police, each with a laptop and no line."""
    founded = found()
    return house_of(tmp_path / "alder", founded, "alder"), house_of(tmp_path / "rowan", founded, "rowan")


def at_sync(qtbot: QtBot, house: House) -> SyncScreen:
    _causeway, frame = opened(qtbot, house)
    frame.open(Place.of("sync"))
    screen = frame.in_sight()
    assert isinstance(screen, SyncScreen)
    qtbot.waitUntil(lambda: screen.courier.whom.count() > 0)
    return screen


def write(qtbot: QtBot, house: House, stick: Path) -> Path:
    """Everything for everybody, onto a stick."""
    screen = at_sync(qtbot, house)
    screen.courier.ask_for_folder = lambda _over: str(stick)
    screen.courier.write.click()
    qtbot.waitUntil(lambda: "Written: " in shown(screen), timeout=10_000)
    (file,) = stick.iterdir()
    assert file.name in shown(screen)
    assert file.suffix == ".syncpack"
    return file


def test_a_stick_carries_a_case_from_one_laptop_to_the_other(
    qtbot: QtBot, two: tuple[House, House], tmp_path: Path
) -> None:
    alder, rowan = two
    alder.with_store(lambda store: store.cases.new("Harbour 214"))
    stick = tmp_path / "stick"
    stick.mkdir()
    file = write(qtbot, alder, stick)
    assert b"Harbour" not in file.read_bytes()
    screen = at_sync(qtbot, rowan)
    screen.courier.ask_for_pack = lambda _over: str(file)
    screen.courier.read.click()
    qtbot.waitUntil(lambda: "1 entry was new here." in shown(screen), timeout=10_000)
    assert "2 go on their way from here." in shown(screen)
    assert "Written by R. Alder; the file is whole." in shown(screen)
    qtbot.waitUntil(lambda: "Harbour 214" in shown(screen))


def test_a_cut_file_says_so_and_another_file_is_no_courier(
    qtbot: QtBot, two: tuple[House, House], tmp_path: Path
) -> None:
    alder, rowan = two
    alder.with_store(lambda store: store.cases.new("Harbour 214"))
    stick = tmp_path / "stick"
    stick.mkdir()
    file = write(qtbot, alder, stick)
    file.write_bytes(file.read_bytes()[:-20])
    screen = at_sync(qtbot, rowan)
    screen.courier.ask_for_pack = lambda _over: str(file)
    screen.courier.read.click()
    qtbot.waitUntil(lambda: "The file ends too early" in shown(screen), timeout=10_000)
    file.write_bytes(b"%PDF-1.7 a letter")
    screen.courier.read.click()
    qtbot.waitUntil(lambda: "The file is damaged" in shown(screen), timeout=10_000)
    screen.courier.ask_for_pack = lambda _over: str(tmp_path / "gone")
    screen.courier.read.click()
    qtbot.waitUntil(lambda: "could not be read to its end" in shown(screen), timeout=10_000)


def test_a_stick_that_cannot_be_written_keeps_nothing_half_done(
    qtbot: QtBot, two: tuple[House, House], tmp_path: Path
) -> None:
    two[0].with_store(lambda store: store.cases.new("Harbour 214"))
    screen = at_sync(qtbot, two[0])
    screen.courier.ask_for_folder = lambda _over: str(tmp_path / "no" / "stick")
    screen.courier.write.click()
    qtbot.waitUntil(lambda: "nothing was left on it" in shown(screen), timeout=10_000)


def test_nothing_to_write_is_said(qtbot: QtBot, two: tuple[House, House], tmp_path: Path) -> None:
    screen = at_sync(qtbot, two[0])
    screen.courier.ask_for_folder = lambda _over: str(tmp_path)
    screen.courier.write.click()
    qtbot.waitUntil(lambda: "There is nothing that they do not have already" in shown(screen), timeout=10_000)


def refuse_note(store: Store) -> None:
    key = store.cases.new("Harbour 214")
    store.cases.add_record(key, "note", {"text": "refused"})
    (eid,) = [item.id for item in store.queue.items() if item.what == "note"]
    store.replica.take_results(key.space, (ItemResult(eid, ItemStatus.REJECTED, "quota"),), b"")


def test_a_refused_item_can_be_told_to_the_leads_and_go_by_stick(
    qtbot: QtBot, two: tuple[House, House], tmp_path: Path
) -> None:
    two[0].with_store(refuse_note)
    screen = at_sync(qtbot, two[0])
    qtbot.waitUntil(lambda: "no room left" in shown(screen))
    press(screen, "Tell the leads")
    qtbot.waitUntil(lambda: "The unit’s leads were told" in shown(screen))
    stick = tmp_path / "stick"
    stick.mkdir()
    screen.courier.ask_for_folder = lambda _over: str(stick)
    press(screen, "By stick …")
    qtbot.waitUntil(lambda: "Written: 2 entries" in shown(screen), timeout=10_000)


def test_on_a_metered_line_it_says_what_waits_and_what_does_not(qtbot: QtBot, house: House) -> None:
    screen = at_sync(qtbot, house)
    network = screen.desk.network
    network.tell(Truth(Line.LEVEL, NOW, paused=True, pending=4))
    qtbot.waitUntil(lambda: "This line is metered, so 4 entries wait" in shown(screen))
    assert "contact rules go out at once" in shown(screen)
    with qtbot.waitSignal(network.pause_chosen) as chosen:
        screen.spare.click()
    assert chosen.args == [False]
    network.tell(Truth(Line.SYNCING, NOW, sent=3, read=2, ahead=5))
    qtbot.waitUntil(lambda: "5 of 10" in shown(screen))


def went_back(store: Store) -> None:
    """A log whose epoch changed, and nobody said so."""
    space = store.seat.unit_space
    with store.database.transaction():
        store.database.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", (SERVER_KEY, b"k" * 32))
        store.replica._rollbacks.note(space, Cursor("ab" * 16, 9), "cd" * 16, "2026-11-23T09:00:00Z", 12)
    store.rollbacks.take_notices(None)


def test_a_log_that_went_back_is_red_and_can_be_proven(qtbot: QtBot, two: tuple[House, House], tmp_path: Path) -> None:
    two[0].with_store(went_back)
    screen = at_sync(qtbot, two[0])
    qtbot.waitUntil(lambda: "nobody has announced it" in shown(screen))
    assert "This laptop put back 12 entries." in shown(screen)
    screen._rollbacks.ask_where = lambda _over: str(tmp_path / "proof.json")
    press(screen, "Save the proof …")
    qtbot.waitUntil((tmp_path / "proof.json").exists)
    assert '"unannounced"' in (tmp_path / "proof.json").read_text("utf-8")
    close = next(one for one in screen._rollbacks.findChildren(QPushButton) if one.accessibleName() == "Put away")
    close.click()
    qtbot.waitUntil(lambda: "nobody has announced it" not in shown(screen))


def test_an_announced_restore_is_said_calmly() -> None:
    one = Rollback(
        "ab" * 16, Cursor("ab" * 16, 9), "cd" * 16, "2026-11-23T09:00:00Z", Verdict.ANNOUNCED, 12,
        "2026-11-23T07:00:00Z", "2026-11-22T23:00:00Z",
    )  # fmt: skip
    words = rollback_words(one, "Police", NOW)
    assert words.startswith("Police: the server was restored on ")
    assert words.endswith("This laptop put back 12 entries.")
    assert "Nothing of yours is lost" not in words


def copied(store: Store) -> None:
    with store.database.transaction():
        store.ledger.note_copied()


def test_a_copied_profile_is_told_what_becomes_of_what_is_written(qtbot: QtBot, two: tuple[House, House]) -> None:
    two[0].with_store(copied)
    screen = at_sync(qtbot, two[0])
    qtbot.waitUntil(lambda: "This profile was copied" in shown(screen))
    assert "Nothing new can be written under it" in shown(screen)
    assert "written under a new seat" in copied_words(SyncState(copied=True))
