"""The journal: append-only, hash-chained from the first entry on."""
