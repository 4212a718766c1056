"""What changes between two versions of a policy, and whether it asks for less afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from rules.policy import Demand, Policy


class Effect(StrEnum):
    """What a change does to the control that is exercised."""

    WEAKER = "weaker"
    STRONGER = "stronger"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """One knob that is set differently: where, what it is in words, from what, to what."""

    effect: Effect
    knob: str
    meaning: str
    before: str
    after: str


class _Kind(StrEnum):
    """How the value of a knob bears on the control."""

    MORE_IS_STRONGER = "more is stronger"
    LESS_IS_STRONGER = "less is stronger"
    DEMAND = "demand"
    EXEMPTS = "exempts"
    """A list of what is let off: each item more asks for less."""
    ASKS = "asks"
    """A list of what is asked: each item more asks for more."""
    ALLOWS = "allows"
    """A list of what is allowed, and where it is empty everything is."""
    NEITHER = "neither"


_M, _L, _D, _E, _A, _W, _N = _Kind
KNOBS: dict[str, tuple[_Kind, str]] = {
    "version": (_N, "the version's name"),
    "owner": (_N, "who answers for the policy"),
    "author": (_N, "who wrote this version"),
    "approved_by": (_N, "who approved this version"),
    "in_force_from": (_N, "from when on it counts"),
    "approvals.quorum": (_M, "people who must approve an ordinary entitlement"),
    "approvals.quorum_privileged": (_M, "people who must approve a privileged entitlement"),
    "approvals.grace": (_L, "time for an approval to turn up after access was given"),
    "approvals.clock_skew": (_L, "time by which an approval may be later than the grant"),
    "evidence.reason_for": (_D, "which approvals need a reason"),
    "evidence.reason_length_min": (_M, "characters that a reason has at least"),
    "evidence.template_reasons": (_A, "texts that count as no reason"),
    "evidence.reason_grace": (_L, "time for a reason to arrive"),
    "evidence.due_for": (_D, "which approvals need evidence"),
    "evidence.due_within": (_L, "time for evidence to arrive"),
    "evidence.grace": (_L, "time that is waited for evidence past its due time"),
    "evidence.spared_types": (_E, "types of entitlement that need no reason or evidence"),
    "evidence_needed": (_A, "evidence that a type of entitlement needs"),
    "webhooks.pair_within": (_L, "time for both sides of a callout to be told"),
    "webhooks.ignored_destinations": (_E, "destinations whose calls need no workflow"),
    "webhooks.linking_grace": (_L, "time for an event without a case to find one"),
    "webhooks.reused_links": (_N, "kinds of ids that begin again"),
    "webhooks.reused_after": (_N, "time after which such an id names another case"),
    "webhooks.allowed_destinations": (_W, "destinations that may be called"),
    "webhooks.unsigned_destinations": (_E, "destinations that need not sign"),
    "webhooks.sandbox_tenants": (_E, "tenants in which it does not matter who is called"),
    "outside.grace": (_L, "time for a change made outside to find its case"),
    "outside.sanctioned_actors": (_E, "accounts that may change access without a case"),
    "self_service.entitlements": (_E, "entitlements that people may give themselves"),
    "self_service.criticalities": (_E, "criticalities that people may give themselves"),
    "birthright_entitlements": (_E, "entitlements that need no approval"),
    "birthright_workflows": (_E, "workflows whose grants need no approval"),
    "known_automation": (_E, "machine accounts whose approvals are sanctioned"),
    "human_decision_for": (_D, "which entitlements a person has to decide about"),
    "pre_approvals": (_E, "decisions taken once for many cases"),
    "bypass.repair_accounts": (_E, "accounts that may force a stuck case"),
    "bypass.repair_evidence": (_E, "evidence that excuses a forced case"),
    "given.standing_scopes": (_E, "scopes that may be given on top of what was approved"),
    "bundles": (_E, "rights that are approved with another"),
    "keep_apart": (_A, "steps that one person may not both take"),
    "may_approve": (_W, "who may approve"),
    "workflows": (_A, "the steps that a workflow has to take"),
    "expiry.grace": (_L, "time for access to be taken back past its end"),
    "expiry.enforced_systems": (_E, "systems in which rights end by themselves"),
    "emergency.review_within": (_L, "time for emergency access to be reviewed"),
    "emergency.drills": (_E, "outcomes that mark emergency access as a drill"),
    "exception_terms.control_evidence": (_E, "evidence that names a mitigating control"),
    "exception_terms.permanent_evidence": (_E, "evidence that lets an exception have no end"),
    "exception_terms.imported_from": (_E, "sources whose exceptions need no terms"),
    "exception_terms.renewals_max": (_L, "times that an exception may be renewed"),
    "exception_terms.renewals_within": (_M, "time in which renewals of an exception count"),
    "ownership.owner_for": (_D, "which automated steps need an owner"),
    "ownership.replace_within": (_L, "time to name a new owner of a workflow"),
    "ownership.vendor_steps": (_E, "automated steps that need no owner here"),
    "machine_rights.bootstrap_accounts": (_E, "machines that may hold powerful rights for good"),
    "environments": (_A, "systems that machine accounts may not have in common with others"),
    "exceptions": (_E, "recorded exceptions"),
    "calendar.workdays": (_A, "days on which what is due comes nearer"),
    "calendar.holidays": (_E, "days on which it does not"),
    "shadow": (_E, "rules whose findings nobody is told of"),
    "link_proofs": (_A, "proofs that make two accounts one person"),
    "silence_patience": (_L, "time that a silent source is waited for"),
    "settle_after": (_N, "time without news after which a case settles"),
    "patterns.window": (_N, "how far back patterns are looked for"),
    "reciprocity.count_min": (_L, "approvals each way that make two people a pair"),
    "reciprocity.times_chance": (_L, "times above chance that make two people a pair"),
    "reciprocity.team_min": (_L, "people that a team has before pairs are looked for"),
    "reciprocity.declared_workflows": (_E, "workflows in which people decide for each other"),
    "haste.burst_count": (_L, "approvals at once that are too many to have looked"),
    "haste.burst_within": (_M, "time in which so many approvals are too many"),
    "haste.least": (_M, "time that looking at a request takes at least"),
    "haste.bulk_sources": (_E, "sources that show all in a list"),
    "haste.views_told_by": (_A, "sources that tell who opened the evidence"),
    "static_route.cases_min": (_L, "cases that show that a route does not look at the risk"),
    "conflicts": (_A, "rights that one person may not hold together"),
    "rights.conflict_grace": (_L, "time that a person may hold both rights of a pair"),
    "extensions.grace": (_L, "time for a custom step to be approved after it ran"),
    "extensions.vendor": (_E, "custom steps that their vendor answers for"),
    "machine_owners.replace_within": (_L, "time to name a new owner of a machine account"),
    "machine_owners.team_owned": (_E, "machine accounts that a team answers for"),
    "secrets.rotate_within": (_L, "time that a machine's secret may be kept"),
    "secrets.after_change": (_L, "time that a secret may stay after its owner changed"),
    "secrets.not_told": (_E, "machine accounts of whose secrets nothing is told"),
    "changes.grace": (_L, "time for a version to be approved after it was published"),
    "changes.pipelines": (_E, "accounts that may publish what was reviewed elsewhere"),
    "changes.vendor_workflows": (_E, "workflows that their vendor may change"),
    "changes.cases_min": (_L, "cases that show how a workflow decided before a version"),
    "changes.test_tenants": (_E, "tenants in which workflows may be weakened"),
    "flow.consecutive": (_A, "sources whose numbers may have no holes"),
    "flow.gap_grace": (_L, "time for a number that was left out to come"),
    "flow.renumbered_above": (_M, "numbers left out that are no loss but a new numbering"),
    "flow.steady": (_A, "sources that have to tell about as much every day"),
    "flow.fallen_percent": (_M, "percent of what was usual that are too few"),
    "flow.days_min": (_L, "days that an hour is compared with"),
    "flow.events_min": (_L, "events that an hour had before it is looked at"),
    "maintenance": (_E, "times at which a source may be silent"),
    "keep_closed_cases": (_N, "how long settled cases are kept"),
    "sources": (_N, "what is expected of a source"),
}
"""The knobs of a policy: how each bears on the control, and what it is."""

_DEMANDS = (Demand.NONE, Demand.PRIVILEGED, Demand.ALL)


def policy_changes(before: Policy, after: Policy) -> Iterator[PolicyChange]:
    """Every difference between two versions, in the order of the knobs."""
    for knob in knobs_of(before):
        # Of a knob that nobody has explained here the difference is still told.
        kind, meaning = KNOBS.get(knob, (_Kind.NEITHER, knob))
        one, two = _at(before, knob), _at(after, knob)
        if one != two:
            yield from _changes(knob, kind, meaning, one, two)


def weakened(before: Policy, after: Policy) -> list[PolicyChange]:
    """What the later version asks less of."""
    return [each for each in policy_changes(before, after) if each.effect is Effect.WEAKER]


def knobs_of(value: Any, prefix: str = "") -> Iterator[str]:
    """Name every knob that a policy has."""
    for each in fields(value):
        inside = getattr(value, each.name)
        if is_dataclass(inside):
            yield from knobs_of(inside, f"{prefix}{each.name}.")
        else:
            yield prefix + each.name


def _at(policy: Policy, knob: str) -> Any:
    value: Any = policy
    for name in knob.split("."):
        value = getattr(value, name)
    return value


def _changes(knob: str, kind: _Kind, meaning: str, one: Any, two: Any) -> Iterator[PolicyChange]:
    if isinstance(one, tuple):
        yield from _list_changes(knob, kind, meaning, one, two)
        return
    effect = _effect(kind, one, two)
    yield PolicyChange(
        effect=effect, knob=knob, meaning=meaning, before=_words(one), after=_words(two)
    )


def _effect(kind: _Kind, one: Any, two: Any) -> Effect:
    match kind:
        case _Kind.MORE_IS_STRONGER:
            return Effect.STRONGER if two > one else Effect.WEAKER
        case _Kind.LESS_IS_STRONGER:
            return Effect.STRONGER if two < one else Effect.WEAKER
        case _Kind.DEMAND:
            is_more = _DEMANDS.index(two) > _DEMANDS.index(one)
            return Effect.STRONGER if is_more else Effect.WEAKER
        case _:
            return Effect.OTHER


def _list_changes(
    knob: str, kind: _Kind, meaning: str, one: tuple[Any, ...], two: tuple[Any, ...]
) -> Iterator[PolicyChange]:
    if kind is _Kind.ALLOWS and not (one and two):
        # With nothing in the list nothing is asked.
        effect = Effect.STRONGER if two else Effect.WEAKER
        before, after = (", ".join(map(_words, each)) or "anything" for each in (one, two))
        yield PolicyChange(effect=effect, knob=knob, meaning=meaning, before=before, after=after)
        return
    added, removed = _LIST_EFFECTS[kind]
    for item in [each for each in two if each not in one]:
        yield PolicyChange(
            effect=added, knob=knob, meaning=meaning, before="not there", after=_words(item)
        )
    for item in [each for each in one if each not in two]:
        yield PolicyChange(
            effect=removed, knob=knob, meaning=meaning, before=_words(item), after="not there"
        )


_LIST_EFFECTS = {
    _Kind.EXEMPTS: (Effect.WEAKER, Effect.STRONGER),
    _Kind.ALLOWS: (Effect.WEAKER, Effect.STRONGER),
    _Kind.ASKS: (Effect.STRONGER, Effect.WEAKER),
    _Kind.NEITHER: (Effect.OTHER, Effect.OTHER),
}
"""What an item more, and one less, does."""


def _words(value: Any) -> str:
    if value is None:
        return "nothing"
    if is_dataclass(value):
        told = ((each.name, getattr(value, each.name)) for each in fields(value))
        return ", ".join(f"{name} {_words(item)}" for name, item in told if item not in (None, ()))
    if isinstance(value, tuple):
        return ", ".join(map(_words, value))
    return str(value)
