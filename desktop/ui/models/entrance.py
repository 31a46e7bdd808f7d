"""Getting in: which profiles there are, the passphrase with its growing delay, the printed code, a new profile.

Slow sums and the keyring run on the crew; answers come as signals. Leaves opening the store and what a seat is to the
composition root, and every word to the views.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.crypto.keychain import Keychain, Stored
from desktop.profiles import NewProfile, Profile, Profiles, State
from desktop.tasks import Crew, Failure
from desktop.ui.remembered import Remembered
from desktop.unsent import count_unsent

if TYPE_CHECKING:
    from desktop.crypto.vault import Cost

T = TypeVar("T")
TICK_MS = 1000


@dataclass(frozen=True)
class Seating:
    """What a person says of themselves at first run. `invitation` is a file to join by, or None to found a unit.

    `recovery_public`: the public half of the founded unit's recovery key, whose shares were typed back from the paper.
    """

    name: str = ""
    unit_name: str = ""
    agency: str = ""
    invitation: Path | None = None
    recovery_public: bytes = b""


@dataclass(frozen=True)
class Recovered:
    """A profile was opened by the unit's printed shares: the key they gave back, and the reason, which is recorded."""

    private: bytes = field(repr=False)
    why: str


@dataclass(frozen=True)
class Unlocked:
    """A profile and the key of its store. `seating` is set once, for a profile just made."""

    profile: Profile
    store_key: bytes = field(repr=False)
    seating: Seating | None = None
    recovered: Recovered | None = None


@dataclass(frozen=True)
class Choice:
    """One profile as the unlock screen lists it; `unsent` counts what no server has of what it was locked with."""

    profile: Profile
    state: State
    unsent: int


