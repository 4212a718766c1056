"""Deterministic state machines: a record in, outputs out; no I/O and no clock."""
