"""Ten thousand cases: opening the list, sorting, filtering and searching it, in the store and up to the model."""

import gc
import time
from functools import partial
from pathlib import Path
from random import Random

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.demo.people import CODE_WORDS, full_name
from desktop.model.case import CaseloadQuery
from desktop.model.grade import Grade
from desktop.model.record import CaseKey
from desktop.store.store import Store
from desktop.tasks import StoreThread
from desktop.ui.models.caseload import CaseloadModel, columns
from sync.change import Assign
from tests.bench.measure import Measured, median, percentile, times
from tests.bench.opened import ZONE, filled, laptop, now, until

GRADES = ("standard", "raised", "high", "extreme")
AT_ONCE = 200
LIMIT = 100.0


def fill(store: Store, count: int) -> None:
    """Cases with an assessment, a person, a flag on every fourth: signed changes through the ordinary ledger."""
    dice = Random(214)  # noqa: S311  invented people
    for start in range(0, count, AT_ONCE):
        with store.database.transaction():
            for number in range(start, min(count, start + AT_ONCE)):
                _case(store, dice, number)
    with store.database.transaction():  # as after a round: everything was sent and read back long ago
        store.database.execute("DELETE FROM outbox")


def _case(store: Store, dice: Random, number: int) -> None:
    key = CaseKey(store.seat.unit_space, f"{number:032x}")
    flag = [Assign("flag", "firearm", "raised", True)] if number % 4 == 0 else []
    store.ledger.write_inside(
        key,
        [
            Assign("case", "case", "code_name", f"{dice.choice(CODE_WORDS)} {number}"),
            Assign("case", "case", "status", "open"),
            Assign("case", "case", "lead_worker", "alder"),
            Assign("person", f"{number:032x}", "name", full_name(dice)),
            Assign("assessment", None, "tool", "risk"),
            Assign("assessment", None, "grade", dice.choice(GRADES)),
            *flag,
        ],
    )


def caseload(folder: Path, *, smoke: bool) -> list[Measured]:
    count = 1_000 if smoke else 10_000
    gc.disable()  # as in the program, whose window collects between events
    one, _ = laptop(folder)
    began = time.perf_counter()
    filled(one, lambda store: fill(store, count))
    written = (time.perf_counter() - began) * 1000 / count
    began = time.perf_counter()
    store = one.open(now, ZONE)
    opened = (time.perf_counter() - began) * 1000
    try:
        measured = _in_store(store, 3 if smoke else 9)
    finally:
        store.close()
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    tasks = StoreThread(lambda changed: one.open(now, ZONE))
    model = CaseloadModel(tasks, now, ("police", "health", "victim_support"))
    try:
        measured += _in_model(app, tasks, model, 3 if smoke else 9)
    finally:
        tasks.stop()
    head = [
        Measured(f"write a case with its assessment ({count:,} times)", written, "ms", note="wall"),
        Measured("open the store", opened, "ms", note=f"{count:,} cases; keys known"),
    ]
    return head + measured


def _in_store(store: Store, runs: int) -> list[Measured]:
    began = time.perf_counter()
    rows = store.cases.caseload()
    first = (time.perf_counter() - began) * 1000
    queries = {
        "list again": CaseloadQuery(),
        "sort by code name": CaseloadQuery(sort="code_name", descending=False),
        "sort by last change": CaseloadQuery(sort="updated_at"),
        "filter by grade": CaseloadQuery(grades=frozenset({Grade.EXTREME})),
        "filter by flag": CaseloadQuery(flags=frozenset({"firearm"})),
        "search a name": CaseloadQuery(text=store.search.find("a", 1)[0].title.split()[-1] if rows else ""),
        "search two letters": CaseloadQuery(text="ma"),
    }
    measured = [Measured("caseload: first list", first, "ms", "≤", LIMIT, f"{len(rows):,} rows read and sorted, store")]
    for name, query in queries.items():
        spans = times(partial(store.cases.caseload, query), runs)
        found = len(store.cases.caseload(query))
        measured.append(Measured(f"caseload: {name}", median(spans), "ms", "≤", LIMIT, f"{found:,} rows, store"))
    return measured


def _in_model(app: QApplication, tasks: StoreThread, model: CaseloadModel, runs: int) -> list[Measured]:
    loaded: list[int] = []
    model.loaded.connect(loaded.append)
    tasks.start(lambda: None)

    def load(query: CaseloadQuery) -> None:
        before = len(loaded)
        model.load(query)
        until(app, lambda: len(loaded) > before)

    def sort_all() -> list[float]:
        spans = []
        for column in range(len(columns())):
            spans += times(partial(model.sort, column, Qt.SortOrder.AscendingOrder), 3)
        return spans

    again = times(lambda: load(CaseloadQuery()), runs)
    words = times(lambda: load(CaseloadQuery(text="ma")), runs)
    load(CaseloadQuery())
    return [
        Measured(
            "caseload on screen: load", median(again), "ms", "≤", LIMIT, "asked on the GUI thread, answered there"
        ),
        Measured("caseload on screen: search", median(words), "ms", "≤", LIMIT, "the same"),
        Measured("caseload on screen: sort, p95 of all columns", percentile(sort_all(), 0.95), "ms", "≤", LIMIT),
    ]
