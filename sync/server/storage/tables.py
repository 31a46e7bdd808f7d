"""The tables of the server's database, the same on SQLite and PostgreSQL. Keyed by space first, so that they shard."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, SmallInteger, String, Table

METADATA = MetaData()

SERVER = Table(
    "server",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

SPACE = Table(
    "space",
    METADATA,
    Column("space", LargeBinary(16), primary_key=True),
    Column("epoch", LargeBinary(16), nullable=False),
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("log_hash", LargeBinary(32), nullable=False),
)
"""One row per log: its head. Appending locks it, so that numbers have no gaps."""

ENTRY = Table(
    "entry",
    METADATA,
    Column("space", LargeBinary(16), primary_key=True),
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("eid", LargeBinary(32), nullable=False),
    Column("tag", LargeBinary(16), nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("case_key", LargeBinary(16)),
    Column("log_hash", LargeBinary(32), nullable=False),
    Column("raw", LargeBinary),
    Index("entry_eid", "space", "eid", unique=True),
    Index("entry_case_key", "space", "case_key"),
)
"""`log_hash` is the running hash after this entry; `case_key` is set for key entries; `raw` is null when erased."""
