"""Records that say whose an account is, written by us from the documented fields."""

from typing import Any

import orjson

from tests.connectors.entra_examples import FULFILLER


def entra_user(
    account: str, number: object, *, activity: str = "Add user", at: str = "2026-10-01T06:00:00Z"
) -> dict[str, Any]:
    """The directory's record of a user whose employee number was set."""
    modified = [
        {"displayName": "AccountEnabled", "oldValue": "[]", "newValue": "[true]"},
        {"displayName": "EmployeeId", "oldValue": "[]", "newValue": number},
    ]
    return {
        "id": f"Directory_{account}_{at}",
        "category": "UserManagement",
        "correlationId": "corr-9",
        "result": "success",
        "activityDisplayName": activity,
        "activityDateTime": at,
        "loggedByService": "Core Directory",
        "initiatedBy": FULFILLER,
        "targetResources": [
            {
                "id": account,
                "type": "User",
                "displayName": account.removeprefix("id-").title(),
                "userPrincipalName": f"{account}@acme.example",
                "modifiedProperties": modified,
            }
        ],
        "additionalDetails": [],
    }


def numbered(account: str, person: str, **more: Any) -> dict[str, Any]:
    """The same, with the number as the directory writes it."""
    return entra_user(account, orjson.dumps([person]).decode(), **more)


IDENTITY = {"type": "IDENTITY", "id": "2c9180", "name": "Ann Abel"}
IDENTITY_CREATED: dict[str, Any] = {
    "identity": IDENTITY,
    "attributes": {"firstname": "Ann", "identificationNumber": "E-2"},
    "_metadata": {"invocationId": "9c5a", "triggerType": "fireAndForget"},
}
IDENTITY_CHANGED: dict[str, Any] = {
    "identity": IDENTITY,
    "changes": [
        {"attribute": "department", "oldValue": "sales", "newValue": "marketing"},
        {"attribute": "employeeNumber", "oldValue": "E-2", "newValue": "E-3"},
    ],
}
ACCOUNT_CREATED: dict[str, Any] = {
    "event": {"type": "ACCOUNT_CREATED_V2", "cause": "AGGREGATION"},
    "source": {"id": "src-1", "name": "Active Directory"},
    "account": {
        "id": "acc-1",
        "name": "ann.abel",
        "nativeIdentity": "ann.abel",
        "correlated": True,
        "isMachine": False,
        "attributes": {"email": "ann@acme.example", "employeeNumber": "E-2"},
    },
    "identity": {"id": "2c9180", "name": "Ann Abel", "alias": "ann"},
}
