"""One PostgreSQL for all promises of a run, and an empty database of each kind."""

from pathlib import Path

import pytest

from tests.contracts.postgres import Cluster, running_cluster

postgres = pytest.fixture(scope="session")(running_cluster)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy's URL of an empty database, one kind after the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.sqlite'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.new_database()
