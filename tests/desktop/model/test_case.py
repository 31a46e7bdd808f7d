"""Rows, steps, orders, people, conflicts and the timeline: small pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from desktop.model.action import read_action
from desktop.model.case import CaseRow, may_share, sort_rows, step_of
from desktop.model.conflict import Side, differing_parts
from desktop.model.consent import read_consent
from desktop.model.flag import read_flag
from desktop.model.grade import Grade
from desktop.model.joining import join, names_of, older_at_partners
from desktop.model.moment import add_working_days, moment, stamp
from desktop.model.order import ProtectiveOrder
from desktop.model.person import PartyRole, read_party
from desktop.model.record import Alternative, CaseKey, FieldView, RecordView, Where
from desktop.model.referral import read_event
from desktop.model.summary import Surroundings, by_kind, grades_of, summarise
from desktop.model.timeline import timeline
from desktop.store.reading import safer

UNIT, SHARED = CaseKey("u", "1"), CaseKey("s", "2")
NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def record(
    kind: str, rid: str, key: CaseKey = UNIT, at: str = "2026-11-20T10:00:00+00:00", **fields: object
) -> RecordView:
    where: Where = "unit" if key is UNIT else "shared"
    unit = "police" if key is UNIT else "health"
    views = {
        name: value if isinstance(value, FieldView) else FieldView(value, unit=unit, where=where)
        for name, value in fields.items()
    }
    return RecordView(kind, rid, key, views, "R. Alder", unit, at, where)


def keyed(*records: RecordView) -> dict[tuple[str, str], RecordView]:
    return {(item.kind, item.id): item for item in records}


def test_moments_are_read_and_never_invented() -> None:
    assert moment("2026-11-20") == datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    assert moment("2026-11-20T10:00") == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert [moment(text) for text in (None, "", "soon", 7, "2026-13-01")] == [None] * 5
    assert stamp(datetime.fromisoformat("2026-11-20T10:00:00+02:00")) == "2026-11-20T08:00:00+00:00"
    assert add_working_days(NOW, 1) == NOW + timedelta(days=3)


def test_rows_sort_with_undated_last_both_ways() -> None:
    rows = [
        CaseRow(UNIT, "B", Grade.HIGH, next_due="2026-11-25"),
        CaseRow(UNIT, "A", Grade.EXTREME),
        CaseRow(UNIT, "C", Grade.STANDARD, next_due="2026-11-24"),
    ]
    assert [row.code_name for row in sort_rows(rows, "grade", descending=True)] == ["A", "B", "C"]
    assert [row.code_name for row in sort_rows(rows, "next_due", descending=False)] == ["C", "B", "A"]
    assert [row.code_name for row in sort_rows(rows, "next_due", descending=True)] == ["B", "C", "A"]
    assert [row.code_name for row in sort_rows(rows, "code_name", descending=True)] == ["C", "B", "A"]


def test_the_four_steps() -> None:
    assert step_of(incidents=0, assessments=0, open_actions=0, ended_actions=0) == "identify"
    assert step_of(incidents=1, assessments=0, open_actions=0, ended_actions=0) == "assess"
    assert step_of(incidents=1, assessments=1, open_actions=0, ended_actions=0) == "act"
    assert step_of(incidents=1, assessments=1, open_actions=1, ended_actions=2) == "act"
    assert step_of(incidents=1, assessments=1, open_actions=0, ended_actions=2) == "follow_up"


def test_what_may_leave_the_unit() -> None:
    assert may_share("person", "name")
    assert not may_share("case", "lead_worker")
    assert not may_share("link", "shared")
    assert not may_share("review", "decision")


def test_an_order_asks_before_it_ends_and_not_after() -> None:
    order = ProtectiveOrder(
        "o", UNIT, "barring", None, NOW + timedelta(days=5), NOW + timedelta(days=3), "", "", "", ""
    )
    assert order.alarm(NOW) == NOW + timedelta(days=3)
    assert order.alarm(NOW - timedelta(days=30)) is None
    assert order.alarm(NOW + timedelta(days=6)) is None


def test_a_child_in_dispute_stays_in_the_case() -> None:
    person = record("person", "p", name="Pip")
    sides = (Alternative(None, (), "", "", "", 0), Alternative(True, (), "", "", "", 0))
    disputed = record("party", "p", role="child", present=FieldView(None, contested=True, alternatives=sides))
    assert not read_party(person, disputed).removed
    assert read_party(person, record("party", "p", role="child", present=FieldView(None))).removed
    assert read_party(person, None).role is PartyRole.OTHER


def test_protected_values_are_shown_only_when_opened() -> None:
    person = record("person", "p", name="Wren", address="Lane 17", address_protected=True, phone="0777")
    closed, opened = read_party(person, None), read_party(person, None, opened=True)
    assert (closed.shown, closed.hidden) == ({"phone": "0777"}, ("address",))
    assert opened.shown["address"] == "Lane 17"


def test_the_parts_in_which_two_rules_differ() -> None:
    sides = [
        Side({"from": hour, "sms": "no"}, (), "", "", "", "", 0, mine=False, stands=False) for hour in ("09", "10")
    ]
    assert differing_parts(tuple(sides)) == ("from",)
    assert differing_parts((sides[0], Side("x", (), "", "", "", "", 0, mine=True, stands=False))) == ()


def test_joining_keeps_both_files_and_tells_which_is_newer() -> None:
    name = FieldView("Wrenna", unit="police", shown_ids=(("c2", 0),))
    copy = FieldView("Wren", unit="police", where="shared", shown_ids=(("s1", 0),))
    source = FieldView({"name": [{"of": [["c1", 0]], "as": ["s1"]}]}, unit="police", where="shared")
    ours = keyed(record("person", "p", name=name), record("note", "n", text="inside"))
    theirs = keyed(record("person", "p", SHARED, name=copy, source=source), record("action", "a", SHARED, title="call"))
    joined = join(ours, [theirs], safer)
    assert joined["person", "p"].fields["name"].value == "Wrenna"
    assert older_at_partners(joined) == (("person", "p", "name"),)
    assert set(joined) == {("person", "p"), ("note", "n"), ("action", "a")}
    newer = FieldView("Wren-Anne", unit="health", where="shared", shown_ids=(("s2", 0),))
    field = join(ours, [keyed(record("person", "p", SHARED, name=newer, source=source))], safer)["person", "p"]
    assert field.contested == ("name",)
    assert {side.value for side in field.fields["name"].alternatives} == {"Wrenna", "Wren-Anne"}
    saw = FieldView({"name": [{"of": [["c2", 0]], "as": ["s1"]}]}, unit="police", where="shared")
    field = join(ours, [keyed(record("person", "p", SHARED, name=newer, source=saw))], safer)["person", "p"]
    assert (field.fields["name"].value, field.fields["name"].inside) == ("Wren-Anne", name)
    repeated = keyed(record("note", "m", SHARED, text="inside", source={"record": "n"}))
    repeated["note", "m"] = replace(repeated["note", "m"], unit="police")
    assert set(join(ours, [repeated], safer)) == {("person", "p"), ("note", "n")}


def test_a_row_says_what_stands_and_why() -> None:
    sides = tuple(Alternative(word, (), "", "", "", 0) for word in ("Harbour 214", "Harbor 214"))
    records = keyed(
        record("case", "case", code_name=FieldView(None, contested=True, alternatives=sides), lead_worker="alder"),
        record("assessment", "a1", tool="grid", tool_result={"grade": "high"}, grade="extreme"),
        record("agreed_grade", "agreed", SHARED, grade="raised", considered=[]),
        record("flag", "weapon", raised=True),
        record("flag", "old", raised=False),
        record("action", "x", title="call", due="2026-11-25", state="open"),
        record("action", "y", title="done", due="2026-11-21", state="done"),
    )
    around = Surroundings(agency=lambda unit: unit, member=str.upper, contested=1, where="both")
    row = summarise(UNIT, by_kind(records), around)
    assert (row.code_name, row.lead_worker, row.contested) == ("Harbour 214 / Harbor 214", "ALDER", 1)
    assert (row.grade, row.agreed, row.grade_reason) == (Grade.EXTREME, Grade.RAISED, "grade.above_agreed")
    assert (row.flags, row.next_act, row.next_due) == (("weapon",), "call", "2026-11-25T23:59:59+00:00")


def test_the_timeline_is_newest_first_and_carries_nothing_protected() -> None:
    records = [
        record("incident", "i", at="2026-11-18T10:00:00+00:00", incident_kind="assault"),
        record("referral", "r", SHARED, at="2026-11-20T10:00:00+00:00", to_unit="health"),
        record("person", "p", name="Wren"),
    ]
    lines = timeline(records, {"r": "outbox"})
    assert [line.kind for line in lines] == ["referral", "incident"]
    assert (lines[0].stage, lines[0].params, lines[1].stage) == ("outbox", {"to_unit": "health"}, "")
    assert [line.kind for line in timeline(records, only="incident")] == ["incident"]
    assert [line.kind for line in timeline(records, only="shared")] == ["referral"]


def test_a_foreign_word_of_any_type_is_read_and_stops_nothing() -> None:
    oddities: tuple[Any, ...] = (5, [], [[]], {"a": []}, True, "\x00", 10**400)
    for odd in oddities:
        names = ("copies", "considered", "lines", "flags", "aliases", "role", "state", "do_now", "after", "hours")
        fields = {name: FieldView(odd) for name in (*names, "tool_result", "circumstances", "grade", "due", "source")}
        record = RecordView("assessment", "a", UNIT, fields)
        for read in (read_action, read_consent, read_flag, read_event, names_of, lambda one: read_party(one, one)):
            assert read(record)
        result = {"score": odd, "answered": odd, "grade": odd}
        line = {"code": odd, "answer": odd, "weight": odd}
        told = {"tool_result": FieldView(result), "lines": FieldView([line, odd]), "considered": FieldView(odd)}
        signed = RecordView("assessment", "a", UNIT, {**fields, **told})
        assert grades_of({"assessment": [signed], "agreed_grade": [signed]}, str).standing.grade is Grade.EXTREME


def test_dates_beyond_reckoning_are_no_dates() -> None:
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59-14:00"):
        assert moment(text) is None


def test_the_steps_of_a_flag_in_dispute_still_wait() -> None:
    lists = ([{"act": "ask about breath"}], [{"act": "ask about breath"}, {"act": "send her to hospital"}])
    sides = tuple(Alternative(steps, ((f"{at}", 0),), "", "", "", 0) for at, steps in enumerate(lists))
    fields = {"raised": FieldView(value=True), "do_now": FieldView(None, contested=True, alternatives=sides)}
    flag = read_flag(RecordView("flag", "strangulation", UNIT, fields))
    assert len(flag.steps) == 2
    assert flag.is_waiting


def test_nobody_elses_assessment_hides_behind_ours() -> None:
    ours = keyed(record("assessment", "a", grade="standard"))
    ours["assessment", "a"] = replace(ours["assessment", "a"], unit="police")
    for unit, grade, count in (("health", "extreme", 2), ("police", "extreme", 2), ("police", "standard", 1)):
        copy = replace(record("assessment", "b", SHARED, grade=grade, source={"record": "a"}), unit=unit)
        assert len(join(ours, [keyed(copy)], safer)) == count


def shown(value: object, name: str, unit: str = "police") -> FieldView:
    return FieldView(value, shown_ids=((name, 0),), unit=unit)


def test_a_stricter_rule_in_either_file_stands() -> None:
    free, never = {"level": "free"}, {"level": "none"}
    for ours, copy, older in ((never, free, True), (free, never, False)):
        unit = keyed(record("safe_contact", "w", rule=shown(ours, "new")))
        source = {"rule": [{"of": [["old", 0]], "as": ["t"]}]}
        theirs = keyed(record("safe_contact", "w", SHARED, rule=shown(copy, "t"), source=source))
        rule = join(unit, [theirs], safer)["safe_contact", "w"].fields["rule"]
        assert (rule.value, rule.shown_ids) == (never, (("new", 0), ("t", 0)))
        assert (rule.partners_hold_older, rule.contested) == (older, not older)
    third = keyed(record("safe_contact", "w", SHARED, rule=shown(free, "s")))
    both = join({}, [theirs, third], safer)["safe_contact", "w"].fields["rule"]
    assert (both.value, both.contested, both.shown_ids) == (never, True, (("s", 0), ("t", 0)))


def test_a_partner_takes_no_mark_of_ours_away() -> None:
    mark = shown(value=True, name="c")
    ours = keyed(record("person", "w", address="x", address_protected=mark))
    source = {"address_protected": [{"of": [["c", 0]], "as": ["t"]}]}
    off = shown(value=False, name="u", unit="health")
    theirs = keyed(record("person", "w", SHARED, address="x", address_protected=off, source=source))
    view = join(ours, [theirs], safer)["person", "w"].fields["address_protected"]
    assert (view.value, view.contested) == (True, True)
