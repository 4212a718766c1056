"""A second pair of eyes on the ledger: it keeps what was signed last, elsewhere, and compares."""
