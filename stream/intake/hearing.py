"""What sources say of accounts, learnt at once and written down for whoever stamps elsewhere."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rules.machines.contract import Output
from rules.machines.late import ACCOUNT
from stream.canonical import dumps
from stream.connectors import CONNECTORS
from stream.connectors.table import MalformedEventError, RefusalKind, Statement
from stream.faults import FaultyInputError
from stream.intake.facts import Facts
from stream.intake.identities import Fact, Identities, TooManyChangesError
from stream.intake.reaching_back import (
    late_fact,
    records_of,
    to_every_partition,
    ways_of,
)
from stream.intake.scim import pushed
from stream.topics import FACTS_PEOPLE

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.veil import Veil

SPEAKERS = frozenset(name for name, each in CONNECTORS.items() if each.identities)
"""The connectors whose sources speak of accounts: a fact with such a proof was heard from one."""


class Hearing:
    """The facts, and the statements from which some of them follow.

    What is heard is learnt before the next event is stamped, and written to `iga.facts.people`,
    from where `know` takes it at another worker's, or after a restart. `current` gives the facts
    in force: files that are read again give new ones, to which everything heard is added.
    `tells_late` is the number of the journal's partitions, where nobody else tells them what
    reaches back.
    """

    def __init__(
        self,
        current: Callable[[], Facts],
        *,
        tells_late: int | None = None,
        veil: "Veil | None" = None,
    ) -> None:
        self._current = current
        self._veil = veil
        self._taught = current()
        self._tells_late = tells_late
        self._identities = Identities()
        self._heard: dict[tuple[Any, ...], Fact] = {}

    def stamp(self, event: dict[str, Any]) -> None:
        """Write what is known onto an event tree (see `Facts.stamp`)."""
        self._facts().stamp(event)

    def over(self, facts: Facts) -> Facts:
        """Add everything heard to facts that were just read."""
        for fact in list(self._heard.values()):
            facts.learn(fact, FACTS_PEOPLE)
        return facts

    def hear(self, statement: Statement, now: datetime) -> list[Output]:
        """Take a statement in; gives what is to be written. Raises MalformedEventError."""
        try:
            told = self._identities.hear(statement)
            return [output for fact in told for output in self._learnt(fact, now)]
        except (FaultyInputError, TooManyChangesError) as error:
            raise MalformedEventError(
                source=statement.source,
                field=None,
                found=statement.account,
                expected=f"an account that changes hands seldom ({error})",
                kind=RefusalKind.TOO_MANY,
            ) from error

    def know(self, told: Mapping[str, Any], place: str, as_of: datetime) -> None:
        """Learn a record of a facts topic: a fact, or a SCIM document. Raises FaultyInputError."""
        facts = self._facts()
        if "scim" in told:
            facts.take(pushed(told, place), place)
            return
        if self._veil is not None and told.get("proof") in SPEAKERS:
            clear = self._veil.clear(told)
            if clear is None:
                return
            told = clear
        facts.learn(told, place)
        if told.get("proof") in SPEAKERS and told.get("source") and told.get("from"):
            self._identities.know(told, as_of)
            self._heard[_key(told)] = dict(told)

    def _learnt(self, fact: Fact, now: datetime) -> list[Output]:
        facts = self._facts()
        subject = (ACCOUNT, fact["account"])
        before = ways_of(facts, subject)
        facts.learn(fact, f"what {fact['source']} says of accounts")
        self._heard[_key(fact)] = fact
        kept = fact if self._veil is None else self._veil.fact(fact)
        written = [Output(FACTS_PEOPLE, 0, dumps(kept))]
        if self._tells_late is None:
            return written
        late = late_fact(subject, before, ways_of(facts, subject), now)
        for value in records_of([late] if late else [], self._veil):
            written += to_every_partition(value, self._tells_late)
        return written

    def _facts(self) -> Facts:
        facts = self._current()
        if facts is not self._taught:
            self._taught = self.over(facts)
        return facts


def _key(fact: Mapping[str, Any]) -> tuple[Any, ...]:
    """Whatever shares this replaces it."""
    return tuple(fact.get(name) for name in ("person", "account", "source", "namespace", "from"))
