"""What was once recorded stays as it was."""

from collections.abc import Iterator, Sequence

from rules.events import Action, called
from rules.finding import Severity
from rules.rule import Answer, Breach, CaseFile, rule
from rules.shown import TOLD_TWICE


@rule(
    id="EVD-005",
    title="Audit record altered, deleted or back-dated",
    severity=Severity.CRITICAL,
    controls=(
        "CSF RS.AN-07",
        "CSF PR.DS-01",
        "53 AU-9",
        "53 AU-9(3)",
        "53 AU-10",
        "53 SI-7",
        "ISO A.5.33",
        "ISO A.8.15",
        "TSC CC7.2",
        "TSC CC7.3",
    ),
    concerns={Action.AUDIT_RECORD_REMOVED},
    needs=(frozenset({Action.AUDIT_RECORD_REMOVED, TOLD_TWICE}),),
)
def audit_record_altered(file: CaseFile) -> Iterator[Answer]:
    """A source tells one event in two ways, or says that a record of it was removed.

    Fires when: two events share a source and an id and differ in content; or a source reports
    that an audit record was deleted.

    Stays quiet when: the same content is sent again; an exception is recorded.

    Withdrawn by: nothing; both contents stay in the record.

    Next step: get the event from the source itself and compare; find out who can write there.
    """
    for (source, event_id), told in file.path.variants.items():
        yield Breach(
            f"{source} has told event {event_id} in {len(told)} different ways; they differ in "
            f"{', '.join(_differing(told))}",
            evidence=(event_id,),
            parties=tuple(event.actor for event in told if event.actor is not None),
            at=max(event.occurred_at for event in told),
            subject=f"{source}\x1f{event_id}",
        )
    for removed in file.path.steps(Action.AUDIT_RECORD_REMOVED):
        yield Breach(
            f"{called(removed.actor)} removed an audit record at {removed.source}",
            evidence=(removed.id,),
            parties=(removed.actor,),
        )


_COMPARED = (
    "action",
    "occurred_at",
    "actor",
    "on_behalf_of",
    "beneficiary",
    "entitlement",
    "scope",
    "duration",
    "justification",
    "evidence",
    "outcome",
)


def _differing(told: Sequence[object]) -> list[str]:
    """Name the fields that differ, so that the sentence says what was altered."""
    first, *others = told
    named = [
        field.replace("_", " ")
        for field in _COMPARED
        if any(getattr(other, field) != getattr(first, field) for other in others)
    ]
    return named or ["details"]
