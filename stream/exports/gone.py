"""What has let go of its bytes, as an export tells it: a gap that names the decision it follows."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from rules.ledger.tree import leaf_hash
from rules.machines.keeping import Act, Keeping, read_keeping
from stream.canonical import dumps
from stream.exports.entries import GONE, CaseName, Entry


class Gone(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """By which entry of the log it went; of a forgotten one, also what it was.

    `case` and `tenant` where its case is told; `sort` is `event`, `finding`, `facts` or `refused`,
    `source` who reported the event.
    """

    by: int
    sort: str | None = None
    case: str | None = None
    tenant: str | None = None
    source: str | None = None


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many entries that are not shown, as the hashes of the subtrees that cover them."""

    gap: int
    hashes: list[str]
    gone: Gone | None = None


class Departed(NamedTuple):
    """Some entries in a row that went by one decision: the first one's number, how many."""

    number: int
    entries: int
    by: int


read_gap = msgspec.json.Decoder(Gap).decode
"""Reads a line that tells a gap. Raises msgspec.DecodeError."""


def write_gap(count: int, hashes: Iterable[bytes], gone: Gone | None = None) -> bytes:
    """Write such a line, without its line feed."""
    told: dict[str, Any] = {"gap": count, "hashes": [each.hex() for each in hashes]}
    return dumps(told if gone is None else {**told, "gone": msgspec.to_builtins(gone)})


def gone_entry(number: int, line: bytes, gone: Gone) -> Entry:
    """An entry of which there is only its hash: what stands for it is the line that tells it."""
    about: CaseName | None = None if gone.case is None else (gone.tenant or "", gone.case)
    return Entry(number, GONE, about, line)


def gone_of(entry: Entry) -> Gone:
    """How an entry went that has."""
    return read_gap(entry.body).gone or Gone(by=-1)


def hash_of(entry: Entry) -> bytes:
    """An entry's leaf hash, whether it has its bytes or not."""
    if entry.sort == GONE:
        return bytes.fromhex(read_gap(entry.body).hashes[0])
    return leaf_hash(entry.body)


_LETS_GO = frozenset({Act.EXPIRE, Act.FORGET, Act.DESTROY_KEYS})


def decisions_of(headers: Iterable[Entry]) -> dict[int, Keeping]:
    """By which entries of a log bytes or names went. Raises KeyError, TypeError and ValueError."""
    told = {
        each.number: read_keeping(json.loads(each.body))
        for each in headers
        if each.sort == "keeping"
    }
    return {number: each for number, each in told.items() if each.act in _LETS_GO}


def unexplained(
    partition: int, decisions: Mapping[int, Keeping], departed: Iterable[Departed]
) -> Iterator[tuple[int, str]]:
    """What is said to have gone and did not: its number, and what is wrong with that."""
    named = {
        number: frozenset(each.places if each.partition == partition else ())
        for number, each in decisions.items()
    }
    for each in departed:
        decision = decisions.get(each.by)
        lets_bytes_go = decision is not None and decision.act is not Act.DESTROY_KEYS
        if decision is None or not lets_bytes_go or each.number + each.entries > each.by:
            yield each.number, f"it is said to have gone by entry {each.by}, which decides no such"
        elif decision.act is Act.FORGET and not _are_named(each, named[each.by]):
            yield each.number, f"it is said to be forgotten, and entry {each.by} does not name it"


def _are_named(departed: Departed, places: frozenset[int]) -> bool:
    end = departed.number + departed.entries
    return departed.entries <= len(places) and places.issuperset(range(departed.number, end))


def in_words(log: str, number: int, decision: Keeping, told: int) -> str:
    """What went by a decision, for a reader."""
    if decision.act is Act.FORGET:
        what = f"{len(decision.places):,} entries about a person were forgotten, {told:,} of those"
    elif decision.act is Act.DESTROY_KEYS:
        what = f"keys of {len(decision.pseudonyms):,} pseudonyms were destroyed: they name nobody"
    else:
        what = f"cases closed before {decision.until:%Y-%m-%d} had had their time, {told:,} entries"
    here = "" if decision.act is Act.DESTROY_KEYS else " here"
    by = f"{decision.author} and {decision.approver} on {decision.decided_at:%Y-%m-%d}"
    return f"{log}: {what}{here}, as {by} decided (entry {number}): {decision.reason}"


def let_go(
    decisions: Mapping[int, Keeping], told_here: Mapping[int, int]
) -> Sequence[dict[str, Any]]:
    """The decisions by which something went, as the population statement tells them."""
    return [
        {
            "entry": number,
            "act": each.act,
            "reason": each.reason,
            "author": each.author,
            "approver": each.approver,
            "decided_at": each.decided_at,
            "until": each.until,
            "policy": each.policy,
            "entries_named": len(each.places) if each.act is Act.FORGET else None,
            "pseudonyms": len(each.pseudonyms) or None,
            "entries_told_here": told_here.get(number, 0),
        }
        for number, each in sorted(decisions.items())
    ]
