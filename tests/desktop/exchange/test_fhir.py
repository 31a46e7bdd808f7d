"""FHIR R4: what leaves keeps R4's rules, comes back to the last character, and says what it could not say."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.errors import KnownError
from desktop.exchange.fhir.questionnaire import questionnaire_of
from desktop.exchange.fhir.response import answers_from, response_of
from desktop.exchange.fhir.values import answers_of, text_of
from desktop.forms.drafts import Draft
from desktop.forms.engine.session import FormSession
from desktop.forms.outline import filled_of, outline_of
from desktop.forms.submission import draft_of
from desktop.forms.xform.definition import FormDefinition, parse_xform
from desktop.forms.xlsform.importer import import_workbook
from tests.desktop.exchange.r4 import faults_of_questionnaire, faults_of_response, walk
from tests.desktop.forms.building import session, shipped, xform
from tests.desktop.forms.workbooks import xlsx

HEAD = [
    "type", "name", "label::English (en)", "label::Deutsch (de)", "hint::English (en)", "relevant", "required",
    "calculation", "constraint", "parameters",
]  # fmt: skip
ROWS: list[list[str | None]] = [
    ["note", "hello", "Hello ${who}", "Hallo ${who}", "Ask kindly"],
    ["text", "who", "Who", "Wer", "As she says it", None, "yes"],
    ["integer", "age", "Age", "Alter", None, None, None, None, ". < 130"],
    ["decimal", "share", "Share", "Anteil", None, "${age} > 17 and ${who} != ''"],
    ["date", "day", "Day", "Tag", None, "${age} > 17 or ${age} < 3"],
    ["time", "hour", "Hour", "Stunde"],
    ["datetime", "moment", "Moment", "Moment"],
    ["select_one yn", "hurt", "Hurt", "Verletzt", None, "string-length(${who}) > 3"],
    ["select_multiple yn", "several", "Several", "Mehrere", None, "${hurt} = 'y'"],
    ["rank yn", "order", "Order", "Reihenfolge", None, "selected(${several}, 'n')"],
    ["range", "pain", "Pain", "Schmerz", None, None, None, None, None, "start=0 end=10 step=1"],
    ["acknowledge", "ok", "I have read this", "Gelesen"],
    ["geopoint", "place", "Place", "Ort"],
    ["image", "photo", "Photo", "Bild"],
    ["calculate", "twice", None, None, None, None, None, "${age} * 2"],
    ["begin_repeat", "child", "Child", "Kind"],
    ["text", "name", "Name", "Name"],
    ["begin_group", "more", "More", "Mehr", None, "${name} != ''"],
    ["integer", "grade", "Grade", "Klasse"],
    ["end_group"],
    ["end_repeat"],
]
CHOICES = [
    ["list_name", "name", "label::English (en)", "label::Deutsch (de)"],
    ["yn", "y", "Yes", "Ja"],
    ["yn", "n", "No", "Nein"],
]
BOOK = import_workbook(xlsx({"survey": [HEAD, *ROWS], "choices": CHOICES}), "form.xlsx", isolated=False)
FORM = parse_xform(BOOK.xform or "")
QUESTIONNAIRE, LOST = questionnaire_of(outline_of(FORM))
ITEMS: dict[str, Any] = {item["linkId"]: item for item in walk(QUESTIONNAIRE)}
WHEN = "2026-03-15T10:00:00Z"


def response(of: FormSession) -> Any:
    return response_of(filled_of(of), questionnaire=str(QUESTIONNAIRE["url"]), authored=WHEN)


def test_the_questionnaire_keeps_the_rules() -> None:
    assert faults_of_questionnaire(QUESTIONNAIRE) == []


@pytest.mark.parametrize("name", ["risk-record", "agency-referral"])
def test_the_forms_of_the_program_keep_them_too(name: str) -> None:
    form = shipped(name)
    questionnaire, lost = questionnaire_of(outline_of(form))
    assert faults_of_questionnaire(questionnaire) == []
    assert all(item.explain() for item in lost)
    answered = response_of(filled_of(session(form)), questionnaire="urn:x", authored=WHEN)
    assert faults_of_response(answered, questionnaire) == []


def test_types_choices_words_and_languages_are_said() -> None:
    kinds = {name.rpartition("/")[2]: item["type"] for name, item in ITEMS.items()}
    asked = {
        "hello": "display", "who": "string", "who#hint": "display", "age": "integer", "share": "decimal", "day": "date",
        "hour": "time", "moment": "dateTime", "hurt": "choice", "several": "choice", "order": "choice",
        "pain": "integer", "ok": "boolean", "place": "string", "photo": "attachment", "twice": "string",
        "child": "group", "name": "string", "more": "group", "grade": "integer",
    }  # fmt: skip
    assert {name: kinds[name] for name in asked} == asked
    hurt = ITEMS["/data/hurt"]
    assert [option["valueCoding"]["code"] for option in hurt["answerOption"]] == ["y", "n"]
    assert hurt["answerOption"][0]["valueCoding"]["display"] == "Yes"
    said = hurt["_text"]["extension"][0]["extension"]
    assert said == [{"url": "lang", "valueCode": "de"}, {"url": "content", "valueString": "Verletzt"}]
    assert ITEMS["/data/who#hint"]["text"] == "As she says it"
    assert (ITEMS["/data/who"]["required"], ITEMS["/data/child"]["repeats"]) == (True, True)


def test_relevance_that_is_a_list_of_comparisons_is_said_and_all_else_is_reported() -> None:
    share = ITEMS["/data/share"]
    assert share["enableWhen"] == [
        {"question": "/data/age", "operator": ">", "answerInteger": 17},
        {"question": "/data/who", "operator": "exists", "answerBoolean": True},
    ]
    assert (share["enableBehavior"], ITEMS["/data/day"]["enableBehavior"]) == ("all", "any")
    assert ITEMS["/data/order"]["enableWhen"][0]["answerCoding"] == {"code": "n"}
    assert {(item.path, item.code) for item in LOST if "meta" not in item.path} >= {
        ("/data/hurt", "relevant"),
        ("/data/age", "constraint"),
        ("/data/twice", "calculate"),
        ("/data/order", "rank"),
        ("/data/place", "place"),
    }
    assert "enableWhen" not in ITEMS["/data/hurt"]


WRITTEN = [
    "y", "n", "y n", "n y", "12", "012", "2.50", "1e3", "-0", "OK", "2026-03-15", "10:00:00.000+01:00", "10:00",
    "tel 1 ", "2026-03-15T10:00:00.000+01:00", "2026-03-15T10:00", " ", "a\tb", "48.1 11.5 0 0", "photo.jpg", "\x07",
    "9" * 30,
]  # fmt: skip
TEXTS = st.text(max_size=20) | st.sampled_from(WRITTEN)
KINDS = [
    "text", "integer", "decimal", "date", "time", "datetime", "select_one", "select_multiple", "rank", "acknowledge",
    "image", "geopoint", "calculate",
]  # fmt: skip


@settings(max_examples=400)
@given(st.sampled_from(KINDS), TEXTS)
def test_every_answer_of_every_kind_comes_back(kind: str, text: str) -> None:
    assert text_of(answers_of(kind, text)) == text
    held = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [{"linkId": "/a"}]}
    answers = answers_of(kind, text)
    if answers:
        held["item"] = [{"linkId": "/a", "answer": answers}]
    assert faults_of_response(held) == []


LEAVES = [node.path for node in FORM.root.walk() if node.control is not None and not node.is_repeated]


@st.composite
def answered(draw: st.DrawFn) -> FormSession:
    of = session(FORM)
    for path in LEAVES:
        node = of.node(path)
        if not node.readonly and draw(st.booleans()):
            of.set_value(path, draw(TEXTS))
    for place in range(1, draw(st.integers(0, 3)) + 1):
        while sum(1 for node in of.node("/data").instance_children() if node.local == "child") < place:
            of.add_repeat("/data/child")
        of.set_value(f"/data/child[{place}]/name", draw(TEXTS))
    return of


@settings(max_examples=60, deadline=None)
@given(answered())
def test_a_record_comes_back_to_the_last_character(of: FormSession) -> None:
    sent = json.loads(json.dumps(response(of)))
    assert faults_of_response(sent, QUESTIONNAIRE) == []
    answers = answers_from(sent, root="data")
    again = session(FORM, Draft(FORM.hash, answers))
    assert again.submission_xml() == of.submission_xml()
    assert response(again) == response(of)


@settings(max_examples=30, deadline=None)
@given(answered())
def test_it_says_what_the_submission_says(of: FormSession) -> None:
    through_xml = draft_of(FORM, of.submission_xml()).values
    through_fhir = answers_from(response(of), root="data")
    xml_safe = {ref: text for ref, text in through_fhir.items() if text.isprintable()}
    assert {ref: through_xml.get(ref) for ref in xml_safe} == xml_safe


def test_attributes_of_a_record_come_along() -> None:
    form = xform("<meta><entity dataset='people' id='' create='1'><label/></entity></meta>")
    sent = response_of(
        filled_of(session(form)), questionnaire="urn:x", authored=WHEN, identifier="uuid:1", finished=False
    )
    assert faults_of_response(sent) == []
    assert sent["status"] == "in-progress"
    found = answers_from(sent, root="data")
    assert found["/data/meta[1]/entity[1]/@dataset"] == "people"
    assert (found["/data/@id"], found["/data/meta[1]/entity[1]/@id"]) == ("f", "")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["item", "answer", "linkId", "extension", "url", "valueString", "valueInteger"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON_VALUES, st.booleans())
def test_what_is_no_response_is_refused(value: Any, named: bool) -> None:
    resource = {**value, "resourceType": "QuestionnaireResponse"} if named and isinstance(value, dict) else value
    said = ""
    try:
        answers = answers_from(resource, root="data")
        assert all(isinstance(text, str) for text in answers.values())
    except KnownError as refused:
        said = refused.code
    assert said in ("", "fhir.not_a_response")


def test_a_form_without_words_versions_or_questions_is_a_questionnaire_too() -> None:
    form: FormDefinition = xform("<a/>")
    questionnaire, _lost = questionnaire_of(outline_of(form))
    assert faults_of_questionnaire(questionnaire) == []
