"""midPoint's audit records: the address is that of its REST interface, …/midpoint/ws/rest.

Pages are asked for in midPoint's own query language. midPoint itself (up to 4.10, as far as we
know) has no audit search among its REST resources: `/audit/search` has to be put there by whoever
runs it, in front of its audit service or of the audit table.
"""

from datetime import datetime

from stream.pulling.feed import Feed, Paging, Row, Vendor, basic_or_bearer, time_in, utc_text


def _body(since: datetime, rows: int, offset: int) -> Row:
    """Ask for all since a time, oldest first."""
    return {
        "query": {
            "filter": {"text": f'timestamp >= "{utc_text(since)}"'},
            "paging": {
                "orderBy": "timestamp",
                "orderDirection": "ascending",
                "offset": offset,
                "maxSize": rows,
            },
        }
    }


def _rows(answer: Row) -> object:
    """Find the records of a page: `object`, once or twice around the list."""
    page = answer["object"]
    return page["object"] if isinstance(page, dict) else page


MIDPOINT = Vendor(
    connector="midpoint",
    authorization=basic_or_bearer,
    remaining="X-RateLimit-Remaining",
    reset="X-RateLimit-Reset",
    headers={"Accept": "application/json"},
    note=(
        "midPoint itself (up to 4.10, as far as we know) has no audit search among its REST "
        "resources: put one in front of its audit at /audit/search, or send its audit records "
        "over HTTP, as topic iga.raw.midpoint or as files"
    ),
    feeds=(
        Feed(
            name="audit",
            path="/audit/search",
            query=lambda *_: {},
            body=_body,
            at=time_in("timestamp"),
            paging=Paging.BY_TIME,
            rows=_rows,
        ),
    ),
)
