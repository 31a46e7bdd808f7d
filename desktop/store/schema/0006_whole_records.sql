-- `once` of an editable record: the change that alone wrote it so far, whose values have no rows of their own yet.
CREATE INDEX record_by_once ON record (once) WHERE once IS NOT NULL;
