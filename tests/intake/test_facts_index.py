"""The indexed facts against a slow and obvious reading of the same records."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream.intake.facts import Facts
from tests.intake.stamping import NOON, entitlement_of, party_of

DAYS = st.integers(0, 6)
SOME_DAY = st.none() | DAYS
SYSTEMS = st.sampled_from([None, "acme", "okta"])


@st.composite
def records(draw: st.DrawFn) -> dict[str, object]:
    """Draw a record about the account "a1" or the right "e1", for some days of a week."""
    first, last = draw(SOME_DAY), draw(SOME_DAY)
    if first is not None and last is not None and last < first:
        first, last = last, first
    told: dict[str, object] = {"source": draw(SYSTEMS)}
    told |= {"from": day(first), "until": day(last)}
    match draw(st.sampled_from(["person", "machine", "entitlement"])):
        case "person":
            proof = draw(st.sampled_from(["hr", "sso", "email"]))
            told |= {"person": draw(st.sampled_from("xyz")), "account": "a1", "proof": proof}
            told["status"] = draw(st.sampled_from([None, "active", "left"]))
        case "machine":
            told |= {"account": "a1", "kind": draw(st.sampled_from(["service", "agent"]))}
            told["owner"] = draw(st.sampled_from([None, "x", "y"]))
        case _:
            told |= {"id": "e1", "privileged": draw(st.none() | st.booleans())}
            told["criticality"] = draw(st.sampled_from([None, "low", "high", "critical"]))
    return told


def day(number: int | None) -> str | None:
    """Give the text of a day's beginning."""
    return None if number is None else (NOON + timedelta(days=number)).isoformat()


def key_of(told: dict[str, object]) -> tuple[object, ...]:
    """What makes two drawn records one."""
    return told.get("person"), "kind" in told, told.get("id"), told["source"], told["from"]


def holding(told: list[dict[str, Any]], at: str, source: str) -> list[dict[str, Any]]:
    """Keep what holds at a time for a system; equal offsets make the texts comparable."""
    return [
        each
        for each in told
        if each["source"] in (None, source)
        and (each["from"] is None or each["from"] <= at)
        and (each["until"] is None or at < each["until"])
    ]


def obvious(told: list[dict[str, Any]], at: str, source: str) -> dict[str, Any]:
    """Say what must be stamped, in as few thoughts as possible."""
    here = holding(told, at, source)
    people = {each["person"] for each in here if each.get("proof") in {"hr", "sso"}}
    machines = [each for each in here if "kind" in each]
    owners = {each["owner"] for each in machines} - {None}
    stamps: dict[str, Any] = {}
    if machines:
        stamps["kind"] = min(each["kind"] for each in machines)
        [owner] = owners if len(owners) == 1 else [None]
        anywhere = [each for each in told if "person" in each and each["person"] == owner]
        left = [each for each in anywhere if each["status"] == "left"]
        gone = any(each in holding(left, at, str(each["source"])) for each in left)
        if owner is not None and not gone:
            stamps["owner"] = owner
    elif len(people) == 1:
        proofs = [each["proof"] for each in here if each.get("proof") in {"hr", "sso"}]
        stamps |= {"person": people.pop(), "proof": min(proofs)}
    return stamps


@given(st.lists(records(), max_size=8), st.randoms(), DAYS, st.sampled_from(["acme", "okta"]))
def test_the_index_says_what_the_records_say(
    drawn: list[dict[str, Any]], order: Any, number: int, source: str
) -> None:
    """Whatever the order in which they were learnt, and whatever was asked in between."""
    told = list({key_of(each): each for each in drawn}.values())
    order.shuffle(told)
    facts = Facts(("hr", "sso"))
    for record in told:
        facts.learn(record)
        party_of(facts, "a1", source=source)
    at = NOON + timedelta(days=number)
    party = party_of(facts, "a1", at=at, source=source)
    right = entitlement_of(facts, "e1", at=at, source=source)
    rights = [each for each in holding(told, at.isoformat(), source) if "id" in each]
    flags = [each["privileged"] for each in rights if each["privileged"] is not None]

    assert party == {"account": "a1", **obvious(told, at.isoformat(), source)}
    assert right.get("privileged") == (any(flags) if flags else None)
