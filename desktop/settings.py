"""The settings, as a table: name, type, default and home. Precedence: machine policy, then the person's, then default.

Homes: `device` (a JSON file in the data folder), `person` (the encrypted store), `partnership` (agreed by sync). Leaves
where each home keeps its values to what is handed in, and the policy file to `desktop.policy`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from desktop.errors import Bug, KnownError
from desktop.files import replace_file


class Home(StrEnum):
    """Where a setting lives, and so for whom it holds."""

    DEVICE = "device"
    PERSON = "person"
    PARTNERSHIP = "partnership"


@dataclass(frozen=True)
class Setting:
    """One setting. `kind` is the type of its value; `choices` or `least`/`most` bound it where it is bounded."""

    name: str
    kind: type[bool] | type[int] | type[str]
    default: bool | int | str
    home: Home
    says: str
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    def accepts(self, value: object) -> bool:
        """Whether `value` may be kept under this name."""
        if type(value) is not self.kind:  # bool is an int: a switch is not a number
            return False
        if self.choices and value not in self.choices:
            return False
        return not isinstance(value, int) or (
            (self.least is None or value >= self.least) and (self.most is None or value <= self.most)
        )


SETTINGS: tuple[Setting, ...] = (
    Setting("language", str, "", Home.DEVICE, "Language of the program; empty: that of the system."),
    Setting("theme", str, "system", Home.DEVICE, "Look.", choices=("system", "light", "dark", "contrast")),
    Setting("scale_percent", int, 100, Home.DEVICE, "Size of everything on screen.", least=100, most=200),
    Setting("metered_pause", bool, True, Home.PERSON, "Over a metered line send by itself only what is urgent."),
    Setting("server_proxy", str, "", Home.DEVICE, "Proxy for the partnership server; empty: none."),
    Setting("lock_after_minutes", int, 10, Home.PERSON, "Idle minutes until the screen locks.", least=1, most=60),
    Setting("cover_key", str, "F12", Home.PERSON, "Key that shows the neutral page at once."),
    Setting("one_question_per_page", bool, False, Home.PERSON, "Show forms one question at a time."),
    Setting("code_names_in_lists", bool, True, Home.PERSON, "Lists show the code name of a case only."),
    Setting("call_out_mode", bool, False, Home.PERSON, "Bigger targets for touch and gloves."),
    Setting("override_down_second_person", bool, True, Home.PARTNERSHIP, "A lower grade needs a second person."),
    Setting("acknowledge_hours", int, 24, Home.PARTNERSHIP, "Hours until a referral is acknowledged.", least=1),
    Setting("acknowledge_high_risk_hours", int, 2, Home.PARTNERSHIP, "The same for high risk, by phone.", least=1),
    Setting("decide_days", int, 2, Home.PARTNERSHIP, "Working days until a referral is decided.", least=1),
    Setting("first_contact_hours", int, 48, Home.PARTNERSHIP, "Hours until the first safe contact.", least=1),
    Setting("outcome_days", int, 28, Home.PARTNERSHIP, "Days until the outcome is told.", least=1),
)


def setting(name: str, table: tuple[Setting, ...] = SETTINGS) -> Setting:
    """The row of the table with this name. A name that is not there is a Bug."""
    for row in table:
        if row.name == name:
            return row
    raise Bug(f"settings: no row named {name}", KeyError())


class Keeper(Protocol):
    """One home: reads all its values, writes one."""

    def read(self) -> Mapping[str, Any]: ...
    def write(self, name: str, value: Any) -> None: ...


class DeviceFile:
    """The home `device`: a JSON object in a file. Names it does not know are kept as they are."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Any]:
        """All values; none when there is no file. Raises KnownError `settings.unreadable`; the file stays as it is."""
        try:
            values = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError):
            raise _unreadable() from None
        if not isinstance(values, dict):
            raise _unreadable()
        return values

    def write(self, name: str, value: Any) -> None:
        """Keep one value. Raises KnownError `settings.unreadable` (never overwrites a bad file) or
        `settings.not_saved`.
        """
        values = self.read() | {name: value}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._path, json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True).encode())
        except OSError:
            raise KnownError(
                "settings.not_saved",
                "The setting holds until the program closes, but could not be saved.",
                "Free some space, or ask IT for the right to write to the program's data folder.",
            ) from None

    def set_aside(self) -> Path:
        """Rename a bad file so that the defaults can be changed again; returns its new name. Raises OSError."""
        return self._path.replace(self._path.with_suffix(".bad.json"))


def _unreadable() -> KnownError:
    return KnownError(
        "settings.unreadable",
        "The settings of this computer cannot be read, so the defaults hold.",
        "Nothing else is touched. Put the file right, or set it aside and choose your settings again.",
    )


class Settings:
    """The values that hold now, over any number of homes. Built once; `attach` adds a person's home after unlock."""

    def __init__(
        self,
        homes: Mapping[Home, Keeper],
        policy: Mapping[str, Any] | None = None,
        table: tuple[Setting, ...] = SETTINGS,
    ) -> None:
        self._table = table
        self._policy = dict(policy or {})
        self._homes: dict[Home, Keeper] = {}
        self._values: dict[Home, dict[str, Any]] = {}
        self.problems: list[KnownError] = []
        """What was wrong with a home when it was read; its defaults hold meanwhile."""
        for home, keeper in homes.items():
            self.attach(home, keeper)

    def attach(self, home: Home, keeper: Keeper) -> None:
        """Read a home and use it from now on. A bad home goes to `problems`."""
        self._homes[home] = keeper
        try:
            self._values[home] = dict(keeper.read())
        except KnownError as error:
            self._values[home] = {}
            self.problems.append(error)

    def detach(self, home: Home) -> None:
        """Forget a home (the person's, at lock): its defaults hold."""
        self._homes.pop(home, None)
        self._values.pop(home, None)

    def get(self, name: str) -> Any:
        """The value that holds: policy, else what was set, else the default. A value that does not fit is passed
        over.
        """
        row = setting(name, self._table)
        for values in (self._policy, self._values.get(row.home, {})):
            if row.accepts(values.get(name)):
                return values[name]
        return row.default

    def is_managed(self, name: str) -> bool:
        """Whether the organisation has set it, so that a person cannot."""
        return setting(name, self._table).accepts(self._policy.get(name))

    def set(self, name: str, value: Any) -> None:
        """Keep a value in its home. Raises KnownError `settings.managed`, `settings.bad_value`, `settings.no_home`
        (the home is not open: locked), or what the home raises.
        """
        row = setting(name, self._table)
        if self.is_managed(name):
            raise KnownError("settings.managed", "This is set by your organisation.", "Ask IT.", setting=name)
        if not row.accepts(value):
            raise KnownError("settings.bad_value", "This value does not fit.", "Choose another one.", setting=name)
        keeper = self._homes.get(row.home)
        if keeper is None:
            raise KnownError("settings.no_home", "This can be set once a profile is open.", "Unlock.", setting=name)
        self._values[row.home][name] = value
        keeper.write(name, value)
