"""Where the server keeps its logs: one contract, one promise suite, SQLite or PostgreSQL by engine URL."""
