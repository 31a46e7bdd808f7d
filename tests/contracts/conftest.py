"""One PostgreSQL for all promises of a run."""

import pytest

from tests.contracts.postgres import running_cluster

postgres = pytest.fixture(scope="session")(running_cluster)
