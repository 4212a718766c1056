"""Whose an account is, as identity and account triggers say.

An identity's id is SailPoint's own; which person it is says its employee number. The payload of a
deleted identity looks like that of a created one: it says of the last time what it said before.
An account trigger speaks of an account of another system, which is SailPoint's under its own id.
"""

from typing import Any

from stream.connectors.table import Form, Record, computed, constant, needed, text

CREATED_WORD, CHANGED_WORD = "identity created or deleted", "identity attributes changed"
ACCOUNT_WORD = "account of an identity"
NUMBERS = ("employeeNumber", "identificationNumber", "employeeId")
"""Attributes that hold the organisation's number of a person, the first that is told."""


def _number(attributes: object) -> str | None:
    if not isinstance(attributes, dict):
        return None
    found = (attributes.get(name) for name in NUMBERS)
    return next((each for each in found if isinstance(each, str) and each.strip()), None)


def _change(record: Record) -> dict[str, Any] | None:
    """Find the change of a number among the changes of an identity."""
    changes = record.get("changes")
    for each in changes if isinstance(changes, list) else ():
        if isinstance(each, dict) and each.get("attribute") in NUMBERS:
            return each
    return None


def _new_number(record: Record) -> str | None:
    found = (_change(record) or {}).get("newValue")
    return found.strip() or None if isinstance(found, str) else None


def _account(record: Record) -> dict[str, Any]:
    found = record.get("account")
    return found if isinstance(found, dict) else {}


def _is_a_persons(record: Record) -> bool:
    """Whether SailPoint has found whose account it is, and it is no machine's."""
    account = _account(record)
    is_found = account.get("correlated") is True and account.get("isMachine") is not True
    return is_found and _number(account.get("attributes")) is not None


_IDENTITY = {
    "account": needed(text("identity.id")),
    "name": text("identity.name"),
}
FORMS = (
    Form(
        title="Identity Created, Identity Deleted: whose it is",
        recognised_by="identity and attributes",
        words=frozenset({CREATED_WORD}),
        fits=lambda record: _number(record.get("attributes")) is not None,
        rows={
            **_IDENTITY,
            "person": computed(
                f"attributes.{{{', '.join(NUMBERS)}}}",
                lambda record: _number(record.get("attributes")),
            ),
        },
    ),
    Form(
        title="Identity Attributes Changed: whose it is",
        recognised_by="identity and changes",
        words=frozenset({CHANGED_WORD}),
        fits=lambda record: _change(record) is not None,
        rows={
            **_IDENTITY,
            "person": computed(f"changes[{' or '.join(NUMBERS)}].newValue", _new_number),
        },
    ),
    Form(
        title="Account Created, Updated, Deleted: whose it is",
        recognised_by="account and identity; correlated, and not a machine's",
        words=frozenset({ACCOUNT_WORD}),
        fits=_is_a_persons,
        rows={
            "account": needed(text("account.id")),
            "namespace": constant("account"),
            "person": computed(
                f"account.attributes.{{{', '.join(NUMBERS)}}}",
                lambda record: _number(_account(record).get("attributes")),
            ),
            "name": text("identity.name"),
        },
    ),
)
