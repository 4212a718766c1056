"""Every rule has a case of every kind, or a reason why a kind can not be told of it."""

from rules.catalog import CATALOG
from tests.catalog.stories import HERE, KINDS, every_story

DECIDED_BY_EVENTS = "it is decided by events alone: no deadline is involved"
FROM_THE_EVENTS_ALONE = "it asks nothing that an event could leave untold"
COMPARES_WHAT_WAS_TOLD = "an amendment that leaves something untold has not changed it"

NOT_TOLD_OF = {
    ("APR-001", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-002", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-003", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-003", "cannot-tell"): "accounts that nobody has linked are taken for different people",
    ("APR-004", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-005", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-009", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-009", "cannot-tell"): FROM_THE_EVENTS_ALONE,
    ("EVD-005", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("EVD-005", "cannot-tell"): FROM_THE_EVENTS_ALONE,
    ("APR-006", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-010", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-010", "cannot-tell"): COMPARES_WHAT_WAS_TOLD,
    ("APR-011", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-014", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-015", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-015", "cannot-tell"): FROM_THE_EVENTS_ALONE,
    ("SOD-001", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    (
        "EVD-004",
        "exactly-on-the-deadline",
    ): "what the others report decides, no deadline of its own",
    ("APR-012", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-016", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("APR-013", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("WHK-003", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
    ("EXC-001", "exactly-on-the-deadline"): DECIDED_BY_EVENTS,
}
"""(rule, kind) → why there is no case of that kind."""


def test_every_rule_has_a_case_of_every_kind() -> None:
    """What is missing is named here: write it, or say above why it can not be."""
    told = {(story.rule, story.kind) for story in every_story()}
    wanted = {(rule.id, kind) for rule in CATALOG for kind in KINDS} - set(NOT_TOLD_OF)

    assert sorted(wanted - told) == []


def test_nothing_is_excused_that_is_told() -> None:
    """The table above says only what is so."""
    told = {(story.rule, story.kind) for story in every_story()}

    assert sorted(told & set(NOT_TOLD_OF)) == []


def test_every_folder_is_a_rule() -> None:
    """A case of a rule that is not in force would never be missed."""
    folders = {path.name for path in HERE.iterdir() if any(path.glob("*.toml"))}

    assert folders <= {rule.id for rule in CATALOG}


def test_every_story_is_told_in_sentences() -> None:
    """Who reads a case first reads what it is about."""
    stories = {str(story.path): story.document["story"] for story in every_story()}

    assert [path for path, told in stories.items() if not told.strip().endswith(".")] == []
