"""The recorded cases, with floors that only rise. Where the data is not beside the project, the run says so."""

from unittest import SkipTest

import pytest

from tests.conformance.__main__ import RUNNERS
from tests.conformance.cases import folder, load, percentages

FLOORS = [
    ("xpath", "core", 99.3),
    ("scenario", "core", 99.6),
    ("scenario", "persistence", 99.0),
    ("oracle_fixtures", "core", 98.1),
    ("oracle_real", "core", 93.3),
    ("import_pyxform", "core", 99.2),
]


@pytest.mark.parametrize(("name", "tier", "floor"), FLOORS)
def test_the_recorded_cases_pass(name: str, tier: str, floor: float) -> None:
    path = folder() / f"{name}.json.gz"
    if not path.exists():
        raise SkipTest(f"no recorded cases at {folder()}: set CAUSEWAY_CONFORMANCE")
    data = load(path)
    data["cases"] = [case for case in data["cases"] if case.get("tier", tier) == tier]
    ((passed, total),) = percentages(RUNNERS[data["format"]](data)).values()
    assert 100 * passed / total >= floor, f"{passed} of {total}"


@pytest.mark.parametrize(("name", "floor"), [("oracle_fixtures", 98.8), ("oracle_real", 99.0)])
def test_what_is_missed_of_the_forms_is_mostly_the_dice(name: str, floor: float) -> None:
    path = folder() / f"{name}.json.gz"
    if not path.exists():
        raise SkipTest(f"no recorded cases at {folder()}: set CAUSEWAY_CONFORMANCE")
    data = load(path)
    data["cases"] = [case for case in data["cases"] if case.get("tier", "core") == "core"]
    ((passed, total),) = percentages(RUNNERS[data["format"]](data, strict=False)).values()
    assert 100 * passed / total >= floor, f"{passed} of {total}"
