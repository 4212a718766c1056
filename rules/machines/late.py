"""Late facts: what became known of accounts and rights after events that mention them came.

A record of the journal carries some of them:

    {"record": "facts", "facts": [
      {"account": "ann-adm", "ways": [{"source": "*", "since": [[null, {"person": "P-1", …}]]}]},
      {"entitlement": "pay", "ways": [{"source": "*", "system": "*", "since": [[…], […]]}]}]}

A *way* is one way of being asked: by the source of the event, and the namespace of the account or
the system of the right; `"*"` is any that no other way names. `since` says from when on what was
so. What a fact says is laid over every event that mentions it, whenever that came, so that the
order of arrival does not matter; the recorded bytes stay as they are.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rules.events import Event
from rules.machines.contract import Codec
from rules.machines.shelf import compact
from rules.path import DecisionPath
from rules.stamping import PARTIES, Tree, stamp_entitlement, stamp_party, take_claims_off

EVERY = "*"
ACCOUNT = "account"
RIGHT = "entitlement"
ROW = "late/"
PARSED_MAX = 4096
"""Facts kept in a form that can be asked; all of them are kept as bytes."""

_SINCE_EVER = datetime.min.replace(tzinfo=UTC)
Way = tuple[str | None, str | None]


def write_facts(codec: Codec, facts: Sequence[Mapping[str, Any]]) -> bytes:
    """Write some late facts as a record of the journal."""
    return codec.write({"record": "facts", "facts": list(facts)})


def row_of(fact: Mapping[str, Any]) -> str:
    """Name the row of a fact: what it is about."""
    kind = ACCOUNT if ACCOUNT in fact else RIGHT
    return f"{ROW}{kind}/{fact[kind]}"


class _Ways(NamedTuple):
    """A fact that can be asked."""

    answers: Mapping[Way, tuple[list[datetime], list[Mapping[str, Any]]]]

    def known(self, source: str, other: str | None, at: datetime) -> Mapping[str, Any] | None:
        """What was so at a moment; None where nothing is said of those who ask in this way."""
        for way in ((source, other), (EVERY, other), (source, EVERY), (EVERY, EVERY)):
            # What names no system may be in any, which is a way of its own.
            if way in self.answers and (other is not None or way[1] is None):
                starts, told = self.answers[way]
                return told[bisect_right(starts, at) - 1]
        return None


class LateFacts:
    """The latest fact about each account and right, as bytes; one that comes again replaces it."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._rows: dict[str, bytes] = {}
        self._parsed: dict[str, _Ways] = {}
        self._touched: set[str] = set()

    def __len__(self) -> int:
        return len(self._rows)

    def copy(self) -> "LateFacts":
        """Another one that knows the same."""
        other = LateFacts(self._codec)
        other._rows, other._parsed = {**self._rows}, {**self._parsed}
        return other

    def take(self, header: Mapping[str, Any]) -> list[str]:
        """Learn a record's facts; gives the rows of those that are news."""
        return [row for fact in header["facts"] if (row := self._keep(fact)) is not None]

    def _keep(self, fact: Mapping[str, Any]) -> str | None:
        name, told = row_of(fact), compact(self._codec.write(fact))
        if self._rows.get(name) == told:
            return None
        self._rows[name] = told
        self._parsed.pop(name, None)
        self._touched.add(name)
        return name

    def rows(self) -> Iterator[tuple[str, bytes]]:
        """The rows that changed since they were last asked for."""
        for name in sorted(self._touched):
            yield name, self._rows[name]
        self._touched.clear()

    def restore(self, name: str, row: bytes) -> None:
        """Take a row that `rows` gave."""
        self._rows[name] = row

    # --- laying over ------------------------------------------------------------------------

    def codec(self) -> Codec:
        """The codec, with what is known late laid over each event that is read."""
        return replace(self._codec, read_event=self.read)

    def read(self, line: bytes) -> Event:
        """Read an event as it is known by now. Raises UnreadableRecordError."""
        return self.corrected(self._codec.read_event(line))

    def corrected(self, event: Event) -> Event:
        """An event as it is known by now; the same one where nothing late is known of it."""
        if not self._rows or not any(name in self._rows for name in _names(event)):
            return event
        tree: Tree = json.loads(self._codec.write(event))
        for role in PARTIES:
            if role in tree:
                self._correct_party(tree[role], event)
        if "entitlement" in tree:
            self._correct_right(tree["entitlement"], event)
        return self._codec.read_event(self._codec.write(tree))

    def _correct_party(self, party: Tree, event: Event) -> None:
        ways = self._ways(_account(party["account"]))
        if ways is None:
            return
        known = ways.known(event.source, party.get("namespace"), event.occurred_at)
        if known is not None:
            take_claims_off(party)
            stamp_party(party, known)

    def _correct_right(self, right: Tree, event: Event) -> None:
        ways = self._ways(_right(right["id"]))
        if ways is None:
            return
        known = ways.known(event.source, right.get("system"), event.occurred_at)
        if known is not None:
            stamp_entitlement(right, known)

    def _ways(self, name: str) -> _Ways | None:
        found = self._parsed.get(name)
        if found is None and name in self._rows:
            if len(self._parsed) >= PARSED_MAX:
                self._parsed.clear()
            found = self._parsed[name] = _parse(json.loads(self._rows[name]))
        return found

    # --- whom it concerns -------------------------------------------------------------------

    def concerns(self, path: DecisionPath) -> bool:
        """Whether anything late is known of whom or what a path mentions."""
        return any(name in self._rows for event in _events(path) for name in _names(event))

    def words(self, path: DecisionPath, news: Iterable[str]) -> list[str]:
        """Say what became known of a path's accounts and rights, out of the rows that are news."""
        wanted = dict.fromkeys(news)
        said: dict[str, str] = {}
        for event in _events(path):
            for name in _names(event):
                if name in wanted and name not in said:
                    said[name] = self._words(name, event)
        return [said[name] for name in wanted if name in said]

    def _words(self, name: str, event: Event) -> str:
        kind, _, called = name.removeprefix(ROW).partition("/")
        ways, others = self._ways(name), _others(kind, called, event)
        told = (ways.known(event.source, other, event.occurred_at) for other in others if ways)
        known = next((each for each in told if each is not None), {})
        return (
            f"it became known {_person(called, known) if kind == ACCOUNT else _risk(called, known)}"
        )


