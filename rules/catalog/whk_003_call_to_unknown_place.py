"""Workflows call places that somebody agreed to, and calls show who they are from."""

from collections.abc import Iterator

from rules.events import Action, Event
from rules.finding import Severity
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule

_CALLS = (Action.STEP_INVOKED, Action.STEP_RECORDED)
_UNSIGNED = {
    "signature:missing": "carried no signature",
    "signature:bad": "carried a signature that is wrong",
}
"""Words of an outcome, as the gateway tells them."""
_ENDS_A_PART = ("/", "?", "#", ":")


@rule(
    id="WHK-003",
    title="Webhook to unknown or unsigned place",
    severity=Severity.HIGH,
    controls=(
        "CSF DE.CM-06",
        "CSF PR.DS-02",
        "53 AC-3",
        "53 SI-7",
        "ISO A.5.19",
        "ISO A.8.16",
        "TSC CC6.1",
        "TSC CC7.2",
        "NHI NHI3:2025",
        "NHI NHI4:2025",
    ),
    concerns=set(_CALLS),
    needs=(frozenset(_CALLS),),
)
def call_to_unknown_place(file: CaseFile) -> Iterator[Answer]:
    """A call went where nobody had allowed it to go, was not signed, or came back later.

    Fires when: policy lists the destinations that are allowed (`webhooks.allowed_destinations`)
    and a call went elsewhere; a gateway says that the signature of a call was missing or wrong; a
    source received one invocation twice, further apart than retries come
    (`webhooks.pair_within`).

    Stays quiet when: policy has no such list; the place is known to sign nothing
    (`webhooks.unsigned_destinations`); the tenant is a sandbox (`webhooks.sandbox_tenants`); an
    exception is recorded, as for the time in which a secret is changed. Where there is a list and
    a call names no destination, the answer is: cannot tell.

    Withdrawn by: a correction of the call by its source.

    Next step: find out who set the destination and what was sent there; stop the step until
    somebody has agreed to it.
    """
    for call in file.path.steps(*_CALLS):
        for answer in (_elsewhere(file, call), _unsigned(file, call), _replayed(file, call)):
            if isinstance(answer, Breach) and file.tenant in file.policy.webhooks.sandbox_tenants:
                yield SetAside(f"{file.tenant} is a sandbox")
            elif answer is not None:
                yield answer


def _place(call: Event) -> str | None:
    return call.step.destination if call.step is not None else None


def _is_listed(place: str, listed: tuple[str, ...]) -> bool:
    """Whether a place is one of these or inside: `https://a.example` is not `https://a.example.org`."""
    return any(
        place == known
        or (
            place.startswith(known)
            and (known.endswith(_ENDS_A_PART) or place[len(known)] in _ENDS_A_PART)
        )
        for known in listed
    )


def _elsewhere(file: CaseFile, call: Event) -> Answer | None:
    allowed = file.policy.webhooks.allowed_destinations
    if not allowed:
        return None
    place = _place(call)
    if place is None:
        return CannotTell(f"{call.source} does not say where it called")
    if _is_listed(place, allowed):
        return None
    return Breach(
        f"{call.source} tells of a call to {place}, which no policy allows",
        evidence=(call.id,),
        parties=(call.actor,),
        subject=f"place\x1f{call.source}\x1f{call.id}",
    )


def _unsigned(file: CaseFile, call: Event) -> Answer | None:
    words = [word for word in (call.outcome or "").split() if word in _UNSIGNED]
    if not words:
        return None
    place = _place(call) or "a place that is not named"
    if _is_listed(place, file.policy.webhooks.unsigned_destinations):
        return SetAside("policy knows that this destination signs nothing")
    return Breach(
        f"a call to {place} {_UNSIGNED[words[0]]}, says {call.source}",
        evidence=(call.id,),
        parties=(call.actor,),
        subject=f"signature\x1f{call.source}\x1f{call.id}",
    )


def _replayed(file: CaseFile, call: Event) -> Answer | None:
    """Find the first of two receptions of one invocation, where they are too far apart."""
    if call.action is not Action.STEP_RECORDED or call.step is None or not call.step.invocation:
        return None
    for other in file.path.steps(Action.STEP_RECORDED):
        if (
            other.source == call.source
            and other.step is not None
            and other.step.invocation == call.step.invocation
            and call.occurred_at - other.occurred_at > file.policy.webhooks.pair_within
        ):
            return Breach(
                f"{call.source} received the invocation {call.step.invocation} again, "
                f"{call.occurred_at - other.occurred_at} after it had first received it",
                evidence=(call.id, other.id),
                parties=(call.actor,),
                subject=f"again\x1f{call.source}\x1f{call.id}",
            )
    return None
