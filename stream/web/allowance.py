"""How often a source may send: a second's worth at once, and then as fast as it is given back."""

from stream.clock import Clock


class Allowance:
    """A bucket for each source that holds `per_second_max` bodies and fills at that rate.

    Only sources that are configured are asked about, so there is no limit to how many it keeps.
    """

    def __init__(self, clock: Clock, per_second_max: int) -> None:
        self._clock = clock
        self._most = float(per_second_max)
        self._left: dict[str, tuple[float, float]] = {}

    def takes(self, source: str) -> bool:
        """Take one body of a source; False where it has to wait."""
        now = self._clock.monotonic()
        left, before = self._left.get(source, (self._most, now))
        left = min(self._most, left + (now - before) * self._most)
        taken = left >= 1
        self._left[source] = (left - 1 if taken else left, now)
        return taken
