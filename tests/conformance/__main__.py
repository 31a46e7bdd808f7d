"""The command: one line `suite tier passed/total percent` per suite and tier, and the first misses on request."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.conformance import expressions, forms, imports
from tests.conformance.cases import Outcome, folder, load, percentages

RUNNERS: dict[str, Callable[..., Iterator[Outcome]]] = {
    "odk-xpath-conformance/1": expressions.run,
    "odk-form-conformance/1": forms.run,
    "xlsform-import/1": imports.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("file", help="a file of cases, or its name without suffix in the conformance folder")
    parser.add_argument("--tier", help="only this tier")
    parser.add_argument("--failures", type=int, default=0, metavar="N", help="print the first N misses")
    parser.add_argument("--without-dice", action="store_true", help="leave out what the form leaves to the dice")
    chosen = parser.parse_args()
    path = Path(chosen.file) if Path(chosen.file).exists() else folder() / f"{chosen.file}.json.gz"
    data = load(path)
    if chosen.tier:
        data["cases"] = [case for case in data["cases"] if case.get("tier", "core") == chosen.tier]
    outcomes = list(RUNNERS[data["format"]](data, strict=not chosen.without_dice))
    for (suite, tier), (passed, total) in sorted(percentages(outcomes).items()):
        print(f"{suite} {tier} {passed}/{total} {100 * passed / total:.2f}")
    for outcome in [outcome for outcome in outcomes if outcome.miss][: chosen.failures]:
        print(f"- {outcome.case}\n    {outcome.miss}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
