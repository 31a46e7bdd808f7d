"""PostgreSQL keeps the promises of the server's storage, and says so plainly when it is gone."""

import pytest

from sync.server.storage.contract import Storage, StorageBusy
from sync.server.storage.database import Database
from tests.contracts.postgres import Cluster
from tests.contracts.storage import SPACE, StoragePromises, entry


class TestPostgres(StoragePromises):
    @pytest.fixture(autouse=True)
    def _database(self, postgres: Cluster) -> None:
        self.url = postgres.new_database()

    def open(self) -> Storage:
        return Database(self.url)

    def test_a_database_that_went_away_is_busy_and_then_back(self, storage: Storage, postgres: Cluster) -> None:
        storage.append(SPACE, [entry(1)])
        postgres.stop()
        try:
            with pytest.raises(StorageBusy):
                storage.append(SPACE, [entry(2)])
        finally:
            postgres.start()
        assert storage.append(SPACE, [entry(1), entry(2)]).items == ((1, False), (2, True))
