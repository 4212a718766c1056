"""Whose an account is, as sources say it themselves: by an employee number, or not at all."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connectors import CONNECTORS, MalformedEventError
from stream.connectors.table import Statement
from tests.connectors.identity_examples import (
    ACCOUNT_CREATED,
    IDENTITY_CHANGED,
    IDENTITY_CREATED,
    entra_user,
    numbered,
)
from tests.connectors.reading import DELIVERY, NOON, json_values, refusal, spoiled

EXAMPLES = [
    ("entra", numbered("id-ann", "E-2")),
    ("sailpoint", IDENTITY_CREATED),
    ("sailpoint", IDENTITY_CHANGED),
    ("sailpoint", ACCOUNT_CREATED),
]


def said(name: str, document: object) -> list[Statement]:
    """What a record says of accounts."""
    return CONNECTORS[name].statements(document, DELIVERY)


def test_entra_says_it_when_the_number_of_a_user_is_set() -> None:
    """From the record's own time on."""
    assert said("entra", numbered("id-ann", "E-2")) == [
        Statement(
            account="id-ann",
            source="acme",
            proof="entra",
            at=datetime(2026, 10, 1, 6, tzinfo=UTC),
            person="E-2",
            name="Ann",
        )
    ]


@pytest.mark.parametrize("number", ["[]", '[""]', "", None, "[null]"])
def test_entra_says_when_the_number_is_taken_away(number: object) -> None:
    """The account is nobody's from then on."""
    (statement,) = said("entra", entra_user("id-ann", number, activity="Update user"))

    assert (statement.account, statement.person) == ("id-ann", None)


def test_sailpoint_says_it_of_identities_and_of_its_accounts() -> None:
    """Its triggers carry no time: from the arrival on. An account's id is no identity's."""
    created, changed = said("sailpoint", IDENTITY_CREATED), said("sailpoint", IDENTITY_CHANGED)
    (account,) = said("sailpoint", ACCOUNT_CREATED)

    assert [(each.account, each.person, each.at) for each in (*created, *changed)] == [
        ("2c9180", "E-2", NOON),
        ("2c9180", "E-3", NOON),
    ]
    assert (account.account, account.namespace, account.person) == ("acc-1", "account", "E-2")
    assert {each.proof for each in (*created, *changed, account)} == {"sailpoint"}


def changed_account(**changes: Any) -> dict[str, Any]:
    """The account's record with other fields in the account."""
    return {**ACCOUNT_CREATED, "account": {**ACCOUNT_CREATED["account"], **changes}}


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("sailpoint", changed_account(correlated=False)),
        ("sailpoint", changed_account(isMachine=True)),
        ("sailpoint", changed_account(attributes={"email": "ann@acme.example"})),
        ("sailpoint", {**IDENTITY_CREATED, "attributes": {"firstname": "Ann"}}),
        ("sailpoint", {**IDENTITY_CHANGED, "changes": IDENTITY_CHANGED["changes"][:1]}),
        ("entra", {**numbered("id-ann", "E-2"), "result": "failure"}),
        ("entra", {**numbered("id-ann", "E-2"), "activityDisplayName": "Delete user"}),
        ("okta", {"eventType": "user.lifecycle.create", "uuid": "u-1"}),
    ],
)
def test_what_names_no_person_says_nothing(name: str, document: dict[str, Any]) -> None:
    """Neither an address nor a name does; it stays what it was, no step of a decision."""
    assert said(name, document) == []
    assert "expected a step of an access decision" in refusal(CONNECTORS[name], document)


@pytest.mark.parametrize(("name", "document"), EXAMPLES)
def test_it_is_no_step_of_a_case(name: str, document: dict[str, Any]) -> None:
    """No event comes of it: whoever reads it as one would see access change hands."""
    assert "expected a step of an access decision" in refusal(CONNECTORS[name], document)


@given(
    st.sampled_from(EXAMPLES).flatmap(
        lambda each: st.tuples(st.just(each[0]), json_values | spoiled(each[1]))
    )
)
def test_garbage_is_read_or_refused_and_never_crashed_on(told: tuple[str, object]) -> None:
    """Whatever stands in whichever place of them."""
    name, document = told
    try:
        statements = said(name, document)
    except MalformedEventError:
        return

    assert all(each.account and each.at.tzinfo for each in statements)
    assert all(each.person is None or each.person.strip() for each in statements)
