"""Without PostgreSQL its promises are red, not skipped, and the sentence says what to install."""

import pytest

from tests.contracts import postgres


def test_a_machine_without_postgresql_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "postgres_programs", lambda: None)
    with pytest.raises(pytest.fail.Exception, match=r"PostgreSQL 15 or newer is missing.*apt-get install postgresql"):
        next(postgres.running_cluster())


def test_a_postgresql_that_is_too_old_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert postgres.postgres_programs() is not None
    monkeypatch.setattr(postgres, "OLDEST", 99)
    assert postgres.postgres_programs() is None
