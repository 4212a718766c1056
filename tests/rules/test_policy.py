"""The knobs: what holds where nobody says anything, and which version a case is judged by."""

from dataclasses import FrozenInstanceError, fields, is_dataclass
from datetime import timedelta
from typing import Any

import pytest

from rules import policy as module
from rules.errors import InvalidPolicyError
from rules.pattern_terms import Conflict
from rules.policy import (
    Approvals,
    EvidencePolicy,
    Exemption,
    OutsideChanges,
    Ownership,
    Policy,
    SourcePolicy,
    Webhooks,
    policy_at,
    with_version,
)
from tests.rules.machines.small_world import NINE, at

KINDS = [
    each
    for each in vars(module).values()
    if is_dataclass(each) and isinstance(each, type) and each.__module__ == module.__name__
]
REQUIRED: dict[type, dict[str, Any]] = {
    Exemption: {"rule": "APR-001", "reason": "r", "owner": "o", "until": NINE, "person": "P-1"},
    SourcePolicy: {"name": "iga"},
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_policy_is_a_value(kind: type) -> None:
    """Nothing of it can be changed or added, and nothing is given by position."""
    value = kind(**REQUIRED.get(kind, {}))

    for each in fields(value):
        with pytest.raises(FrozenInstanceError):
            setattr(value, each.name, None)
    assert not hasattr(value, "__dict__")
    assert all(each.kw_only for each in fields(value))


def test_the_built_in_numbers_are_those_that_are_written_down() -> None:
    """What `deploy/policy.example.toml` calls the default, in the same units."""
    minute, hour = timedelta(minutes=1), timedelta(hours=1)

    assert Approvals() == Approvals(
        quorum=1, quorum_privileged=1, grace=15 * minute, clock_skew=minute / 2
    )
    evidence = EvidencePolicy()
    assert (evidence.reason_length_min, evidence.reason_grace) == (3, 2 * minute)
    assert (evidence.due_within, evidence.grace) == (hour, timedelta(0))
    webhooks = Webhooks()
    assert (webhooks.pair_within, webhooks.linking_grace) == (15 * minute, 15 * minute)
    assert webhooks.reused_after == 72 * hour
    assert OutsideChanges().grace == hour
    assert Ownership().replace_within == 14 * 24 * hour
    assert (Policy().silence_patience, Policy().settle_after) == (hour, 24 * hour)


@pytest.mark.parametrize("named", ["person", "account", "entitlement", "workflow"])
def test_an_exception_names_one_thing_at_least(named: str) -> None:
    """Any of the four is enough; with none the rule would be off."""
    terms: dict[str, Any] = {"rule": "APR-001", "reason": "r", "owner": "o", "until": NINE}

    assert getattr(Exemption(**{**terms, named: "x"}), named) == "x"
    with pytest.raises(InvalidPolicyError) as refused:
        Exemption(**terms)
    assert refused.value.key == "exceptions"


def test_a_right_is_watched_if_a_conflict_names_it() -> None:
    """Either side of it; and where no conflict is named nothing is."""
    policy = Policy(conflicts=(Conflict(first="pay", second="order"),))

    assert policy.watched == {"pay", "order"}
    assert policy.watches("pay")
    assert policy.watches("order")
    assert not policy.watches("wiki")
    assert not Policy().watches("pay")


def test_a_source_that_no_policy_mentions_has_the_defaults() -> None:
    """And one that is mentioned its own."""
    crm, iga, tms = (SourcePolicy(name=name, connector="x") for name in ("crm", "iga", "tms"))
    policy = Policy(sources=(iga, tms, crm))

    assert [policy.source(name) for name in ("crm", "iga", "tms")] == [crm, iga, tms]
    assert policy.source("hr") == SourcePolicy(name="hr")


def test_a_version_that_holds_since_ever_replaces_all_before_it() -> None:
    """One from a moment on stands beside them."""
    first, second = Policy(version="1"), Policy(version="2", in_force_from=NINE)

    assert with_version([first], second) == [first, second]
    assert with_version([first, second], Policy(version="3")) == [Policy(version="3")]


def test_a_case_is_judged_by_the_version_in_force_when_it_opened() -> None:
    """From the very moment on; of two from one moment on by the one that was recorded last."""
    ever = Policy(version="1")
    nine = Policy(version="2", in_force_from=NINE)
    ten = Policy(version="3", in_force_from=at(60))
    again = Policy(version="4", in_force_from=at(60))
    versions = [ever, ten, nine, again]

    assert policy_at(versions, at(-1)) is ever
    assert policy_at(versions, NINE) is nine
    assert policy_at(versions, at(59)) is nine
    assert policy_at(versions, at(60)) is again
    assert policy_at(versions, at(61)) is again
    assert policy_at([ever, nine], NINE) is nine


def test_before_every_version_the_first_that_was_recorded_holds() -> None:
    """There has to be some; of a single one it is not asked from when on it is in force."""
    nine = Policy(version="2", in_force_from=NINE)
    ten = Policy(version="3", in_force_from=at(60))

    assert policy_at([ten, nine], at(-1)) is ten
    assert policy_at([nine], at(-1)) is nine
