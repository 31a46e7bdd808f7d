"""OpenRosa's messages (https://docs.getodk.org/openrosa/): submissions, answers, form lists, manifests. Bytes only.

A submission carries the record's XML and its files; nothing here opens a connection: the carrying is off unless a
person consents to it form by form, and belongs to the network's one door.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from desktop.errors import KnownError

VERSION_HEADERS: Mapping[str, str] = {"X-OpenRosa-Version": "1.0"}
XML_PART = "xml_submission_file"
_NAME = re.compile(r"[^\x00-\x1f\x7f\"\\/]{1,200}")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{8,70}")
_TAKEN = frozenset({201, 202})
_KNOWN = frozenset({400, 401, 403, 404, 413})


@dataclass(frozen=True, slots=True)
class Message:
    """A request's body with the headers it needs."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer: `taken` only where it says that the record is kept; `words` are its own, for a person."""

    taken: bool
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A form a server offers; `hash` is `md5:` and 32 digits."""

    form_id: str
    version: str
    name: str
    hash: str
    download_url: str
    manifest_url: str


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that belongs to a form."""

    filename: str
    hash: str
    download_url: str


def submission(xml: str, files: Mapping[str, bytes], *, boundary: str) -> Message:
    """The record and its files as one multipart message. `boundary` must stand in none of them.

    Raises KnownError `openrosa.file_name` for a file whose name cannot travel, `openrosa.boundary` for the other.
    """
    content = xml.encode()
    if not _BOUNDARY.fullmatch(boundary) or any(boundary.encode() in part for part in (content, *files.values())):
        raise KnownError("openrosa.boundary", "This record cannot be packed.", "Try again.")
    parts = [_part(boundary, XML_PART, "submission.xml", "text/xml; charset=utf-8", content)]
    for name, data in files.items():
        if not _NAME.fullmatch(name):
            raise KnownError("openrosa.file_name", "A file of this record has a name that cannot travel.", "Rename it.")
        parts.append(_part(boundary, name, name, "application/octet-stream", data))
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return Message({**VERSION_HEADERS, "Content-Type": f"multipart/form-data; boundary={boundary}"}, body)


def _part(boundary: str, field: str, name: str, kind: str, data: bytes) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
    head = f"--{boundary}\r\n{disposition}\r\nContent-Type: {kind}\r\n"
    return f"{head}\r\n".encode() + data + b"\r\n"


def read_answer(status: int, body: bytes) -> Answer:
    """What a server said. Only 201 and 202 mean that it has the record; 200 is what sign-in pages of hotels say."""
    words = ""
    try:
        root = fromstring(body)
        if root.tag.rpartition("}")[2] == "OpenRosaResponse":
            words = " ".join("".join(root.itertext()).split())
    except (ParseError, DefusedXmlException, ValueError):
        words = ""
    taken = status in _TAKEN
    return Answer(taken, "taken" if taken else f"refused_{status}" if status in _KNOWN else "not_taken", words)


def read_form_list(body: bytes) -> tuple[ListedForm, ...]:
    """The forms of a formList answer. Raises KnownError `openrosa.broken`."""
    return tuple(
        ListedForm(
            form_id=_text(item, "formID"),
            version=_text(item, "version"),
            name=_text(item, "name"),
            hash=_text(item, "hash"),
            download_url=_text(item, "downloadUrl"),
            manifest_url=_text(item, "manifestUrl"),
        )
        for item in _items(body, "xforms", "xform")
        if _text(item, "formID") and _text(item, "downloadUrl")
    )


def read_manifest(body: bytes) -> tuple[ListedFile, ...]:
    """The files of a form's manifest; one whose name would leave the form's folder is left out."""
    return tuple(
        ListedFile(_text(item, "filename"), _text(item, "hash"), _text(item, "downloadUrl"))
        for item in _items(body, "manifest", "mediaFile")
        if _NAME.fullmatch(_text(item, "filename")) and _text(item, "filename") not in (".", "..")
    )


def _items(body: bytes, root: str, name: str) -> Iterator[Element]:
    try:
        found = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as broken:
        raise KnownError("openrosa.broken", "The server's answer cannot be read.", "Ask who runs it.") from broken
    if found.tag.rpartition("}")[2] != root:
        raise KnownError("openrosa.broken", "The server's answer cannot be read.", "Ask who runs it.")
    return (item for item in found if item.tag.rpartition("}")[2] == name)


def _text(item: Element, name: str) -> str:
    found = next((child for child in item if child.tag.rpartition("}")[2] == name), None)
    return "" if found is None else "".join(found.itertext()).strip()
