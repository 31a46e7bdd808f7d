"""Edits begun in a case and not written, in words; and the files of a case by which they are kept.

Leaves keeping to `desktop.store.edits`, opening their editors again to the views.
"""

from desktop.i18n import tr
from desktop.model.case import CaseFile
from desktop.model.conflict import ConflictView

CONFLICT = "conflict"


def editor_words(name: str) -> str:
    """What an editor is for; `name` is its kind, with the record it is about where there are several."""
    kind, _, record = name.partition(" ")
    if record:
        words = {
            "person": tr("changing a person"),
            "incident": tr("changing an incident"),
            "end": tr("how an action ended"),
            CONFLICT: tr("a decision"),
        }
    else:
        words = {
            "aim": tr("the aim of the case"),
            "rule": tr("the safe-contact rule"),
            "agreed": tr("an agreed grade"),
            "share": tr("sharing with partners"),
            "person": tr("adding a person"),
            "incident": tr("adding an incident"),
            "action": tr("adding an action"),
            "note": tr("a note"),
        }
    return words.get(kind, tr("an edit"))


def refs_of(file: CaseFile) -> tuple[str, ...]:
    """Every file of the case: what was begun before a partner's file became a case of ours is found by its own."""
    return (file.header.key.ref, *(part.key.ref for part in file.shared if part.key != file.header.key))


def decision_of(view: ConflictView) -> str:
    """The editor of a conflict's decision."""
    return f"{CONFLICT} {view.id}"
