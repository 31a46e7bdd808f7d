"""The practice server's process: the product's own server command, reached through the program itself.

It ends with the program that started it, also when that was killed: its standard input closes then.
"""

import os
import signal
import sys
import threading
from collections.abc import Sequence

from sync.server.cli import main


def serve(arguments: Sequence[str]) -> int:
    """Run `causeway-server` with these arguments; its exit status."""
    if arguments and arguments[0] == "run":
        threading.Thread(target=_end_with_the_starter, name="starter", daemon=True).start()
    return main(arguments)


def _end_with_the_starter() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
