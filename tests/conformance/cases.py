"""Where the recorded cases are, and what a run of them gives."""

import gzip
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    """One case: `miss` is empty where it passed, else what was expected and what came."""

    suite: str
    tier: str
    case: str
    miss: str = ""


def folder() -> Path:
    return Path(os.environ.get("CAUSEWAY_CONFORMANCE", ROOT.parent / "shared" / "conformance"))


def load(path: Path) -> dict[str, Any]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        data: dict[str, Any] = json.load(stream)
    return data


def percentages(outcomes: Iterable[Outcome]) -> dict[tuple[str, str], tuple[int, int]]:
    """(suite, tier) to (passed, total)."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for outcome in outcomes:
        passed, total = found.get((outcome.suite, outcome.tier), (0, 0))
        found[outcome.suite, outcome.tier] = (passed + (not outcome.miss), total + 1)
    return found
