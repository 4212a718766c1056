"""The tamper matrix: for each defect a file of that name, and how it has to be named."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from rules.ledger.checkpoint import Note, read_note, write_note
from stream.canonical import write
from stream.exports.trust import Trusted
from tests.exports.forging import (
    Leaves,
    Members,
    edited,
    moved,
    notes_of,
    relisted,
    resealed,
    rewritten,
    signed,
    tree_of_gap,
    with_lines,
)
from tests.exports.office import KEY, OTHER_KEY, WITNESS

ENTRIES = "logs/0/entries.jsonl"
TRUSTED = (Trusted(KEY.key), Trusted(WITNESS.key))
EXPIRED = (Trusted(KEY.key, datetime(2026, 11, 1, tzinfo=UTC)), Trusted(WITNESS.key))


class Forgery(NamedTuple):
    """Which export is forged (`one_case`, `everything`), how, and the defect that names it."""

    of: str
    forge: Callable[[Members], Members]
    kind: str
    code: int = 1
    trusted: tuple[Trusted, ...] = TRUSTED


def entry_edited(members: Members) -> Members:
    """The reason for a request is made a better one."""
    return relisted(edited(members, ENTRIES, b"Quarter end close", b"Quarter end CLOSE"))


def entry_removed(members: Members) -> Members:
    """An approval is taken out of the middle."""
    return relisted(with_lines(members, lambda lines: _without(lines, b'"action":"approved"', 1)))


def entry_inserted(members: Members) -> Members:
    """An approval is added that nobody gave."""

    def change(lines: Leaves) -> Leaves:
        at = _first(lines, b'"action":"approved"')
        return [*lines[: at + 1], lines[at].replace(b"-1", b"-9"), *lines[at + 1 :]]

    return relisted(with_lines(members, change))


def entry_moved(members: Members) -> Members:
    """The approval is put before the request."""
    return relisted(with_lines(members, moved))


def tail_cut(members: Members) -> Members:
    """The last entries are gone; the checkpoint is the one that was signed."""
    return relisted(with_lines(members, lambda lines: lines[:-3]))


def log_forked(members: Members) -> Members:
    """The log is rewritten and signed; an older checkpoint, with a witness' word, stays."""
    fork = rewritten(members, lambda lines: [_better(line) for line in lines])
    seen = next(notes_of(members))[0]
    return relisted({seen: members[seen], **fork})


def policy_swapped(members: Members) -> Members:
    """The log is rewritten as if another policy had been in force."""

    def change(lines: Leaves) -> Leaves:
        at = _first(lines, b'"record":"policy"')
        told = json.loads(lines[at])
        told["policy"] |= {"version": "2026-12"}
        return [*lines[:at], write(told), *lines[at + 1 :]]

    return rewritten(members, change)


def finding_dropped(members: Members) -> Members:
    """A finding never was: the log is rewritten without any word of it."""

    def change(lines: Leaves) -> Leaves:
        name = _finding(lines)["finding"].encode()
        return [line for line in lines if b'"finding":"%s"' % name not in line]

    return rewritten(members, change)


def finding_invented(members: Members) -> Members:
    """A finding against somebody who did nothing is written into the log."""

    def change(lines: Leaves) -> Leaves:
        told = _finding(lines) | {"finding": "APR-001-0123456789abcdef", "number": 1}
        return [*lines, write(told | {"change": "opened", "because": None})]

    return rewritten(members, change)


def verdict_changed(members: Members) -> Members:
    """A closed case is said to have held."""
    return rewritten(
        members,
        lambda lines: [line.replace(b'"verdict":"broken"', b'"verdict":"held"') for line in lines],
    )


def proof_for_another_tree_size(members: Members) -> Members:
    """A gap stands for more entries than it is of."""

    def change(lines: Leaves) -> Leaves:
        number, other = tree_of_gap(lines)
        told = json.loads(lines[number]) | {"gap": other}
        return [*lines[:number], write(told), *lines[number + 1 :]]

    return relisted(with_lines(members, change))


def checkpoint_of_another_log(members: Members) -> Members:
    """The checkpoint is a true one of a log that has the same size."""
    name, checkpoint = list(notes_of(members))[-1]
    text = read_note(members[name]).text.replace("acme/0", "acme/7")
    assert checkpoint.size
    return relisted({**members, name: signed(text, KEY)})


