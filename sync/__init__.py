"""What two machines must agree on: entries, keys, verdicts, the fold, the round and the server. Knows no desktop."""
