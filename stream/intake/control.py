"""The control lane: what is decided about foureyes itself enters the journal like all else."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rules.events import Action, ActorKind, Event, Party, Workflow
from rules.machines.contract import ENTITIES, JOURNAL, LINKS, Output, Record
from rules.machines.keeping import read_keeping
from rules.machines.records import write_events, write_policy
from rules.machines.routing import Layout, partition_of_case
from rules.policy import Policy
from rules.weakening import weakened
from stream.canonical import CODEC
from stream.desk.notes import Note, Notes, Said, is_note, read_note, write_note
from stream.topics import raw_topic

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.veil import Veil

SOURCE = "foureyes"
"""The source under whose name foureyes reports about itself."""


POLICY = "foureyes/policy"
"""The workflow as which the policy itself is reported when it changes."""


SILENCE = "foureyes/silence"
"""The workflow as which a silence of alerts is reported."""


WEAKER_CHARS_MAX = 2_000
"""How much of what becomes weaker is told in the event."""


class Control:
    """Copies each policy version into every partition of the journal and the links log.

    A version that differs from the one before is also an event like any other: published by its
    author, approved by its approver, with what becomes weaker as its justification.

    What is decided about keeping goes to the journal alone: a case's to its partition. Which
    entries of a partition of the trail are forgotten goes to the machine that writes it.
    """

    def __init__(self, layout: Layout, veil: "Veil | None" = None) -> None:
        self._layout = layout
        self._veil = veil
        self._taken = 0
        self._last: bytes | None = None
        """The latest policy, as it was written."""
        self._notes = Notes()

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Take policies, as `policy_record` wrote them, decisions about keeping, and notes.

        Raises UnreadableRecordError.
        """
        out = []
        for record in records:
            if not is_policy(record.value):
                out += self._decided(record)
                continue
            value = write_policy(CODEC, CODEC.read_policy(record.value))
            out += [Output(JOURNAL, p, value) for p in range(self._layout.journal)]
            out += [Output(LINKS, p, value) for p in range(self._layout.links)]
            out += self._told(record)
            self._last = record.value
        self._taken += len(records)
        if self._veil is not None:
            self._veil.keep()
        return out

    def _decided(self, record: Record) -> list[Output]:
        if is_keeping(record.value):
            return self._keeping(record.value)
        note = read_note(record.value)
        self._notes.take(note)
        events = silence_events(note, self._notes)
        return self._frame(events if self._veil is None else map(self._veil.said, events))

    def _keeping(self, value: bytes) -> list[Output]:
        partitions = self._layout.journal
        keeping = read_keeping(json.loads(value))
        if keeping.partition is not None:
            # The trail has the judges' partitions first, and then those of the patterns machines.
            is_judged = keeping.partition < partitions
            log = JOURNAL if is_judged else ENTITIES
            return [Output(log, keeping.partition % partitions, value)]
        if keeping.case is None:
            return [Output(JOURNAL, p, value) for p in range(partitions)]
        place = partition_of_case(keeping.tenant, keeping.case, partitions)
        return [Output(JOURNAL, place, value)]

    def set_aside(self, _record: Record, decision: bytes) -> list[Output]:
        """Pass the decision on to the journal in place of the record."""
        self._taken += 1
        return [Output(JOURNAL, 0, decision)]

    def _told(self, record: Record) -> list[Output]:
        """Tell of a change; nothing for the first version, and for the same again."""
        if self._last is None or self._last == record.value:
            return []
        before, policy = CODEC.read_policy(self._last), CODEC.read_policy(record.value)
        return self._frame(change_events(before, policy, record))

    def _frame(self, told: Iterable[Event]) -> list[Output]:
        events = list(told)
        if not events:
            return []
        case = events[0].case or ""
        partition = partition_of_case(None, case, self._layout.journal)
        frame = write_events(CODEC, raw_topic(SOURCE), [CODEC.write(each) for each in events])
        return [Output(JOURNAL, partition, frame)]

    def head(self) -> bytes:
        """How many policies were taken."""
        return b"%d" % self._taken

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """How many records were taken, the latest policy, and the silences that were proposed."""
        yield "taken", b"%d" % self._taken
        for name, silence in self._notes.silences.items():
            yield f"silence:{name}", write_note(silence.proposed)
        if self._last is not None:
            yield "last", self._last

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        for name, row in rows:
            if name == "last":
                self._last = row
            elif name.startswith("silence:"):
                self._notes.take(read_note(row))
            else:
                self._taken = int(row)


