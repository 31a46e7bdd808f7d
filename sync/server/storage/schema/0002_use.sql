-- How many bytes each unit has brought into each space, and when each seat last opened a session.
CREATE TABLE usage (
  space bytea NOT NULL,
  unit bytea NOT NULL,
  bytes bigint NOT NULL,
  PRIMARY KEY (space, unit)
);

CREATE TABLE seat_seen (
  seat bytea NOT NULL PRIMARY KEY,
  at bigint NOT NULL,
  program text NOT NULL
);