class Entrance(QObject):
    """`unlocked(Unlocked)`; `refused(Failure)`; `waiting(seconds)` each second while an attempt has to wait;
    `busy(bool)` around slow work; `invited(Path, read)` when an invitation may be used; `made(NewProfile)` when
    a profile was made and its code must be kept.
    """

    unlocked = Signal(object)
    refused = Signal(object)
    waiting = Signal(int)
    busy = Signal(bool)
    made = Signal(object)
    invited = Signal(object, object)

    def __init__(
        self,
        profiles: Profiles,
        keychain: Keychain,
        crew: Crew,
        remembered: Remembered,
        check_invitation: Callable[[Path], object],
        *,
        wall: Callable[[], float] = time.time,
        cost: Cost | None = None,
        lying: Callable[[], AbstractSet[str]] = frozenset,
    ) -> None:
        """`lying` names the entries in this computer's spool that no server has."""
        super().__init__()
        self._profiles = profiles
        self._keychain = keychain
        self._crew = crew
        self._remembered = remembered
        self._check = check_invitation
        self._wall = wall
        self._cost = cost
        self._lying = lying
        self._countdown = QTimer(self, interval=TICK_MS)
        self._countdown.timeout.connect(self._tick)
        self._waits_for: Profile | None = None
        self._new: NewProfile | None = None
        self._seating = Seating()

    def choices(self, then: Callable[[list[Choice]], None], owner: QObject) -> None:
        """The profiles on this computer, read off the GUI thread; `then` gets them while `owner` lives."""
        self._crew.run(self._read_choices, then, owner=owner, failed=self.refused.emit)

    def recount(self, then: Callable[[dict[str, int]], None], owner: QObject) -> None:
        """How many items of each profile no server has now: what one of them delivers is everybody's news. `then` gets
        them while `owner` lives.
        """

        def work() -> dict[str, int]:
            lying = self._lying()
            return {one.profile_id: count_unsent(one.folder, lying) for one in self._profiles.list()}

        self._crew.run(work, then, owner=owner)

    def remember(self, profile: Profile) -> None:
        """This profile stands first next time."""
        self._remembered.keep("last_profile", profile.profile_id)

    def watch(self, profile: Profile) -> None:
        """Say how long an attempt at this profile has to wait, and count down."""
        self._waits_for = profile
        self._tick()

    def unlock(self, profile: Profile, passphrase: str) -> None:
        """Try a passphrase."""
        self._slow(
            lambda: profile.unlock(passphrase, self._keychain, self._wall),
            lambda key: self._in(profile, key),
            profile,
        )

    def recover(self, profile: Profile, code: str, passphrase: str) -> None:
        """Open with the printed code and set a new passphrase; the code stays valid."""

        def work() -> bytes:
            key = profile.unlock_with_recovery(code, self._wall)
            profile.change_passphrase(key, passphrase, self._keychain, cost=self._cost)
            return key

        self._slow(work, lambda key: self._in(profile, key), profile)

    def recover_by_unit(self, profile: Profile, typed: Sequence[str], why: str, passphrase: str) -> None:
        """Open with two printed shares of the unit and set a new passphrase; the unit reads of the use and why."""

        def work() -> tuple[bytes, bytes]:
            from desktop.crypto.shares import Share, join  # noqa: PLC0415  needed on the worst day only

            private = join([Share.from_text(text) for text in typed])
            key = profile.unlock_with_unit_key(private, self._wall)
            profile.change_passphrase(key, passphrase, self._keychain, cost=self._cost)
            return key, private

        self._slow(work, lambda keys: self._in(profile, keys[0], Recovered(keys[1], why)), profile)

    def look_at(self, invitation: Path) -> None:
        """Whether a file is an invitation that can be used: `invited(Path, what it says)` or `refused`."""
        self._slow(lambda: self._check(invitation), lambda read: self.invited.emit(invitation, read), None)

    def make(self, label: str, passphrase: str, seating: Seating) -> None:
        """Make a profile; `made` carries the code to keep, and `enter` goes on once it was kept."""
        self._seating = seating
        self._slow(lambda: self._profiles.create(label, passphrase, cost=self._cost), self._has_made, None)

    def enter(self) -> None:
        """The code was kept: go in with the profile just made."""
        if self._new is not None:
            new, self._new = self._new, None
            self.remember(new.profile)
            self.unlocked.emit(Unlocked(new.profile, new.store_key, self._seating))

    @staticmethod
    def stands_alone(new: NewProfile) -> bool:
        """Whether the passphrase has no keyring beside it on this computer."""
        return not isinstance(new.keyring, Stored)

    def _read_choices(self) -> list[Choice]:
        last = self._remembered.word("last_profile", "")
        lying = self._lying()
        found = [Choice(one, one.state, count_unsent(one.folder, lying)) for one in self._profiles.list()]
        return sorted(found, key=lambda choice: choice.profile.profile_id != last)

    def _has_made(self, new: NewProfile) -> None:
        self._new = new
        self.made.emit(new)

    def _in(self, profile: Profile, store_key: bytes, recovered: Recovered | None = None) -> None:
        self._countdown.stop()
        self.remember(profile)
        self.unlocked.emit(Unlocked(profile, store_key, recovered=recovered))

    def _slow(self, work: Callable[[], T], then: Callable[[T], None], profile: Profile | None) -> None:
        self.busy.emit(True)

        def done(answer: T) -> None:
            self.busy.emit(False)
            then(answer)

        def failed(failure: Failure) -> None:
            self.busy.emit(False)
            self.refused.emit(failure)
            if profile is not None:
                self.watch(profile)

        self._crew.run(work, done, owner=self, failed=failed)

    def _tick(self) -> None:
        """Once a second: a small file is read; the unlock screen shows nothing else meanwhile."""
        profile = self._waits_for
        if profile is None:
            return
        self._crew.run(lambda: profile.gate(self._wall).seconds(), self._say_wait, owner=self, failed=self.refused.emit)

    def _say_wait(self, seconds: int) -> None:
        self.waiting.emit(seconds)
        if seconds and not self._countdown.isActive():
            self._countdown.start()
        elif not seconds:
            self._countdown.stop()
