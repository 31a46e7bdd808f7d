"""A themed application for the tests of the questions."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from desktop.paths import resources_root
from desktop.ui.theme.theme import ThemeHost, apply_theme, make_theme


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[Callable[..., ThemeHost]]:
    """Puts a theme in force, light at 100 % until told otherwise, and puts light back afterwards."""

    def put(name: str = "light", scale: float = 1.0) -> ThemeHost:
        return apply_theme(qapp, make_theme(name, resources_root(), scale))

    put()
    yield put
    put()
