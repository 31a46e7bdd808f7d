"""Every Known failure of the encrypted store: its code, what happened and what to do. Leaves raising to the door."""

from desktop.errors import KnownError

REFUSALS: dict[str, tuple[str, str]] = {
    "store.missing": (
        "The store of this profile is not where it should be.",
        "If the folder was moved, move it back; otherwise restore a backup.",
    ),
    "store.exists": (
        "There is already a store here.",
        "Nothing was changed. Open it, or choose another profile.",
    ),
    "store.locked_by_other": (
        "This profile is already open in another window or by another person on this computer.",
        "Go to that window, or close it there first.",
    ),
    "store.wrong_key": (
        "The store does not open with this profile's key: it belongs to another profile, or its beginning is damaged.",
        "Nothing was changed. Restore the store's latest backup, or ask your unit lead.",
    ),
    "store.corrupt": (
        "The store is damaged: a part of it is not what was written.",
        "Nothing was changed. Make a copy of the profile's folder, then restore the latest backup.",
    ),
    "store.truncated": (
        "The store is shorter than it should be: its end is missing.",
        "Nothing was changed. Make a copy of the profile's folder, then restore the latest backup.",
    ),
    "store.newer": (
        "This store was written by a newer version of the program.",
        "Nothing was changed. Install the newer version and open the profile again.",
    ),
    "store.read_only": (
        "The profile's folder cannot be written to.",
        "Nothing was changed. Ask IT for the right to write there, or move the profile off the write-protected medium.",
    ),
    "store.disk_full": (
        "The disk is full, so the last change was not saved.",
        "What was saved before is safe. Free some space and save again.",
    ),
    "store.disk_failed": (
        "The disk did not do what it was asked, so the last change was not saved.",
        "What was saved before is safe. Try again; if it happens again, copy the profile's folder to another disk.",
    ),
    "store.backup_failed": (
        "The copy made before the upgrade could not be read back, so the upgrade was not begun.",
        "Nothing was changed. Free some space and open the profile again.",
    ),
    "store.upgrade_failed": (
        "The store could not be brought to this version, and is as it was before.",
        "Go on with the version you had, and send the report to those who look after the program.",
    ),
    "store.body_unreadable": (
        "One record of the store cannot be read.",
        "The others are not touched. Check the store, and restore the record from a backup or from a partner.",
    ),
}


def refusal(code: str, **details: int | str) -> KnownError:
    """The Known failure with this code; `details` are sizes, counts and ids, never content."""
    sentence, remedy = REFUSALS[code]
    return KnownError(code, sentence, remedy, **details)
