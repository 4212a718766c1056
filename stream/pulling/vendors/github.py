"""GitHub's audit log: the address is an organisation's, https://api.github.com/orgs/acme."""

from datetime import UTC, datetime

from stream.pulling.feed import Feed, Paging, Row, Vendor, bearer

AUDIT_ROWS_MAX = 100


def _at(row: Row) -> datetime | None:
    """Read the time of an entry, in milliseconds since 1970."""
    at = row.get("@timestamp")
    try:
        return datetime.fromtimestamp(at / 1000, UTC) if type(at) is int else None
    except (OverflowError, ValueError, OSError):
        return None


GITHUB = Vendor(
    connector="github",
    authorization=bearer,
    remaining="x-ratelimit-remaining",
    reset="x-ratelimit-reset",
    headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    feeds=(
        Feed(
            name="audit-log",
            path="/audit-log",
            query=lambda since, rows, _: {
                "phrase": f"created:>={since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "include": "web",
                "order": "asc",
                "per_page": str(rows),
            },
            at=_at,
            paging=Paging.LINK_HEADER,
            rows_max=AUDIT_ROWS_MAX,
        ),
    ),
)
