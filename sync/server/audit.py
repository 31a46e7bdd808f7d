"""The access log: who asked for what and what came of it, by ids only, never content, addresses or names."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
KEPT_FILES = 10

_LOG = logging.getLogger("causeway.server.access")


def open_access_log(path: Path) -> logging.Handler:
    """Write access lines to a file of limited size, and there only. The caller closes the handler."""
    handler = RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False
    return handler


def close_access_log(handler: logging.Handler) -> None:
    _LOG.removeHandler(handler)
    handler.close()


def note(route: str, *, seat: str, space: str, outcome: tuple[int, str], sizes: tuple[int, int]) -> None:
    """One line. `route` is the template, never the path as sent; `outcome` status and code; `sizes` bytes in, out."""
    _LOG.info("%s seat=%s space=%s status=%d code=%s in=%d out=%d", route, seat, space, *outcome, *sizes)
