"""The log: what a person typed never gets in, by whatever way an exception took."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import log
from desktop.errors import Bug, KnownError

CANARY = "Rosalind, 12 Mill Lane"
LOGGER = logging.getLogger("desktop.somewhere")


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    levels = {name: logging.getLogger(name).level for name in log.LOGGERS}
    yield log.start(tmp_path / "log")
    log.stop()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lookup_fails(address: str) -> None:
    try:
        typed_text_fails(address)
    except ValueError as inner:
        raise LookupError(address) from inner


def typed_text_fails(address: str) -> int:
    return int(address)


def test_a_line_has_time_level_place_and_words(path: Path) -> None:
    LOGGER.info("draft %s saved, %d answers", "ab12", 3)
    logging.getLogger("sync.round").info("pulled %d", 4)
    logging.getLogger("causeway.tasks").info("began")
    lines = path.read_text("utf-8").splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "INFO desktop.somewhere draft ab12 saved, 3 answers",
        "INFO sync.round pulled 4",
        "INFO causeway.tasks began",
    ]
    assert all(line[10] == "T" and line.split(" ", 1)[0].endswith("Z") for line in lines)


@pytest.mark.logs("failed")
def test_of_an_unknown_exception_only_type_and_place_are_written(path: Path) -> None:
    try:
        lookup_fails(CANARY)
    except LookupError:
        LOGGER.exception("failed", stack_info=True)
    text = path.read_text("utf-8")
    assert CANARY not in text
    assert "Mill" not in text
    assert "LookupError" in text
    assert "ValueError" in text
    assert "typed_text_fails" in text
    assert "test_log.py:" in text
    assert "int(address)" not in text


@pytest.mark.logs("failed")
def test_another_handler_that_formatted_first_changes_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = LOGGER.makeRecord("desktop.x", logging.ERROR, "f", 1, "failed", (), (ValueError, ValueError(CANARY), None))
    logging.Formatter().format(record)
    assert CANARY in str(record.exc_text)
    assert CANARY not in log.ContentFreeFormatter().format(record)
    logging.Formatter().format(record)
    LOGGER.handle(record)
    assert CANARY not in path.read_text("utf-8")


@pytest.mark.logs("refused")
def test_known_errors_and_bugs_say_what_they_may(path: Path) -> None:
    for error in (KnownError("store.newer", "s", "r", version=3, known=2), Bug("forms.set", ValueError(CANARY))):
        try:
            raise error
        except (KnownError, Bug):
            LOGGER.exception("refused")
    text = path.read_text("utf-8")
    assert "store.newer known=2 version=3" in text
    assert "Bug in forms.set: ValueError" in text
    assert CANARY not in text


def test_a_line_that_cannot_be_formatted_prints_nothing(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    handler = next(one for one in logging.getLogger("desktop").handlers if one.__class__.__name__ == "_LogFile")
    handler.handle(LOGGER.makeRecord("desktop.x", logging.INFO, "f", 1, "%d", (CANARY,), None))
    shown = capfd.readouterr()
    assert CANARY not in shown.out + shown.err
    LOGGER.info("goes on")
    assert "goes on" in path.read_text("utf-8")


@pytest.mark.logs("unhandled")
@pytest.mark.filterwarnings("default::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_nobody_caught_is_logged_without_its_message(
    path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    log.catch_unhandled()
    thread = threading.Thread(target=typed_text_fails, args=(CANARY,))
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(CANARY), None)
    text = path.read_text("utf-8")
    assert text.count("CRITICAL desktop.unhandled") == 2
    shown = capfd.readouterr()
    assert CANARY not in text + shown.out + shown.err


def test_the_file_stays_small_and_old_ones_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LARGEST", 500)
    log.start(path.parent)
    for number in range(100):
        LOGGER.info("line %d", number)
    files = list(path.parent.iterdir())
    assert len(files) == log.KEPT + 1
    assert all(file.stat().st_size <= 500 for file in files)


def test_other_libraries_are_not_written(path: Path) -> None:
    logging.getLogger("pyxform").info(CANARY)
    LOGGER.info("ours")
    assert CANARY not in path.read_text("utf-8")