def _account(account: str) -> str:
    return f"{ROW}{ACCOUNT}/{account}"


def _right(right: str) -> str:
    return f"{ROW}{RIGHT}/{right}"


def _names(event: Event) -> Iterator[str]:
    for role in PARTIES:
        party = getattr(event, role)
        if party is not None:
            yield _account(party.account)
    if event.entitlement is not None:
        yield _right(event.entitlement.id)


def _others(kind: str, called: str, event: Event) -> Iterator[str | None]:
    """The namespaces, or systems, in which an event mentions somebody or something."""
    if kind == RIGHT:
        yield event.entitlement.system if event.entitlement else None
        return
    for role in PARTIES:
        party = getattr(event, role)
        if party is not None and party.account == called:
            yield party.namespace


def _events(path: DecisionPath) -> Iterator[Event]:
    yield from path.events
    for told in path.variants.values():
        yield from told


def _parse(fact: Mapping[str, Any]) -> _Ways:
    other = "namespace" if ACCOUNT in fact else "system"
    answers = {}
    for way in fact["ways"]:
        starts = [_moment(since) for since, _ in way["since"]]
        answers[way["source"], way.get(other)] = (starts, [known for _, known in way["since"]])
    return _Ways(answers)


def _moment(text: str | None) -> datetime:
    return _SINCE_EVER if text is None else datetime.fromisoformat(text)


def _person(account: str, known: Mapping[str, Any]) -> str:
    if "person" in known:
        return f"that {account} is an account of {known['person']} ({known['proof']})"
    if "owner" in known:
        return f"that {known['owner']} answers for {account}"
    if "kind" in known:
        return f"that nobody answers for {account}, a machine's account"
    return f"that nobody is known to stand behind {account}"


def _risk(right: str, known: Mapping[str, Any]) -> str:
    words = []
    if known.get("privileged") is not None:
        words.append("privileged" if known["privileged"] else "not privileged")
    if "criticality" in known:
        words.append(f"of {known['criticality']} criticality")
    return f"that {right} is {' and '.join(words) or 'of no known risk'}"
