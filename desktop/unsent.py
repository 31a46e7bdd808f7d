"""What the lock screen may say of a locked profile: how many of its items no server has yet. A number, never a name.

At the lock the ids of what waits are kept beside the vault; whoever delivers them meanwhile, the count follows. Leaves
which ids those are to the store, and where the entries lie to the spool.
"""

import contextlib
import json
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple

from desktop.files import replace_file

_FILE = "unsent.json"


class _Unsent(NamedTuple):
    """`eids` lay in the spool of this computer when the profile was locked; `beside` counts what did not."""

    eids: frozenset[str] = frozenset()
    beside: int = 0


def keep_unsent(profile: Path, eids: AbstractSet[str], beside: int) -> None:
    """Keep what waits, in the profile's folder. A disk that does not take it costs the lock screen its number only."""
    with contextlib.suppress(OSError):
        replace_file(profile / _FILE, json.dumps({"beside": beside, "eids": sorted(eids)}).encode())


def count_unsent(profile: Path, lying: AbstractSet[str]) -> int:
    """How many items of a locked profile no server has; `lying` are the unsent entries in the spool now."""
    kept = _Unsent()
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        said = json.loads((profile / _FILE).read_bytes())
        kept = _Unsent(frozenset(said["eids"]), int(said["beside"]))
    return len(kept.eids & lying) + kept.beside
