"""An exception has an end, an owner and something that makes up for it, and is not the rule."""

from collections import defaultdict
from collections.abc import Iterator

from rules.events import Action, Event, called
from rules.facts import is_privileged
from rules.finding import Severity
from rules.rule import (
    Answer,
    Breach,
    CannotTell,
    CaseFile,
    Pattern,
    Scope,
    SetAside,
    groups_of,
    rule,
)


def renewed_again(file: CaseFile) -> Iterator[Answer]:
    """Find exceptions for one person and right that are renewed more often than policy lets."""
    terms = file.policy.exception_terms
    by_right: dict[str | None, list[Event]] = defaultdict(list)
    for granted in file.path.steps(Action.EXCEPTION_GRANTED):
        kinds = {each.kind for each in granted.evidence}
        if granted.source not in terms.imported_from and kinds.isdisjoint(terms.permanent_evidence):
            right = granted.entitlement
            by_right[right.id if right is not None else None].append(granted)
    if len(by_right.pop(None, [])) > terms.renewals_max + 1:
        yield CannotTell("exceptions do not tell for which right they were granted")
    for right_id, grants in by_right.items():
        yield from _too_often(file, str(right_id), grants)


def _too_often(file: CaseFile, right: str, grants: list[Event]) -> Iterator[Answer]:
    terms = file.policy.exception_terms
    for last, granted in enumerate(grants):
        since = granted.occurred_at - terms.renewals_within
        counted = [each for each in grants[: last + 1] if each.occurred_at > since]
        renewals = len(counted) - 1
        if renewals > terms.renewals_max:
            yield Breach(
                f"the exception for {called(granted.beneficiary)} about {right} was renewed "
                f"{renewals} times since {counted[0].occurred_at:%Y-%m-%d}; policy lets it be "
                f"{terms.renewals_max} times",
                evidence=(granted.id, *(each.id for each in counted[:-1])),
                parties=(granted.actor, granted.beneficiary),
                subject=f"renewed\x1f{right}\x1f{granted.source}\x1f{granted.id}",
                privileged=is_privileged(granted.entitlement),
            )


@rule(
    id="EXC-001",
    title="Exception without end, owner or mitigating control, or renewed again and again",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.HIGH,
    controls=("CSF ID.RA-07", "53 AC-5", "53 CA-5", "ISO A.5.36", "TSC CC6.3"),
    concerns={Action.EXCEPTION_GRANTED},
    needs=(Action.EXCEPTION_GRANTED,),
    patterns=(
        Pattern(scope=Scope.PERSON, needs=groups_of(Action.EXCEPTION_GRANTED), ask=renewed_again),
    ),
    version=2,
)
def exception_without_terms(file: CaseFile) -> Iterator[Answer]:
    """Somebody granted an exception, and it does not say until when, whose it is or what helps.

    Fires when: an exception is granted without a duration, without an owner (its assignee, or the
    owner of its workflow), or without evidence of a kind that names a mitigating control
    (`exception_terms.control_evidence`); or one for a person and a right is renewed more than
    `exception_terms.renewals_max` times within `exception_terms.renewals_within`.

    Stays quiet when: all three are told; evidence says that it has to be permanent
    (`exception_terms.permanent_evidence`), which excuses the end only; its source replays an older
    register (`exception_terms.imported_from`); an exception to this rule is recorded. A part that
    the source can not carry, or renewals that name no right: cannot tell.

    Withdrawn by: a correction of the exception by its source.

    Next step: ask whoever granted it for what is missing, or end it.
    """
    terms = file.policy.exception_terms
    for granted in file.path.steps(Action.EXCEPTION_GRANTED):
        lacking = _lacking(file, granted)
        missing = [words for words, field in lacking if file.tells(granted.source, field)]
        if lacking and granted.source in terms.imported_from:
            yield SetAside(f"{granted.source} replays an older register of exceptions")
            continue
        if len(missing) < len(lacking):
            yield CannotTell(f"{granted.source} can not say everything that an exception needs")
        if missing:
            yield Breach(
                f"{called(granted.actor)} granted an exception about {file.path.what()} without "
                f"{' and without '.join(missing)}",
                evidence=(granted.id,),
                parties=(granted.actor, granted.beneficiary),
            )
        elif not granted.duration and not lacking:
            yield SetAside("evidence says that the exception has to be permanent")


def _lacking(file: CaseFile, granted: Event) -> list[tuple[str, str]]:
    """What an exception does not tell: in words, and by the field that would."""
    terms = file.policy.exception_terms
    kinds = {each.kind for each in granted.evidence}
    lacking = []
    if not granted.duration and kinds.isdisjoint(terms.permanent_evidence):
        lacking.append(("an end", "duration"))
    if granted.assignee is None and not (granted.workflow and granted.workflow.owner):
        lacking.append(("an owner", "assignee"))
    if kinds.isdisjoint(terms.control_evidence):
        lacking.append(("a mitigating control", "evidence"))
    return lacking
