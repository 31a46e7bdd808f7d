"""What a person typed is nowhere in the clear, and what is not finished never leaves the laptop."""

from pathlib import Path

import pytest

from desktop.crypto.keychain import Keychain
from desktop.profiles import Profiles
from tests.e2e.laptop import no_keyring
from tests.e2e.searching import export, files_with, opened_log
from tests.e2e.world import PASSPHRASE, Laptop, World

pytestmark = pytest.mark.e2e

SECRET = "Quietwater Lane 7"
NAME = "Marguerite Ashdowne"
UNFINISHED = "half a sentence about the cellar"


def store_key(laptop: Laptop) -> tuple[Path, bytes]:
    """The store of a closed laptop and its key, got by the passphrase."""
    (profile,) = Profiles(Keychain(no_keyring), laptop.computer.folder).list()
    return profile.store_path, profile.unlock(PASSPHRASE, Keychain(no_keyring), lambda: 0.0)


@pytest.fixture
def lived_in(world: World) -> World:
    """A world in which every kind of thing was typed, sent, killed and refused, and everybody went home."""
    case = world.shared_case()
    alder, linden = world["alder"], world["linden"]
    alder.ask("many", case=case.key, texts=[f"She sleeps at {SECRET}."])
    alder.ask("add", case=case.unit, kind="person", fields={"name": NAME, "address": SECRET})
    alder.ask("draft", case=case.unit, answers={"/risk/q1": UNFINISHED})
    assert alder.status_after(
        do="edit", case=case.key, kind="action", record=case.action, field="title", value=SECRET, at_statement=12
    )
    alder.open()
    alder.edit(case, "title", f"Drive to {SECRET}")
    linden.edit(case, "title", f"Do not drive to {SECRET}")
    assert alder.sync("http://127.0.0.1:9")["failure"] == "net.refused"
    world.level()
    alder.ask("resolve", field="title", choice=f"Telephone first, then {SECRET}", reason=f"{NAME} asked for it")
    world.verify()
    assert SECRET in str(linden.ask("fold"))
    return world


def test_typed_words_are_nowhere_in_the_clear(lived_in: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, out = lived_in.folder, tmp_path_factory.mktemp("export")
    for words in (SECRET, NAME, UNFINISHED, PASSPHRASE):
        assert files_with(words, folder) == [], "while the laptops are open"
    for laptop in lived_in.laptops.values():
        laptop.close()
    lived_in.server.stop()
    for words in (SECRET, NAME, UNFINISHED, PASSPHRASE):
        assert files_with(words, folder) == []
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"log.sqlite", "access.log", "server.stderr", "alder.stderr", "linden.stderr", "store.db"} <= names

    plain = export(*store_key(lived_in["alder"]), out / "plain")
    for words in (SECRET, NAME, UNFINISHED):
        assert words.encode() in plain, "the search would not have found it"
    assert files_with(SECRET, out) == ["plain"]
    assert PASSPHRASE.encode() not in plain


def test_draft_never_leaves_the_laptop(lived_in: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    for laptop in lived_in.laptops.values():
        laptop.close()
    lived_in.server.stop()
    log = opened_log(lived_in.server.folder, lived_in.founded)
    assert SECRET.encode() in log
    assert NAME.encode() in log
    assert UNFINISHED.encode() not in log
    out = tmp_path_factory.mktemp("export")
    assert UNFINISHED.encode() in export(*store_key(lived_in["alder"]), out / "alder")
    assert UNFINISHED.encode() not in export(*store_key(lived_in["linden"]), out / "linden")


def test_servers_files_tell_ids_sizes_and_times_and_no_name(lived_in: World) -> None:
    """Of the members' names the server's list of seats must know; of cases, fields and forms nothing."""
    lived_in.server.stop()
    for words in ("HARBOUR 12", "Change the locks", "safe_contact", "code_name", "title"):
        assert files_with(words, lived_in.server.folder) == []
