"""How much of everything the console takes on at the same time."""

WAITING_MAX = 64
"""Questions that are asked of the archive or wait; more are asked to come later."""
SESSIONS_MAX = 10_000
"""Sessions that are kept at the same time; the oldest goes first."""
FORM_BYTES_MAX = 65_536
"""No form of ours is larger."""
