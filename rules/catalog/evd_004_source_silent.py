"""Every source goes on reporting, and leaves nothing out."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rules.counted import HOUR, Run
from rules.events import Action
from rules.finding import Severity
from rules.rule import Answer, Breach, CannotTell, CaseFile, Scope, SetAside, rule

_DAY = timedelta(days=1)


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
    version=2,
)
def source_silent(file: CaseFile) -> Iterator[Answer]:
    """Events of a source are missing, or nothing, or much less than usual, is heard of it.

    Fires when: a source reports a gap in what it told; or policy says how long it may be silent
    (`silent_after` of the source), and the log is so far past what it has reported up to; or policy
    lists its numbers as consecutive (`flow.consecutive`) and one was not told within
    `flow.gap_grace` of the one behind it; or policy lists it as steady (`flow.steady`) and in an
    hour that it has reported past it told fewer events than `flow.fallen_percent` of the least that
    it had told in the same hour of `flow.days_min` days before, of the same kind by the calendar.

    Stays quiet when: policy asks for none of it; maintenance was announced for that time
    (`maintenance`), or so many numbers are left out that a new numbering has begun
    (`flow.renumbered_above`), which is counted as set aside; the hour had fewer than
    `flow.events_min` events on one of those days; an exception is recorded. Where policy sets a
    limit and nothing has ever been heard of the source, or too few days show what is usual, the
    answer is: cannot tell.

    Withdrawn by: the source's return with all it had not told, or the numbers that were missing; a
    gap that it reports stays, and so does an hour, unless its events come after all.

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
    heard = file.heard(file.case)
    if heard is None:
        return
    if file.case in file.policy.flow.consecutive:
        yield from _left_out(file, heard)
    if file.case in file.policy.flow.steady:
        yield from _fallen(file, heard)


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


def _left_out(file: CaseFile, heard: datetime) -> Iterator[Answer]:
    """Find the numbers that should have come by now."""
    for hole in file.counted.holes():
        due = hole.at + file.policy.flow.gap_grace
        if due <= heard:
            aside = _announced(file, hole.at) or _renumbered(file, hole)
            yield SetAside(aside) if aside else _lost(file, hole, due)


def _renumbered(file: CaseFile, hole: Run) -> str | None:
    if hole.last - hole.first < file.policy.flow.renumbered_above:
        return None
    return f"{file.case} has begun to number its events anew from {hole.last + 1} on"


def _lost(file: CaseFile, hole: Run, due: datetime) -> Breach:
    first, last = hole.first, hole.last
    which = f"number {first}" if first == last else f"numbers {first} to {last}"
    return Breach(
        f"{file.case} told an event with number {last + 1}, and never {which}",
        evidence=(which,),
        at=due,
        subject=f"numbers\x1f{first}\x1f{last}",
    )


def _fallen(file: CaseFile, heard: datetime) -> Iterator[Answer]:
    """Find the first of the hours, one after the other, in which too little was told."""
    hours = file.counted.hours
    if not hours:
        return
    hour, was_fallen, is_known = min(hours), False, False
    while hour + HOUR <= heard:
        usual = _usual(file, hour)
        is_known = is_known or usual is not None
        is_fallen = usual is not None and _is_too_few(file, hours.get(hour, 0), usual)
        if is_fallen and not was_fallen:
            yield _fell(file, hour, usual or 0)
        hour, was_fallen = hour + HOUR, is_fallen
    if not is_known:
        yield CannotTell(f"too few days show how much {file.case} usually tells")


def _usual(file: CaseFile, hour: datetime) -> int | None:
    """Give the least of the same hour of the days before, of its kind; None: they are too few."""
    hours, calendar = file.counted.hours, file.policy.calendar
    begin, day = min(hours), hour - _DAY
    found: list[int] = []
    while day >= begin and len(found) < file.policy.flow.days_min:
        if calendar.is_workday(day) == calendar.is_workday(hour):
            found.append(hours.get(day, 0))
        day -= _DAY
    return min(found) if len(found) == file.policy.flow.days_min else None


def _is_too_few(file: CaseFile, number: int, usual: int) -> bool:
    flow = file.policy.flow
    return usual >= flow.events_min and number * 100 < usual * flow.fallen_percent


def _fell(file: CaseFile, hour: datetime, usual: int) -> Answer:
    aside = _announced(file, hour)
    if aside:
        return SetAside(aside)
    return Breach(
        f"{file.case} told {file.counted.hours.get(hour, 0)} events in the hour from "
        f"{hour:%Y-%m-%d %H:%MZ} on, where it had told at least {usual} in that hour of the days "
        "before",
        evidence=(f"hour from {hour:%Y-%m-%dT%H:%M:%SZ}",),
        at=hour + HOUR,
        subject=f"rate\x1f{hour:%Y-%m-%dT%H:%M:%SZ}",
    )


def _announced(file: CaseFile, at: datetime) -> str | None:
    for each in file.policy.maintenance:
        if each.source == file.case and each.begins <= at < each.ends:
            return f"{each.owner} had announced maintenance of {file.case}"
    return None
