-- The server's own values (its keys), and the logs: one head row and one row per entry, keyed by space first.
CREATE TABLE IF NOT EXISTS server (
  name text NOT NULL PRIMARY KEY,
  value bytea NOT NULL
);

CREATE TABLE IF NOT EXISTS space (
  space bytea NOT NULL PRIMARY KEY,
  epoch bytea NOT NULL,
  seq bigint NOT NULL,
  log_hash bytea NOT NULL
);

CREATE TABLE IF NOT EXISTS entry (
  space bytea NOT NULL,
  seq bigint NOT NULL,
  eid bytea NOT NULL,
  tag bytea NOT NULL,
  kind smallint NOT NULL,
  case_key bytea,
  log_hash bytea NOT NULL,
  raw bytea,
  PRIMARY KEY (space, seq)
);

CREATE UNIQUE INDEX IF NOT EXISTS entry_eid ON entry (space, eid);

CREATE INDEX IF NOT EXISTS entry_case_key ON entry (space, case_key);
