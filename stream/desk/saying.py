"""What somebody says of alerts becomes a note, or is refused: the same for verbs and pages."""

from datetime import datetime, timedelta

from rules.errors import FoureyesError
from stream.desk.notes import Cover, Manner, Note, Notes, Said, Silence, note_id
from stream.faults import one_of, shown

LONGEST = timedelta(days=90)
"""No silence is asked for longer than this."""


class UnfitNoteError(FoureyesError):
    """What was said of an alert can not count: of what, what was found and what was expected."""

    def __init__(self, *, key: str, found: str, expected: str) -> None:
        self.key = key
        self.found = found
        self.expected = expected
        super().__init__(f"{key} is {found}; expected {expected}")


class OwnSilenceError(UnfitNoteError):
    """Who proposed a silence, or nobody who can be named, wants to approve it."""

    def __init__(self, *, by: str, silence: Silence) -> None:
        proposer = silence.proposed.by
        super().__init__(
            key="who approves it",
            found=shown(by),
            expected=f"somebody else than {proposer}, who proposed it",
        )


def looked_after(finding: str, *, by: str, now: datetime, to: str | None = None) -> Note:
    """Somebody looks after a finding: whoever says so, or whom it is assigned `to`."""
    said = Said.ACKNOWLEDGED if to is None else Said.ASSIGNED
    _check(by, "who says so")
    if to is not None:
        _check(to, "whom it is assigned to")
    return Note(
        id=note_id(said, by, now, finding, to or ""), said=said, by=by, at=now, about=finding, to=to
    )


def proposal(  # noqa: PLR0913 - what is said of a silence has names
    covers: Cover, *, until: datetime, reason: str, by: str, now: datetime, manner: Manner
) -> Note:
    """A silence that waits for somebody else. Raises UnfitNoteError."""
    _check(by, "who proposes it")
    _check(reason, "the reason")
    if not now < until <= now + LONGEST:
        expected = f"a time to come, at most {LONGEST.days} days away"
        raise UnfitNoteError(key="the end", found=shown(until.isoformat()), expected=expected)
    named = note_id(Said.PROPOSED, by, now, covers, until)
    return Note(
        id=named,
        said=Said.PROPOSED,
        by=by,
        at=now,
        about=f"S-{named[:8]}",
        reason=reason,
        until=until,
        manner=manner,
        covers=covers,
    )


def approval(notes: Notes, name: str, *, by: str, now: datetime) -> Note:
    """Somebody else agrees to a silence. Raises UnfitNoteError, OwnSilenceError."""
    silence = _silence(notes, name)
    if not silence.can_be_approved_by(by):
        raise OwnSilenceError(by=by, silence=silence)
    if not silence.waits(now):
        expected = "one that waits for somebody else and is not over"
        raise UnfitNoteError(key=name, found=_became(silence), expected=expected)
    return Note(
        id=note_id(Said.APPROVED, by, now, name), said=Said.APPROVED, by=by, at=now, about=name
    )


def ending(notes: Notes, name: str, *, reason: str, by: str, now: datetime) -> Note:
    """A silence, or the proposal of one, ends before its time. Raises UnfitNoteError."""
    silence = _silence(notes, name)
    _check(by, "who ends it")
    _check(reason, "the reason")
    if silence.ended is not None:
        raise UnfitNoteError(key=name, found=_became(silence), expected="one that goes on")
    return Note(
        id=note_id(Said.ENDED, by, now, name),
        said=Said.ENDED,
        by=by,
        at=now,
        about=name,
        reason=reason,
    )


def _silence(notes: Notes, name: str) -> Silence:
    silence = notes.silences.get(name)
    if silence is None:
        expected = one_of(name, notes.silences)
        raise UnfitNoteError(key="the silence", found=shown(name), expected=expected)
    return silence


def _became(silence: Silence) -> str:
    if silence.ended is not None:
        return f"ended by {silence.ended.by}"
    return f"approved by {silence.approved.by}" if silence.approved else "over"


def _check(told: str, key: str) -> None:
    if not told.strip():
        raise UnfitNoteError(key=key, found=shown(told), expected="something that can be read")
