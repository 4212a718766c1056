"""What each connector costs: a body cut and read, against parsing the same bytes."""

import gc
import time
from collections.abc import Callable, Iterator

import orjson

from stream.connectors import CONNECTORS, Connector, documents
from stream.connectors.documents import is_plain
from stream.intake.intake import Quick
from tests.benchmarks.whole_path import parse_all
from tests.connectors.examples import EXAMPLES
from tests.connectors.reading import DELIVERY

RECORDS = 2_000
ROUNDS = 5
RATIO_MAX = 12
"""No connector may cost an event more than so many times what `orjson.loads` costs it."""


def measure() -> None:
    """Print a line for each connector."""
    for name, source in CONNECTORS.items():
        events, ratio = cost(source, body_of(name))
        mark = "" if ratio <= RATIO_MAX else f"  above {RATIO_MAX}"
        print(f"{name:<12} {events * 1e6:6.1f} µs an event, {ratio:5.1f} x orjson.loads{mark}")


def body_of(name: str) -> bytes:
    """Write a connector's examples over and over, a record a line."""
    lines = [orjson.dumps(example) for example in EXAMPLES[name]]
    return b"\n".join(lines[number % len(lines)] for number in range(RECORDS))


def cost(source: Connector, body: bytes) -> tuple[float, float]:
    """Measure the seconds an event takes, and how many times the bare parse that is.

    JSON that stands in a text of a record has to be parsed as well, by anybody.
    """
    lines = body.split(b"\n")
    texts = [text for line in lines for text in _json_inside(orjson.loads(line))]
    floor = _best(lambda: parse_all(lines + texts))
    taken = _best(lambda: read_all(source, body))
    return taken / read_all(source, body), taken / floor


def read_all(source: Connector, body: bytes) -> int:
    """Read a body as intake does, and count its events."""
    if source.quick is not None:
        return sum(_read_line(source, source.quick, line) for line in body.split(b"\n"))
    return _ask_table(source, body)


def _read_line(source: Connector, quick: Quick, line: bytes) -> int:
    tree = quick(line) if is_plain(line) else None
    return _ask_table(source, line) if tree is None else 1


def _ask_table(source: Connector, body: bytes) -> int:
    told = 0
    for _, document in documents(body, DELIVERY.source, source.apart):
        told += len(source.read(document, DELIVERY))
    return told


def _json_inside(record: dict[str, object]) -> Iterator[bytes]:
    for value in record.values():
        if type(value) is str and value[:1] in ("[", "{"):
            yield value.encode()


def _best(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    gc.enable()
    return best
