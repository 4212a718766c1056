"""An entry of a log as an export looks at it: what it is, and which case it is about."""

from typing import NamedTuple

import msgspec

HEADERS = frozenset({"source", "policy", "rules", "set_aside", "facts", "keeping", "joined"})
"""What is shown in every export: what a judge must know, what was left out, what is held or gone.

Of the reports on how far everybody had come, those go with them that count for a case.
"""
CASE_SORTS = frozenset({"event", "finding", "closed", "parted"})
OF_ENTITY = "of_entity"
"""A change of a finding about a person, a workflow and the like: it is of no case."""
GONE = "gone"
"""Of an entry that was forgotten there is its hash: its bytes are the line that tells it."""
OTHER_SORTS = frozenset({"reported", "refused", OF_ENTITY})

CaseName = tuple[str, str]
"""The tenant (empty for none) and the case."""


class Entry(NamedTuple):
    """One entry: its number in its log, what it is, whose case it is about, its bytes."""

    number: int
    sort: str
    about: CaseName | None
    body: bytes


class _Closed(msgspec.Struct, gc=False):
    case: str
    tenant: str | None = None


class _Leaf(msgspec.Struct, gc=False):
    record: str | None = None
    case: str | None = None
    tenant: str | None = None
    finding: str | None = None
    entity: str | None = None
    action: str | None = None
    closed: _Closed | None = None


_LEAF = msgspec.json.Decoder(_Leaf)


def read_entry(number: int, body: bytes) -> Entry:
    """Look at an entry. Raises ValueError (msgspec.DecodeError is one) where it is none."""
    leaf = _LEAF.decode(body)
    if leaf.record is None and leaf.finding is not None and leaf.entity is not None:
        return Entry(number, OF_ENTITY, None, body)
    told = leaf.closed or leaf
    about = None if told.case is None else (told.tenant or "", told.case)
    if leaf.record is not None:
        return Entry(number, leaf.record, about, body)
    return Entry(number, "event" if leaf.finding is None else "finding", about, body)
