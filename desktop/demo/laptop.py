"""A laptop of the practice partnership: a data folder with one profile, seated and ready to be unlocked.

Leaves what is on it to `desktop.demo.seeding`, opening the window on it to `desktop.app`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from desktop.crypto.keychain import Keychain
from desktop.crypto.vault import Cost
from desktop.profiles import Profile, Profiles
from desktop.seating import Seated, keep_seat
from desktop.store.store import Store

PASSPHRASE = "four invented words here"  # noqa: S105  printed for everyone: it guards nothing real
PRACTICE_COST = Cost(64 * 1024, 3)


def no_keyring() -> NoReturn:
    """A practice laptop asks no keyring: it must start on a machine that has none."""
    raise LookupError


@dataclass(frozen=True)
class Laptop:
    """One member's laptop: its data folder, its only profile, and the key that its passphrase opens."""

    member: str
    data: Path
    profile: Profile
    store_key: bytes
    seated: Seated

    def open(self, clock: Callable[[], datetime], zone: str) -> Store:
        """The store on the calling thread, without a window. Close it before a window opens it."""
        database = self.profile.open_store(self.store_key)
        return Store.open(database, self.seated.identity(), clock, zone, local=ZoneInfo(zone))


def make_laptop(data: Path, member: str, label: str, seated: Seated) -> Laptop:
    """Make the data folder with its profile and seat. Errors: those of `Profiles.create`."""
    made = Profiles(Keychain(no_keyring), data).create(label, PASSPHRASE, cost=PRACTICE_COST)
    database = made.profile.open_store(made.store_key)
    try:
        keep_seat(database, seated)
    finally:
        database.close()
    return Laptop(member, data, made.profile, made.store_key, seated)
