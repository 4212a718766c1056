"""A case heard again: what its entries say, what the rules say now, whether they agree."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

import orjson

from rules.catalog import CATALOG_VERSION
from rules.errors import FoureyesError
from rules.events import Event
from rules.finding import Change, Finding, read_finding
from rules.ledger.bundle import NO_CHAIN, chained
from rules.machines.lying import telling
from rules.machines.parting import read_parted
from rules.machines.records import Closed, read_closed
from rules.machines.retrial import Judged, Retrial, is_the_same
from stream.canonical import CODEC, read_event
from stream.exports.container import UnfitFileError
from stream.exports.entries import GONE, CaseName, Entry
from stream.exports.gone import gone_of, hash_of

RETRIALS_KEPT = 64
"""States of the log, as of some entry, that are kept for the cases that come next."""
LastReport = Callable[[int], int | None]
"""Gives the number of the last entry before one that says how far everybody had come."""
Body = Callable[[int], bytes]
"""Gives the bytes of such an entry."""


class Problem(NamedTuple):
    """Something about a case that does not join: the entry's number, what it is, in words.

    `is_unknown`: it can not be told, since other rules judged it.
    """

    kind: str
    number: int
    words: str
    is_unknown: bool = False


class ErasedError(FoureyesError):
    """A case can not be judged again, since entries of it were forgotten."""

    def __init__(self, *, case: str) -> None:
        self.case = case
        super().__init__(f"entries of case {case!r} are erased; expected all of them")


class Heard(NamedTuple):
    """A case as its entries tell it, and as it is judged again.

    `recorded` are all its events, `left` those that were not taken out of it. It is not judged
    where some of its entries were forgotten: `gone`.
    """

    name: CaseName
    entries: Sequence[Entry]
    recorded: Sequence[Event]
    left: Sequence[Event]
    history: Sequence[Finding]
    closed: Closed | None
    judged_again: Judged | None
    problems: Sequence[Problem]

    @property
    def judged(self) -> Judged:
        """What comes of judging it again. Raises ErasedError where nobody can."""
        if self.judged_again is None:
            raise ErasedError(case=self.name[1])
        return self.judged_again

    @property
    def events(self) -> Sequence[Event]:
        """What it is told by: also a case of which nothing is left has its story."""
        return self.left or self.recorded

    @property
    def first(self) -> int:
        """The number of its first entry: the place of the case among the others."""
        return self.entries[0].number

    @property
    def times(self) -> tuple[datetime, datetime] | None:
        """When its first step and its last one were, as far as is known; None: nobody knows."""
        if self.judged_again is not None:
            path = self.judged_again.file.path
            return path.opened_at, path.last_at
        known = [each.occurred_at for each in self.events]
        return (min(known), max(known)) if known else None

    @property
    def gone(self) -> list[Entry]:
        """Its entries of which there are only hashes."""
        return [each for each in self.entries if each.sort == GONE]

    def standing(self) -> dict[str, Finding]:
        """Its findings that were not withdrawn."""
        last = {each.finding: each for each in self.history}
        return {name: each for name, each in last.items() if each.change is not Change.WITHDRAWN}


class Bench:
    """Hears the cases of one log, each as of what its judge knew when it said its last word.

    `headers` are the log's sources, policies and changes of rules, in order.
    """

    def __init__(self, headers: Sequence[Entry], last_report: LastReport, body: Body) -> None:
        self.headers = headers
        self._numbers = [each.number for each in headers]
        self.last_report = last_report
        self._body = body
        self._based: OrderedDict[int, Retrial] = OrderedDict({0: Retrial(CODEC)})
        self._kept: OrderedDict[tuple[int, int], tuple[Retrial, str]] = OrderedDict()

    def known(self, before: int, grounds: int | None = None) -> tuple[Retrial, str]:
        """What a judge knew before an entry, and by which rules it judged.

        `grounds`: by the sources, policies, facts and rules that came before that entry only.
        """
        report = self.last_report(before)
        count = bisect_left(self._numbers, before if grounds is None else grounds)
        key = count, -1 if report is None else report
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._know(count, report)
            if len(self._kept) > RETRIALS_KEPT:
                self._kept.popitem(last=False)
        return found

    def _know(self, count: int, report: int | None) -> tuple[Retrial, str]:
        base = self._base(count)
        if report is None:
            return base, CATALOG_VERSION
        known = base.heard(self._body(report))
        version = known.reported.rules if known.reported else CATALOG_VERSION
        for each in self.headers[:count]:
            if each.sort == "rules" and each.number > report:
                version = str(orjson.loads(each.body)["to"])
        return known, version

    def _base(self, count: int) -> Retrial:
        """What the first headers say, from the nearest state that is kept."""
        base = self._based.get(count)
        if base is None:
            near = max((each for each in self._based if each < count), default=0)
            base = self._based[near].copy() if near in self._based else Retrial(CODEC)
            for each in self.headers[near:count]:
                base.take(each.body)
            self._based[count] = base
            if len(self._based) > RETRIALS_KEPT:
                self._based.popitem(last=False)
        return base

    def hear(self, entries: Sequence[Entry], end: int) -> Heard:
        """Hear a case of which the log tells these entries up to `end`."""
        about = entries[0].about or ("", "")
        recorded = [read_event(each.body) for each in entries if each.sort == "event"]
        history = [
            read_finding(orjson.loads(each.body)) for each in entries if each.sort == "finding"
        ]
        gone = [gone_of(each) for each in entries if each.sort == GONE]
        if not recorded and all(each.sort != "event" for each in gone):
            raise UnfitFileError(
                where=f"entry {entries[0].number}",
                found=f"a case {about[1]!r} without any event",
                expected="what happened in it",
            )
        last = entries[-1]
        closed = _closing(last) if last.sort == "closed" else None
        if gone:
            # What was recorded of it stands: nobody can judge what is not there.
            untold = Heard(about, entries, recorded, recorded, history, closed, None, ())
            return untold._replace(problems=[*_chained(entries)])
        known, version = self.known(end if closed is None else last.number)
        left = _left(entries, recorded)
        judged = known.judge(about[0] or None, about[1], left or recorded, is_gone=not left)
        heard = Heard(about, entries, recorded, left, history, closed, judged, ())
        agrees = self._agrees(heard, judged, version, end)
        problems = [*_chained(entries), *_lives(heard), *agrees]
        return heard._replace(problems=problems) if problems else heard

    def _agrees(self, heard: Heard, judged: Judged, version: str, end: int) -> Iterator[Problem]:
        """Compare what was said with what the rules say again."""
        found = [*_findings(heard, judged), *_verdict(heard, judged)]
        if found and version != CATALOG_VERSION:
            words = f"rules {version} judged this case, and these are {CATALOG_VERSION}"
            yield Problem("rules-unknown", heard.first, words, is_unknown=True)
        elif found and any(each.sort == GONE for each in self.headers):
            words = "it was judged by facts that were forgotten: what was recorded stands"
            yield Problem("forgotten", heard.first, words, is_unknown=True)
        elif found and self._was_right(heard, end):
            words = "its last word is older than a policy, a fact or rules that are in force by now"
            yield Problem("asked-again", heard.first, words, is_unknown=True)
        else:
            yield from found

    def _was_right(self, heard: Heard, end: int) -> bool:
        """Whether an open case agrees by the grounds that were there when it was last spoken of.

        When grounds change, open cases are asked again some at a time: a log may end in between.
        """
        last = heard.entries[-1].number
        if heard.closed is not None or not self._numbers or self._numbers[-1] < last:
            return False
        known, _ = self.known(end, grounds=last)
        tenant, case = heard.name
        judged = known.judge(tenant or None, case, heard.events, is_gone=not heard.left)
        return not list(_findings(heard, judged))


def _left(entries: Sequence[Entry], recorded: Sequence[Event]) -> list[Event]:
    """The events of a case but for those that were taken out of it."""
    coming = iter(recorded)
    events: list[Event] = []
    for each in entries:
        if each.sort == "event":
            events.append(next(coming))
        elif each.sort == "parted":
            gone = frozenset(read_parted(orjson.loads(each.body)).events)
            events = [event for event in events if telling(event) not in gone]
    return events


def _closing(entry: Entry) -> Closed:
    header: dict[str, Any] = orjson.loads(entry.body)
    return read_closed(header)


def _chained(entries: Sequence[Entry]) -> Iterator[Problem]:
    """Hold each closing to what there is of the case before it."""
    if all(each.sort != "closed" for each in entries):
        return
    chain = NO_CHAIN
    for count, entry in enumerate(entries):
        if entry.sort == "closed":
            told = _closing(entry)
            if (told.entries, told.chain) != (count, chain.hex()):
                yield Problem(
                    "case-incomplete",
                    entry.number,
                    f"the case was closed with {told.entries} entries; {count} are here, or others",
                )
        chain = chained(chain, hash_of(entry))


def _lives(heard: Heard) -> Iterator[Problem]:
    """Each finding is opened first, and its changes are numbered without a gap."""
    lives: dict[str, list[Finding]] = {}
    for finding in heard.history:
        lives.setdefault(finding.finding, []).append(finding)
    for name, life in lives.items():
        is_whole = life[0].number == 1 and life[0].change is Change.OPENED
        if not is_whole or any(then.number != now.number + 1 for now, then in pairwise(life)):
            numbers = ", ".join(str(each.number) for each in life)
            yield Problem(
                "finding-history", heard.first, f"finding {name} has changes {numbers} only"
            )


def _findings(heard: Heard, judged: Judged) -> Iterator[Problem]:
    if not heard.history and not judged.findings:
        return
    told, again = heard.standing(), {each.finding: each for each in judged.findings}
    for name in sorted({*told, *again}):
        if name not in again:
            words = f"finding {name} stands in the log, and the rules do not find it"
            yield Problem("finding-invented", heard.first, words)
        elif name not in told:
            words = f"the rules find {name}, and the log does not tell it"
            yield Problem("finding-missing", heard.first, words)
        elif not is_the_same(told[name], again[name]):
            words = f"finding {name} says other things than the rules say"
            yield Problem("finding-differs", heard.first, words)


def _verdict(heard: Heard, judged: Judged) -> Iterator[Problem]:
    if heard.closed is not None and heard.closed.verdict != (verdict := judged.verdict):
        words = f"the log says {heard.closed.verdict}, the rules say {verdict}"
        yield Problem("verdict-differs", heard.entries[-1].number, words)
