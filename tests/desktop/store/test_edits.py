"""Edits in hand: kept as typed with the ids that were shown, one for each editor of a case, gone when written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.edits import Begun
from tests.desktop.store.laptops import discard, laptop

IDS = (("ab" * 32, 0), ("cd" * 32, 3))
_typed = st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=40), st.booleans(), st.none()), max_size=5)


@given(st.lists(st.tuples(st.sampled_from(("aim", "rule")), st.sampled_from((0, 1)), _typed), max_size=6))
def test_the_last_that_was_typed_in_each_editor_is_kept_under_any_file_of_the_case(
    kept: list[tuple[str, int, dict[str, object]]],
) -> None:
    one = laptop()
    refs = ("a.1", "b.2")
    last: dict[str, dict[str, object]] = {}
    for editor, first, typed in kept:
        one.store.edits.keep((refs[first], refs[1 - first]), Begun(editor, typed, {"x": IDS}))
        last[editor] = typed
    one.reopen()
    found = one.store.edits.list(refs)
    assert {begun.editor: begun.typed for begun in found} == last
    assert all(begun.shown == {"x": IDS} for begun in found)
    assert one.store.edits.list(("c.3",)) == ()
    for editor in last:
        one.store.edits.drop(refs, editor)
    assert one.store.edits.list() == ()
    discard(one)


def test_an_edit_goes_in_the_transaction_that_writes_it_and_stays_when_that_fails() -> None:
    one = laptop()
    key = one.store.cases.new("Harbour 214")
    begun = Begun("note", {"text": "she said"})
    one.store.edits.keep((key.ref,), begun)

    def fails() -> None:
        with one.store.database.transaction():
            one.store.edits.finish((key.ref,), "note")
            one.store.cases.edit(key, "note", "0" * 32, "text", "a signed record never changes")

    with pytest.raises(KnownError):
        fails()
    assert [kept.typed for kept in one.store.edits.list((key.ref,))] == [begun.typed]
    with one.store.database.transaction():
        one.store.cases.add_record(key, "note", {"text": "she said", "note_kind": "fact"})
        one.store.edits.finish((key.ref,), "note")
    assert one.store.edits.list() == ()
    discard(one)


def test_an_edit_in_hand_is_in_no_envelope_and_in_no_list_of_forms() -> None:
    one = laptop()
    key = one.store.cases.new("Harbour 214")
    before = one.store.queue.state().pending
    one.store.edits.keep((key.ref,), Begun("aim", {"aim": "lower the risk"}))
    assert one.store.queue.state().pending == before
    assert one.store.cases.file(key).drafts == ()
    items = [item for item in one.store.today.items(one.clock()) if item.kind == "edit"]
    assert [(item.case, item.params["editor"], item.act) for item in items] == [(key, "aim", "open_case")]
    one.store.edits.keep((key.ref,), Begun("conflict x", {"reason": "she said so"}))
    kept = [item for item in one.store.today.items(one.clock()) if item.kind == "edit"]
    assert sorted(item.params["editor"] for item in kept) == ["aim", "conflict x"]
    assert CaseKey.of(one.store.edits.list()[0].case_ref) == key
    discard(one)
