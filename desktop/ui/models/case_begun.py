"""Edits begun in a case and not written, in words; and the files of a case by which they are kept.

Leaves keeping to `desktop.store.edits`, opening their editors again to the views.
"""

from desktop.i18n import tr
from desktop.model.case import CaseFile
from desktop.model.conflict import ConflictView

CONFLICT = "conflict"
ACT = "act"


def editor_words(name: str) -> str:
    """What an editor is for; `name` is its kind, with the record it is about where there are several."""
    kind, _, record = name.partition(" ")
    if record:
        words = {
            "person": tr("changing a person"),
            "incident": tr("changing an incident"),
            "end": tr("how an action ended"),
            CONFLICT: tr("a decision"),
            ACT: tr("what is said with a referral"),
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


def act_editor(referral: str, act: str) -> str:
    """The editor of an act on a referral."""
    return f"{ACT} {referral} {act}"


def referral_of(editor: str) -> str:
    """The referral on which an act was begun; "" for every other editor."""
    kind, _, rest = editor.partition(" ")
    return rest.partition(" ")[0] if kind == ACT else ""


def is_decision(editor: str) -> bool:
    """Whether an editor is that of a conflict's decision."""
    return editor.startswith(f"{CONFLICT} ")


def decision_of(view: ConflictView) -> str:
    """The editor of a conflict's decision."""
    return f"{CONFLICT} {view.id}"
