"""Counts as pictures: bars by day, and one bar for a whole. Sizes only; the look is in the CSS."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

WIDTH = 640
HEIGHT = 160
LEFT = 34
"""Room for the numbers of the axis."""
BOTTOM = 18
"""Room for the days."""
DAYS_NAMED = 6
METER_WIDTH = 200
SHARE_WIDTH_MIN = 4
"""One breach among a thousand decisions is still to be seen."""


class Bar(NamedTuple):
    """A rectangle: of which kind it is, where it stands, and what it says."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    words: str


class Chart(NamedTuple):
    """Bars by day, each cut into kinds, with the largest sum and the days that are named."""

    bars: tuple[Bar, ...]
    most: int
    names: tuple[tuple[float, str], ...]
    rows: tuple[tuple[datetime, tuple[int, ...]], ...]
    kinds: tuple[str, ...]


def chart(days: Mapping[datetime, Mapping[str, int]], kinds: Sequence[str]) -> Chart:
    """Draw counts by day; `kinds` stand on each other from the ground up."""
    rows = tuple((day, tuple(told.get(k, 0) for k in kinds)) for day, told in sorted(days.items()))
    most = max((sum(counts) for _, counts in rows), default=0)
    step = (WIDTH - LEFT) / max(1, len(rows))
    bars: list[Bar] = []
    for place, (day, counts) in enumerate(rows):
        bars += _column(LEFT + place * step, step, day, zip(kinds, counts, strict=True), most)
    every = max(1, -(-len(rows) // DAYS_NAMED))
    names = tuple(
        (LEFT + (place + 0.5) * step, f"{day.day}.{day.month}.")
        for place, (day, _) in enumerate(rows)
        if place % every == 0
    )
    return Chart(tuple(bars), most, names, rows, tuple(kinds))


def _column(
    x: float, step: float, day: datetime, counts: Iterable[tuple[str, int]], most: int
) -> Iterable[Bar]:
    ground = float(HEIGHT - BOTTOM)
    for kind, count in counts:
        if count:
            height = count / most * (HEIGHT - BOTTOM - 6)
            ground -= height
            words = f"{day:%Y-%m-%d}: {count:,} {kind.replace('_', ' ')}"
            yield Bar(kind, x + step * 0.12, ground, step * 0.76, height, words)


def meter(counts: Mapping[str, int], kinds: Sequence[str]) -> tuple[Bar, ...]:
    """Draw the shares of a whole side by side."""
    told = {kind: counts[kind] for kind in kinds if counts.get(kind)}
    whole = sum(told.values())
    left = METER_WIDTH - SHARE_WIDTH_MIN * len(told)
    bars, x = [], 0.0
    for kind, count in told.items():
        width = SHARE_WIDTH_MIN + count / whole * left
        bars.append(Bar(kind, x, 0, width, 12, f"{count:,} {kind.replace('_', ' ')}"))
        x += width
    return tuple(bars)
