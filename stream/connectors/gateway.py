"""A webhook gateway's log: the other side of every call that a workflow says it made.

The format is ours, so that any gateway can write it, one JSON object a call:

| field | meaning |
|---|---|
| `id` | the gateway's own id of the log entry; a repeat has the same one |
| `time` | when the call came in, RFC 3339 |
| `method`, `url` | what was called; of the URL, user, password, query and fragment are left out |
| `invocation` | the caller's id of this one call, which pairs it with the workflow's own log |
| `execution` | the workflow execution that called; joins the call to its case |
| `engine` | whose execution that is (`n8n`): two engines may count alike |
| `request` | the request that the body names; a link as well |
| `case` | the case, if the caller knows it |
| `caller` | the account that called |
| `extension`, `version` | the script or connector action that called |
| `status` | the HTTP status that was answered; left out: the call was never answered |
| `signature` | `ok`, `bad` or `missing`: what became of the check of the caller's signature |
| `duration_ms` | how long the call took, in whole milliseconds |

Only `url` must be there.
"""

from collections.abc import Mapping
from datetime import timedelta

from rules.events import ActorKind
from stream.connectors.table import (
    Connector,
    Form,
    Record,
    RefusalKind,
    Term,
    Unfit,
    computed,
    constant,
    every,
    name,
    needed,
    one_of,
    part,
    party,
    tagged,
    text,
    utc_time,
    whole,
)

SIGNATURES = {word: word for word in ("ok", "bad", "missing")}
NO_ANSWER = "no answer"

_URL = text("url")
_METHOD = text("method")
_STATUS = whole("status")
_SIGNATURE = one_of("signature", SIGNATURES)
_EXECUTION, _ENGINE, _REQUEST = name("execution"), name("engine"), text("request")
_MILLISECONDS = whole("duration_ms")


def _destination(record: Record) -> str | None:
    """Take of a URL what says where the call went, and nothing that may be secret."""
    url: str | None = _URL.read(record)
    if url is None:
        return None
    scheme, separator, rest = url.partition("://")
    if not separator or not scheme or not rest:
        raise Unfit(url, "a URL such as https://host/path", RefusalKind.UNKNOWN_VALUE, field="url")
    place = rest.partition("?")[0].partition("#")[0]
    if "@" in place:
        host, slash, path = place.partition("/")
        place = f"{host.rpartition('@')[2]}{slash}{path}"
    return f"{scheme}://{place}"


def _links(record: Record) -> list[str] | None:
    """Name the execution, after its engine where that is told, and the request."""
    execution, engine, request = (
        _EXECUTION.read(record),
        _ENGINE.read(record),
        _REQUEST.read(record),
    )
    links = [] if request is None else [f"request:{request}"]
    if execution is not None:
        links.insert(0, f"{engine}-execution:{execution}" if engine else f"execution:{execution}")
    return links or None


def _outcome(record: Record) -> str:
    """Tell what was answered and whether the signature held: `200 signature:missing`."""
    status, signature = _STATUS.read(record), _SIGNATURE.read(record)
    answer = NO_ANSWER if status is None else str(status)
    return answer if signature is None else f"{answer} signature:{signature}"


def _lasted(record: Record) -> str | None:
    """Write the call's duration in ISO 8601."""
    milliseconds: int | None = _MILLISECONDS.read(record)
    if milliseconds is None:
        return None
    if milliseconds < 0:
        raise Unfit(
            milliseconds, "milliseconds, 0 or more", RefusalKind.BAD_NUMBER, field="duration_ms"
        )
    return f"PT{milliseconds // 1000}.{milliseconds % 1000:03d}S"


CALL: Mapping[str, Term] = {
    "id": name("id"),
    "action": constant("step_recorded"),
    "occurred_at": utc_time("time"),
    "case": name("case"),
    "links": computed("execution, after engine where it is told; request", _links),
    "actor": party(name("caller"), kind=constant(ActorKind.SERVICE.value)),
    "step": needed(
        part(
            "destination",
            destination=computed("url without user, query, fragment", _destination),
            invocation=name("invocation"),
            extension=name("extension"),
            version=text("version"),
        ),
        "a URL such as https://host/path",
        field="url",
    ),
    "scope": every(tagged("method", _METHOD)),
    "duration": computed("duration_ms", _lasted),
    "outcome": computed("status, signature", _outcome),
}

GATEWAY = Connector(
    name="gateway",
    title="Webhook gateway log (our own format)",
    forms=(
        Form(
            title="A call",
            recognised_by="url",
            fits=lambda record: "specversion" not in record,
            rows=CALL,
        ),
    ),
    scope_fields=("type",),
    joins=(
        "By `case` where the caller sends it; else `execution` and `request` are links, and "
        "whoever knows one of them and its case joins them. An execution of a named `engine` is "
        "that engine's own link (n8n-execution:…)."
    ),
    delay=timedelta(minutes=1),
    never={
        "beneficiary": "A call says who called, not for whom access changed.",
        "entitlement": "The body of a call is not logged.",
        "justification": "The body of a call is not logged.",
        "evidence": "The body of a call is not logged.",
        "workflow": "A gateway sees an execution, not the definition that it runs.",
    },
)
