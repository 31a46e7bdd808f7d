"""Run the bench: `python -m tests.bench [--smoke] [--only PART] [--json FILE]`. Prints a table, writes a JSON file."""

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from tests.bench.answers import answers
from tests.bench.caseload import caseload
from tests.bench.door import door
from tests.bench.measure import Measured, table
from tests.bench.rounds import rounds
from tests.bench.start import start
from tests.e2e.processes import ROOT

Part = Callable[..., list[Measured]]
PARTS: Mapping[str, Part] = {
    "start": start,
    "answers": answers,
    "caseload": caseload,
    "door": door,
    "rounds": rounds,
}
"""Each is called with an empty folder and `smoke`: small, only to see that it runs."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="What things cost on this machine.")
    parser.add_argument("--smoke", action="store_true", help="small sizes, to see that every part runs")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part (may be named several times)")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json", help="where the figures go")
    chosen = parser.parse_args()
    measured: list[Measured] = []
    for name in chosen.only or PARTS:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="causeway-bench-") as folder:
            measured += PARTS[name](Path(folder), smoke=chosen.smoke)
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "smoke": chosen.smoke,
        "measured": [asdict(one) | {"missed": one.missed} for one in measured],
    }
    chosen.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"\n{table(measured)}\n\nfigures: {chosen.json}")


if __name__ == "__main__":
    main()
