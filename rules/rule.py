"""A rule: a question asked of one case or entity, which yields breaches, or what it waits for."""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from rules.counted import Counted
from rules.events import Action, Entitlement, Event, Party
from rules.finding import Severity
from rules.moot import Moot
from rules.path import DecisionPath
from rules.policy import Demand, Policy
from rules.shown import TOLD_TWICE, mask_of


class Scope(StrEnum):
    """What a question is asked of: a case, or an entity that has a history across cases."""

    CASE = "case"
    PERSON = "person"
    WORKFLOW = "workflow"
    EXTENSION = "extension"
    MACHINE = "machine"
    SOURCE = "source"


def _never(_source: str) -> datetime | None:
    return None


class CaseFile:
    """What a rule may look at: one case, the policy it is judged by, and what has been reported.

    `reported(actions)` is up to when every source that can bring one of `actions` has reported:
    None when one of them never has, or no source is known that could. `tells(source, field)` is
    whether a source can carry an event field at all.

    Of an entity (`scope`) `case` is its name and `path` what it took part in, across cases: facts,
    each an event with what its case adds to it (see `rules.facts`). `heard(source)` is up to when
    one source has reported, `now` how late it is. `forgotten` is the time of the newest standing
    fact that was let go to keep the file small; None: none was. `counted` is what was counted of a
    source.
    """

    __slots__ = (
        "case",
        "counted",
        "forgotten",
        "heard",
        "now",
        "path",
        "policy",
        "reported",
        "scope",
        "tells",
        "tenant",
    )

    def __init__(
        self,
        *,
        reported: Callable[[frozenset[Action]], datetime | None],
        tells: Callable[[str, str], bool],
        policy: Policy,
        heard: Callable[[str], datetime | None] = _never,
        scope: Scope = Scope.CASE,
    ) -> None:
        self.scope = scope
        self.heard = heard
        self.now: datetime | None = None
        self.forgotten: datetime | None = None
        self.counted = Counted()
        self.case = ""
        self.tenant: str | None = None
        self.path = DecisionPath()
        self.policy = policy
        self.reported = reported
        self.tells = tells

    def reached(self, due: datetime, awaiting: frozenset[Action]) -> bool:
        """Whether every source that could bring `awaiting` has reported up to `due`."""
        reported = self.reported(awaiting)
        return reported is not None and reported >= due

    def untold(self) -> Iterator[str]:
        """Say which decisions are not told in full: by whom, or what was decided.

        A decision without its answer counts only while the case has none that is told with one: an
        engine tells of a wait that ended, and its data tells the same decision in full.
        """
        path = self.path
        nameless = [e.source for e in path.approvals if not (e.actor or e.on_behalf_of)]
        for source in dict.fromkeys(nameless):
            yield f"{source} tells of an approval and not who gave it"
        if path.approvals or path.steps(Action.DENIED):
            return
        for source in dict.fromkeys(event.source for event in path.steps(Action.DECIDED)):
            yield f"{source} tells that somebody decided, and not what"

    def is_demanded(self, demand: Demand) -> bool:
        """Whether policy demands something of a case about what this one is about."""
        return demand is Demand.ALL or (demand is Demand.PRIVILEGED and self.path.privileged)

    def self_service(self) -> str | None:
        """Why policy lets people give themselves what this case is about, if it does."""
        asked = self.path.entitlements
        allowed = self.policy.self_service
        for entitlement in asked:
            if entitlement.id in allowed.entitlements:
                continue
            if entitlement.criticality not in allowed.criticalities or entitlement.privileged:
                return None
        return "policy lists it as self-service" if asked else None

    def bundle_of(self, right: Entitlement, approved: Iterable[Entitlement]) -> str | None:
        """Which of the approved rights holds this one, by policy."""
        ids = {each.id for each in approved}
        for bundle in self.policy.bundles:
            if bundle.entitlement in ids and right.id in bundle.holds:
                return f"policy lists {right.id} as part of {bundle.entitlement}"
        return None

    def ends_by_itself(self, given: Entitlement | None) -> str | None:
        """Why nobody has to take back what was given, if its system ends it, by policy."""
        rights = self.path.entitlements if given is None else (given,)
        systems = {each.system for each in rights}
        if len(systems) == 1 and systems <= {*self.policy.expiry.enforced_systems}:
            return f"rights end by themselves in {systems.pop()}"
        return None

    def birthright(self) -> str | None:
        """Why policy lets this access be given without anybody's approval, if it does."""
        if self.path.workflow in self.policy.birthright_workflows:
            return f"workflow {self.path.workflow} gives birthright access"
        asked = self.path.entitlements
        if asked and all(e.id in self.policy.birthright_entitlements for e in asked):
            return "policy lists it as birthright access"
        return None


@dataclass(frozen=True, slots=True)
class Breach:
    """What a rule saw. `evidence` are event ids, the first one is what the breach is about.

    `parties` are those it concerns; `at` is given where a deadline, not an event, decided it.
    `subject` tells two breaches of one rule in one case apart where the first event of the
    evidence does not. `privileged` is whether something privileged is at stake, where that is not
    the whole case's matter; None: it is.
    """

    summary: str
    evidence: tuple[str, ...]
    parties: tuple[Party | None, ...] = ()
    at: datetime | None = None
    subject: str | None = None
    privileged: bool | None = None

    def __post_init__(self) -> None:
        """A breach that nothing supports can not be built."""
        if not self.evidence:
            message = "a breach needs the ids of the events that show it"
            raise ValueError(message)


