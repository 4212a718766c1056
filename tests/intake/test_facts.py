"""Reference facts are stamped on events as they were when the event occurred."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rules.policy import Policy
from rules.stamping import PARTIES
from stream.intake.fact_records import EntitlementRecord, MachineRecord, PersonRecord
from stream.intake.facts import Contest, Facts
from tests.intake.stamping import NOON, entitlement_of, learned, link, party_of

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"


def test_a_proven_link_gives_the_person_and_the_proof() -> None:
    """The rules compare persons; the finding says how the link is known."""
    facts = learned(link())

    assert party_of(facts, "a1") == {"account": "a1", "person": "ann", "proof": "hr"}
    assert party_of(facts, "A1") == {"account": "A1"}


@pytest.mark.parametrize("role", PARTIES)
def test_every_party_is_stamped(role: str) -> None:
    """Whoever acts, for whom, and who was handed the work: all are compared."""
    event: dict[str, Any] = {"source": "acme", "occurred_at": NOON, role: {"account": "a1"}}
    learned(link()).stamp(event)

    assert event[role]["person"] == "ann"


@pytest.mark.parametrize("proof", ["email", "name", "guess"])
def test_a_link_without_an_accepted_proof_gives_nobody(proof: str) -> None:
    """An equal e-mail address is known and proves nothing: two people have shared one before."""
    facts = learned(link(proof=proof))

    assert party_of(facts, "a1") == {"account": "a1"}
    assert facts.unproven() == 1


def test_the_policy_says_which_proofs_count() -> None:
    """An organisation that trusts its badge system says so in its policy."""
    facts = Facts(("badge",))
    facts.learn(link(proof="Badge"))

    assert party_of(facts, "a1")["proof"] == "badge"


def test_of_several_proofs_the_first_of_the_policy_is_named() -> None:
    """Whatever the order in which the feeds came."""
    for proofs in (("sso", "declared"), ("declared", "sso")):
        facts = learned(
            *(link(proof=proof, source=s) for proof, s in zip(proofs, ("", "acme"), strict=True))
        )

        assert party_of(facts, "a1")["proof"] == "declared"


def test_an_account_counts_only_in_its_system_and_name_space() -> None:
    """The same text elsewhere is somebody else's; a display name is no account id."""
    facts = learned(link(source="acme"), link("bo", "Ann Abel", namespace="display"))

    assert "person" not in party_of(facts, "a1", source="okta")
    assert "person" not in party_of(facts, "a1", told={"namespace": "display"})
    assert "person" not in party_of(facts, "Ann Abel")
    assert (
        party_of(facts, "Ann Abel", source="okta", told={"namespace": "display"})["person"] == "bo"
    )


def test_what_held_when_the_event_occurred_is_what_counts() -> None:
    """From inclusive, until exclusive: an account that was handed on belongs to one at a time."""
    handed_on = NOON.isoformat()
    facts = learned(link(until=handed_on), link("bo", **{"from": handed_on}))

    assert party_of(facts, "a1", at=NOON - timedelta(microseconds=1))["person"] == "ann"
    assert party_of(facts, "a1", at=NOON)["person"] == "bo"
    assert list(facts.contests()) == []


def test_an_account_that_two_people_claim_is_nobodys() -> None:
    """One of the feeds is wrong, and guessing which would accuse somebody; it is reported."""
    begins = NOON.isoformat()
    facts = learned(link("ann"), link("bo", source="acme", **{"from": begins}))

    assert party_of(facts, "a1", at=NOON - timedelta(hours=1))["person"] == "ann"
    assert party_of(facts, "a1") == {"account": "a1"}
    assert party_of(facts, "a1", source="okta")["person"] == "ann"
    assert facts.contested_stamps == 1
    assert list(facts.contests()) == [Contest("a1", "acme", None, ("ann", "bo"), NOON)]


def test_an_unproven_claim_contests_nothing() -> None:
    """Otherwise anybody could unlink an account by an e-mail address."""
    facts = learned(link("ann"), link("bo", proof="email"))

    assert party_of(facts, "a1")["person"] == "ann"
    assert list(facts.contests()) == []


def test_a_machine_gets_its_kind_and_its_owner() -> None:
    """Whose bot approved is the question of APR-005."""
    facts = learned({"account": "svc", "kind": "service", "owner": "ann"})

    assert party_of(facts, "svc") == {"account": "svc", "kind": "service", "owner": "ann"}
    assert party_of(facts, "svc", told={"kind": "unknown"})["kind"] == "service"


def test_the_source_has_the_last_word_on_the_kind() -> None:
    """It saw the session, and the register may be old. The owner is stamped all the same."""
    facts = learned({"account": "svc", "kind": "service", "owner": "ann"})

    assert party_of(facts, "svc", told={"kind": "human"}) == {
        "account": "svc",
        "kind": "human",
        "owner": "ann",
    }


def test_an_owner_who_has_left_answers_for_nothing() -> None:
    """As of then: before that day the owner was the owner."""
    facts = learned(
        {"account": "svc", "kind": "agent", "owner": "ann"},
        {"person": "ann", "status": "active", "until": NOON.isoformat()},
        {"person": "ann", "status": "left", "from": NOON.isoformat()},
    )

    assert party_of(facts, "svc", at=NOON - timedelta(seconds=1))["owner"] == "ann"
    assert party_of(facts, "svc") == {"account": "svc", "kind": "agent"}


