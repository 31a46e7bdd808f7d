"""From an answer's key to its repaint, on the real form screen, with forms of 200 and of 1,000 questions."""

import gc
import hashlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.forms.xform.definition import parse_xform
from desktop.store.form_versions import FormHead
from desktop.store.store import Store
from desktop.ui.frame import Frame
from desktop.ui.views.form import FormScreen
from desktop.ui.views.screen import Place
from tests.bench.invented_form import Asked, questions, xform
from tests.bench.measure import Measured, median, percentile
from tests.bench.opened import Paints, filled, laptop, program, until

FORMS = {200: "two-hundred", 1000: "one-thousand"}
ANSWERED = 10
"""Sections of twenty that are answered, spread over the form."""
KEYS = {"select1": Qt.Key.Key_1, "int": Qt.Key.Key_7, "string": Qt.Key.Key_A}
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Spans:
    """Milliseconds, by what was done; `grown` is memory in MB."""

    opening: float = 0.0
    opening_cpu: float = 0.0
    grown: float = 0.0
    answer: list[float] = field(default_factory=list)
    answer_cpu: list[float] = field(default_factory=list)
    section: list[float] = field(default_factory=list)


def answers(folder: Path, *, smoke: bool) -> list[Measured]:
    """Every question answered by key, one after the other, as a practised person does."""
    one, _ = laptop(folder)
    texts = {size: xform(form, f"{size:,} questions", size // 20) for size, form in FORMS.items()}

    def install(store: Store) -> None:
        for size, text in texts.items():
            parse_xform(text)
            head = FormHead(hashlib.sha256(text.encode()).hexdigest(), FORMS[size], "1", f"{size:,} questions")
            store.form_versions.install(head, text, {}, {})

    filled(one, install)
    measured: list[Measured] = []
    with program(one) as (app, _, frame):
        for size in FORMS:
            measured += _said(size, _filled_in(app, frame, size, sections=2 if smoke else ANSWERED))
    return measured


def _said(size: int, spans: Spans) -> list[Measured]:
    what = f"{size:,}-question form"
    note = f"key to repaint, {len(spans.answer)} answers on the real screen"
    return [
        Measured(f"open a {what}", spans.opening, "ms", "≤", 500.0, "stored version to first page painted"),
        Measured("  the same", spans.opening_cpu, "CPU-ms", note="of all threads"),
        Measured("  memory", spans.grown, "MB", note="resident, grown by opening"),
        Measured(f"answer on a {what}, median", median(spans.answer), "ms", note=note),
        Measured(f"answer on a {what}, p95", percentile(spans.answer, 0.95), "ms", "≤", 16.0, note),
        Measured("  the same, median", median(spans.answer_cpu), "CPU-ms", note="of the GUI thread alone"),
        Measured("  the same, p95", percentile(spans.answer_cpu, 0.95), "CPU-ms", note="of the GUI thread alone"),
        Measured("next section of 20 questions", median(spans.section), "ms", note="median, built and painted"),
    ]


def _filled_in(app: QApplication, frame: Frame, size: int, *, sections: int) -> Spans:
    gc.collect()
    spans, before, began, cpu = Spans(), _resident(), time.perf_counter(), time.process_time()
    frame.open(Place.of("form", form=FORMS[size]))
    until(app, lambda: _shown(frame))
    app.processEvents()
    spans.opening = (time.perf_counter() - began) * 1000
    spans.opening_cpu = (time.process_time() - cpu) * 1000
    spans.grown = _resident() - before
    screen = _shown(frame)[0]
    paints = Paints(screen.window())
    asked = list(questions(size // 20))
    for section in range(0, size // 20, max(1, size // 20 // sections)):
        began = time.perf_counter()
        screen.model.go_to(section)
        app.processEvents()
        spans.section.append((time.perf_counter() - began) * 1000)
        for one in [one for one in asked if one.section == section][:-1]:  # the last one turns the page
            screen.page.focus_question(one.ref)
            app.processEvents()  # the frame around the question in hand
            cpu = time.thread_time()
            spans.answer.append(_one(app, screen, one, paints))
            spans.answer_cpu.append((time.thread_time() - cpu) * 1000)
    frame.back()
    app.processEvents()
    return spans


def _resident() -> float:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES / 1e6


def _shown(frame: Frame) -> list[FormScreen]:
    """The form screen once its draft is open: the one that began the draft gives way to it."""
    screen = frame.in_sight()
    shown = isinstance(screen, FormScreen) and screen.place.get("draft") and screen.model.is_open and screen.page.refs()
    return [screen] if isinstance(screen, FormScreen) and shown else []


def _one(app: QApplication, screen: FormScreen, asked: Asked, paints: Paints) -> float:
    """Milliseconds from the key to the end of the repaint that it caused."""
    widget = app.focusWidget()
    assert widget is not None, asked
    before, began = paints.count, time.perf_counter()
    QTest.keyClick(widget, KEYS[asked.kind])
    app.processEvents()
    span = (time.perf_counter() - began) * 1000
    assert paints.count > before, f"{asked}: nothing was repainted"
    assert screen.model.session().question(asked.ref).value, f"{asked}: not answered"
    return span
