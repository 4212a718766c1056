"""What follows from the entries of the cases that are told: written by an export, and compared."""

from collections.abc import Iterator
from typing import NamedTuple

from stream.exports.hearing import Heard
from stream.exports.layout import CASES, FINDINGS, STORIES
from stream.exports.pages import (
    CASES_HEAD,
    FINDINGS_HEAD,
    case_row,
    csv_row,
    finding_row,
    story_text,
)


class Part(NamedTuple):
    """Some bytes of a member."""

    name: str
    piece: bytes


def heads() -> Iterator[Part]:
    """What the members begin with."""
    yield Part(CASES, csv_row(CASES_HEAD))
    yield Part(FINDINGS, csv_row(FINDINGS_HEAD))


def parts(log: str, heard: Heard) -> Iterator[Part]:
    """What a case adds to each member. Cases come log by log, in the order of first entries."""
    yield Part(STORIES, story_text(log, heard))
    yield Part(CASES, case_row(log, heard))
    for finding in heard.history:
        yield Part(FINDINGS, finding_row(finding))
