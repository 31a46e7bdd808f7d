"""Runs the conversion in a process of its own, with limits, and ends it when its time is over. Works frozen.

A frozen program must call `multiprocessing.freeze_support()` first thing in its main module.
"""

import multiprocessing
from multiprocessing.connection import Connection

from desktop.forms.xlsform.conversion import convert
from desktop.forms.xlsform.outcome import ImportResult, refused

try:
    import resource

    LIMITED = True
except ModuleNotFoundError:  # Windows has no limits of this kind: there the time limit alone holds
    LIMITED = False

SECONDS = 10.0
MEMORY = 1 << 30


def convert_apart(data: bytes, file_type: str, *, seconds: float = SECONDS) -> ImportResult:
    """The conversion's result, or a refusal when the process dies or its time is over."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, data, file_type), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            return refused("too_slow", "The workbook took too long to read. Remove what the form does not need.")
        result: ImportResult = ours.recv()
    except (EOFError, OSError):
        return refused("too_big", "The workbook needs too much memory. Remove what the form does not need.")
    else:
        return result
    finally:
        ours.close()
        process.kill()
        process.join()


def _work(connection: Connection, data: bytes, file_type: str) -> None:
    """The child: limits first, then one answer."""
    _limit()
    connection.send(convert(data, file_type))
    connection.close()


def _limit() -> None:
    if not LIMITED:
        return
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, int(SECONDS))):
        _soft, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
