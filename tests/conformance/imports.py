"""Import cases: a markdown workbook is accepted, or refused with a message that contains what is asked."""

from collections.abc import Iterator
from typing import Any

from desktop.forms.xlsform.importer import import_workbook
from tests.conformance.cases import Outcome


def run(data: dict[str, Any], *, strict: bool = True) -> Iterator[Outcome]:
    for case in data["cases"]:
        result = import_workbook(case["md"].encode(), "case.md", isolated=False)
        said = " ".join(problem.message for problem in result.problems if problem.severity == "error")
        if case["expect_error"]:
            wanted = case.get("error_contains") or []
            missing = [part for part in wanted if part not in said]
            miss = (
                "wanted a refusal" if result.xform is not None else f"wanted {missing}, said {said}" if missing else ""
            )
        else:
            miss = "" if result.xform is not None else f"refused: {said}"
        yield Outcome("import", case.get("tier") or "core", f"{case['id']} {case['source']['test'][-90:]}", miss)
