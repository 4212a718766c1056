"""What desks have decided about a small company's findings, and what people have said of them."""

from contextlib import closing
from datetime import timedelta
from itertools import cycle
from pathlib import Path

from stream.archive.standings import Standings, Wanted
from stream.desk.decisions import Decisions, Did
from stream.desk.delivery import Kind
from stream.desk.notes import Cover, Manner
from stream.desk.saying import approval, ending, looked_after, proposal
from stream.hosts.cursors import StoredCursors
from stream.hosts.store import Store
from stream.running.alerting import StoredAlerting
from stream.running.notes import leave, stored_notes
from tests.archive.trails import NINE
from tests.exports.office import Office

NOW = NINE + timedelta(days=5)
"""When all of it is looked at."""
DECIDED = (
    ("webhook", Did.TOLD, "route night tells it"),
    ("people", Did.HELD, "quiet hours, for less than critical"),
    ("alertmanager", Did.DROPPED, "route night tells webhook, people"),
    ("splunk", Did.REFUSED, "the destination refused it for good"),
)
SILENCES = (
    (Cover(rule="APR-001", workflow="wf-0"), Manner.SILENCE, "waits"),
    (Cover(rule="APR-013"), Manner.SUPPRESSION, "in force"),
    (Cover(person="ann"), Manner.SILENCE, "names its maker"),
    (Cover(case="REQ-0-*"), Manner.SILENCE, "ended"),
)


def staged_alerting(office: Office, directory: Path) -> StoredAlerting:
    """A data directory in which all of that is, and who tells of it."""
    Store(directory).close()
    _decide(office, directory)
    _say(office, directory)
    return StoredAlerting(directory)


def _decide(office: Office, directory: Path) -> None:
    found = [each.finding for each in Standings(office.engine).page(Wanted(stands=True), 50)]
    with closing(StoredCursors(directory)) as cursors:
        for shift, (name, _, _) in enumerate(DECIDED):
            decisions, turns = Decisions(name), cycle(DECIDED[shift:] + DECIDED[:shift])
            for number, finding in enumerate(found):
                _, did, reason = next(turns)
                decisions.add(
                    did,
                    reason,
                    at=NOW - timedelta(minutes=len(found) - number),
                    finding=finding,
                    kind=Kind.FIRING,
                    route="night",
                    group=finding.workflow or finding.finding,
                    until=NOW + timedelta(hours=8) if did is Did.HELD else None,
                )
            cursors.save(name, {}, dict(decisions.changes()))


def _say(office: Office, directory: Path) -> None:
    """Bo looks after the latest finding, cy after the next; ann proposes, bo agrees."""
    first, second = Standings(office.engine).page(Wanted(stands=True), 2)
    at = NOW - timedelta(hours=1)
    leave(directory, looked_after(first.finding.finding, by="bo", now=at))
    leave(directory, looked_after(second.finding.finding, by="bo", now=at, to="cy"))
    for number, (covers, manner, state) in enumerate(SILENCES):
        at = NOW - timedelta(minutes=50 - 10 * number)
        until, reason = NOW + timedelta(days=2), "the workflow moves house until Thursday"
        told = proposal(covers, until=until, reason=reason, by="ann", now=at, manner=manner)
        leave(directory, told)
        if state in ("in force", "ended"):
            later = at + timedelta(minutes=1)
            leave(directory, approval(stored_notes(directory), told.about, by="bo", now=later))
        if state == "ended":
            later = at + timedelta(minutes=2)
            notes = stored_notes(directory)
            leave(directory, ending(notes, told.about, reason="moved", by="cy", now=later))
