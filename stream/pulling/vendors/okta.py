"""Okta's System Log: the address is that of the organisation, https://acme.okta.com."""

from stream.pulling.feed import Feed, Paging, Vendor, time_in, utc_text


def _authorization(secret: str) -> str:
    """Show an API token (SSWS), or an OAuth token where the secret says so."""
    return secret if secret.startswith("Bearer ") else f"SSWS {secret}"


OKTA = Vendor(
    connector="okta",
    authorization=_authorization,
    remaining="X-Rate-Limit-Remaining",
    reset="X-Rate-Limit-Reset",
    feeds=(
        Feed(
            name="logs",
            path="/api/v1/logs",
            query=lambda since, rows, _: {
                "since": utc_text(since),
                "sortOrder": "ASCENDING",
                "limit": str(rows),
            },
            at=time_in("published"),
            paging=Paging.LINK_HEADER,
        ),
    ),
)
