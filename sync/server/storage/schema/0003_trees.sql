-- Chains of units and control trees of spaces (a tree's id is its unit's or its space's), tags that are erased for ever,
-- and the mailboxes in which new seats ask to be enrolled.
CREATE TABLE tree (
  tree bytea NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  epoch bytea NOT NULL,
  entries bigint NOT NULL
);

CREATE TABLE tree_entry (
  tree bytea NOT NULL,
  n bigint NOT NULL,
  raw bytea NOT NULL,
  PRIMARY KEY (tree, n)
);

CREATE TABLE erased_tag (
  space bytea NOT NULL,
  tag bytea NOT NULL,
  PRIMARY KEY (space, tag)
);

CREATE TABLE enrolment (
  unit bytea NOT NULL,
  id bytea NOT NULL,
  invitation bytea NOT NULL,
  sealed bytea,
  PRIMARY KEY (unit, id)
);

CREATE INDEX entry_tag ON entry (space, tag);