def test_two_owners_at_once_are_none() -> None:
    """Where two are said to answer, nobody can be asked; the feed is reported."""
    facts = learned(
        {"account": "svc", "kind": "service", "owner": "ann"},
        {"account": "svc", "kind": "agent", "owner": "bo", "source": "acme"},
    )

    assert party_of(facts, "svc") == {"account": "svc", "kind": "agent"}
    assert [contest.claimed_by for contest in facts.contests()] == [("ann", "bo")]


def test_an_account_of_a_person_and_a_machine_is_contested() -> None:
    """A shared account is not a person: who acted is open, and whose it is is still known."""
    facts = learned(link("bo", "svc"), {"account": "svc", "kind": "service", "owner": "ann"})

    assert party_of(facts, "svc") == {"account": "svc", "kind": "service", "owner": "ann"}
    assert facts.contested_stamps == 1
    assert [contest.claimed_by for contest in facts.contests()] == [("bo", "a machine")]


def test_what_a_source_claims_about_persons_is_taken_off() -> None:
    """Otherwise a sender could declare two accounts to be two people."""
    claimed = {"person": "somebody", "proof": "hr", "owner": "nobody"}

    assert party_of(learned(), "a1", told=claimed) == {"account": "a1"}
    assert party_of(learned(link()), "a1", told=claimed)["person"] == "ann"


def test_the_feed_tells_the_risk_that_the_source_does_not() -> None:
    """Most sources say what was asked for, and few how critical that is."""
    facts = learned(
        {"id": "e1", "privileged": "Yes", "criticality": "High", "name": "Payer", "type": "role"}
    )

    assert entitlement_of(facts, "e1") == {
        "id": "e1",
        "privileged": True,
        "criticality": "high",
        "name": "Payer",
        "type": "role",
    }
    assert entitlement_of(facts, "e2") == {"id": "e2"}


@pytest.mark.parametrize(
    ("told", "known", "stamped"),
    [
        ({"privileged": True}, {"privileged": False}, {"privileged": True}),
        ({"privileged": False}, {"privileged": True}, {"privileged": True}),
        ({"privileged": False}, {}, {"privileged": False}),
        ({"criticality": "critical"}, {"criticality": "low"}, {"criticality": "critical"}),
        ({"criticality": "low"}, {"criticality": "high"}, {"criticality": "high"}),
        ({"criticality": "HIGH"}, {"criticality": "low"}, {"criticality": "HIGH"}),
        ({"criticality": "tier 0"}, {"criticality": "high"}, {"criticality": "high"}),
        ({"name": "Theirs"}, {"name": "Ours"}, {"name": "Theirs"}),
    ],
)
def test_when_both_speak_the_higher_risk_wins(
    told: dict[str, object], known: dict[str, object], stamped: dict[str, object]
) -> None:
    """A catalogue that is out of date must not talk a privileged right down."""
    facts = learned({"id": "e1", **known})

    assert entitlement_of(facts, "e1", told=told) == {"id": "e1", **stamped}


def test_of_several_records_about_a_right_the_highest_risk_holds() -> None:
    """And the name is that of the record that is closest to the system."""
    facts = learned(
        {"id": "e1", "criticality": "critical", "name": "Any"},
        {"id": "e1", "criticality": "low", "name": "Here", "system": "SAP", "privileged": "no"},
    )

    assert entitlement_of(facts, "e1", told={"system": "SAP"}) == {
        "id": "e1",
        "system": "SAP",
        "privileged": False,
        "criticality": "critical",
        "name": "Here",
    }


def test_a_right_counts_in_its_system_and_for_its_source() -> None:
    """The same id elsewhere is another right; a source that names no system may mean any."""
    facts = learned(
        {"id": "e1", "system": "SAP", "privileged": True},
        {"id": "e2", "source": "okta", "privileged": True},
    )

    assert "privileged" not in entitlement_of(facts, "e1", told={"system": "AD"})
    assert entitlement_of(facts, "e1")["privileged"] is True
    assert "privileged" not in entitlement_of(facts, "e2")
    assert entitlement_of(facts, "e2", source="okta")["privileged"] is True


def test_the_examples_load_and_say_what_they_show() -> None:
    """What we hand out as an example has to work."""
    facts = Facts(Policy().link_proofs)
    facts.load(PersonRecord, EXAMPLES / "people.csv")
    facts.load(MachineRecord, EXAMPLES / "machines.csv")
    facts.load(EntitlementRecord, EXAMPLES / "entitlements.csv")

    assert list(facts.contests()) == []
    assert facts.unproven() == 1
    for account in ("ann", "ann.admin"):
        assert party_of(facts, account, source="acme-iga")["person"] == "ann"
    before = NOON - timedelta(days=300)
    assert "owner" not in party_of(facts, "svc-hr-feed", source="acme-iga", at=before)
    assert party_of(facts, "svc-hr-feed", source="acme-iga")["owner"] == "ann"
    assert entitlement_of(facts, "ent-77", told={"system": "SAP-PRD"})["privileged"] is True
