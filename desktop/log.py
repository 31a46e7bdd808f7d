"""The program's own log: a small rotating file in the data folder, ids and counts only.

What a person typed must not get in by way of an error: of an exception that is not Known only its type and the places
it went through are written, never its message. Leaves what is worth a line to the callers.
"""

import contextlib
import itertools
import logging
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType

from desktop.errors import Bug, KnownError

LOGGERS = ("desktop", "sync", "causeway")
"""Only our own: a library's log may quote what it was given."""
FILE_NAME = "causeway.log"
LARGEST = 1_000_000
KEPT = 3


def describe(error: BaseException) -> str:
    """One exception in a log line: the code and details of a Known one, the place of a Bug, else the type alone."""
    if isinstance(error, KnownError):
        details = "".join(f" {name}={value}" for name, value in sorted(error.details.items()))
        return f"{error.code}{details}"
    return f"Bug in {error}" if isinstance(error, Bug) else type(error).__name__


def places(trace: TracebackType | None) -> list[str]:
    """The places an exception went through, outermost first: file, line and function; no source text, no values."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(trace)
        if frame.filename
    ]


class ContentFreeFormatter(logging.Formatter):
    """Time (UTC), level, logger, message; exceptions by type and place only, with what they were raised from."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def formatException(self, ei: object) -> str:
        """Type and place of each exception in the chain; never the text that came with it."""
        error = ei[1] if isinstance(ei, tuple) else None
        lines: list[str] = []
        while isinstance(error, BaseException):
            lines.append(f"  {describe(error)}")
            lines.extend(f"    {place}" for place in places(error.__traceback__))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)

    def formatStack(self, stack_info: str) -> str:
        """Nothing: the text of a stack quotes source lines."""
        del stack_info
        return ""

    def format(self, record: logging.LogRecord) -> str:
        """As the standard one, but never from a text that another handler already made of the exception."""
        record.exc_text = None
        try:
            return super().format(record)
        finally:
            record.exc_text = None


class _LogFile(logging.FileHandler):
    """Turned over before a line would make it too long. The standard library's own brings sockets and pickles along,
    and the unlock screen would wait for them.
    """

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):  # a line that cannot be formatted is dropped below
            self._make_room(len(self.format(record).encode()) + 1)
        super().emit(record)

    def _make_room(self, octets: int) -> None:
        if self.stream is None:
            self.stream = self._open()
        if self.stream.tell() + octets <= LARGEST:
            return
        self.stream.close()
        try:
            self._turn_over(Path(self.baseFilename))
        finally:
            self.stream = self._open()

    @staticmethod
    def _turn_over(path: Path) -> None:
        names = [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, KEPT + 1))]
        for newer, older in reversed([*itertools.pairwise(names)]):
            if newer.exists():
                newer.replace(older)

    def handleError(self, record: logging.LogRecord) -> None:
        """A line that cannot be written is dropped: the standard way prints its arguments to the terminal."""
        del record


def start(folder: Path, level: int = logging.INFO) -> Path:
    """Begin logging into `folder`, made if need be; returns the file. A second call moves the log there.

    Raises OSError when the folder cannot be made; a full disk later only loses lines.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    handler = _LogFile(path, encoding="utf-8", delay=True)
    handler.setFormatter(ContentFreeFormatter())
    stop()
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.addHandler(handler)
    return path


def stop() -> None:
    """Close the file; logging goes nowhere until `start` is called again."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        for handler in [one for one in logger.handlers if isinstance(one, _LogFile)]:
            logger.removeHandler(handler)
            handler.close()


def catch_unhandled() -> None:
    """Send what nobody caught, on any thread, to the log instead of the terminal (whose text would quote values)."""
    log = logging.getLogger("desktop.unhandled")

    def on_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("unhandled", exc_info=(kind, error, trace))

    def on_thread(args: threading.ExceptHookArgs) -> None:
        error = args.exc_value or args.exc_type()
        log.critical("unhandled in a thread", exc_info=(args.exc_type, error, args.exc_traceback))

    sys.excepthook = on_main
    threading.excepthook = on_thread
