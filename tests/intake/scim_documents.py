"""SCIM 2.0 documents, written by us from RFC 7643's attributes and RFC 7644's messages."""

import json
from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
Json = dict[str, Any]


def user(id: str, number: str | None = None, manager: str | None = None, **more: Any) -> Json:
    """A User as a service provider gives it, with the enterprise extension."""
    extension: Json = {"organization": "Acme", "department": "Finance", "costCenter": "4130"}
    if number is not None:
        extension["employeeNumber"] = number
    if manager is not None:
        extension["manager"] = {
            "value": manager,
            "$ref": f"../Users/{manager}",
            "displayName": "Dia Dorn",
        }
    return {
        "schemas": [USER, ENTERPRISE],
        "id": id,
        "externalId": f"hr-{id}",
        "userName": f"{id}@acme.example",
        "name": {"formatted": "Ms. Ann Abel", "familyName": "Abel", "givenName": "Ann"},
        "displayName": "Ann Abel",
        "emails": [{"value": f"{id}@acme.example", "type": "work", "primary": True}],
        "active": True,
        "groups": [{"value": "g-1", "$ref": "../Groups/g-1", "display": "Payments operators"}],
        ENTERPRISE: extension,
        "meta": {
            "resourceType": "User",
            "created": "2024-03-01T08:00:00Z",
            "lastModified": "2026-10-01T08:00:00.250Z",
            "version": 'W/"a330bc54f0671c9"',
            "location": f"https://id.acme.example/scim/v2/Users/{id}",
        },
        **more,
    }


def group(id: str, name: str, *members: str) -> Json:
    """A Group and who is in it."""
    return {
        "schemas": [GROUP],
        "id": id,
        "displayName": name,
        "members": [
            {"value": each, "$ref": f"../Users/{each}", "type": "User"} for each in members
        ],
        "meta": {"resourceType": "Group", "created": "2024-03-01T08:00:00Z"},
    }


def listed(*resources: Json, total: int | None = None, start: int = 1) -> Json:
    """A ListResponse; one page of `total`."""
    return {
        "schemas": [LIST],
        "totalResults": len(resources) if total is None else total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def written(*documents: object) -> bytes:
    """Documents as JSON lines; one alone as a pretty page."""
    if len(documents) == 1:
        return json.dumps(documents[0], indent=2).encode()
    return b"\n".join(json.dumps(each).encode() for each in documents)
