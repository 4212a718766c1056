"""`foureyes policy check|diff|try`: what a policy asks for, what a draft changes, and what of."""

import argparse
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from rules.policy import Demand, Policy, SourcePolicy
from rules.weakening import Effect, policy_changes
from stream.commands.policy_trial import tell_trial, try_over
from stream.policy_file import load_policy, policy_digest
from stream.pseudonyms.names import put_back
from stream.pseudonyms.place import names_of
from stream.pseudonyms.policies import renamed
from stream.settings import Settings
from stream.spans import tell_span

SUMMARY = "check a policy document, compare two, or try a draft over what is recorded"
EXIT_WEAKER = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes policy`."""
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    help_ = "tell what a policy asks for, or everything that is wrong with it"
    check = what.add_parser("check", help=help_, description=help_)
    check.add_argument("file", metavar="FILE", type=Path, help="the policy document, TOML")
    help_ = "tell what becomes weaker, stronger and otherwise different; 1 if anything gets weaker"
    diff = what.add_parser("diff", help=help_, description=help_)
    diff.add_argument("before", metavar="A", type=Path, help="the policy in force")
    diff.add_argument("after", metavar="B", type=Path, help="the draft")
    help_ = "judge what is recorded under a draft: which findings would come and go"
    trial = what.add_parser("try", help=help_, description=help_)
    trial.add_argument("file", metavar="FILE", type=Path, help="the draft, TOML")
    trial.add_argument(
        "--over", metavar="DATA", type=Path, required=True, help="data directory of foureyes run"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it. A document with faults raises FaultyInputError, which names them all."""
    if arguments.what == "diff":
        return _diff(load_policy(arguments.before), load_policy(arguments.after))
    policy = load_policy(arguments.file)
    if arguments.what == "try":
        with names_of(Settings.load({"FOUREYES_DATA": str(arguments.over)})) as names:
            trial = try_over(renamed(policy, names.pseudonym), arguments.over)
            print(put_back("\n".join(tell_trial(trial)), names))
    else:
        print("\n".join(tell_policy(policy)))
    return 0


def _diff(before: Policy, after: Policy) -> int:
    changes = list(policy_changes(before, after))
    for effect, heading in _HEADINGS.items():
        of_it = [each for each in changes if each.effect is effect]
        if of_it:
            print(heading)
        for each in of_it:
            print(f"  {each.meaning}: {each.before}, now {each.after}  [{each.knob}]")
    if not changes:
        print("Both ask for the same.")
    return EXIT_WEAKER if any(each.effect is Effect.WEAKER for each in changes) else 0


_HEADINGS = {
    Effect.WEAKER: "Becomes weaker:",
    Effect.STRONGER: "Becomes stronger:",
    Effect.OTHER: "Becomes different:",
}


def tell_policy(policy: Policy) -> Iterator[str]:
    """Tell a policy to somebody who does not read TOML, a sentence at a time."""
    owner = policy.owner or "nobody (name an owner under [policy])"
    since = _moment(policy.in_force_from) if policy.in_force_from else "always"
    yield f"Policy {policy.version} ({policy_digest(policy)})"
    yield f"  Answered for by {owner}; judges the cases that open from: {since}."
    yield from _approvals(policy)
    yield from _evidence(policy)
    yield from _machines(policy)
    yield from _exempt(policy)
    yield from _waiting(policy)
    yield f"  Rules in shadow, of whose findings nobody is told: {_names(policy.shadow)}."
    for source in policy.sources:
        yield _source(source)


def _approvals(policy: Policy) -> Iterator[str]:
    asked = policy.approvals
    yield (
        f"  An ordinary entitlement needs {_people(asked.quorum)} to approve, a privileged one "
        f"{_people(asked.quorum_privileged)}."
    )
    yield (
        f"  An approval may be reported up to {tell_span(asked.grace)} after the access was given; "
        f"clocks may differ by {tell_span(asked.clock_skew)}."
    )
    yield f"  Two accounts are one person if the link is proven by: {_names(policy.link_proofs)}."


def _evidence(policy: Policy) -> Iterator[str]:
    asked = policy.evidence
    if asked.reason_for is Demand.NONE:
        yield "  No decision needs a reason."
    else:
        yield (
            f"  {_decisions(asked.reason_for)} a reason of {asked.reason_length_min} characters or "
            f"more, within {tell_span(asked.reason_grace)}."
        )
    if asked.due_for is Demand.NONE:
        yield "  No approval needs evidence."
    else:
        more = f", and is waited for {tell_span(asked.grace)} more" if asked.grace else ""
        yield f"  {_decisions(asked.due_for)} evidence within {tell_span(asked.due_within)}{more}."
    for each in policy.evidence_needed:
        yield f"  Rights of type {_names(each.types)} need evidence: {' or '.join(each.kinds)}."
    if asked.spared_types:
        yield f"  Unless privileged, rights of type {_names(asked.spared_types)} need neither."


def _machines(policy: Policy) -> Iterator[str]:
    yield (
        f"  Both sides of a callout must tell of it within "
        f"{tell_span(policy.webhooks.pair_within)}; ignored destinations: "
        f"{_names(policy.webhooks.ignored_destinations)}."
    )
    yield (
        f"  A change made outside may wait {tell_span(policy.outside.grace)} for its ticket; "
        f"accounts that may make one: {_names(policy.outside.sanctioned_actors)}."
    )
    yield f"  Machine accounts that may approve: {_names(policy.known_automation)}."


def _exempt(policy: Policy) -> Iterator[str]:
    own = policy.self_service
    given = (*policy.birthright_entitlements, *policy.birthright_workflows)
    yield (
        f"  People may give themselves: {_names(own.entitlements)}; and what is of criticality: "
        f"{_names(own.criticalities)}."
    )
    yield f"  Given by rule, without approval: {_names(given)}."
    if not policy.exceptions:
        yield "  There are no exceptions."
    for each in policy.exceptions:
        about = (
            f"{name} {value}"
            for name in ("person", "account", "entitlement", "workflow")
            if (value := getattr(each, name)) is not None
        )
        yield (
            f"  Exception to {each.rule} for {', '.join(about)}, until {_moment(each.until)}, "
            f"owned by {each.owner}: {each.reason} (instead: "
            f"{each.mitigating_control or 'no mitigating control is named'})"
        )


def _waiting(policy: Policy) -> Iterator[str]:
    yield (
        f"  An event without a case waits {tell_span(policy.webhooks.linking_grace)} for one; a "
        f"silent source is waited for {tell_span(policy.silence_patience)} past a deadline; a case "
        f"settles after {tell_span(policy.settle_after)} without news."
    )


def _source(source: SourcePolicy) -> str:
    reader = source.connector or "not said"
    progress = source.progress.value if source.progress else "told, or else the clock"
    delay = tell_span(source.delay) if source.delay is not None else "as its connector declares"
    silent = tell_span(source.silent_after) if source.silent_after is not None else "never"
    return (
        f"  Source {source.name}: connector: {reader}; progress: {progress}; delay: {delay}; "
        f"counts as silent after: {silent}."
    )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _decisions(demand: Demand) -> str:
    return {
        Demand.ALL: "Every approval needs",
        Demand.PRIVILEGED: "An approval of something privileged needs",
        Demand.NONE: "No approval needs",
    }[demand]


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"
