"""Files beside a form: CSV with any of three marks, GeoJSON as the specification spells it, broken ones refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.forms.errors import FormError
from desktop.forms.xform.definition import parse_xform
from tests.desktop.forms.building import session

TEMPLATE = (
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><model>'
    '<instance><data id="f"><found/></data></instance><instance id="t" src="jr://{source}"/>'
    '<bind nodeset="/data/found" calculate="{expression}"/></model></h:head><h:body/></h:html>'
)


def read(source: str, content: bytes, expression: str) -> str:
    form = parse_xform(TEMPLATE.format(source=source, expression=expression), resources={f"jr://{source}": content})
    return session(form).node("/data/found").text


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_may_be_parted_by_comma_semicolon_or_tab(mark: str) -> None:
    table = f"name{mark}label\nFR{mark}Paris\nJP{mark}Tokyo\n".encode()
    assert read("file-csv/t.csv", table, "instance('t')/root/item[name = 'JP']/label") == "Tokyo"
    assert read("file-csv/t.csv", table, "pulldata('t', 'label', 'name', 'FR')") == "Paris"


def test_a_comma_goes_before_a_semicolon() -> None:
    assert read("file-csv/t.csv", b'name,label\n1,"a;b"\n', "instance('t')/root/item/label") == "a;b"


PLACES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "top",
            "properties": {"id": "inner", "open": True, "rooms": 3, "share": 0.5, "none": None},
            "geometry": {"type": "Point", "coordinates": [2.3522, 48.8566]},
        },
        {
            "type": "Feature",
            "properties": {"id": "way"},
            "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
        },
        {
            "type": "Feature",
            "properties": {"id": "yard"},
            "geometry": {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [1, 2]]]},
        },
    ],
}


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("instance('t')/root/item[1]/id", "top"),
        ("instance('t')/root/item[1]/geometry", "48.8566 2.3522 0 0"),
        ("instance('t')/root/item[1]/open", "true"),
        ("instance('t')/root/item[1]/rooms + instance('t')/root/item[1]/share", "3.5"),
        ("count(instance('t')/root/item[1]/none)", "0"),
        ("instance('t')/root/item[id = 'way']/geometry", "2 1 0 0; 4 3 0 0"),
        ("instance('t')/root/item[id = 'yard']/geometry", "2 1 0 0; 4 3 0 0; 6 5 0 0; 2 1 0 0"),
    ],
)
def test_places_are_read_as_the_specification_spells_them(expression: str, wanted: str) -> None:
    assert read("file/t.geojson", json.dumps(PLACES).encode(), expression) == wanted


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"features": {}}',
        b'{"type": "Feature", "features": []}',
        b'{"features": [{"geometry": {"type": "Cube", "coordinates": []}}]}',
        b'{"features": [{"geometry": {"type": "Point", "coordinates": ["a", "b"]}}]}',
        b'{"features": [{"properties": {"a": []}, "geometry": {"type": "Point", "coordinates": [1, 2]}}]}',
    ],
)
def test_broken_places_are_refused_with_the_name_of_the_file(content: bytes) -> None:
    with pytest.raises(FormError) as refused:
        read("file/t.geojson", content, "1")
    assert refused.value.code == "attachment_broken"


@given(st.binary(max_size=80), st.sampled_from(["file-csv/t.csv", "file/t.geojson", "file/t.xml"]))
def test_any_bytes_are_read_or_refused(content: bytes, source: str) -> None:
    said = "read"
    try:
        read(source, content, "count(instance('t')/*)")
    except FormError as refused:
        said = refused.code
    assert said in ("read", "attachment_broken", "xml_broken", "xml_unsafe")