def key_expired(members: Members) -> Members:
    """Nothing is changed; whoever signs should have stopped a month ago."""
    return members


def key_unknown(members: Members) -> Members:
    """Everything is signed by a key of that name which nobody knows."""
    own = {
        name: signed(read_note(raw).text, OTHER_KEY)
        for name, raw in members.items()
        if name.startswith("logs/") and name.endswith(".note")
    }
    return resealed(relisted({**members, **own}), OTHER_KEY)


def cosignature_replayed(members: Members) -> Members:
    """What the witness said of the older checkpoint is put on the last one."""
    (seen, _), (last, _) = notes_of(members)
    older, newer = read_note(members[seen]), read_note(members[last])
    word = [each for each in older.signatures if each.is_of(WITNESS.key)]
    return relisted({**members, last: write_note(Note(newer.text, (*newer.signatures, *word)))})


def population_miscounted(members: Members) -> Members:
    """One refused record less was offered."""
    told = json.loads(members["statement.json"])
    told["logs"][0]["sources"][0]["refused"] = 0
    return relisted({**members, "statement.json": write(told)})


def story_edited(members: Members) -> Members:
    """The story says that the finding was confirmed."""
    return relisted(edited(members, "stories.txt", b"It was withdrawn", b"It was confirmed"))


def table_edited(members: Members) -> Members:
    """A finding is less bad in the table than it is."""
    return relisted(edited(members, "findings.csv", b",opened,", b",closed,"))


def case_hidden(members: Members) -> Members:
    """What is said to be everything lacks a case in its tables, and an entry in its counts."""
    return relisted(members, cases=json.loads(members["manifest.json"])["cases"] - 1)


def selection_narrowed(members: Members) -> Members:
    """The file is said to be about one workflow, and holds more."""
    return relisted(members, selection={"kind": "workflow", "name": "wf-1"})


def rules_unknown(members: Members) -> Members:
    """The rules that judged here are of a version that this release does not have."""
    return relisted(members, rules="99")


def _first(lines: Leaves, what: bytes) -> int:
    return next(number for number, line in enumerate(lines) if what in line)


def _without(lines: Leaves, what: bytes, count: int) -> Leaves:
    at = _first(lines, what)
    return [*lines[:at], *lines[at + count :]]


def _better(line: bytes) -> bytes:
    return line.replace(b"Quarter end close", b"Quarter end CLOSE")


def _finding(lines: Leaves) -> dict[str, str]:
    """A finding that stands at the end."""
    told = [json.loads(line) for line in lines if b'"finding":' in line]
    last = {each["finding"]: each for each in told}
    return next(each for each in last.values() if each["change"] == "confirmed")


MATRIX = {
    "entry-edited": Forgery("one_case", entry_edited, "root"),
    "entry-removed": Forgery("one_case", entry_removed, "gap"),
    "entry-inserted": Forgery("one_case", entry_inserted, "gap"),
    "entry-moved": Forgery("one_case", entry_moved, "root"),
    "tail-cut": Forgery("everything", tail_cut, "size"),
    "log-forked": Forgery("everything", log_forked, "root"),
    "policy-swapped": Forgery("everything", policy_swapped, "finding-differs"),
    "finding-dropped": Forgery("everything", finding_dropped, "finding-missing"),
    "finding-invented": Forgery("everything", finding_invented, "finding-invented"),
    "verdict-changed": Forgery("everything", verdict_changed, "verdict-differs"),
    "proof-for-another-tree-size": Forgery("one_case", proof_for_another_tree_size, "gap"),
    "checkpoint-of-another-log": Forgery("one_case", checkpoint_of_another_log, "other-log"),
    "key-expired": Forgery("one_case", key_expired, "key-expired", trusted=EXPIRED),
    "key-unknown": Forgery(
        "one_case", key_unknown, "key-unknown", code=3, trusted=(Trusted(KEY.key),)
    ),
    "cosignature-replayed": Forgery("one_case", cosignature_replayed, "cosignature"),
    "population-miscounted": Forgery("one_case", population_miscounted, "population"),
    "story-edited": Forgery("one_case", story_edited, "story"),
    "table-edited": Forgery("one_case", table_edited, "story"),
    "case-hidden": Forgery("everything", case_hidden, "population"),
    "selection-narrowed": Forgery("everything", selection_narrowed, "not-selected"),
    "rules-unknown": Forgery("one_case", rules_unknown, "rules-unknown", code=3),
}
