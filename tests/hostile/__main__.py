"""Every lie in turn: `python -m tests.hostile [name …]`; prints a table, ends with 1 on any miss."""

import sys
from collections.abc import Sequence

from tests.hostile.lies import LIES
from tests.hostile.trial import try_lie


def main(arguments: Sequence[str]) -> int:
    missed = 0
    for name in arguments or LIES:
        trial = try_lie(name)
        missed += bool(trial.misses)
        print(trial.row(), flush=True)
    print(f"{missed} lies not met as they must be" if missed else f"every lie was met: {len(arguments or LIES)}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
