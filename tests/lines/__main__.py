"""All bad lines in turn: `python -m tests.lines [--scale N]`; prints a table, ends with 1 when one is too slow."""

import argparse
import sys
from collections.abc import Sequence

from tests.lines.drain import drain
from tests.lines.proxy import LINES


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="lines", description="Fifty edits through each bad line.")
    parser.add_argument("--scale", type=float, default=10.0, help="seconds of line time in one real second")
    options = parser.parse_args(arguments)
    missed = 0
    for quality in LINES:
        drained = drain(quality, options.scale)
        missed += not drained.fits()
        print(drained.row(), flush=True)
        print(f"    the screen: {' | '.join(drained.words[:2] + drained.words[-1:])}", flush=True)
        if drained.failures:
            print(f"    rounds that ended early: {', '.join(drained.failures)}", flush=True)
    print(f"{missed} lines too slow or silent" if missed else "every line carried everything in time")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
