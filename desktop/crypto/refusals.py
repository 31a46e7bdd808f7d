"""Every Known failure of the vault and of the printed papers: its code, what happened and what to do.

Leaves raising them to the vault and to the shares.
"""

import errno

from desktop.errors import KnownError

REFUSALS: dict[str, tuple[str, str]] = {
    "vault.missing": (
        "The vault of this profile is not where it should be.",
        "If the folder was moved, move it back; otherwise restore a backup.",
    ),
    "vault.exists": (
        "There is already a vault here.",
        "Nothing was changed. Open it, or choose another profile.",
    ),
    "vault.wrong_passphrase": (
        "The passphrase is not right.",
        "Nothing was changed. Check Caps Lock and the keyboard's language, and type it again.",
    ),
    "vault.passphrase_empty": (
        "A passphrase is needed.",
        "Type several words that you can remember and nobody can guess.",
    ),
    "vault.keyring_missing": (
        "The secret that this computer keeps for the profile cannot be had, so the passphrase alone does not open it.",
        "Unlock the computer's keyring and try again, or use your printed recovery code.",
    ),
    "vault.keyring_changed": (
        "The secret that this computer keeps for the profile is not the one the profile was closed with.",
        "Your passphrase may be right. Use your printed recovery code: it also writes a new secret.",
    ),
    "vault.recovery_mistyped": (
        "The recovery code has a typing mistake.",
        "Compare the group shown with the paper and type it again.",
    ),
    "vault.recovery_length": (
        "The recovery code is not complete.",
        "It has six groups of six letters and digits. Type all of them.",
    ),
    "vault.wrong_recovery": (
        "The recovery code was read, but it is not the one of this profile.",
        "Nothing was changed. Look whether the paper names another profile, or is older than the last new code.",
    ),
    "share.length": (
        "The share is not complete.",
        "It has twelve groups of six letters and digits. Type all of them.",
    ),
    "share.mistyped": (
        "The share has a typing mistake.",
        "Compare the group shown with the paper and type it again.",
    ),
    "share.too_few": (
        "One share alone does not open anything.",
        "Two different shares of the unit are needed. Type the second one.",
    ),
    "share.other_set": (
        "These shares were not printed together.",
        "Look at the unit and the date on both papers and use two that belong together.",
    ),
    "share.wrong": (
        "These shares do not fit together.",
        "Nothing was changed. One of them may be from an earlier printing; try with the third.",
    ),
    "vault.no_unit_slot": (
        "This profile was never sealed to a unit, so the unit's shares do not open it.",
        "Nothing was changed. Use the printed recovery code of the person.",
    ),
    "vault.wrong_unit_key": (
        "The shares are right, but they are not of the unit key that this profile was sealed to.",
        "Nothing was changed. Look for the shares with an earlier or later date, or use the person's recovery code.",
    ),
    "vault.wait": (
        "There were several wrong attempts, so the next one has to wait.",
        "Wait for the time shown, or use your printed recovery code.",
    ),
    "vault.corrupt": (
        "The vault file is damaged.",
        "Nothing was changed. Restore the profile's folder from its latest backup.",
    ),
    "vault.newer": (
        "This vault was written by a newer version of the program.",
        "Nothing was changed. Install the newer version and open the profile again.",
    ),
    "vault.read_only": (
        "The profile's folder cannot be written to.",
        "Nothing was changed. Ask IT for the right to write there.",
    ),
    "vault.disk_full": (
        "The disk is full, so the vault was not changed.",
        "The old passphrase is still valid. Free some space and try again.",
    ),
    "vault.disk_failed": (
        "The disk did not do what it was asked, so the vault was not changed.",
        "The old passphrase is still valid. Try again.",
    ),
    "vault.memory": (
        "This computer has not enough free memory to check the passphrase.",
        "Close other programs and try again.",
    ),
}

_READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def refusal(code: str, **details: int | str) -> KnownError:
    """The Known failure with this code; `details` are sizes, counts and ids, never content."""
    sentence, remedy = REFUSALS[code]
    return KnownError(code, sentence, remedy, **details)


def disk_refusal(error: OSError) -> KnownError:
    """The Known failure for what the operating system answered to reading or writing the vault."""
    if isinstance(error, FileNotFoundError):
        return refusal("vault.missing")
    if error.errno in _READ_ONLY:
        return refusal("vault.read_only")
    return refusal("vault.disk_full" if error.errno in _FULL else "vault.disk_failed")
