"""Every source goes on reporting, and leaves nothing out."""

from collections.abc import Iterator
from datetime import datetime

from rules.events import Action
from rules.finding import Severity
from rules.rule import Answer, Breach, CannotTell, CaseFile, Scope, SetAside, rule


@rule(
    id="EVD-004",
    title="Source lost events or went silent",
    severity=Severity.HIGH,
    controls=(
        "CSF PR.PS-04",
        "CSF DE.CM-09",
        "53 AU-5",
        "53 AU-5(2)",
        "53 AU-6(3)",
        "ISO A.8.15",
        "ISO A.8.16",
        "TSC CC7.2",
    ),
    concerns={Action.SOURCE_GAP},
    needs=(),
    scope=Scope.SOURCE,
)
def source_silent(file: CaseFile) -> Iterator[Answer]:
    """A source says that events are missing, or nothing is heard of it any more.

    Fires when: a source reports a gap in what it told; or policy says how long it may be silent
    (`silent_after` of the source), and the log is so far past what it has reported up to.

    Stays quiet when: policy does not say how long it may be silent; maintenance was announced for
    that time (`maintenance`), which is counted as set aside; an exception is recorded. Where
    policy sets a limit and nothing has ever been heard of the source, the answer is: cannot tell.
    Gaps in sequence numbers and falling rates are not looked at.

    Withdrawn by: the source's return with all it had not told; a gap that it reports stays.

    Next step: find out why the source is silent, and have it send again what is missing.
    """
    for gap in file.path.steps(Action.SOURCE_GAP):
        aside = _announced(file, gap.occurred_at)
        yield (
            SetAside(aside)
            if aside
            else Breach(
                f"{file.case} says that events are missing from what it told",
                evidence=(gap.id,),
                parties=(gap.actor,),
                subject=f"gap\x1f{gap.case}\x1f{gap.id}",
            )
        )
    answer = _silent(file)
    if answer is not None:
        yield answer


def _silent(file: CaseFile) -> Answer | None:
    limit = file.policy.source(file.case).silent_after
    if limit is None or file.now is None:
        return None
    until = file.heard(file.case)
    if until is None:
        return CannotTell(f"{file.case} has never been heard")
    due = until + limit
    if due > file.now:
        return None
    aside = _announced(file, due)
    if aside:
        return SetAside(aside)
    return Breach(
        f"{file.case} has not reported since {until:%Y-%m-%d %H:%M:%SZ}, and policy lets it be "
        f"silent for {limit}",
        evidence=(f"heard until {until:%Y-%m-%dT%H:%M:%SZ}",),
        at=due,
        subject=f"silent\x1f{until:%Y-%m-%dT%H:%M:%S.%fZ}",
    )


def _announced(file: CaseFile, at: datetime) -> str | None:
    for each in file.policy.maintenance:
        if each.source == file.case and each.begins <= at < each.ends:
            return f"{each.owner} had announced maintenance of {file.case}"
    return None
