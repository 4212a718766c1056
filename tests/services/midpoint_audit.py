"""midPoint's native audit as its documentation has it, and records written into it.

The tables, their columns and types are those that the connector's source of 4.4 to 4.10 documents,
written anew and without what is never read: enumerations, JSONB, bytes, partitions by time.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import orjson
import psycopg
from psycopg.types.json import Jsonb

SCHEMA = """
CREATE TYPE ObjectType AS ENUM ('ARCHETYPE', 'CASE', 'FUNCTION_LIBRARY', 'ORG', 'RESOURCE', 'ROLE',
    'SERVICE', 'SYSTEM_CONFIGURATION', 'TASK', 'USER');
CREATE TYPE OperationResultStatusType AS ENUM ('SUCCESS', 'WARNING', 'PARTIAL_ERROR',
    'FATAL_ERROR', 'HANDLED_ERROR', 'NOT_APPLICABLE', 'IN_PROGRESS', 'UNKNOWN');
CREATE TYPE AuditEventTypeType AS ENUM ('GET_OBJECT', 'ADD_OBJECT', 'MODIFY_OBJECT',
    'DELETE_OBJECT', 'CREATE_SESSION', 'WORK_ITEM', 'WORKFLOW_PROCESS_INSTANCE');
CREATE TYPE AuditEventStageType AS ENUM ('REQUEST', 'EXECUTION', 'RESOURCE');
CREATE TYPE ChangeType AS ENUM ('ADD', 'MODIFY', 'DELETE');
CREATE TABLE ma_audit_event (
    id BIGSERIAL NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL,
    eventIdentifier TEXT, eventType AuditEventTypeType, eventStage AuditEventStageType,
    sessionIdentifier TEXT, requestIdentifier TEXT, taskIdentifier TEXT, taskOid UUID,
    hostIdentifier TEXT, nodeIdentifier TEXT, remoteHostAddress TEXT,
    initiatorOid UUID, initiatorType ObjectType, initiatorName TEXT,
    attorneyOid UUID, attorneyName TEXT,
    targetOid UUID, targetType ObjectType, targetName TEXT,
    targetOwnerOid UUID, targetOwnerType ObjectType, targetOwnerName TEXT,
    channel TEXT, outcome OperationResultStatusType, parameter TEXT, result TEXT, message TEXT,
    changedItemPaths TEXT[], resourceOids TEXT[], properties JSONB,
    PRIMARY KEY (id, timestamp)
) PARTITION BY RANGE (timestamp);
CREATE INDEX ma_audit_event_timestamp_idx ON ma_audit_event (timestamp);
CREATE TABLE ma_audit_delta (
    recordId BIGINT NOT NULL, timestamp TIMESTAMPTZ NOT NULL, checksum TEXT NOT NULL,
    delta BYTEA, deltaOid UUID, deltaType ChangeType, fullResult BYTEA,
    objectNameNorm TEXT, objectNameOrig TEXT, resourceOid UUID,
    status OperationResultStatusType,
    PRIMARY KEY (recordId, timestamp, checksum)
) PARTITION BY RANGE (timestamp);
CREATE TABLE ma_audit_ref (
    id BIGSERIAL NOT NULL, recordId BIGINT NOT NULL, timestamp TIMESTAMPTZ NOT NULL,
    name TEXT, targetOid UUID, targetType ObjectType, targetNameOrig TEXT, targetNameNorm TEXT,
    PRIMARY KEY (id, timestamp)
) PARTITION BY RANGE (timestamp);
CREATE INDEX ma_audit_ref_recordId_timestamp_idx ON ma_audit_ref (recordId, timestamp);
CREATE TABLE ma_audit_event_202610 PARTITION OF ma_audit_event
    FOR VALUES FROM ('2026-10-01T00:00Z') TO ('2026-11-01T00:00Z');
