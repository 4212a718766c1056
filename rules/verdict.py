"""Ask one rule about one case, and stamp what it sees."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from rules.events import Event, Party, called
from rules.finding import Change, Finding, finding_id
from rules.policy import Exemption
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, Rule, Scope, SetAside


class Verdict(StrEnum):
    """What a control has to say about a case, from worst to best."""

    # Enum's own is written in Python and is called for every look-up.
    __hash__ = str.__hash__

    BROKEN = "broken"
    OPEN = "open"
    CANNOT_TELL = "cannot_tell"
    HELD = "held"


BADNESS = {verdict: -rank for rank, verdict in enumerate(Verdict)}
"""How bad a verdict is: the larger, the worse."""


class Reached(NamedTuple):
    """A rule's answer about a case: the verdict and what it rests on."""

    verdict: Verdict
    asks: tuple[AskAgain, ...] = ()
    unknown: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    breaches: tuple[Breach, ...] = ()


HELD = Reached(Verdict.HELD)


def reach(rule: Rule, file: CaseFile) -> Reached:
    """Ask, and weigh the answers: a breach outweighs what is open, that what nobody can tell."""
    answers = list(rule.ask(file))
    return weigh(rule, file, answers) if answers else HELD


def weigh(rule: Rule, file: CaseFile, answers: list[Answer]) -> Reached:
    """Weigh what a rule answered; recorded exceptions set breaches aside."""
    if len(answers) == 1 and isinstance(answers[0], AskAgain):
        return Reached(Verdict.OPEN, asks=(answers[0],))
    breaches: tuple[Breach, ...] = ()
    asks: list[AskAgain] = []
    unknown: list[str] = []
    aside: list[str] = []
    for given in answers:
        answer = _excuse(rule, file, given)
        match answer:
            case AskAgain():
                asks.append(answer)
            case CannotTell():
                unknown.append(answer.reason)
            case Breach():
                breaches += (answer,)
            case SetAside():
                aside.append(answer.reason)
    worst = _worst(breaches, asks, unknown)
    return Reached(worst, tuple(asks), tuple(unknown), tuple(aside), breaches)


def _worst(breaches: object, asks: object, unknown: object) -> Verdict:
    if breaches:
        return Verdict.BROKEN
    if asks:
        return Verdict.OPEN
    return Verdict.CANNOT_TELL if unknown else Verdict.HELD


def _excuse(rule: Rule, file: CaseFile, answer: Answer) -> Answer:
    if not isinstance(answer, Breach):
        return answer
    for exemption in file.policy.exceptions:
        if exemption.rule == rule.id and _covers(exemption, file, answer):
            return SetAside(f"recorded exception of {exemption.owner}: {exemption.reason}")
    return answer


def _covers(exemption: Exemption, file: CaseFile, breach: Breach) -> bool:
    if decided_at(file, breach) >= exemption.until:
        return False
    parties = [party for party in breach.parties if party is not None]
    return (
        (exemption.workflow in (None, file.path.workflow))
        and exemption.entitlement in (None, *(e.id for e in file.path.entitlements))
        and exemption.person in (None, *(party.person for party in parties))
        and exemption.account in (None, *(party.account for party in parties))
    )


def _evidence(file: CaseFile, breach: Breach) -> list[Event]:
    return [event for event in file.path.events if event.id in breach.evidence]


def decided_at(file: CaseFile, breach: Breach) -> datetime:
    """When, in the record's own time, the answer followed."""
    if breach.at is not None:
        return breach.at
    return max(event.occurred_at for event in _evidence(file, breach))


def stamp(rule: Rule, file: CaseFile, breach: Breach) -> Finding:
    """Make a finding of a breach: everything on it that the rule could not say itself."""
    first = breach.evidence[0]
    about = [event for event in file.path.events if event.id == first]
    privileged = file.path.privileged if breach.privileged is None else breach.privileged
    return Finding(
        finding=finding_id(rule.id, file.tenant, file.case, breach.subject or first),
        number=1,
        change=Change.OPENED,
        rule=rule.id,
        rule_version=rule.version,
        severity=rule.severity_privileged if privileged else rule.severity,
        title=rule.title,
        tenant=file.tenant,
        case=file.case,
        at=decided_at(file, breach),
        evidence=breach.evidence,
        who=_who(breach.parties),
        summary=breach.summary,
        next_step=rule.next_step,
        controls=rule.controls,
        policy=file.policy.version,
        source=about[0].source if about else _itself(file),
        workflow=file.path.workflow,
        entity=None if file.scope is Scope.CASE else file.scope.value,
        shadow=True if rule.id in file.policy.shadow else None,
    )


def _itself(file: CaseFile) -> str:
    """Who is behind a breach that no event shows: a source that is silent."""
    return file.case if file.scope is Scope.SOURCE else ""


def _who(parties: tuple[Party | None, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(called(party) for party in parties if party is not None))
