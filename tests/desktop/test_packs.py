"""The shipped packs: both open, a version that is installed is never touched again, and damage is said."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import KnownError
from desktop.forms.engine.session import FormSession
from desktop.forms.xform.definition import parse_xform
from desktop.forms.xlsform.importer import import_workbook
from desktop.packs import install_shipped, shipped_packs
from desktop.paths import resource
from desktop.store.form_versions import FormVersion, FormVersions
from tests.desktop.forms.building import environment
from tests.desktop.ui.opened import make_house

IDS = tuple(sorted(path.stem for path in resource("forms", "common").glob("*.json")))
OURS = ("agency-referral", "risk-record")


@pytest.fixture
def versions(tmp_path: Path) -> Iterator[FormVersions]:
    house = make_house(tmp_path / "data")
    database = house.profile.open_store(house.store_key)
    yield FormVersions(database, lambda: 0)
    database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource("forms"), tmp_path / "forms"))


def form(version: FormVersion) -> FormSession:
    resources = {name: text.encode() for name, text in version.resources.items()}
    return FormSession(parse_xform(version.xform, resources=resources), environment())


def test_all_packs_are_installed_once_and_open(versions: FormVersions, folder: Path) -> None:
    assert install_shipped(versions, folder) == IDS
    assert install_shipped(versions, folder) == ()
    assert set(OURS) < set(IDS)
    for form_id in IDS:
        version = versions.newest(form_id)
        assert version.pack["id"] == version.head.form_id == form_id
        assert form(version).pages()
        assert versions.by_hash(version.head.form_hash) == version


def test_a_changed_workbook_of_the_same_version_is_not_installed(versions: FormVersions, folder: Path) -> None:
    install_shipped(versions, folder)
    before = versions.newest("risk-record")
    workbook = folder / "common" / "risk-record.md"
    text = workbook.read_text(encoding="utf-8")
    workbook.write_text(text.replace("Could she speak freely?", "Was she free to speak?"), encoding="utf-8")
    assert install_shipped(versions, folder) == ()
    assert versions.newest("risk-record") == before


def test_a_new_version_stands_beside_the_old_one(versions: FormVersions, folder: Path) -> None:
    install_shipped(versions, folder)
    before = versions.newest("risk-record")
    metadata, workbook = folder / "common" / "risk-record.json", folder / "common" / "risk-record.md"
    pack = json.loads(metadata.read_text(encoding="utf-8")) | {"version": "2"}
    metadata.write_text(json.dumps(pack), encoding="utf-8")
    text = workbook.read_text(encoding="utf-8")
    workbook.write_text(text.replace("Could she speak freely?", "Was she free to speak?"), encoding="utf-8")
    assert install_shipped(versions, folder) == ("risk-record",)
    assert versions.newest("risk-record").head.version == "2"
    assert versions.by_hash(before.head.form_hash) == before
    held = {head.form_id: head.version for head in versions.heads()}
    assert held == dict.fromkeys(IDS, "1") | {"risk-record": "2"}


def test_a_damaged_workbook_is_said_and_nothing_is_installed(versions: FormVersions, folder: Path) -> None:
    (folder / "common" / "agency-referral.md").write_text("nothing of a form", encoding="utf-8")
    with pytest.raises(KnownError) as raised:
        install_shipped(versions, folder)
    assert raised.value.code == "form.damaged"
    assert versions.heads() == ()


def test_the_packs_say_who_wrote_them_and_whether_the_wording_is_included() -> None:
    packs = {pack.pack_id: pack for pack in shipped_packs(resource("forms"))}
    assert tuple(packs) == IDS
    for pack in packs.values():
        assert pack.pack["licence"]["kind"] == "open"
        assert pack.pack["wording_included"] or "wording not included" in pack.pack["placeholder"]["en"]
        assert import_workbook(pack.workbook.read_bytes(), pack.workbook.name, isolated=False).xform is not None
        assert pack.title
