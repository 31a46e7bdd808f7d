"""Form versions in the store: immutable by hash, the newest by arrival, and a plain word where one is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.errors import KnownError
from desktop.store.form_versions import FormHead, FormVersions
from tests.desktop.ui.opened import make_house


@pytest.fixture
def versions(tmp_path: Path) -> Iterator[FormVersions]:
    house = make_house(tmp_path)
    database = house.profile.open_store(house.store_key)
    yield FormVersions(database, lambda: 7)
    database.close()


def head(form_hash: str, version: str = "1", form_id: str = "a") -> FormHead:
    return FormHead(form_hash * 64, form_id, version, f"Form {form_id}")


def test_what_is_installed_comes_back_as_it_was(versions: FormVersions) -> None:
    versions.install(head("1"), "<h/>", {"list.csv": "name,label\n"}, {"id": "a", "bands": [{"range": [0, None]}]})
    kept = versions.by_hash("1" * 64)
    assert (kept.head, kept.xform, kept.resources) == (head("1"), "<h/>", {"list.csv": "name,label\n"})
    assert kept.pack == {"id": "a", "bands": [{"range": [0, None]}]}
    assert versions.has("1" * 64)
    assert not versions.has("2" * 64)


def test_a_version_that_is_there_is_never_overwritten(versions: FormVersions) -> None:
    versions.install(head("1"), "<first/>", {}, {})
    versions.install(head("1"), "<second/>", {}, {})
    assert versions.by_hash("1" * 64).xform == "<first/>"


def test_a_new_draft_begins_with_the_version_that_came_last(versions: FormVersions) -> None:
    versions.install(head("1", "1"), "<one/>", {}, {})
    versions.install(head("2", "2"), "<two/>", {}, {})
    versions.install(head("3", "1", "b"), "<b/>", {}, {})
    assert versions.newest("a").xform == "<two/>"
    assert versions.by_hash("1" * 64).xform == "<one/>"
    assert [(one.form_id, one.version) for one in versions.heads()] == [("a", "2"), ("b", "1")]


@pytest.mark.parametrize("ask", ["newest", "by_hash"])
def test_a_form_that_is_not_here_is_said_so(versions: FormVersions, ask: str) -> None:
    with pytest.raises(KnownError) as raised:
        getattr(versions, ask)("gone")
    assert raised.value.code == "form.not_installed"
