"""What runs by itself in a decision was tested, and somebody else agreed to it."""

from collections.abc import Iterator

from rules.events import Action, Event, Sameness, Step, Told, sameness
from rules.facts import EXTENDING, is_privileged
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, Scope, SetAside, rule

_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)
_BACKING = frozenset({Action.EXTENSION_TESTED, Action.EXTENSION_APPROVED})


@rule(
    id="WHK-004",
    title="Custom step ran that was never tested and separately approved",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.PS-06",
        "CSF PR.PS-01",
        "53 CM-3(2)",
        "53 CM-4",
        "53 CM-5",
        "ISO A.8.32",
        "ISO A.8.29",
        "TSC CC8.1",
        "ITGC PC",
    ),
    concerns={Action.STEP_INVOKED, *EXTENDING},
    needs=(Action.STEP_INVOKED,),
    scope=Scope.EXTENSION,
)
def untested_step(file: CaseFile) -> Iterator[Answer]:
    """A version of a script, connector or webhook acted that was not tested, or only by its author.

    Fires when: an extension that the registry knows ran in a version (or content digest) without a
    test, or without an approval by somebody other than who published it, and every source that
    tells of tests and approvals has reported past the run and `extensions.grace`.

    Stays quiet when: test and approval are of that version or digest, whenever they were told; the
    approval of an emergency change came within `extensions.grace`; policy lists the extension as
    its vendor's (`extensions.vendor`), which is counted as set aside; an exception is recorded.
    Where no registry has ever told of the extension, or nobody is named as publisher or approver,
    the answer is: cannot tell. A run that tells neither version nor digest is not looked at.

    Withdrawn by: a test or an approval from before the end of the grace that is reported late.

    Next step: take that version out of use until it has been tested and somebody else has agreed.
    """
    runs = _first_runs(file.path.steps(Action.STEP_INVOKED))
    if file.case in file.policy.extensions.vendor:
        yield SetAside(f"its vendor answers for {file.case}")
    elif not file.path.steps(*EXTENDING):
        yield CannotTell(f"no registry tells of {file.case}")
    else:
        for run, ran in runs:
            answer = _backed(file, run, ran)
            if answer is not None:
                yield answer


def _first_runs(runs: list[Event]) -> list[tuple[Event, Step]]:
    """Give the first run of each version, with what ran."""
    first: dict[tuple[str | None, str | None], tuple[Event, Step]] = {}
    for run in runs:
        if run.step is not None:
            first.setdefault((run.step.version, run.step.digest), (run, run.step))
    return list(first.values())


def _is_of(told: Step, ran: Step) -> bool:
    """Whether something was said of what ran: a build anew of the same content is the same."""
    if told.digest is not None and ran.digest is not None:
        return told.digest == ran.digest
    return told.version is not None and told.version == ran.version


def _backed(file: CaseFile, run: Event, ran: Step) -> Answer | None:
    due = run.occurred_at + file.policy.extensions.grace
    backing = [
        each
        for each in file.path.steps(*EXTENDING)
        if each.step is not None and _is_of(each.step, ran) and each.occurred_at <= due
    ]
    missing = [] if any(e.action is Action.EXTENSION_TESTED for e in backing) else ["a test"]
    independent = _independent(backing)
    if independent is False:
        missing.append("an approval by somebody other than its author")
    if not missing:
        if independent is None:
            return CannotTell(f"nobody says who published or approved {file.case}")
        return None
    if not file.reached(due, _BACKING):
        return AskAgain(due, _BACKING)
    version = ran.version or ran.digest or ""
    return Breach(
        f"{file.case} ran in version {version} without {' and without '.join(missing)}",
        evidence=(run.id, *(each.id for each in backing)),
        parties=(run.actor, *(each.actor for each in backing)),
        at=due,
        subject=version,
        privileged=is_privileged(run.entitlement),
    )


def _independent(backing: list[Event]) -> bool | None:
    """Whether somebody else than the author approved; None: nobody says who they are."""
    approvals = [each for each in backing if each.action is Action.EXTENSION_APPROVED]
    authors = [each for each in backing if each.action is Action.EXTENSION_PUBLISHED]
    if not approvals:
        return False
    named = [Told(each.actor, each) for each in approvals if each.actor is not None]
    known = [Told(each.actor, each) for each in authors if each.actor is not None]
    if not named or not known:
        return None
    return any(all(sameness(one, other) not in _ONE for other in known) for one in named)
