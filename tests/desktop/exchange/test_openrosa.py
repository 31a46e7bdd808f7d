"""OpenRosa's messages: a record and its files packed so that another program unpacks the same; answers read warily."""

import email
from email.message import Message as Mail

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.errors import KnownError
from desktop.exchange.openrosa import XML_PART, Message, read_answer, read_form_list, read_manifest, submission
from tests.desktop.forms.building import session, xform

OPEN_ROSA = b'<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message>%s</message></OpenRosaResponse>'
BOUNDARY = "b0undary-of-this-record"
NAMES = st.from_regex(r"[A-Za-z0-9 _.-]{1,20}", fullmatch=True)


def parts(message: Message) -> dict[str, bytes]:
    """As the standard library's mail parser, which knows multipart messages, reads them."""
    head = f"Content-Type: {message.headers['Content-Type']}\r\n\r\n".encode()
    mail: Mail = email.message_from_bytes(head + message.body)
    found: dict[str, bytes] = {}
    for part in mail.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found[name] = content
    return found


@given(
    st.dictionaries(
        NAMES, st.binary(max_size=50).filter(lambda data: b"\r" not in data and b"\n" not in data), max_size=3
    )
)
def test_a_record_and_its_files_are_unpacked_as_they_were(files: dict[str, bytes]) -> None:
    xml = session(xform("<a>ä &lt;</a>")).submission_xml()
    message = submission(xml, files, boundary=BOUNDARY)
    assert message.headers["X-OpenRosa-Version"] == "1.0"
    assert parts(message) == {XML_PART: xml.encode(), **files}


@pytest.mark.parametrize("name", ["../up", 'a"b', "a\r\nb", "", "a/b"])
def test_a_name_that_could_break_out_is_refused(name: str) -> None:
    with pytest.raises(KnownError) as refused:
        submission("<a/>", {name: b""}, boundary=BOUNDARY)
    assert refused.value.code == "openrosa.file_name"


@pytest.mark.parametrize(
    ("xml", "boundary"), [(f"<a>{BOUNDARY}</a>", BOUNDARY), ("<a/>", "short"), ("<a/>", "a\r\nbbbbbbb")]
)
def test_a_boundary_that_would_cut_the_record_is_refused(xml: str, boundary: str) -> None:
    with pytest.raises(KnownError) as refused:
        submission(xml, {}, boundary=boundary)
    assert refused.value.code == "openrosa.boundary"


@pytest.mark.parametrize(
    ("status", "body", "taken", "code"),
    [
        (201, OPEN_ROSA % b"full  submission", True, "taken"),
        (202, b"", True, "taken"),
        (200, b"<html><body>Sign in to the hotel</body></html>", False, "not_taken"),
        (413, b"<OpenRosaResponse><message>too big</message></OpenRosaResponse>", False, "refused_413"),
        (503, b"\xff\xfe", False, "not_taken"),
    ],
)  # fmt: skip
def test_only_two_answers_mean_that_the_record_is_kept(status: int, body: bytes, taken: bool, code: str) -> None:
    answer = read_answer(status, body)
    assert (answer.taken, answer.code) == (taken, code)
    assert "hotel" not in answer.words


LIST = b"""<?xml version='1.0'?><xforms xmlns="http://openrosa.org/xforms/xformsList"><xform><formID>a</formID><name>A</name>
<version>1</version><hash>md5:00</hash><downloadUrl>https://x/a</downloadUrl><manifestUrl>https://x/m</manifestUrl></xform>
<xform><formID>no address</formID></xform></xforms>"""
MANIFEST = b"""<manifest xmlns="http://openrosa.org/xforms/xformsManifest"><mediaFile><filename>a.csv</filename><hash>md5:0</hash>
<downloadUrl>https://x/a.csv</downloadUrl></mediaFile><mediaFile><filename>../../b</filename></mediaFile>
<mediaFile><filename>..</filename></mediaFile></manifest>"""


def test_a_list_of_forms_and_the_files_of_one_are_read() -> None:
    (form,) = read_form_list(LIST)
    assert (form.form_id, form.version, form.name, form.download_url) == ("a", "1", "A", "https://x/a")
    assert [file.filename for file in read_manifest(MANIFEST)] == ["a.csv"]


@given(
    st.binary(max_size=60)
    | st.sampled_from([LIST, MANIFEST, b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><xforms>&b;</xforms>'])
)
def test_any_answer_is_read_or_refused(body: bytes) -> None:
    for read in (read_form_list, read_manifest):
        said = ""
        try:
            assert isinstance(read(body), tuple)
        except KnownError as refused:
            said = refused.code
        assert said in ("", "openrosa.broken")
