"""Answers as FHIR values and back, losslessly: a value that FHIR writes otherwise also carries its exact text."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from desktop.exchange.fhir.shapes import EXTENSIONS, JSON

EXACT = f"{EXTENSIONS}/exact-text"
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?"
_TIME = re.compile(_CLOCK)
_DATE_TIME = re.compile(rf"{_DATE.pattern}T{_CLOCK}(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))")
_CODE = re.compile(r"[^\s]+(?:\s[^\s]+)*")
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_DIGITS = 15
_LEAST, _MOST = -(2**31), 2**31 - 1


def answers_of(kind: str, text: str) -> list[JSON]:
    """The answers of one question; a list of choices gives several. Nothing for no answer."""
    if not text:
        return []
    if kind in ("select_multiple", "rank"):
        words = text.split()
        found = [coding for word in words if (coding := _coding(word)) is not None]
        return (
            found
            if " ".join(words) == text and len(found) == len(words)
            else [_exact({"valueString": _speakable(text)}, text)]
        )
    value = _WRITERS.get(kind, _string)(text)
    if value is None:
        return [_exact({"valueString": _speakable(text)}, text)]
    return [value if text_of([value]) == text else _exact(value, text)]


def text_of(answers: list[JSON]) -> str:
    """The text of a question's answers. Raises ValueError where they are no FHIR answers."""
    return " ".join(_text(answer) for answer in answers)


def _text(answer: JSON) -> str:
    exact = _exact_text(answer)
    if exact is not None:
        return exact
    found = [name for name in answer if name.startswith("value")]
    if len(found) != 1 or found[0] not in _READERS:
        raise ValueError("one value of a known type is needed")
    return _READERS[found[0]](answer[found[0]])


def _exact(value: JSON, text: str) -> JSON:
    """The text itself, as bytes: FHIR strings may not hold every character, nor begin or end with a space."""
    held = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    return {"extension": [{"url": EXACT, "valueBase64Binary": held}], **value}


def _exact_text(answer: JSON) -> str | None:
    extensions = answer.get("extension")
    for item in extensions if isinstance(extensions, list) else ():
        if isinstance(item, dict) and item.get("url") == EXACT:
            try:
                return base64.b64decode(str(item.get("valueBase64Binary")), validate=True).decode(
                    "utf-8", "surrogatepass"
                )
            except (binascii.Error, UnicodeDecodeError) as broken:
                raise ValueError("exact text") from broken
    return None


def _speakable(text: str) -> str:
    """The text as far as a FHIR string can hold it."""
    return _UNSPEAKABLE.sub("\ufffd", text).strip() or "\ufffd"


def _string(text: str) -> JSON:
    return {"valueString": _speakable(text)}


def _integer(text: str) -> JSON | None:
    return {"valueInteger": int(text)} if _INTEGER.fullmatch(text) and _LEAST <= float(text) <= _MOST else None


def _decimal(text: str) -> JSON | None:
    """A JSON number holds what a double does; longer ones are text."""
    digits = sum(char.isdigit() for char in text)
    return {"valueDecimal": float(text)} if _DECIMAL.fullmatch(text) and digits <= _MOST_DIGITS else None


def _date(text: str) -> JSON | None:
    return {"valueDate": text} if _DATE.fullmatch(text) else None


def _date_time(text: str) -> JSON | None:
    return {"valueDateTime": text} if _DATE_TIME.fullmatch(text) else None


def _time(text: str) -> JSON | None:
    """FHIR's times have no zone: it stays in the exact text."""
    clock = re.match(_CLOCK, text)
    return {"valueTime": clock.group()} if clock else None


def _coding(text: str) -> JSON | None:
    return {"valueCoding": {"code": text}} if _CODE.fullmatch(text) and not _UNSPEAKABLE.search(text) else None


def _boolean(text: str) -> JSON | None:
    return {"valueBoolean": True} if text == "OK" else None


def _attachment(text: str) -> JSON:
    return {"valueAttachment": {"title": _speakable(text)}}


def _number_text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("number")
    return format(Decimal(repr(value)), "f")


def _plain(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _part(name: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, dict) or not isinstance(value.get(name), str):
            raise TypeError(name)
        return str(value[name])

    return read


def _yes(value: object) -> str:
    if not isinstance(value, bool):
        raise TypeError("boolean")
    return "OK" if value else ""


_WRITERS: Mapping[str, Callable[[str], JSON | None]] = {
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "datetime": _date_time,
    "time": _time,
    "select_one": _coding,
    "acknowledge": _boolean,
    **dict.fromkeys(("image", "audio", "video", "file", "signature"), _attachment),
}
_READERS: Mapping[str, Callable[[object], str]] = {
    "valueString": _plain,
    "valueUri": _plain,
    "valueInteger": _number_text,
    "valueDecimal": _number_text,
    "valueDate": _plain,
    "valueDateTime": _plain,
    "valueTime": _plain,
    "valueBoolean": _yes,
    "valueCoding": _part("code"),
    "valueAttachment": _part("title"),
    "valueReference": _part("reference"),
}
