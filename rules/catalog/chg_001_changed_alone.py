"""Nobody changes a workflow alone, and none runs that nobody has published."""

from collections.abc import Iterator

from rules.events import Action, Event, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, Scope, SetAside, rule

_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)
_RUNS = (Action.APPROVED, Action.AUTO_APPROVED)
_APPROVED = frozenset({Action.WORKFLOW_APPROVED})
_PUBLISHED = frozenset({Action.WORKFLOW_PUBLISHED})


@rule(
    id="CHG-001",
    title="Workflow or policy changed without a second person",
    severity=Severity.CRITICAL,
    controls=(
        "CSF PR.PS-01",
        "CSF ID.RA-07",
        "53 CM-3",
        "53 CM-5",
        "53 CM-5(1)",
        "53 AC-5",
        "ISO A.8.32",
        "ISO A.5.3",
        "TSC CC8.1",
        "ITGC PC",
    ),
    concerns={Action.WORKFLOW_PUBLISHED, Action.WORKFLOW_APPROVED, *_RUNS},
    needs=(frozenset({Action.WORKFLOW_PUBLISHED, Action.WORKFLOW_APPROVED}),),
    scope=Scope.WORKFLOW,
)
def changed_alone(file: CaseFile) -> Iterator[Answer]:
    """A version of a workflow went into use that only its author, or nobody, had agreed to.

    Fires when: a version was published and, once every source that tells of approvals has reported
    past it and `changes.grace`, nobody but its publisher had approved it; or a decision was taken
    in a version that nobody had published by then, where versions of the workflow are published.

    Stays quiet when: somebody else approved that version, at any time up to the end of the grace;
    policy lists the publisher as a pipeline that deploys what was reviewed (`changes.pipelines`)
    or the workflow as its vendor's (`changes.vendor_workflows`), which is counted as set aside; an
    exception is recorded. Where no approval of the workflow has ever been told, or nobody is named
    as publisher or approver, or no version is told, the answer is: cannot tell.

    Withdrawn by: an approval, or a publication, in time that is reported late.

    Next step: go back to the last version that two people stood for, until somebody has reviewed
    this one.
    """
    if file.case in file.policy.changes.vendor_workflows:
        yield SetAside(f"its vendor answers for {file.case}")
        return
    published = file.path.steps(Action.WORKFLOW_PUBLISHED)
    for each in published:
        answer = _second(file, each)
        if answer is not None:
            yield answer
    if published:
        yield from _unpublished(file, published)


def _version(event: Event) -> str | None:
    return event.workflow.version if event.workflow is not None else None


def _second(file: CaseFile, published: Event) -> Answer | None:
    author = published.actor
    if author is not None and author.account in file.policy.changes.pipelines:
        return SetAside(f"{author.account} deploys what was reviewed")
    told = file.path.steps(Action.WORKFLOW_APPROVED)
    if not told:
        return CannotTell(f"no source tells who approves versions of {file.case}")
    if author is None or _version(published) is None:
        return CannotTell(f"{published.source} does not say who published which version")
    return _agreed(file, Told(author, published), told)


def _agreed(file: CaseFile, author: Told, told: list[Event]) -> Answer | None:
    published = author.event
    due = published.occurred_at + file.policy.changes.grace
    approvals = [
        each for each in told if _version(each) == _version(published) and each.occurred_at <= due
    ]
    if None in {each.actor for each in approvals}:
        return CannotTell(f"nobody is named who approved a version of {file.case}")
    named = [Told(each.actor, each) for each in approvals if each.actor is not None]
    if any(sameness(each, author) not in _ONE for each in named):
        return None
    if not file.reached(due, _APPROVED):
        return AskAgain(due, _APPROVED)
    version = _version(published)
    who = "only they had approved it" if approvals else "nobody had approved it"
    return Breach(
        f"{called(author.party)} published version {version} of {file.case}, and {who}",
        evidence=(published.id, *(each.id for each in approvals)),
        parties=(author.party,),
        at=due,
        subject=f"second\x1f{published.source}\x1f{published.id}",
    )


def _unpublished(file: CaseFile, published: list[Event]) -> Iterator[Answer]:
    """Find the first run of each version that nobody had published by then."""
    seen: set[str] = set()
    begun = published[0].occurred_at
    for run in file.path.steps(*_RUNS):
        version = _version(run)
        # What ran before the first version that is known may have been published before, too.
        if version is not None and version not in seen and run.occurred_at >= begun:
            seen.add(version)
            answer = _ran(file, run, published)
            if answer is not None:
                yield answer


def _ran(file: CaseFile, run: Event, published: list[Event]) -> Answer | None:
    version, due = _version(run), run.occurred_at + file.policy.changes.grace
    if any(_version(each) == version and each.occurred_at <= due for each in published):
        return None
    if not file.reached(due, _PUBLISHED):
        return AskAgain(due, _PUBLISHED)
    return Breach(
        f"{file.case} decided in version {version}, which nobody had published",
        evidence=(run.id,),
        parties=(run.actor,),
        at=due,
        subject=f"unpublished\x1f{version}",
    )
