"""The steps of one case that belong to different people are taken by different people."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, Event, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule
from rules.shown import BIT
from rules.terms import KeptApart

_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)
_ACTIONS: dict[str, Action] = {action.value: action for action in Action}


@rule(
    id="SOD-001",
    title="One person did several of ask / approve / give / certify",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=("CSF PR.AA-05", "53 AC-5", "ISO A.5.3", "TSC CC6.3", "ITGC APD"),
    concerns=frozenset(Action),
    needs=(frozenset(Action),),
    moot=lambda shown, policy: not any(_may_be_there(shown, pair) for pair in policy.keep_apart),
)
def one_person_several_steps(file: CaseFile) -> Iterator[Answer]:
    """Two steps that policy keeps apart were taken by one person.

    Fires when: of a pair of steps in `keep_apart`, named by our actions or by the workflow's own
    names of steps (or of stages), both are on record in the case and one account, or one person by
    a proven link, took both.

    Stays quiet when: a machine or known automation took one of the two; policy does not keep the
    two apart (whoever merely executes what others decided); an exception is recorded. Two
    accounts of one source that nobody has linked count as two people. Where nobody is named, or
    the accounts are of two sources that nobody has linked, the answer is: cannot tell.

    Withdrawn by: a corrected identity link, or a step that is told differently.

    Next step: have somebody else take the later step again; find out why the route let one person
    take both.
    """
    for pair in file.policy.keep_apart:
        if pair.workflow not in (None, file.path.workflow):
            continue
        for later in _steps(file, pair.second):
            yield from _compared(file, later, _steps(file, pair.first))


def _may_be_there(shown: int, pair: KeptApart) -> bool:
    """Whether both steps can be on record, seen at a glance: nearly always one never came."""
    words = {word for word in (pair.first, pair.second) if word in _ACTIONS}
    return all(shown & BIT[word] for word in words)


def _steps(file: CaseFile, word: str) -> list[Event]:
    path = file.path
    action = _ACTIONS.get(word)
    if action is not None:
        return path.steps(action)
    return [each for each in path.events if _own_name(each) == word]


def _own_name(event: Event) -> str | None:
    """What the workflow calls a step; its stage where no workflow is named."""
    step = event.workflow.step if event.workflow is not None else None
    return step or event.stage


def _compared(file: CaseFile, later: Event, others: list[Event]) -> Iterator[Answer]:
    for other in others:
        if other is later:
            continue
        answer = _one(file, later, other)
        if answer is not None:
            yield answer
        if isinstance(answer, Breach):
            return


def _one(file: CaseFile, later: Event, other: Event) -> Answer | None:
    if later.actor is None or other.actor is None:
        nameless = later if later.actor is None else other
        return CannotTell(f"nobody is named as having taken the step {_called(nameless)}")
    if later.actor.kind in MACHINES or other.actor.kind in MACHINES:
        return None
    same = sameness(Told(later.actor, later), Told(other.actor, other))
    if same is Sameness.INCOMPARABLE:
        return CannotTell(
            f"{called(other.actor)} took {_called(other)} and {called(later.actor)} took "
            f"{_called(later)}, in name spaces that nobody has linked"
        )
    if same not in _ONE:
        return None
    for account in (later.actor.account, other.actor.account):
        if account in file.policy.known_automation:
            return SetAside(f"policy lists {account} as known automation, which is no person")
    return Breach(
        f"{called(later.actor)} took {_called(later)} and {_called(other)} in the case about "
        f"{file.path.what()}, which policy keeps apart",
        evidence=(later.id, other.id),
        parties=(later.actor, other.actor),
        subject=f"{later.source}\x1f{later.id}\x1f{other.source}\x1f{other.id}",
    )


def _called(event: Event) -> str:
    """Name a step as its workflow does, and by what happened otherwise."""
    return f'"{_own_name(event) or event.action.replace("_", " ")}"'
