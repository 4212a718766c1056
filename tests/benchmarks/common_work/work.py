"""The work itself: its events in order of arrival, and the findings that they must give."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from tests.benchmarks.common_work.asked import WITHIN
from tests.benchmarks.events import SOURCE, arrivals

CASES = 100_000
ENDS = 64
"""Reports of progress at the end, under as many keys: every partition has one."""
Expected = set[tuple[str, str]]


class Raw(NamedTuple):
    """A raw event, and the key by which it finds its partition."""

    key: str
    value: bytes


def work(cases: int = CASES) -> tuple[list[Raw], Expected]:
    """Make the events of so many cases, and what a plain fold over all of them finds."""
    told = [raw for _, raw in arrivals(cases)]
    read = [orjson.loads(raw) for raw in told]
    end = max(datetime.fromisoformat(each["time"]) for each in read) + timedelta(hours=2)
    raw = [Raw(each["subject"], value) for each, value in zip(read, told, strict=True)]
    return [*raw, *_ends(end)], expected(read)


def _ends(end: datetime) -> Iterator[Raw]:
    for number in range(ENDS):
        told = {"specversion": "1.0", "id": f"tick-{number}", "source": SOURCE, "type": "iga.tick"}
        value = orjson.dumps({**told, "time": end}, option=orjson.OPT_UTC_Z)
        yield Raw(f"TICK-{number}", value)


def expected(events: Sequence[dict[str, Any]]) -> Expected:
    """Find what is to be found, knowing the whole: case and rule."""
    cases: dict[str, dict[str, dict[str, Any]]] = {}
    for event in events:
        cases.setdefault(event["subject"], {})[event["data"]["action"]] = event
    found = {(case, "self-approval") for case, steps in cases.items() if _is_own(steps)}
    return found | {(case, "missing-evidence") for case, steps in cases.items() if _lacks(steps)}


def _is_own(steps: dict[str, dict[str, Any]]) -> bool:
    asked = steps["requested"]["data"]
    parties = (asked["actor"]["account"], asked["beneficiary"]["account"])
    return steps["approved"]["data"]["actor"]["account"] in parties


def _lacks(steps: dict[str, dict[str, Any]]) -> bool:
    told = steps.get("evidenced")
    due = datetime.fromisoformat(steps["approved"]["time"]) + WITHIN
    return told is None or datetime.fromisoformat(told["time"]) > due
