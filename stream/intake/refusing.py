"""What could not be read: kept byte for byte, with every reason, and noted in the journal."""

from collections.abc import Iterator

from rules.machines.contract import JOURNAL, REFUSED, Output
from rules.machines.records import Refusal, write_refusal
from stream.canonical import CODEC
from stream.connectors.table import MalformedEventError

FOUND_CHARS_MAX = 200
"""How much of a refused value is quoted in the trail; the bytes themselves are kept apart."""
REASONS_LISTED_MAX = 100
"""Reasons that stand beside a kept body; the journal has all of them."""
PART_BYTES_MAX = 700_000
"""A body that would not fit in one record beside its reasons is kept in parts."""


def refusal_of(error: MalformedEventError, *, source: str, digest: str, place: str) -> Refusal:
    """Write down what a connector had to say about a document."""
    return Refusal(
        source=source,
        place=place,
        kind=error.kind,
        reason=str(error),
        digest=digest,
        field=error.field,
        found=str(error.found)[:FOUND_CHARS_MAX],
        expected=str(error.expected),
    )


def kept(refusals: list[Refusal], body: bytes | None, journal_partitions: int) -> Iterator[Output]:
    """Keep a body of which something was refused, once, and note each refusal in the journal.

    On `foureyes.refused` a record is a header line and a part of the body; its key is the body's
    digest. Without a body (it names people, and the raw log has it for a while) none is kept.
    """
    digest = refusals[0].digest
    partition = int(digest[-8:], 16) % journal_partitions
    for refusal in refusals:
        yield Output(JOURNAL, partition, write_refusal(CODEC, refusal))
    if body is None:
        return
    parts = [body[at : at + PART_BYTES_MAX] for at in range(0, len(body), PART_BYTES_MAX)] or [b""]
    for number, part in enumerate(parts, start=1):
        header = {
            "refused": refusals[:REASONS_LISTED_MAX] if number == 1 else [],
            "count": len(refusals),
            "part": number,
            "parts": len(parts),
        }
        yield Output(REFUSED, 0, CODEC.write(header) + b"\n" + part, digest.encode())
