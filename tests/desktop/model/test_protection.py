"""Marked fields are never listed, whatever the field is called; burnt says that it must not be used."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.model.protection import MARKABLE, base_field, default_marks, is_burnt, is_protected, may_list
from desktop.model.record import CaseKey, FieldView, RecordView


@given(st.sampled_from(MARKABLE), st.sampled_from(("", "_line", "_town")), st.sampled_from((True, "yes", {"by": "x"})))
def test_a_mark_hides_its_field_and_every_part_of_it(field: str, part: str, mark: object) -> None:
    values = {f"{field}{part}": "Kingfisher Lane", f"{field}_protected": mark, "name": "Wren"}
    assert is_protected(f"{field}{part}", values)
    assert not may_list(f"{field}{part}")
    fields = {name: FieldView(value) for name, value in values.items()}
    plain = RecordView("person", "p", CaseKey("s", "t"), fields).plain()
    assert f"{field}{part}" not in plain
    assert plain["name"] == "Wren"


def test_without_a_mark_it_is_shown_in_the_case_but_never_listed() -> None:
    values = {"phone": "0777", "phone_protected": False, "phone_burnt": None}
    assert not is_protected("phone", values)
    assert not may_list("phone")
    assert may_list("name")
    assert base_field("phone_protected") == ""


def test_burnt_is_a_mark_of_its_own() -> None:
    values = {"address": "x", "address_burnt": True}
    assert is_burnt("address", values)
    assert is_protected("address", values)
    assert not is_burnt("name", values)


def test_a_new_address_of_a_separated_victim_or_child_is_protected_from_the_start() -> None:
    assert default_marks("victim", separated=True) == default_marks("child", separated=True) == ("address_protected",)
    assert default_marks("perpetrator", separated=True) == default_marks("victim", separated=False) == ()
