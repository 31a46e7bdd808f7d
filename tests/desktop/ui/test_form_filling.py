"""A risk record from its first question to its signature by keys alone, and what then stands in the case."""

from typing import Any

from pytestqt.qtbot import QtBot

from desktop.model.record import CaseKey
from desktop.ui.views.screen import Place
from tests.desktop.ui.forms import FACTORS, Desk, at_form
from tests.desktop.ui.opened import House

PLAN = {
    "default": "no",
    "place": "home",
    "channel": "phone",
    "present": "children relative",
    "hearing": "no",
    "interpreter": "no",
    "free_to_speak": "yes",
    "strangulation": "yes",
    "strangulation_words": "he held her neck on Sunday",
    "firearm": "yes",
    "injury": "yes",
    "injury_words": "bruise below the ear",
    "fear": "yes",
    "stalking": "dont_know",
    "stalking_words": "perhaps the car",
    "money": "refused",
    "sexual": "not_asked",
    "sexual_why": "no_time",
    "has_children": "yes",
    "child_name": "Ada",
    "child_age": "4",
    "child_where": "with her aunt",
    "child_witnessed": "yes",
    "child_at_risk": "dont_know",
    "grade": "high",
    "reason": "he knows where she sleeps",
    "victim_view": "for_life",
    "victim_words": "he will come back",
}


def sign(desk: Desk) -> CaseKey:
    """Sign by key; the case in which the record stands."""
    with desk.qtbot.waitSignal(desk.form.replaced, timeout=5000) as signed:
        desk.key("Ctrl+Return")
    place = signed.args[0]
    assert isinstance(place, Place)
    assert place.screen == "case"
    return CaseKey(place.get("space"), place.get("tag"))


def records(desk: Desk, key: CaseKey) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}

    def read(store: Any) -> dict[tuple[str, str], Any]:
        return dict(store.cases.records(key))

    read_records = desk.store(read)
    assert isinstance(read_records, dict)
    for (kind, _record), view in read_records.items():
        found.setdefault(kind, []).append(view)
    return found


def test_from_the_first_question_to_the_signature_by_keys_only(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    desk.fill(PLAN)
    assert desk.form.model.violations() == ()
    key = sign(desk)
    kept = records(desk, key)
    (signed,) = kept["assessment"]
    result = signed.get("tool_result")
    assert (result["score"], result["band"], result["grade"]) == (3.0, "open", "ungraded")
    assert (result["at_least"], result["answered"], result["possible"]) == (True, 16, 19)
    assert result["could_reach"] == "raised"
    assert (signed.get("grade"), signed.get("reason")) == ("high", "he knows where she sleeps")
    assert signed.get("victim_view") == "She fears for her life: he will come back"
    assert signed.get("circumstances") == {
        "place": "Her home",
        "by_phone": True,
        "present": "Children, Relatives or friends",
        "hearing": "no",
        "interpreter": "",
        "freely": "yes",
    }
    lines = {line["code"]: line for line in signed.get("lines")}
    scored = [name for name in FACTORS if name != "firearm"]
    assert {name: lines[name]["answer"] for name in scored} == {name: PLAN.get(name, "no") for name in scored}
    assert lines["strangulation"]["note"] == "he held her neck on Sunday"
    assert lines["stalking"]["weight"] == 1.0
    assert sorted(signed.get("flags")) == ["firearm", "strangulation"]
    assert signed.get("answers")["household"]["child"][0] == {
        "child_name": "Ada",
        "child_age": 4,
        "child_where": "with her aunt",
        "child_witnessed": "yes",
        "child_at_risk": "dont_know",
    }
    assert sorted((flag.id, len(flag.get("do_now"))) for flag in kept["flag"]) == [("firearm", 2), ("strangulation", 2)]
    assert desk.store(lambda store: store.drafts.list()) == []
    rows = desk.store(lambda store: store.cases.caseload())
    assert isinstance(rows, list)
    assert [row.key for row in rows] == [key]


def test_signing_twice_writes_one_record(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    desk.fill(PLAN)
    form = desk.form
    with qtbot.waitSignal(form.replaced, timeout=5000):
        form._sign()
        form._sign()
    qtbot.wait(100)
    assert len(desk.store(lambda store: store.cases.caseload())) == 1  # type: ignore[arg-type]  # a list
    assert desk.frame.notices() == []


def test_steps_done_before_signing_are_written_with_their_flag(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    desk.fill(PLAN)
    desk.key("Ctrl+J")
    assert desk.focus().accessibleName().startswith("Have her neck seen") or "Warn everyone" in (
        desk.focus().accessibleName()
    )
    desk.key("Space")
    (answered,) = [one for one in desk.form.model.now_facts() if any(step.ending for step in one.steps)]
    key = sign(desk)
    flags = {flag.id: flag for flag in records(desk, key)["flag"]}
    assert flags[answered.code].get("step_0") == "done"
    assert flags[answered.code].get("step_1") is None


def test_stopping_marks_the_rest_and_leaves_an_action(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    form = desk.form
    for ref, value in {"place": "home", "channel": "face", "present": "nobody", "hearing": "no", "interpreter": "no",
                       "free_to_speak": "yes"}.items():  # fmt: skip
        form.model.set_value(f"/data/circumstances/{ref}", value)
    form.model.set_value("/data/page_now/injury", "yes")
    desk.key("Ctrl+Shift+S")
    assert form.model.page() is None
    assert form.model.session().question("/data/page_now/injury").value == "yes"
    assert form.model.session().question("/data/page_now/fear").value == "not_asked"
    assert form.model.session().question("/data/page_now/fear_why").value == "stopped"
    assert len(form.model.stopped()) == 20
    form.check.taken_back.emit()
    assert form.model.stopped() == ()
    assert form.model.session().question("/data/page_now/fear").value == ""
    form.model.go_to(0)
    desk.key("Ctrl+Shift+S")
    left = {one.ref.rsplit("/", 1)[-1] for one in form.model.violations()}
    assert left == {"grade", "victim_view"}
    form.model.set_value("/data/judgement/grade", "high")
    form.model.set_value("/data/judgement/victim_view", "not_said")
    key = sign(desk)
    (action,) = records(desk, key)["action"]
    assert (action.get("title"), action.get("owner"), action.get("state")) == ("Ask again, alone", "R. Alder", "open")
    assert str(action.get("due")).startswith("2026-11-30")
