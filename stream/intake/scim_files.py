"""Files of SCIM 2.0 documents: what a server answered, saved, as JSON or JSON lines."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from stream.faults import Fault, FaultyInputError
from stream.intake.fact_files import FAULTS_MAX, FILE_BYTES_MAX, once
from stream.intake.scim import ScimReading, Told

LINES = frozenset({".jsonl", ".ndjson"})


def read_scim(source: str, paths: Sequence[Path]) -> Told:
    """Read all files of a source together: a manager may stand in another page than their people.

    Raises FaultyInputError, which names file, resource, attribute, what was found and what is
    expected; then nothing of any of them is used.
    """
    reading = ScimReading(source)
    for path in paths:
        try:
            for place, text in _texts(path):
                _parse(reading, place, text)
        except OSError as error:
            _wrong(reading, str(path), str(error.strerror), "a file that can be read")
        except UnicodeDecodeError as error:
            _wrong(reading, str(path), f"something else at byte {error.start}", "UTF-8")
    told = reading.told()
    if reading.faults:
        more = max(0, len(reading.faults) - FAULTS_MAX)
        what = ", ".join(map(str, paths))
        raise FaultyInputError(what=what, faults=reading.faults[:FAULTS_MAX], more=more)
    return told


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Give each JSON text of a file, and where it stands."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise OSError(0, f"more than {FILE_BYTES_MAX:,} bytes")
    whole = path.read_bytes().decode("utf-8-sig")
    if path.suffix.lower() not in LINES:
        yield str(path), whole
        return
    for number, line in enumerate(whole.splitlines(), start=1):
        if line.strip():
            yield f"{path}:{number}", line


def _parse(reading: ScimReading, place: str, text: str) -> None:
    try:
        document = json.loads(text, object_pairs_hook=once)
    except RecursionError:
        _wrong(reading, place, "too many brackets in brackets", "JSON (RFC 8259)")
    except ValueError as error:
        _wrong(reading, place, str(error), "JSON (RFC 8259)")
    else:
        reading.take(document, place)


def _wrong(reading: ScimReading, place: str, found: str, expected: str) -> None:
    reading.faults.append(Fault(place=place, key="the file", found=found, expected=expected))
