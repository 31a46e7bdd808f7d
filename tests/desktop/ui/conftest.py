"""A laptop with invented cases, written once, and a fresh copy of it for each test."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.desktop.ui.opened import House, fill, make_house


@pytest.fixture(scope="session")
def first_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = make_house(tmp_path_factory.mktemp("house"))
    made.with_store(fill)
    return made


@pytest.fixture
def house(first_house: House, tmp_path: Path) -> House:
    folder = tmp_path / "data"
    shutil.copytree(first_house.folder, folder)
    profile = replace(first_house.profile, folder=folder / "profiles" / first_house.profile.profile_id)
    return replace(first_house, folder=folder, profile=profile)
