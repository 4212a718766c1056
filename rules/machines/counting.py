"""The record in which intake says what it counted of a source (`counted`).

It goes to the journal's first partition, whose judge hands it to the patterns machine that looks
at the source: `{"hours":{…},"numbers":[[first,last,at]…],"record":"counted","source":…}`.
"""

from typing import Any

from rules.counted import Counts, read_counted
from rules.machines.contract import Codec


def write_counts(codec: Codec, counts: Counts) -> bytes:
    """Say what was counted of a source."""
    return codec.write(
        {
            "record": "counted",
            "source": counts.source,
            "hours": {hour.isoformat(): n for hour, n in sorted(counts.hours.items())},
            "numbers": [list(run) for run in counts.numbers],
        }
    )


def read_counts(header: dict[str, Any]) -> Counts:
    """Read what was counted from its header."""
    return read_counted(header["source"], header)
