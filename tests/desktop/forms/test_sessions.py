"""A form being answered: relevance, requirement, readonly, messages, languages, repeats, choices, events, pages."""

from collections.abc import Callable

import pytest

from desktop.forms.engine.views import ChangeSet
from desktop.forms.errors import FormError
from tests.desktop.forms.building import session, values, workbook, xform

HOUSEHOLD = """
| survey |
| | type | name | label::English (en) | label::Deutsch (de) | relevant | required \
| constraint | constraint_message::English (en) | constraint_message::Deutsch (de) \
| choice_filter | appearance | calculation |
| | begin_group | top | Top | Oben | | | | | | | field-list | |
| | select_one country | country | Country | Land | | yes | | | | | | |
| | select_one town | town | Town | Ort | | | | | | country=${country} | | |
| | integer | age | Age | Alter | | | . < 120 | Too old | Zu alt | | | |
| | decimal | weight | Weight | Gewicht | | | | | | | | |
| | end_group | top | | | | | | | | | | |
| | begin_group | kids | Children | Kinder | | | | | | | | |
| | begin_repeat | child | Child | Kind | | | | | | | | |
| | text | name | Name | Name | | yes | | | | | | |
| | calculate | place | | | | | | | | | | position(..) |
| | end_repeat | child | | | | | | | | | | |
| | end_group | kids | | | | | | | | | | |
| | calculate | many | | | | | | | | | | count(${child}) |
| | note | thanks | ${many} children in ${town} | ${many} Kinder in ${town} | | | | | | | | |

| choices |
| | list_name | name | label::English (en) | label::Deutsch (de) | country |
| | country | at | Austria | Österreich | |
| | country | si | Slovenia | Slowenien | |
| | town | graz | Graz | Graz | at |
| | town | maribor | Maribor | Marburg | si |

| settings |
| | default_language |
| | English (en) |
"""


def test_a_choice_no_longer_offered_is_kept_marked_and_asked_about() -> None:
    of = session(workbook(HOUSEHOLD))
    of.set_value("/data/top/country", "at")
    assert [choice.value for choice in of.question("/data/top/town").choices] == ["graz"]
    of.set_value("/data/top/town", "graz")
    change = of.set_value("/data/top/country", "si")
    assert "/data/top/town" in {node.ref for node in change.changed}
    town = of.question("/data/top/town")
    assert town.value == "graz"
    assert [(choice.value, choice.no_longer_offered) for choice in town.choices] == [("maribor", False), ("graz", True)]
    assert town.violation is not None
    assert town.violation.code == "choice"


def test_the_reference_clears_it_and_brings_it_back() -> None:
    of = session(workbook(HOUSEHOLD), reference=True)
    of.set_value("/data/top/country", "at")
    of.set_value("/data/top/town", "graz")
    of.set_value("/data/top/country", "si")
    assert values(of)["/data/top/town"] == ""
    of.set_value("/data/top/country", "at")
    assert values(of)["/data/top/town"] == "graz"


def test_messages_and_labels_follow_the_language() -> None:
    of = session(workbook(HOUSEHOLD))
    of.set_value("/data/top/age", "130")
    assert [(v.ref, v.code, v.message) for v in of.validate() if v.code == "constraint"] == [
        ("/data/top/age", "constraint", "Too old")
    ]
    of.set_language("Deutsch (de)")
    question = of.question("/data/top/age")
    assert (of.language, question.label) == ("Deutsch (de)", "Alter")
    assert question.violation is not None
    assert question.violation.message == "Zu alt"
    with pytest.raises(FormError):
        of.set_language("Klingon")


def test_what_does_not_fit_the_type_is_kept_and_stops_finishing() -> None:
    of = session(workbook(HOUSEHOLD))
    for ref, text in (("/data/top/age", "2.5"), ("/data/top/weight", "much")):
        of.set_value(ref, text)
        violation = of.question(ref).violation
        assert of.question(ref).value == text
        assert violation is not None
        assert violation.code == "type"
    of.set_value("/data/top/weight", "10")
    assert of.question("/data/top/weight").value == "10"


def test_entries_are_added_counted_and_removed() -> None:
    of = session(workbook(HOUSEHOLD))
    of.set_value("/data/kids/child[1]/name", "Ana")
    added = of.add_repeat("/data/kids/child")
    assert added.added == ("/data/kids/child[2]",)
    of.set_value("/data/kids/child[2]/name", "Ben")
    assert (values(of)["/data/many"], values(of)["/data/kids/child[2]/place"]) == ("2", "2")
    gone = of.remove_repeat("/data/kids/child[1]")
    assert gone.removed == ("/data/kids/child[1]",)
    assert (values(of)["/data/many"], values(of)["/data/kids/child[1]/name"]) == ("1", "Ben")
    assert values(of)["/data/kids/child[1]/place"] == "1"
    assert of.answers()["kids"] == {"child": [{"name": "Ben", "place": "1"}]}


