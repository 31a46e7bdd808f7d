"""The tables as queries name them; `schema/` makes them. Keyed by space first, so that they shard."""

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, SmallInteger, String, Table

METADATA = MetaData()

SERVER = Table("server", METADATA, Column("name", String, primary_key=True), Column("value", LargeBinary))

SPACE = Table(
    "space",
    METADATA,
    Column("space", LargeBinary, primary_key=True),
    Column("epoch", LargeBinary),
    Column("seq", BigInteger),
    Column("log_hash", LargeBinary),
)
"""One row per log: its head. Appending locks it, so that numbers have no gaps."""

ENTRY = Table(
    "entry",
    METADATA,
    Column("space", LargeBinary, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("eid", LargeBinary),
    Column("tag", LargeBinary),
    Column("kind", SmallInteger),
    Column("case_key", LargeBinary),
    Column("log_hash", LargeBinary),
    Column("raw", LargeBinary),
)
"""`log_hash` is the running hash after this entry; `case_key` is set for key entries; `raw` is null when erased."""

USAGE = Table(
    "usage",
    METADATA,
    Column("space", LargeBinary, primary_key=True),
    Column("unit", LargeBinary, primary_key=True),
    Column("bytes", BigInteger),
)

SEAT_SEEN = Table(
    "seat_seen",
    METADATA,
    Column("seat", LargeBinary, primary_key=True),
    Column("at", BigInteger),
    Column("program", String),
)
"""`at` is the server's clock, seconds since 1970, when the seat last opened a session; `program` its version or ""."""

TREE = Table(
    "tree",
    METADATA,
    Column("tree", LargeBinary, primary_key=True),
    Column("kind", String),
    Column("epoch", LargeBinary),
    Column("entries", BigInteger),
)
"""One row per chain or control tree; `entries` is how many it has. Adding to it locks it."""

TREE_ENTRY = Table(
    "tree_entry",
    METADATA,
    Column("tree", LargeBinary, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("raw", LargeBinary),
)

ERASED_TAG = Table(
    "erased_tag",
    METADATA,
    Column("space", LargeBinary, primary_key=True),
    Column("tag", LargeBinary, primary_key=True),
)

ENROLMENT = Table(
    "enrolment",
    METADATA,
    Column("unit", LargeBinary, primary_key=True),
    Column("id", LargeBinary, primary_key=True),
    Column("invitation", LargeBinary),
    Column("sealed", LargeBinary),
)
"""`id` is the invitation's; `sealed` is null when the request was decided: the invitation stays used."""
