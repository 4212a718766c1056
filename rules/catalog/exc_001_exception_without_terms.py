"""An exception has an end, an owner and something that makes up for it."""

from collections.abc import Iterator

from rules.events import Action, Event, called
from rules.finding import Severity
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule


@rule(
    id="EXC-001",
    title="Exception without end, owner or mitigating control",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.HIGH,
    controls=("CSF ID.RA-07", "53 AC-5", "53 CA-5", "ISO A.5.36", "TSC CC6.3"),
    concerns={Action.EXCEPTION_GRANTED},
    needs=(Action.EXCEPTION_GRANTED,),
)
def exception_without_terms(file: CaseFile) -> Iterator[Answer]:
    """Somebody granted an exception, and it does not say until when, whose it is or what helps.

    Fires when: an exception is granted without a duration, without an owner (its assignee, or the
    owner of its workflow), or without evidence of a kind that names a mitigating control
    (`exception_terms.control_evidence`).

    Stays quiet when: all three are told; evidence says that it has to be permanent
    (`exception_terms.permanent_evidence`), which excuses the end only; its source replays an older
    register (`exception_terms.imported_from`); an exception to this rule is recorded. A part that
    the source can not carry is: cannot tell.

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
