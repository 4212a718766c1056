"""Plain words for what the record holds: times, spans, lists, rights, evidence, actions."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from rules.events import MACHINES, Action, ActorKind, Entitlement, Evidence, Party, called

LISTED_MAX = 8
"""So many grounds of a decision are named one by one; of more, the rest is counted."""
QUOTED_CHARS_MAX = 400
"""How much of a text that somebody wrote is read out."""
DIGEST_CHARS = 12
SPANS_KEPT = 4_096
"""Spans that are kept in words: most are seconds and minutes, and come again in each case."""
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class Words(NamedTuple):
    """An action as a clause, and as the thing that somebody waits for."""

    clause: str
    noun: str


WORDS: dict[Action, Words] = {
    Action.REQUESTED: Words("{who} asked for {right}{whom}", "a request"),
    Action.AMENDED: Words("{who} changed the request{about}{whom}", "a change of the request"),
    Action.WITHDRAWN: Words("{who} withdrew the request", "a withdrawal"),
    Action.CANCELLED: Words("{who} cancelled the request", "a cancellation"),
    Action.EXPIRED: Words("{who} let the request expire", "an expiry"),
    Action.EVIDENCED: Words("{who} attached {evidence}", "evidence"),
    Action.EVIDENCE_VIEWED: Words("{who} looked at {evidence}", "a look at the evidence"),
    Action.ASSIGNED: Words("{who} gave the decision to {to}", "an assignment"),
    Action.DELEGATED: Words("{who} delegated the decision to {to}", "a delegation"),
    Action.ESCALATED: Words("{who} escalated the decision to {to}", "an escalation"),
    Action.REASSIGNED: Words("{who} handed the decision over to {to}", "a reassignment"),
    Action.APPROVED: Words("{who} approved {request}{whom}", "an approval"),
    Action.DENIED: Words("{who} denied {request}{whom}", "a denial"),
    Action.AUTO_APPROVED: Words(
        "{who} approved {request}{whom} automatically", "an automatic approval"
    ),
    Action.DECIDED: Words(
        "{who} decided about {request}{whom}, and {source} does not say what",
        "a decision that is not told",
    ),
    Action.BYPASSED: Words("{who} went past the decision about {request}{whom}", "a bypass"),
    Action.PROVISIONED: Words("{who} gave {right}{to_whom}", "a grant"),
    Action.PROVISION_FAILED: Words(
        "{who} tried to give {right}{to_whom}, and failed", "a failed grant"
    ),
    Action.REVOKED: Words("{who} took {right} away{from_whom}", "a revocation"),
    Action.CHANGED_OUTSIDE: Words(
        "{who} changed {right}{of_whom} directly, outside any request", "a change made outside"
    ),
    Action.CERTIFIED: Words("{who} certified {right}{of_whom}", "a certification"),
    Action.REVIEWED: Words("{who} reviewed {right}{of_whom}", "a review"),
    Action.EXCEPTION_GRANTED: Words("{who} granted an exception{about}{whom}", "an exception"),
    Action.EXCEPTION_ENDED: Words(
        "{who} ended the exception{about}{whom}", "the end of an exception"
    ),
    Action.EMERGENCY_ACTIVATED: Words(
        "{who} declared emergency access{about}{whom}", "a declaration of emergency access"
    ),
    Action.EMERGENCY_ENDED: Words(
        "{who} ended the emergency access{about}{whom}", "the end of emergency access"
    ),
    Action.STEP_INVOKED: Words("{who} called {call}", "a workflow's own report of the call"),
    Action.STEP_RECORDED: Words(
        "{source} saw {who} call {call}", "a record of the call by whoever received it"
    ),
    Action.WORKFLOW_PUBLISHED: Words("{who} published {workflow}", "a published workflow"),
    Action.WORKFLOW_APPROVED: Words(
        "{who} approved {workflow} for use", "an approval of the workflow"
    ),
    Action.EXTENSION_PUBLISHED: Words("{who} published {call}", "a published extension"),
    Action.EXTENSION_TESTED: Words("{who} tested {call}", "a test of the extension"),
    Action.EXTENSION_APPROVED: Words(
        "{who} approved {call} for use", "an approval of the extension"
    ),
    Action.CREDENTIAL_ISSUED: Words("{who} issued a credential{to_whom}", "a credential"),
    Action.CREDENTIAL_ROTATED: Words(
        "{who} changed the credential{of_whom}", "a changed credential"
    ),
    Action.CREDENTIAL_REVOKED: Words(
        "{who} took a credential away{from_whom}", "a revoked credential"
    ),
    Action.OWNER_ASSIGNED: Words("{who} made {to} the owner{of_whom}", "a new owner"),
    Action.OWNER_LEFT: Words(
        "{source} told that {to} is no longer the owner{of_whom}", "the leaving of an owner"
    ),
    Action.SOURCE_GAP: Words(
        "{source} told that events of its own are missing", "a report of missing events"
    ),
    Action.AUDIT_RECORD_REMOVED: Words(
        "{who} removed an audit record", "the removal of an audit record"
    ),
}
"""Every action, in words. What stands in braces is filled in by `rules.narrative`."""


def moment(at: datetime) -> str:
    """Tell a day and time: "1 November 2026 at 09:41:00 UTC"."""
    at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year} at {clock_time(at)}"


def clock_time(at: datetime) -> str:
    """Tell the time of day: "09:41:00 UTC"."""
    # Twice as quick as `strftime`, and it is asked for three times a step.
    at = at.astimezone(UTC)
    return f"{at.hour:02}:{at.minute:02}:{at.second:02} UTC"


def after(at: datetime, before: datetime | None) -> str:
    """Tell a moment by the one told before it: "41 minutes later, at 09:41:00 UTC"."""
    if before is None:
        return f"on {moment(at)}"
    if at == before:
        return "at the same moment"
    same_day = at.astimezone(UTC).date() == before.astimezone(UTC).date()
    when = f"at {clock_time(at)}" if same_day else f"on {moment(at)}"
    return f"{span(at - before)} later, {when}"


_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def span(length: timedelta) -> str:
    """Tell a span, by its two largest units: "2 days and 3 hours"."""
    return _span(abs(int(length.total_seconds())))


@lru_cache(maxsize=SPANS_KEPT)
def _span(left: int) -> str:
    parts: list[str] = []
    for unit, seconds in _UNITS:
        amount, left = divmod(left, seconds)
        if amount:
            parts.append(count(amount, unit))
        elif parts:
            break
    return listed(parts[:2]) if parts else "less than a second"


_PARTS = ("year", "month", "week", "day", "hour", "minute", "second")
_ISO_DURATION = re.compile(
    r"P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d+)?)S)?)?"
)


def duration(told: str) -> str:
    """Read an ISO 8601 duration out ("PT8H": "8 hours"); what is none is given as it is."""
    match = _ISO_DURATION.fullmatch(told)
    amounts = dict(zip(_PARTS, match.groups(), strict=True)) if match else {}
    seconds = amounts.get("second")
    if seconds and seconds.isdecimal() and not any(list(amounts.values())[:-1]):
        return _whole(int(seconds))
    parts = [count(amount, unit) for unit, amount in amounts.items() if amount]
    return listed(parts) if parts else f"a time told as {quoted(told)}"


def _whole(seconds: int) -> str:
    """Read so many seconds out in larger units, leaving nothing out."""
    parts, left = [], seconds
    for unit, size in _UNITS:
        amount, left = divmod(left, size)
        parts += [count(amount, unit)] if amount else []
    return listed(parts) or "0 seconds"


def count(amount: int | str, thing: str) -> str:
    """Count things: "1 step", "2 steps"."""
    return f"{amount} {thing}" if amount in (1, "1") else f"{amount} {thing}s"


def listed(things: Iterable[str], joint: str = "and") -> str:
    """Read a list out: "a, b and c"."""
    every = list(things)
    if len(every) <= 1:
        return "".join(every)
    return f"{', '.join(every[:-1])} {joint} {every[-1]}"


def some(things: Iterable[str]) -> str:
    """Read the beginning of a list out, and count the rest: "a, b and 12 more"."""
    every = list(things)
    rest = len(every) - LISTED_MAX
    return listed([*every[:LISTED_MAX], f"{rest} more"] if rest > 0 else every)


def quoted(text: str) -> str:
    """Quote what somebody wrote, on one line; a long text is cut."""
    line = " ".join(text.split())
    cut = f"{line[:QUOTED_CHARS_MAX]}…" if len(line) > QUOTED_CHARS_MAX else line
    return f'"{cut}"'


def printable(text: str) -> str:
    """Take out what would move a cursor, colour a terminal or turn the direction of reading."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def lowered(title: str) -> str:
    """Write a title inside a sentence."""
    return f"{title[:1].lower()}{title[1:]}"


