"""Words in the person's language: one function for sentences, one for counted things.

The English source text is the key; a catalogue is a Qt translator that the composition root installs. Leaves dates and
numbers to `QLocale`, and what a failure is called to `desktop.ui.notices`.
"""

import re

from PySide6.QtCore import QCoreApplication

CONTEXT = "causeway"
_PLACE = re.compile(r"\{(\w+)\}")


def tr(text: str, **values: object) -> str:
    """`text` in the language in force, with `{name}` replaced by the value of that name.

    Values are put in after translating and are never read as patterns themselves.
    """
    return _filled(QCoreApplication.translate(CONTEXT, text), values)


def trn(text: str, n: int, **values: object) -> str:
    """As `tr` for counted things: `%n` is the number, and the catalogue picks the form that the language needs.

    Without a catalogue `text` is English with both forms apart: "%n item|%n items".
    """
    translated = QCoreApplication.translate(CONTEXT, text, "", n)
    one, _bar, many = translated.partition("|")
    chosen = one if n == 1 or not many else many
    return _filled(chosen.replace("%n", str(n)), values)


def _filled(text: str, values: dict[str, object]) -> str:
    return _PLACE.sub(lambda found: str(values.get(found[1], found[0])), text)