def change_events(before: Policy, policy: Policy, record: Record) -> Iterator[Event]:
    """A version as its author published it, and as its approver approved it, if anybody did."""
    weaker = [f"{each.meaning}: {each.after}" for each in weakened(before, policy)]
    published = Event(
        id=f"{policy.version}@{record.offset}",
        source=SOURCE,
        action=Action.WORKFLOW_PUBLISHED,
        occurred_at=datetime.fromtimestamp(record.at_ms / 1000, UTC),
        case=f"{POLICY}/{policy.version}",
        actor=_human(policy.author),
        workflow=Workflow(id=POLICY, version=policy.version, owner=policy.owner),
        justification="; ".join(weaker)[:WEAKER_CHARS_MAX] or None,
        outcome="weaker" if weaker else "not weaker",
    )
    yield published
    if policy.approved_by is not None:
        yield replace(
            published,
            id=f"{published.id}:approved",
            action=Action.WORKFLOW_APPROVED,
            actor=_human(policy.approved_by),
            justification=None,
            outcome=None,
        )


def _human(account: str | None) -> Party | None:
    return None if account is None else Party(account=account, kind=ActorKind.HUMAN)


def silence_events(note: Note, notes: Notes) -> Iterator[Event]:
    """A silence that two people have agreed to, as the one published and the other approved it.

    Until then it is in force nowhere, and afterwards its end is told. A person whom it names is its
    beneficiary.
    """
    silence = notes.silences.get(note.about)
    if silence is None or note.said not in {Said.APPROVED, Said.ENDED}:
        return
    proposed = silence.proposed
    named = proposed.covers.person if proposed.covers else None
    published = Event(
        id=f"{proposed.id}@{note.id}",
        source=SOURCE,
        action=Action.WORKFLOW_PUBLISHED,
        occurred_at=note.at,
        case=f"{SILENCE}/{note.about}",
        actor=_human(proposed.by),
        beneficiary=_human(named),
        workflow=Workflow(id=SILENCE, version=note.about),
        justification=f"{proposed.manner} of {proposed.covers} until {proposed.until}: "
        f"{proposed.reason}"[:WEAKER_CHARS_MAX],
        outcome="weaker",
    )
    if note.said is Said.ENDED:
        yield replace(published, actor=_human(note.by), outcome="ended", justification=note.reason)
        return
    yield published
    yield replace(
        published,
        id=f"{published.id}:approved",
        action=Action.WORKFLOW_APPROVED,
        actor=_human(note.by),
        outcome=None,
        justification=None,
    )


def is_policy(value: bytes) -> bool:
    """Whether a record of the control lane is a policy; else two people's decision, or a note."""
    return not is_keeping(value) and not is_note(value)


def is_keeping(value: bytes) -> bool:
    """Whether a record of the control lane decides about keeping."""
    return b'"record":"keeping"' in value


def policy_record(policy: Policy, last: bytes | None, now: datetime) -> bytes | None:
    """Write the policy down, unless `last`, the latest one written, says the same.

    The first one counts since ever; each further one for the cases that open from now on, unless
    its author has said from when.
    """
    if last is not None:
        known = CODEC.read_policy(last)
        if replace(known, in_force_from=policy.in_force_from) == policy:
            return None
        if policy.in_force_from is None:
            policy = replace(policy, in_force_from=now)
    return CODEC.write(policy)
