"""What is not asked would have had no answer, and of an ordinary case little is asked."""

from collections.abc import Iterator

from hypothesis import given

from rules.catalog import CATALOG
from rules.events import Action, ActorKind, Entitlement, Event, Evidence, Party, Step
from rules.machines.answers import numbers_in
from rules.machines.questions import Questions
from rules.path import DecisionPath
from rules.policy import Policy
from rules.rule import Answer, CaseFile, Rule
from tests.catalog.stories import every_story
from tests.properties.effort import looks
from tests.properties.worlds import World, worlds
from tests.reference.evaluator import History, Time, by_case
from tests.rules.machines.small_world import ANN, BO, step

MOOT = [rule for rule in CATALOG if rule.moot is not None]


def files(history: History) -> Iterator[CaseFile]:
    """Each case as a rule sees it, after each of its steps."""
    time = Time(history)
    for (tenant, case), events in by_case(history).items():
        for count in range(1, len(events) + 1):
            file = CaseFile(reported=time.reported, tells=time.tells, policy=history.policy)
            file.tenant, file.case, file.path = tenant, case, DecisionPath(events[:count])
            yield file


def left_unsaid(file: CaseFile) -> dict[str, list[Answer]]:
    """What the rules would have said that are moot here."""
    moot = [rule for rule in MOOT if rule.applies(file.path) and is_moot(rule, file)]
    return {rule.id: answers for rule in moot if (answers := list(rule.ask(file)))}


def is_moot(rule: Rule, file: CaseFile) -> bool:
    """Whether a rule is not asked about this."""
    return rule.moot is not None and rule.moot(file.path.mask, file.policy)


@looks(40)
@given(worlds())
def test_what_is_moot_has_no_answer(world: World) -> None:
    """Of any case at any time, by any policy: whoever asked all the same would hear nothing."""
    assert [unsaid for file in files(world.history) if (unsaid := left_unsaid(file))] == []


def test_what_is_moot_has_no_answer_in_any_story_of_the_catalogue() -> None:
    """The stories are those in which a rule does have an answer, or nearly."""
    unsaid = [
        (story.path.stem, said)
        for story in every_story()
        for file in files(story.history)
        if (said := left_unsaid(file))
    ]

    assert unsaid == []


def ordinary() -> list[Event]:
    """A case as most are: asked, approved by somebody else, given, told, and backed up."""
    robot = Party(account="robot", kind=ActorKind.SERVICE)
    right = Entitlement(id="wiki", name="Wiki readers", system="WIKI")
    call = Step(invocation="i-1", extension="notify", destination="https://hooks.acme.example")
    ticket = (Evidence(kind="ticket", ref="CHG-1"),)
    return [
        step(1, 0, Action.REQUESTED, ANN, beneficiary=ANN, entitlement=right),
        step(2, 1, Action.APPROVED, BO),
        step(3, 2, Action.PROVISIONED, robot, entitlement=right),
        step(4, 3, Action.STEP_INVOKED, robot, step=call),
        step(5, 4, Action.EVIDENCED, ANN, evidence=ticket),
    ]


def test_of_an_ordinary_case_little_is_asked() -> None:
    """What has to be asked by the built-in policy, as each step comes; the rest holds unasked."""
    questions, path = Questions(CATALOG, Policy()), DecisionPath()
    asked, moot = {}, set()
    for event in ordinary():
        path.add(event)
        raised = questions.raised(event.action, path.mask)
        asked[event.action.value] = [rule.id for _, rule in raised.asked]
        moot |= {CATALOG[number].id for number in numbers_in(raised.moot)}

    assert asked == {
        "requested": [],
        "approved": ["APR-001", "APR-002", "APR-004", "EVD-001", "EVD-002"],
        "provisioned": ["APR-004", "APR-007", "APR-009", "OWN-001"],
        "step_invoked": ["WHK-001", "WHK-003", "OWN-001"],
        "evidenced": ["EVD-001", "EVD-002"],
    }
    assert moot == {rule.id for rule in MOOT}
