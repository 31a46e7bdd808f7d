"""The partnership's server: orders and stores entries that it cannot read, merge or forge (sync.md §4)."""