class AskAgain(NamedTuple):
    """The answer is not ripe: ask when the sources of `awaiting` have reported up to `due`."""

    due: datetime
    awaiting: frozenset[Action]


class CannotTell(NamedTuple):
    """A fact is needed that nobody carries."""

    reason: str


class SetAside(NamedTuple):
    """It looks like a breach and policy says why it is none."""

    reason: str


Answer = Breach | AskAgain | CannotTell | SetAside
Question = Callable[[CaseFile], Iterator[Answer]]
Matters = Callable[[Event, Policy], bool]

EVIDENCE_MAX = 50
"""Of a pattern that many events show a breach names so many."""

HEADINGS = ("Fires when", "Stays quiet when", "Withdrawn by", "Next step")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A question that a rule asks of entities of one kind, where the facts of `needs` are there."""

    scope: Scope
    needs: tuple[frozenset[str], ...]
    ask: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A question with its name tag.

    `scope` is what its own question is asked of, `patterns` are its questions about entities: its
    own one, if it is of that kind, and further ones beside a question about cases.

    `concerns`: the actions that can change its answer. `needs`: what must be there before it has
    a question at all, each item one action or several of which one is enough. `matters`: whether
    an event of `concerns` can change an answer that was given, by its policy; None: each can.
    `moot`: whether what a path shows, and policy, leave nothing to ask, so that the control holds;
    None: it has to be asked to know.
    """

    id: str
    title: str
    severity: Severity
    severity_privileged: Severity
    controls: tuple[str, ...]
    concerns: frozenset[Action]
    needs: tuple[frozenset[str], ...]
    ask: Question
    version: int = 1
    guidance: dict[str, str] = field(default_factory=dict, compare=False)
    purpose: str = ""
    needs_masks: tuple[int, ...] = ()
    matters: Matters | None = None
    moot: Moot | None = None
    scope: Scope = Scope.CASE
    patterns: tuple[Pattern, ...] = ()

    @property
    def next_step(self) -> str:
        """What whoever is on duty does first."""
        return self.guidance["Next step"]

    def applies(self, path: DecisionPath) -> bool:
        """Whether the facts without which there is no question are there."""
        return self.has_needs(path.mask)

    def has_needs(self, mask: int) -> bool:
        """Whether what a path's mask shows is enough for a question."""
        return all(mask & need for need in self.needs_masks)

    def is_concerned(self, action: Action, mask: int) -> bool:
        """Whether an event of `action` may change the answer about a path that then has `mask`."""
        return action in self.concerns and self.has_needs(mask)


def _guidance(docstring: str) -> tuple[str, dict[str, str]]:
    """Split a rule's docstring in its purpose and its headed paragraphs."""
    purpose, *paragraphs = inspect.cleandoc(docstring).split("\n\n")
    headed = {}
    for paragraph in paragraphs:
        heading, _, text = paragraph.partition(":")
        sentence = " ".join(text.split())
        headed[heading.strip()] = sentence[:1].upper() + sentence[1:]
    return " ".join(purpose.split()), headed


def naming_a_beneficiary(actions: Collection[Action]) -> Matters:
    """Of these actions only what names a beneficiary can matter."""

    def matters(event: Event, _policy: Policy) -> bool:
        return event.beneficiary is not None or event.action not in actions

    return matters


NOTHING_IS_ENOUGH = 0
"""A need that no path's mask meets."""


def groups_of(*needs: Action | frozenset[str]) -> tuple[frozenset[str], ...]:
    """Write needs as groups, of each of which one fact is enough."""
    return tuple(frozenset({need}) if isinstance(need, Action) else need for need in needs)


def masks_of(groups: Iterable[frozenset[str]]) -> tuple[int, ...]:
    """Write groups of facts as masks."""
    return tuple(mask_of(*group) for group in groups)


def rule(  # noqa: PLR0913 - a name tag has that many lines
    *,
    id: str,
    title: str,
    severity: Severity,
    severity_privileged: Severity | None = None,
    controls: tuple[str, ...],
    concerns: frozenset[Action] | set[Action],
    needs: tuple[Action | frozenset[str], ...],
    matters: Matters | None = None,
    moot: Moot | None = None,
    scope: Scope = Scope.CASE,
    patterns: tuple[Pattern, ...] = (),
    version: int = 1,
) -> Callable[[Question], Rule]:
    """Make a rule of a function. Its docstring is the rule's documentation: see `HEADINGS`.

    Of a case a rule of another `scope` has no question; it concerns what it is fed with.
    """
    groups = groups_of(*needs)
    of_a_case = scope is Scope.CASE

    def make(ask: Question) -> Rule:
        purpose, guidance = _guidance(ask.__doc__ or "")
        return Rule(
            id=id,
            title=title,
            severity=severity,
            severity_privileged=severity_privileged or severity,
            controls=controls,
            concerns=frozenset(concerns) | {Action(w) for g in groups for w in g - {TOLD_TWICE}},
            needs=groups,
            ask=ask,
            version=version,
            guidance=guidance,
            purpose=purpose,
            needs_masks=masks_of(groups) if of_a_case else (NOTHING_IS_ENOUGH,),
            matters=matters,
            moot=moot,
            scope=scope,
            patterns=patterns if of_a_case else (Pattern(scope=scope, needs=groups, ask=ask),),
        )

    return make
