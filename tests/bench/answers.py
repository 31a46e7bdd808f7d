"""From an answer's key to its repaint, on the real form screen with a form of 200 questions."""

import hashlib
import time
from collections.abc import Iterator
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
from tests.bench.measure import Measured, median, percentile
from tests.bench.opened import Paints, filled, laptop, program, until

SECTIONS = 10
PER_SECTION = 20
FORM = "two-hundred"
KINDS = {"select1": Qt.Key.Key_1, "int": Qt.Key.Key_7, "string": Qt.Key.Key_A}


@dataclass(frozen=True)
class Asked:
    """One question of the invented form: its section and number, and the body element that asks it."""

    section: int
    number: int
    element: str

    @property
    def name(self) -> str:
        return f"q{self.section}_{self.number}"

    @property
    def ref(self) -> str:
        return f"/data/s{self.section}/{self.name}"


def questions() -> Iterator[Asked]:
    """Sections of twenty: most by one key, some numbers, some texts, as risk forms have them."""
    for section in range(SECTIONS):
        for number in range(PER_SECTION):
            element = "input" if number % 5 == 4 else "select1"
            yield Asked(section, number, element)


def kind(asked: Asked) -> str:
    """XForms type: every fifth is typed, alternately a number and a text."""
    if asked.element == "select1":
        return "select1"
    return "int" if asked.number % 10 == 4 else "string"


def xform() -> str:
    """A form whose every section has a count of its own, and one count over all; some questions wait for others."""
    asked = list(questions())
    sections = range(SECTIONS)
    values = "".join(
        f"<s{section}>{''.join(f'<{one.name}/>' for one in asked if one.section == section)}<c{section}/></s{section}>"
        for section in sections
    )
    binds = "".join(_bind(one) for one in asked)
    counts = "".join(
        f'<bind nodeset="/data/s{section}/c{section}" type="int" calculate="{_count(asked, section)}"/>'
        for section in sections
    )
    total = " + ".join(f"/data/s{section}/c{section}" for section in sections)
    bodies = "".join(
        f'<group appearance="field-list" ref="/data/s{section}"><label>Section {section + 1}</label>'
        + "".join(_body(one) for one in asked if one.section == section)
        + "</group>"
        for section in sections
    )
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">'
        f'<h:head><h:title>Two hundred questions</h:title><model><instance><data id="{FORM}" version="1">'
        f'{values}<total/></data></instance>{binds}{counts}<bind nodeset="/data/total" type="int" calculate="{total}"/>'
        f"</model></h:head><h:body>{bodies}</h:body></h:html>"
    )


def _bind(one: Asked) -> str:
    typed = "string" if kind(one) == "select1" else kind(one)
    after = f" relevant=\"/data/s{one.section}/q{one.section}_0 != 'no'\"" if one.number in {2, 3} else ""
    limit = ' constraint=". &lt; 100"' if typed == "int" else ""
    return f'<bind nodeset="{one.ref}" type="{typed}"{after}{limit}/>'


def _count(asked: list[Asked], section: int) -> str:
    chosen = [one for one in asked if one.section == section and one.element == "select1"]
    return " + ".join(f"if({one.ref} = 'yes', 1, 0)" for one in chosen)


def _body(one: Asked) -> str:
    label = f"<label>Question {one.section + 1}.{one.number + 1}: has this happened in the last twelve months?</label>"
    items = "".join(
        f"<item><label>{words}</label><value>{value}</value></item>"
        for value, words in (("yes", "Yes"), ("no", "No"), ("unknown", "Not known"))
    )
    return f'<{one.element} ref="{one.ref}">{label}{items if one.element == "select1" else ""}</{one.element}>'


@dataclass
class Spans:
    """Milliseconds, by what was done."""

    answer: list[float] = field(default_factory=list)
    answer_cpu: list[float] = field(default_factory=list)
    section: list[float] = field(default_factory=list)


def answers(folder: Path, *, smoke: bool) -> list[Measured]:
    """Every question answered by key, one after the other, as a practised person does."""
    one, _ = laptop(folder)
    text = xform()
    parse_xform(text)
    head = FormHead(hashlib.sha256(text.encode()).hexdigest(), FORM, "1", "Two hundred questions")

    def install(store: Store) -> None:
        store.form_versions.install(head, text, {}, {})

    filled(one, install)
    with program(one) as (app, _, frame):
        spans = _answered(app, frame, sections=2 if smoke else SECTIONS)
    note = f"key to repaint, {len(spans.answer)} answers on the real screen"
    return [
        Measured("answer on a 200-question form, median", median(spans.answer), "ms", note=note),
        Measured("answer on a 200-question form, p95", percentile(spans.answer, 0.95), "ms", "≤", 16.0, note),
        Measured("  the same", percentile(spans.answer_cpu, 0.95), "CPU-ms", note="of the GUI thread alone"),
        Measured("next section of 20 questions", median(spans.section), "ms", note="median, built and painted"),
    ]


def _answered(app: QApplication, frame: Frame, *, sections: int) -> Spans:
    frame.open(Place.of("form", form=FORM))
    until(app, lambda: _shown(frame))
    screen = _shown(frame)[0]
    paints, spans = Paints(screen.window()), Spans()
    for section in range(sections):
        began = time.perf_counter()
        screen.model.go_to(section)
        app.processEvents()
        spans.section.append((time.perf_counter() - began) * 1000)
        for asked in [one for one in questions() if one.section == section][:-1]:  # the last one turns the page
            screen.page.focus_question(asked.ref)
            app.processEvents()  # the frame around the question in hand
            cpu = time.thread_time()
            spans.answer.append(_one(app, screen, asked, paints))
            spans.answer_cpu.append((time.thread_time() - cpu) * 1000)
    return spans


def _shown(frame: Frame) -> list[FormScreen]:
    """The form screen once its draft is open: the one that began the draft gives way to it."""
    screens = frame.findChildren(FormScreen)
    return [one for one in screens if one.place.get("draft") and one.model.is_open and one.page.refs()]


def _one(app: QApplication, screen: FormScreen, asked: Asked, paints: Paints) -> float:
    """Milliseconds from the key to the end of the repaint that it caused."""
    widget = app.focusWidget()
    assert widget is not None, asked
    before, began = paints.count, time.perf_counter()
    QTest.keyClick(widget, KINDS[kind(asked)])
    app.processEvents()
    span = (time.perf_counter() - began) * 1000
    assert paints.count > before, f"{asked}: nothing was repainted"
    assert screen.model.session().question(asked.ref).value, f"{asked}: not answered"
    return span
