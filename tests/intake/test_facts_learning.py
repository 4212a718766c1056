"""Facts that come one by one: they take effect at once, within limits, or are refused."""

from datetime import timedelta

import pytest

from stream.faults import FaultyInputError
from stream.intake.dossier import ANSWERS_MAX
from stream.intake.fact_records import PersonRecord
from stream.intake.facts import VERSIONS_MAX
from tests.intake.feed import Feed
from tests.intake.stamping import NOON, entitlement_of, learned, link, party_of


def test_a_later_record_replaces_the_one_with_the_same_key_and_beginning() -> None:
    """So a topic can end a link, and take a wrong one back; the stamps follow at once."""
    begins = (NOON - timedelta(days=9)).isoformat()
    facts = learned(link(**{"from": begins}))

    assert party_of(facts, "a1")["person"] == "ann"

    facts.learn(link(**{"from": begins, "until": begins}))

    assert party_of(facts, "a1") == {"account": "a1"}


def test_learning_says_whether_it_was_new() -> None:
    """Intake sends corrections for what is new, and none for what it knew."""
    facts = learned()

    assert facts.learn(link()) == PersonRecord(person="ann", account="a1", proof="hr")
    assert facts.learn(link(department=None, source="")) is None


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"account": "a1", "proof": "hr"}, "expected exactly one of person, kind, id"),
        ({"person": "ann", "id": "e1"}, "expected exactly one of person, kind, id"),
        ({"person": "ann", "account": "a1"}, "proof: found nothing; expected how the link is"),
        ({"kind": "service"}, "account: found nothing; expected a value"),
        ({"id": "e1", "privileged": 2}, "privileged: found 2; expected true or false"),
        ({"person": "ann", "from": 1767225600}, "from: found 1767225600; expected a time with its"),
    ],
)
def test_a_record_that_can_not_be_read_is_refused(told: dict[str, object], fault: str) -> None:
    """With where it was, so that whoever sent it can be asked."""
    facts = learned()
    with pytest.raises(FaultyInputError, match=fault) as caught:
        facts.learn(told, place="iga.facts.people/0@17")

    assert {each.place for each in caught.value.faults} == {"iga.facts.people/0@17"}


def test_a_feed_that_repeats_itself_without_end_is_stopped() -> None:
    """A timeline of a million stretches would stop intake; what is known stays known."""
    facts = learned()
    for number in range(VERSIONS_MAX):
        facts.learn(link(**{"from": (NOON + timedelta(days=number)).isoformat()}))
    with pytest.raises(FaultyInputError, match="at most 500 about it"):
        facts.learn(link())
    facts.learn(link(**{"from": NOON.isoformat(), "name": "Ann"}))

    assert party_of(facts, "a1")["person"] == "ann"


def test_made_up_systems_do_not_fill_the_memory() -> None:
    """The system is the sender's text: asking under a million names must cost no more."""
    facts = learned({"id": "e1", "privileged": True})
    for number in range(3 * ANSWERS_MAX):
        assert entitlement_of(facts, "e1", told={"system": f"s{number}"})["privileged"] is True

    assert len(facts._entitlements["e1"].answers) <= ANSWERS_MAX


def test_a_file_is_refused_for_a_crowd_and_may_be_loaded_again(feed: Feed) -> None:
    """The limit counts what would be known afterwards, and the same file twice adds nothing."""
    begins = [(NOON + timedelta(days=number)).isoformat() for number in range(VERSIONS_MAX + 1)]
    header = "person,account,proof,from\n"
    rows = [f"ann,a1,hr,{begin}\n" for begin in begins]
    facts = learned()
    for _ in range(2):
        assert facts.load(PersonRecord, feed.write(header + "".join(rows[1:]))) == VERSIONS_MAX
    with pytest.raises(FaultyInputError, match="ann: found more records; expected at most 500"):
        facts.load(PersonRecord, feed.write(header + "".join(rows)))

    assert "person" not in party_of(facts, "a1", at=NOON)
    assert party_of(facts, "a1", at=NOON + timedelta(days=1))["person"] == "ann"
