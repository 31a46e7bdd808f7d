"""`python -m tests.bench.sync_server DIR PORT`: the product's own server of a bench partnership, until SIGTERM.

Embedded SQLite in DIR, which is made if need be; a second start on the same DIR serves what is there. Listens on
127.0.0.1 only and speaks plain HTTP: the product's `--insecure-loopback` is the explicit flag for that. PORT 0 takes
any free one; `listening on URL` says when it can be spoken to. Leaves seats to `tests.bench.seats`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sync.errors import SyncError
from sync.server import cli
from tests.bench.seats import prepare_server

HOST = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 stopped in good order, 2 refused with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sync_server", description=__doc__)
    parser.add_argument("dir", type=Path, metavar="DIR")
    parser.add_argument("port", type=int, metavar="PORT")
    chosen = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        prepare_server(chosen.dir)
    except (SyncError, OSError) as error:
        print(f"sync_server: {chosen.dir} cannot be used as the server's folder: {error}", file=sys.stderr)
        return 2
    port = str(chosen.port)
    return cli.main(["run", "--dir", str(chosen.dir), "--host", HOST, "--port", port, "--insecure-loopback"])


if __name__ == "__main__":
    sys.exit(main())
