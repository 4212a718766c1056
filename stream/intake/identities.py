"""What sources say of whose accounts are: each statement ends the one before it.

One source may correct itself; two do not correct each other. So the statements of one source about
one account are stretches that do not overlap, and those of two sources stand side by side: where
they disagree, and the policy trusts both, the account is contested.

A repetition is no news and is not kept. Therefore nobody knows what a statement that comes after a
later one was followed by: where it disagrees with what is known, the account is nobody's from then
until the next change. A link is never made that the source's own order would not have made. (That
an account was nobody's before it was ever somebody's is not kept over a restart.)
"""

from bisect import insort
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from rules.errors import FoureyesError
from stream.connectors.table import Statement

CHANGES_MAX = 100
"""Changes of whose one account is, by one source."""

Fact = dict[str, Any]
"""A record of `iga.facts.people`."""
Key = tuple[str, str, str | None, str]


class TooManyChangesError(FoureyesError):
    """A source changes its mind about one account without end."""

    def __init__(self, *, account: str, source: str) -> None:
        self.account = account
        self.source = source
        super().__init__(
            f"{source}: account {account!r} has had {CHANGES_MAX} changes of whose it is; "
            "expected fewer"
        )


class _Change(NamedTuple):
    """From a time on an account is a person's; empty: nobody's."""

    at: datetime
    person: str
    name: str = ""
    department: str = ""


class _Account:
    """One account, as one source speaks of it."""

    __slots__ = ("changes", "facts", "latest")

    def __init__(self) -> None:
        self.changes: list[_Change] = []
        self.facts: dict[tuple[str, str], Fact] = {}
        """What was said of it, by person and beginning."""
        self.latest: datetime | None = None
        """When the source last spoke of it, repetitions included."""

    def take(self, change: _Change) -> bool:
        """Take a statement in; False where it is no news."""
        is_late = self.latest is not None and change.at <= self.latest
        self.latest = max(change.at, self.latest or change.at)
        before = self._in_force(change.at)
        if any(each[1:] == change[1:] for each in before) and len(before) == 1:
            return False
        if before and is_late:
            if {each.person for each in before} == {change.person}:
                return False
            change = _Change(change.at, "")
        if change not in self.changes:
            insort(self.changes, change)
        return True

    def _in_force(self, at: datetime) -> list[_Change]:
        """The last change up to a time; several, where they are of one time."""
        last = max((each.at for each in self.changes if each.at <= at), default=None)
        return [each for each in self.changes if each.at == last]


class Identities:
    """All statements by account and source, and the facts that follow from them."""

    def __init__(self) -> None:
        self._accounts: dict[Key, _Account] = {}

    def hear(self, statement: Statement) -> list[Fact]:
        """Take a statement in; gives the facts that are new or different now.

        Raises TooManyChangesError.
        """
        key = (statement.account, statement.source, statement.namespace, statement.proof)
        account = self._accounts.setdefault(key, _Account())
        if len(account.changes) >= CHANGES_MAX:
            raise TooManyChangesError(account=statement.account, source=statement.source)
        change = _Change(
            statement.at,
            statement.person or "",
            statement.name or "",
            statement.department or "",
        )
        return list(_news(key, account)) if account.take(change) else []

    def know(self, fact: Mapping[str, Any], as_of: datetime) -> None:
        """Take a fact that somebody has heard: another worker, or this one before a restart.

        Facts come in the order in which they were said. What was repeated up to `as_of` is not
        known, so what is older than that is late.
        """
        key = (fact["account"], fact["source"], fact.get("namespace"), fact["proof"])
        account = self._accounts.setdefault(key, _Account())
        name = (fact["person"], fact["from"])
        if account.facts.get(name) == fact:
            return
        account.facts[name] = dict(fact)
        account.changes = sorted(set(_changes(account.facts)))
        account.latest = max(as_of, account.latest or as_of)


def _news(key: Key, account: _Account) -> Iterator[Fact]:
    """Compare what follows now with what was said before."""
    wanted = {(each["person"], each["from"]): each for each in _facts(key, account.changes)}
    for name, fact in account.facts.items():
        if name not in wanted:
            # It never was so: a record that ends where it begins takes the wrong one back.
            wanted[name] = {**fact, "until": fact["from"]}
    for name, fact in wanted.items():
        if account.facts.get(name) != fact:
            account.facts[name] = fact
            yield fact


def _facts(key: Key, changes: list[_Change]) -> Iterator[Fact]:
    """Cut changes into stretches; where two are said of one time, nobody can tell which it is."""
    account, source, namespace, proof = key
    times = sorted({each.at for each in changes})
    ends = dict(zip(times, [*times[1:], None], strict=True))
    said: dict[datetime, set[str]] = {}
    for change in changes:
        said.setdefault(change.at, set()).add(change.person)
    for change in changes:
        if not change.person or len(said[change.at]) > 1:
            continue
        until = ends[change.at]
        told = {
            "person": change.person,
            "account": account,
            "source": source,
            "namespace": namespace,
            "proof": proof,
            "name": change.name,
            "department": change.department,
            "from": change.at.isoformat(),
            "until": until and until.isoformat(),
        }
        yield {name: value for name, value in told.items() if value}


def _changes(facts: Mapping[tuple[str, str], Fact]) -> Iterator[_Change]:
    """Tell from facts what has changed: an end at which nobody begins was nobody's.

    So is a fact that was taken back: two persons were said to begin then.
    """
    begins = {each["from"] for each in facts.values()}
    for each in facts.values():
        since, until = each["from"], each.get("until")
        if until == since:
            yield _Change(datetime.fromisoformat(since), "")
            continue
        told = each["person"], each.get("name", ""), each.get("department", "")
        yield _Change(datetime.fromisoformat(since), *told)
        if until is not None and until not in begins:
            yield _Change(datetime.fromisoformat(until), "")
