"""midPoint's audit: rows of its native PostgreSQL audit, read from the database itself.

midPoint (up to 4.10) has no audit search among its REST resources.
"""

from stream.pulling.feed import Feed, Paging, Vendor, time_in

MIDPOINT = Vendor(
    connector="midpoint",
    is_database=True,
    note=(
        "midPoint's native audit (4.4 and newer, PostgreSQL) is read as a user who may select "
        "these columns: of ma_audit_event id, timestamp, eventIdentifier, eventType, eventStage, "
        "requestIdentifier, initiatorOid, initiatorType, initiatorName, attorneyOid, "
        "attorneyName, targetOid, targetType, targetName, channel, outcome, result, properties; "
        "of ma_audit_ref recordId, timestamp, name, targetOid, targetType, targetNameOrig; of "
        "ma_audit_delta recordId, timestamp, checksum, delta. Of a delta, and only of an executed "
        "operation's, what was assigned and taken away is kept; no other attribute, and no "
        "password, gets into the record. A delta that is neither JSON nor XML, or longer than "
        "8 MiB, is not read: its record is refused with that reason. Not read: messages, "
        "sessions, addresses, tasks, effective principals, results of single deltas, your own "
        "columns"
    ),
    feeds=(
        Feed(
            name="audit",
            path="ma_audit_event, ma_audit_ref, ma_audit_delta",
            at=time_in("timestamp"),
            paging=Paging.CALLER,
        ),
    ),
)
