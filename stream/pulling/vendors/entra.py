"""Microsoft Graph's directory audits, in which PIM and access reviews are logged as well.

The address is https://graph.microsoft.com/v1.0. Tokens live an hour: give the tenant's token
address and client credentials.
"""

from stream.pulling.feed import Feed, Paging, Vendor, bearer, time_in, utc_text

ENTRA = Vendor(
    connector="entra",
    authorization=bearer,
    remaining="RateLimit-Remaining",
    reset="X-RateLimit-Reset",
    scope="https://graph.microsoft.com/.default",
    feeds=(
        Feed(
            name="directoryAudits",
            path="/auditLogs/directoryAudits",
            query=lambda since, rows, _: {
                "$filter": f"activityDateTime ge {utc_text(since)}",
                "$orderby": "activityDateTime asc",
                "$top": str(rows),
            },
            at=time_in("activityDateTime"),
            paging=Paging.NEXT_LINK,
            rows=lambda answer: answer["value"],
        ),
    ),
)