def test_only_what_the_form_lets_change_can_be_changed() -> None:
    form = xform(
        "<a/><r><x/></r><g><y/></g>",
        '<bind nodeset="/data/a" readonly="true()"/>',
        '<input ref="/data/a"/><repeat nodeset="/data/r" jr:noAddRemove="true()"><input ref="/data/r/x"/></repeat>',
    )
    of = session(form)
    acts: list[tuple[Callable[[], ChangeSet], str]] = [
        (lambda: of.set_value("/data/a", "x"), "readonly"),
        (lambda: of.set_value("/data/g", "x"), "not_a_question"),
        (lambda: of.set_value("/data/none", "x"), "no_such_question"),
        (lambda: of.add_repeat("/data/r"), "repeat_fixed"),
        (lambda: of.remove_repeat("/data/r[1]"), "repeat_fixed"),
        (lambda: of.add_repeat("/data/g"), "not_a_repeat"),
        (lambda: of.remove_repeat("/data/g"), "not_a_repeat"),
    ]
    for act, code in acts:
        with pytest.raises(FormError) as refusal:
            act()
        assert refusal.value.code == code


def test_pages_are_field_lists_first_then_top_level_groups() -> None:
    of = session(workbook(HOUSEHOLD))
    of.add_repeat("/data/kids/child")
    pages = of.pages()
    assert [page.ref for page in pages] == ["/data/top", "/data/kids", "/data/thanks"]
    assert [node.ref for node in pages[1].nodes] == ["/data/kids/child[1]/name", "/data/kids/child[2]/name"]
    assert pages[1].repeats[0].instances == ("/data/kids/child[1]", "/data/kids/child[2]")
    assert pages[1].repeats[0].may_add
    of.set_value("/data/top/country", "at")
    progress = of.progress()
    assert (progress.answered, progress.possible) == (1, 6)
    assert progress.pages[0].answered == 1


def test_kinds_of_questions_are_told_by_control_and_type() -> None:
    controls = {
        "text": ("string", "input", ""), "integer": ("int", "input", ""), "decimal": ("decimal", "input", ""),
        "date": ("date", "input", ""), "time": ("time", "input", ""), "datetime": ("dateTime", "input", ""),
        "geopoint": ("geopoint", "input", ""), "acknowledge": ("string", "trigger", ""),
        "image": ("binary", "upload", 'mediatype="image/*"'),
        "file": ("binary", "upload", 'mediatype="application/pdf"'),
        "signature": ("binary", "upload", 'mediatype="image/*" appearance="signature"'),
        "audio": ("binary", "upload", 'mediatype="audio/*"'), "range": ("int", "range", 'start="0" end="5" step="1"'),
        "select_one": ("string", "select1", ""), "select_multiple": ("string", "select", ""),
        "rank": ("string", "odk:rank", ""),
    }  # fmt: skip
    form = xform(
        "".join(f"<{name}/>" for name in controls) + "<hidden/><calculate/>",
        "".join(f'<bind nodeset="/data/{name}" type="{kind}"/>' for name, (kind, _, _) in controls.items())
        + '<bind nodeset="/data/calculate" calculate="1"/>',
        "".join(f'<{control} ref="/data/{name}" {more}/>' for name, (_, control, more) in controls.items()),
    )
    of = session(form)
    for name in (*controls, "hidden", "calculate"):
        assert of.question(f"/data/{name}").kind == name


def test_values_set_by_events_are_set_once_at_their_event() -> None:
    form = xform(
        "<first/><src/><copy/><r jr:template=''><made/></r>",
        body="""<setvalue event="odk-instance-first-load" ref="/data/first" value="1 + 1"/><input ref="/data/src">
        <setvalue event="xforms-value-changed" ref="/data/copy" value="/data/src"/></input><repeat nodeset="/data/r">
        <setvalue event="odk-new-repeat" ref="/data/r/made" value="position(..)"/>
        <input ref="/data/r/made"/></repeat>""",
        model="""<setvalue event="odk-instance-first-load" ref="/data/first" value="'again'"/>""",
    )
    of = session(form)
    assert values(of)["/data/first"] == "again"
    of.set_value("/data/src", "x")
    assert values(of)["/data/copy"] == "x"
    of.add_repeat("/data/r")
    of.add_repeat("/data/r")
    assert values(of)["/data/r[2]/made"] == "2"
    restored = session(form, of.draft())
    assert values(restored) == values(of)


def test_a_form_that_waits_for_an_unknown_event_is_refused() -> None:
    with pytest.raises(FormError) as refusal:
        xform("<a/>", model='<setvalue event="odk-full-moon" ref="/data/a" value="1"/>')
    assert refusal.value.code == "event_unknown"
