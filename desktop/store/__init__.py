"""The encrypted store: its door and schema, drafts, the log, and what the other laptops must learn."""