def sentence(words: str) -> str:
    """Make a sentence of a clause. Its first letter stays: it may be part of a name."""
    return words if words.endswith((".", "!", "?", '."')) else f"{words}."


def right(entitlement: Entitlement) -> str:
    """Name a right as `DecisionPath.what` does: "Payments operator (SAP-PRD)"."""
    name = entitlement.name or entitlement.id
    return f"{name} ({entitlement.system})" if entitlement.system else name


def risk(entitlement: Entitlement) -> str | None:
    """Tell how much is at stake: "a privileged role of high criticality"; None: nobody said."""
    if entitlement.privileged is None and entitlement.criticality is None:
        return None
    kind = entitlement.type or "right"
    which = {True: "a privileged ", False: "an ordinary ", None: "a "}[entitlement.privileged]
    level = f" of {entitlement.criticality} criticality" if entitlement.criticality else ""
    return f"{which}{kind}{level}"


def backing(evidence: Iterable[Evidence]) -> str:
    """Name pieces of evidence: "ticket CHG-1 and form F-2"; nothing: "evidence that is not …"."""
    return listed(_piece(each) for each in evidence) or "evidence that is not described"


def _piece(evidence: Evidence) -> str:
    ref = f" {evidence.ref}" if evidence.ref else ""
    if not evidence.digest:
        return f"{evidence.kind}{ref}"
    return f"{evidence.kind}{ref} (digest {shortened(evidence.digest)})"


def shortened(digest: str) -> str:
    """Give the beginning of a digest, enough to compare by eye."""
    scheme, colon, value = digest.rpartition(":")
    cut = f"{value[:DIGEST_CHARS]}…" if len(value) > DIGEST_CHARS else value
    return f"{scheme}{colon}{cut}"


_KINDS = {ActorKind.SERVICE: "a service account", ActorKind.AGENT: "an agent"}


def acting(party: Party | None, represented: Party | None) -> str:
    """Name who acted, what they are if no human, and in whose name."""
    who = called(party)
    if party is not None and party.kind in MACHINES:
        who = f"{who}, {_KINDS[party.kind]},"
    if represented is not None:
        who = f"{who.rstrip(',')}, on behalf of {called(represented)},"
    return who
