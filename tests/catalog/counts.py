"""What was counted of a source, as the cases under tests/catalog tell it.

    { counted = "sap", hours = { "0h" = 9 }, numbers = [[1, 40, "1h"], [43, 50, "2h"]] }

`hours` are so long after nine; of `numbers` each has a first and a last one, and the time of the
first one's event. `daily` has further hours: so many `events`, in the same hour of so many `days`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rules.counted import Counts, Run
from stream.spans import read_span


def read_counts_of(item: Mapping[str, Any], nine: datetime) -> Counts:
    """Read one item."""
    daily = item.get("daily", {"days": 0, "events": 0})
    hours = {nine + timedelta(days=day): daily["events"] for day in range(daily["days"])}
    told = {nine + read_span(at): events for at, events in item.get("hours", {}).items()}
    runs = [Run(first, last, nine + read_span(at)) for first, last, at in item.get("numbers", ())]
    return Counts(source=item["counted"], hours={**hours, **told}, numbers=tuple(runs))
