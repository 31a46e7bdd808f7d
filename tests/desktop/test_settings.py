"""Settings: each has a home, policy goes before the person, and a bad file costs nobody their choices."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.errors import Bug, KnownError
from desktop.settings import SETTINGS, DeviceFile, Home, Settings, setting
from desktop.store.migrate import open_store
from desktop.store.person_settings import PersonSettings

anything = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers(), max_size=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "settings.json"


def on_device(path: Path, policy: dict[str, Any] | None = None) -> Settings:
    return Settings({Home.DEVICE: DeviceFile(path)}, policy)


def test_the_table_is_sound() -> None:
    assert len({row.name for row in SETTINGS}) == len(SETTINGS)
    for row in SETTINGS:
        assert row.accepts(row.default), row.name
        assert row.says.endswith("."), row.name


def test_without_a_file_the_defaults_hold_and_nothing_is_written(path: Path) -> None:
    held = on_device(path)
    assert [held.get(row.name) for row in SETTINGS] == [row.default for row in SETTINGS]
    assert held.problems == []
    assert not path.exists()


def test_what_is_set_holds_at_once_and_after_a_restart(path: Path) -> None:
    held = on_device(path)
    held.set("theme", "dark")
    assert held.get("theme") == "dark"
    assert on_device(path).get("theme") == "dark"


def test_names_this_version_does_not_know_are_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"from_a_newer_version": [1], "theme": "light"}', "utf-8")
    on_device(path).set("theme", "dark")
    assert msgspec.json.decode(path.read_bytes()) == {"from_a_newer_version": [1], "theme": "dark"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([row.name for row in SETTINGS]), value=anything)
def test_a_value_that_does_not_fit_is_passed_over_and_refused(path: Path, name: str, value: object) -> None:
    class Kept:
        def read(self) -> dict[str, Any]:
            return {name: value}

        def write(self, name: str, value: Any) -> None:
            raise AssertionError("kept a value that does not fit")

    row = setting(name)
    held = Settings({row.home: Kept()})
    if row.accepts(value):
        assert held.get(name) == value
        return
    assert held.get(name) == row.default
    with pytest.raises(KnownError) as caught:
        held.set(name, value)
    assert caught.value.code == "settings.bad_value"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"a": 1'])
def test_a_bad_file_is_known_its_defaults_hold_and_it_is_never_overwritten(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    held = on_device(path)
    assert [problem.code for problem in held.problems] == ["settings.unreadable"]
    assert held.get("theme") == "system"
    with pytest.raises(KnownError) as caught:
        held.set("theme", "dark")
    assert caught.value.code == "settings.unreadable"
    assert path.read_bytes() == data
    assert DeviceFile(path).set_aside().read_bytes() == data
    held.set("theme", "dark")
    assert on_device(path).get("theme") == "dark"


def test_a_file_that_cannot_be_written_is_known_and_the_choice_holds_for_now(path: Path) -> None:
    held = on_device(path)
    held.set("theme", "light")
    path.with_name("settings.json.new").mkdir()  # where the new file would be made
    with pytest.raises(KnownError) as caught:
        held.set("theme", "dark")
    assert caught.value.code == "settings.not_saved"
    assert held.get("theme") == "dark"
    assert on_device(path).get("theme") == "light"


def test_a_folder_that_is_a_file_is_known(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file where the folder should be")
    held = on_device(tmp_path / "data" / "settings.json")
    assert [problem.code for problem in held.problems] == ["settings.unreadable"]
    assert held.get("theme") == "system"


def test_policy_goes_first_and_cannot_be_set(path: Path) -> None:
    on_device(path).set("theme", "dark")
    held = on_device(path, {"theme": "light", "scale_percent": "not a number"})
    assert held.get("theme") == "light"
    assert held.is_managed("theme")
    assert not held.is_managed("scale_percent")
    with pytest.raises(KnownError) as caught:
        held.set("theme", "dark")
    assert caught.value.code == "settings.managed"
    assert on_device(path).get("theme") == "dark"


def test_a_persons_settings_live_in_the_encrypted_store_and_leave_with_it(tmp_path: Path, path: Path) -> None:
    key = bytes(32)
    database = open_store(tmp_path / "store.db", key, create=True)
    held = on_device(path)
    with pytest.raises(KnownError) as caught:
        held.set("lock_after_minutes", 5)
    assert caught.value.code == "settings.no_home"
    held.attach(Home.PERSON, PersonSettings(database))
    held.set("lock_after_minutes", 5)
    held.set("lock_after_minutes", 7)
    held.set("cover_key", "Pause")
    held.detach(Home.PERSON)
    assert held.get("lock_after_minutes") == 10
    database.close()
    assert not path.exists()
    again = open_store(tmp_path / "store.db", key)
    held.attach(Home.PERSON, PersonSettings(again))
    assert (held.get("lock_after_minutes"), held.get("cover_key")) == (7, "Pause")
    again.close()


def test_a_name_that_is_not_in_the_table_is_a_bug(path: Path) -> None:
    with pytest.raises(Bug):
        on_device(path).get("no_such_setting")
