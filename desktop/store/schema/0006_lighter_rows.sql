-- What a list, an edit and a first reading of the log cost: less to read, less to write.

-- `once` of an editable record: the change that alone wrote it so far, whose values have no rows of their own yet.
CREATE INDEX record_by_once ON record (once) WHERE once IS NOT NULL;

-- What stands in a field, without its history.
CREATE INDEX value_live ON value (record, field) WHERE live = 1;

-- Changes that some `over` names and that have not come yet. When one comes, the fields it sets are folded from their
-- whole history.
CREATE TABLE awaited (
    cid TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO awaited
    SELECT DISTINCT o.value ->> 0 FROM value v, json_each(CAST(v.over AS TEXT)) o
     WHERE v.over IS NOT NULL AND NOT EXISTS (SELECT 1 FROM change c WHERE c.cid = o.value ->> 0);
