"""A machine's secret is changed in time, and whenever who knows it changes."""

from collections.abc import Iterator
from datetime import datetime

from rules.events import Action, Event, Party, called
from rules.facts import is_privileged
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, Scope, SetAside, rule

_RENEWING = (Action.CREDENTIAL_ISSUED, Action.CREDENTIAL_ROTATED)
_OVER = frozenset({Action.CREDENTIAL_ROTATED, Action.CREDENTIAL_REVOKED})
_OWNING = (Action.OWNER_ASSIGNED, Action.OWNER_LEFT)


@rule(
    id="NHI-002",
    title="Credential not rotated in time / changed without rotation",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.HIGH,
    controls=(
        "CSF PR.AA-01",
        "53 IA-5",
        "ISO A.5.17",
        "TSC CC6.1",
        "NHI NHI7:2025",
    ),
    concerns={*_RENEWING, *_OVER, *_OWNING},
    needs=(frozenset({*_RENEWING, *_OWNING}),),
    scope=Scope.MACHINE,
)
def secret_not_rotated(file: CaseFile) -> Iterator[Answer]:
    """The secret of a machine account is older than policy allows, or outlived its owner.

    Fires when: a secret was issued or rotated, and neither rotated nor revoked within
    `secrets.rotate_within` after that; or the owner of the account changed, and no secret of it
    was rotated or revoked within `secrets.after_change`; each once every source that tells of
    rotations has reported past that time.

    Stays quiet when: a further secret was issued in time, as where two overlap; policy lists the
    account as one without a secret, or whose secrets a vault rotates without telling
    (`secrets.not_told`), which is counted as set aside; an exception is recorded. Where the owner
    changed and no source has ever told of a secret of the account, the answer is: cannot tell.

    Withdrawn by: a rotation or revocation in time that is reported late.

    Next step: rotate the secret now, and see where the old one was used since it was due.
    """
    machine = file.path.events[0].beneficiary
    if machine is not None and machine.account in file.policy.secrets.not_told:
        yield SetAside(f"policy knows that nobody tells of secrets of {machine.account}")
        return
    secrets = file.path.steps(*_RENEWING)
    for secret in secrets:
        due = secret.occurred_at + file.policy.secrets.rotate_within
        yield from _renewed(file, secret, due, "is older than policy allows")
    for change in file.path.steps(*_OWNING):
        if not secrets:
            yield CannotTell(f"no source tells of secrets of {file.case}")
        elif any(each.occurred_at < change.occurred_at for each in secrets):
            due = change.occurred_at + file.policy.secrets.after_change
            yield from _renewed(file, change, due, "was not changed when its owner did")


def _is_same(one: Event, other: Event) -> bool:
    """Whether two events are of one secret: they are unless they name different ones."""
    first, second = one.entitlement, other.entitlement
    return first is None or second is None or first.id == second.id


def _renewed(file: CaseFile, since: Event, due: datetime, words: str) -> Iterator[Answer]:
    if any(
        since.occurred_at <= each.occurred_at <= due and each is not since and _is_same(each, since)
        for each in file.path.steps(*_RENEWING, *_OVER)
    ):
        return
    if not file.reached(due, _OVER):
        yield AskAgain(due, _OVER)
        return
    machine: Party | None = since.beneficiary
    yield Breach(
        f"the secret of {called(machine)} {words}: it was due by {due:%Y-%m-%d %H:%M:%SZ}",
        evidence=(since.id,),
        parties=(machine, since.assignee),
        at=due,
        subject=f"{since.action}\x1f{since.source}\x1f{since.id}",
        privileged=is_privileged(since.entitlement),
    )
