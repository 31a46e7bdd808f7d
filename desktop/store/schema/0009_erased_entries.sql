-- Which entries belonged to erased files, and what came for such a file afterwards.

ALTER TABLE erased ADD COLUMN late INTEGER NOT NULL DEFAULT 0;     -- entries that came afterwards and were dropped
ALTER TABLE erased ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;     -- the person has read of it
ALTER TABLE entry ADD COLUMN erased INTEGER REFERENCES erased (id);
