"""A case judged again from what the ledger says of it, by whoever has a part of the ledger."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from rules.catalog import CATALOG
from rules.events import Event
from rules.explain import Said
from rules.finding import Change, Finding
from rules.machines.contract import Codec
from rules.machines.horizon import Horizon
from rules.machines.joining import read_joined
from rules.machines.late import LateFacts
from rules.machines.records import Reported, SourceDeclared, read_reported, read_source
from rules.path import DecisionPath
from rules.policy import Policy, policy_at, with_version
from rules.rule import AskAgain, CaseFile, Rule
from rules.verdict import BADNESS, HELD, Reached, Verdict, reach, stamp

MASKS_KEPT = 4_096
"""Kinds of paths, by the actions they show, whose questions are looked up only once."""


class Judged(NamedTuple):
    """What comes of judging a case again: its file, each rule's word, and what has to stand."""

    file: CaseFile
    said: tuple[Said, ...]
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict | None:
        """The worst of what the rules say; None where no control had a question."""
        return max((each.verdict for each in self.said), key=BADNESS.__getitem__, default=None)


class _AsReported(Horizon):
    """A horizon that is told how far each source had come, whatever its lanes."""

    __slots__ = ("told",)

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, datetime] = {}

    def copy(self) -> "_AsReported":
        """Another one that knows the same."""
        other = _AsReported()
        other.declared, other.told = {**self.declared}, self.told
        other.log_time = self.log_time
        return other

    def until(self, source: str) -> datetime | None:
        return self.told.get(source)


class _Questions:
    """Which rules have a question about a path that shows so much, and what they say if it held."""

    def __init__(self, catalog: Sequence[Rule]) -> None:
        self._every = [(rule, Said(rule, Verdict.HELD)) for rule in catalog]
        self._known: dict[int, list[tuple[Rule, Said]]] = {}

    def about(self, mask: int) -> list[tuple[Rule, Said]]:
        """The rules in the catalogue's order."""
        found = self._known.get(mask)
        if found is None:
            if len(self._known) >= MASKS_KEPT:
                self._known.clear()
            found = self._known[mask] = [each for each in self._every if each[0].has_needs(mask)]
        return found


class Retrial:
    """Judges cases of one partition by the sources, policies and progress that its ledger tells.

    `take` the ledger's headers in its order, then `judge` any number of cases: every event, as of
    how far everybody had come in the end. Each finding that stood by then is found again. A case
    that turned out to be another is not judged under its own name any more.
    """

    def __init__(self, codec: Codec, catalog: Sequence[Rule] = CATALOG) -> None:
        self._codec = codec
        self._questions = _Questions(catalog)
        self._horizon = _AsReported()
        self._policies = [Policy()]
        self._entered: list[Policy] = []
        self._late = LateFacts(codec)
        self.reported: Reported | None = None
        self.joined: dict[tuple[str | None, str], str] = {}
        """Tenant and name of a case → the case that it turned out to be."""

    @property
    def sources(self) -> list[SourceDeclared]:
        """What was declared of each source, in the order of their names."""
        return [self._horizon.declared[name] for name in sorted(self._horizon.declared)]

    @property
    def policies(self) -> list[Policy]:
        """Every policy version that was entered, in order; none: the one that is built in."""
        return self._entered

    def take(self, leaf: bytes) -> None:
        """Take an entry that is about no case; one that says nothing to a judge changes nothing."""
        header: dict[str, Any] = json.loads(leaf)
        match header.get("record"):
            case "source":
                self._horizon = self._horizon.copy()
                self._horizon.declare(read_source(header))
            case "policy":
                policy = self._codec.read_policy(self._codec.write(header["policy"]))
                self._entered.append(policy)
                self._policies = with_version(self._policies, policy)
            case "facts":
                self._late.take(header)
            case "reported":
                self._hear(read_reported(header))
            case "joined":
                joined = read_joined(header)
                self.joined[joined.tenant, joined.case] = joined.into
            case _:
                pass

    def _hear(self, reported: Reported) -> None:
        self.reported = reported
        self._horizon = self._renewed(reported)

    def _renewed(self, reported: Reported) -> _AsReported:
        horizon = self._horizon.copy()
        horizon.told = reported.until
        horizon.log_time = reported.log_time
        return horizon

    def heard(self, leaf: bytes) -> "Retrial":
        """Another one, by the same sources and policies, as of how far this entry says all came."""
        other = self._like(self._late)
        other.take(leaf)
        return other

    def copy(self) -> "Retrial":
        """Another one that knows the same by now."""
        return self._like(self._late.copy())

    def _like(self, late: LateFacts) -> "Retrial":
        other = Retrial(self._codec)
        other._questions = self._questions
        other._policies, other._entered = [*self._policies], [*self._entered]
        other._late, other._horizon = late, self._horizon
        other.joined = {**self.joined}
        return other

    def judge(
        self, tenant: str | None, case: str, events: Iterable[Event], *, is_gone: bool = False
    ) -> Judged:
        """Judge a case that has at least one event.

        `is_gone`: they turned out to be others', every one; there is nothing to find.
        """
        path = DecisionPath(self._late.corrected(event) for event in events)
        file = CaseFile(
            reported=self._horizon.reported,
            tells=self._horizon.tells,
            policy=policy_at(self._policies, path.opened_at),
        )
        file.tenant, file.case, file.path = tenant, case, path
        said: list[Said] = []
        findings: list[Finding] = []
        if not is_gone and (tenant, case) not in self.joined:
            for rule, held in self._questions.about(path.mask):
                reached = reach(rule, file)
                said.append(held if reached is HELD else self._said(rule, reached))
                findings += [stamp(rule, file, breach) for breach in reached.breaches]
        return Judged(file=file, said=tuple(said), findings=tuple(findings))

    def _said(self, rule: Rule, reached: Reached) -> Said:
        silence = self._silence(reached)
        if silence is None:
            return Said(rule, reached.verdict, reached.asks, reached.unknown, reached.set_aside)
        reason = self._horizon.silent(silence.awaiting, silence.due)
        return Said(rule, Verdict.CANNOT_TELL, reached.asks, (reason,), reached.set_aside)

    def _silence(self, reached: Reached) -> AskAgain | None:
        """What a silent source was waited for in vain, where nothing else is left to tell."""
        now = self._horizon.log_time
        if reached.verdict is not Verdict.OPEN or now is None:
            return None
        first = min(reached.asks, key=lambda ask: ask.due)
        return first if first.due <= now - self._policies[-1].silence_patience else None


def is_the_same(told: Finding, found: Finding) -> bool:
    """Whether a finding as it stands says what is found again; its life is another matter."""
    # A confirmation has a moment of its own.
    at = found.at if told.change is Change.CONFIRMED else told.at
    return replace(found, number=told.number, change=told.change, because=told.because) == replace(
        told, at=at
    )
