"""What a person can do from anywhere, as data: its words, its sign, its key and where it leads.

The rail, the shortcuts and the go-anywhere panel are all made from this one table, so that a key that is shown is a key
that works. Leaves doing them to the frame and the window.
"""

from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

from desktop.i18n import tr


@dataclass(frozen=True)
class Act:
    """One act: `name` is stable, `keys` portable text ("Ctrl+L"), `screen` the place it leads to or empty."""

    name: str
    words: str
    icon: str
    keys: str = ""
    screen: str = ""
    rail: bool = False


def acts() -> tuple[Act, ...]:
    """Every act in the order of the rail and the panel, in the language in force."""
    return (
        Act("today", tr("Today"), "sun", "Ctrl+1", "today", rail=True),
        Act("caseload", tr("Caseload"), "folder-open", "Ctrl+2", "caseload", rail=True),
        Act("referrals", tr("Referrals"), "route", "Ctrl+3", "referrals", rail=True),
        Act("conflicts", tr("Conflicts"), "split", "Ctrl+4", "conflicts", rail=True),
        Act("sync", tr("Sync"), "refresh-cw", "Ctrl+5", "sync", rail=True),
        Act("unit", tr("Unit"), "users", "Ctrl+6", "unit", rail=True),
        Act("new_report", tr("New report"), "file-plus", "Ctrl+N", "report"),
        Act("sync_now", tr("Sync now"), "refresh-cw", "F5"),
        Act("danger", tr("Danger now"), "phone-call", "Ctrl+Shift+D"),
        Act("theme", tr("Light or dark"), "moon", "Ctrl+Shift+L"),
        Act("back", tr("Back"), "arrow-left", "Alt+Left"),
        Act("go", tr("Go to a case or act"), "search", "Ctrl+K"),
        Act("cover", tr("Cover"), "eye-off", "F12"),
        Act("lock", tr("Lock"), "lock", "Ctrl+L"),
    )


def key_words(keys: str) -> str:
    """Keys as this platform writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
