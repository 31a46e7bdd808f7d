"""Keys at rest: the vault with its slots, the printed code, the door to the keyring. Leaves signing to `sync.keys`."""