CREATE TABLE ma_audit_event_default PARTITION OF ma_audit_event DEFAULT;
CREATE TABLE ma_audit_delta_default PARTITION OF ma_audit_delta DEFAULT;
CREATE TABLE ma_audit_ref_default PARTITION OF ma_audit_ref DEFAULT;
"""
READER, PASSWORD = "foureyes", "not-to-be-logged"
COLUMNS = {
    "ma_audit_event": (
        "id, timestamp, eventIdentifier, eventType, eventStage, requestIdentifier, initiatorOid, "
        "initiatorType, initiatorName, attorneyOid, attorneyName, targetOid, targetType, "
        "targetName, channel, outcome, result, properties"
    ),
    "ma_audit_ref": "recordId, timestamp, name, targetOid, targetType, targetNameOrig",
    "ma_audit_delta": "recordId, timestamp, checksum, delta",
}
"""What `foureyes sources midpoint` lists, and no column more."""
_SECRET = "AES-of-a-password"  # noqa: S105 - what must not get into the record


class Audit:
    """One midPoint's audit; the user who owns it writes, another may read its columns."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            connection.execute(SCHEMA)
            for table, columns in COLUMNS.items():
                connection.execute(f"GRANT SELECT ({columns}) ON {table} TO {READER}")

    def write(self, records: Iterable[dict[str, Any]], *, first_id: int | None = None) -> None:
        """Write audit records as midPoint would have stored them, in one transaction each."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for number, record in enumerate(records):
                with connection.transaction():
                    _write(connection, record, None if first_id is None else first_id + number)

    def execute(self, statement: str) -> None:
        """Do something to it."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement)


def stored(told: Any) -> Any:
    """Give a record of the connector's tests the ids that a database would have: all UUIDs."""
    if isinstance(told, dict):
        return {
            key: str(_uuid(value)) if key == "oid" else stored(value) for key, value in told.items()
        }
    return [stored(each) for each in told] if isinstance(told, list) else told


def _uuid(oid: str) -> UUID:
    try:
        return UUID(oid)
    except ValueError:
        return uuid5(NAMESPACE_OID, oid)


def _write(connection: psycopg.Connection[Any], record: dict[str, Any], number: int | None) -> None:
    at = datetime.fromisoformat(record["timestamp"])
    told = {
        "timestamp": at,
        "eventIdentifier": record.get("eventIdentifier"),
        "eventType": _upper(record.get("eventType")),
        "eventStage": _upper(record.get("eventStage")),
        "requestIdentifier": record.get("requestIdentifier"),
        "channel": record.get("channel"),
        "outcome": _upper(record.get("outcome")),
        "result": record.get("result"),
        "message": "not for us",
        "properties": Jsonb({each["name"]: each["value"] for each in record.get("property", [])}),
        **_party("initiator", record.get("initiatorRef")),
        **_party("attorney", record.get("attorneyRef")),
        **_party("target", record.get("targetRef")),
        **({} if number is None else {"id": number}),
    }
    told.pop("attorneyType", None)
    row = _insert(connection, "ma_audit_event", told, " RETURNING id")
    for each in record.get("reference", []):
        for value in each["value"]:
            named = {**_party("target", value), "name": each["name"], "recordId": row}
            named["targetNameOrig"] = named.pop("targetName")
            _insert(connection, "ma_audit_ref", {**named, "timestamp": at})
    for place, operation in enumerate(record.get("delta", [])):
        delta = operation["objectDelta"]
        body = delta if isinstance(delta, bytes) else orjson.dumps(_namespaced(delta))
        about = {"recordId": row, "timestamp": at, "checksum": f"{place:032x}", "delta": body}
        _insert(connection, "ma_audit_delta", about)


def _insert(
    connection: psycopg.Connection[Any], table: str, told: dict[str, Any], more: str = ""
) -> Any:
    names, marks = ", ".join(told), ", ".join(["%s"] * len(told))
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks}){more}"  # noqa: S608 - our words
    done = connection.execute(statement, list(told.values()))
    return done.fetchone()[0] if more else None  # type: ignore[index]


def _upper(word: str | None) -> str | None:
    """`workItem` → `WORK_ITEM`, as the enumerations have it."""
    return word and "".join(f"_{each}" if each.isupper() else each for each in word).upper()


def _party(name: str, ref: dict[str, Any] | None) -> dict[str, Any]:
    if ref is None:
        return {}
    called = ref["targetName"]
    kind = ref["type"].removeprefix("c:").removesuffix("Type")
    return {
        f"{name}Oid": ref["oid"],
        f"{name}Type": _upper(kind[:1].lower() + kind[1:]),
        f"{name}Name": called["orig"] if isinstance(called, dict) else called,
    }


def _namespaced(delta: dict[str, Any]) -> dict[str, Any]:
    """Write a delta as midPoint serialises it, with a namespace, a type and things to hide."""
    hidden = {
        "modificationType": "replace",
        "path": "credentials/password/value",
        "value": [{"t:encryptedData": {"t:cipherValue": _SECRET}}],
    }
    types = "http://prism.evolveum.com/xml/ns/public/types-3"
    return {"@ns": types, "objectDelta": {**delta, "itemDelta": [*delta["itemDelta"], hidden]}}
