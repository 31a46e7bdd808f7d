"""A laptop with invented cases, written once, and a fresh copy of it for each test."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.desktop.ui.forms import install_forms
from tests.desktop.ui.opened import House, fill, make_house


@pytest.fixture(scope="session")
def first_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = make_house(tmp_path_factory.mktemp("house"))
    made.with_store(fill)
    return made


@pytest.fixture
def house(first_house: House, tmp_path: Path) -> House:
    return _copied(first_house, tmp_path / "data")


def _copied(house: House, folder: Path) -> House:
    shutil.copytree(house.folder, folder)
    profile = replace(house.profile, folder=folder / "profiles" / house.profile.profile_id)
    return replace(house, folder=folder, profile=profile)


@pytest.fixture(scope="session")
def first_form_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = make_house(tmp_path_factory.mktemp("forms"))
    made.with_store(install_forms)
    return made


@pytest.fixture
def form_house(first_form_house: House, tmp_path: Path) -> House:
    """A laptop without cases on which the shipped forms are installed."""
    return _copied(first_form_house, tmp_path / "forms")
