"""ServiceNow's Table API: the address is that of the instance, https://acme.service-now.com.

A row is a state. One that was changed since the last round is another row to us, and the connector
makes an event of it; the history (sys_audit) tells what was between two rounds. Pages go by time
and not by offset alone: a row that is changed while pages are read moves to the end, and all rows
behind it would move up into a page that was read already.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from stream.pulling.feed import Feed, Paging, Vendor, basic_or_bearer, time_in

HISTORY_ONLY = "tablename=sysapproval_approver^fieldname=state^"


def _query(
    field: str, *, only: str = "", fields: str = ""
) -> Callable[[datetime, int, int], Mapping[str, str]]:
    def query(since: datetime, rows: int, offset: int) -> Mapping[str, str]:
        at = f"{since.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        told = {
            "sysparm_query": f"{only}{field}>={at}^ORDERBY{field}^ORDERBYsys_id",
            "sysparm_limit": str(rows),
            "sysparm_offset": str(offset),
            "sysparm_display_value": "all",
            "sysparm_exclude_reference_link": "true",
        }
        return {**told, "sysparm_fields": fields} if fields else told

    return query


def _time(field: str) -> Callable[[dict[str, object]], datetime | None]:
    """Read a time where each field is an object with its value and what is shown for it."""
    plain = time_in(field)

    def read(row: dict[str, object]) -> datetime | None:
        found = row.get(field)
        return plain({field: found.get("value") if isinstance(found, dict) else found})

    return read


def _table(name: str, field: str = "sys_updated_on", only: str = "", fields: str = "") -> Feed:
    return Feed(
        name=name,
        path=f"/api/now/table/{name}",
        query=_query(field, only=only, fields=fields),
        at=_time(field),
        paging=Paging.BY_TIME,
        rows=lambda answer: answer["result"],
    )


APPROVAL_FIELDS = (
    "sys_id,approver,approver.user_name,sysapproval,document_id,source_table,state,group,"
    "approval_source,comments,sys_created_by,sys_created_on,sys_updated_by,sys_updated_on,"
    "sys_mod_count"
)

SERVICENOW = Vendor(
    connector="servicenow",
    authorization=basic_or_bearer,
    remaining="X-RateLimit-Remaining",
    reset="X-RateLimit-Reset",
    headers={"Accept": "application/json"},
    feeds=(
        _table("sysapproval_approver", fields=APPROVAL_FIELDS),
        _table("sc_request"),
        _table("sc_req_item"),
        _table("change_request"),
        _table("sys_audit", "sys_created_on", only=HISTORY_ONLY),
    ),
)
