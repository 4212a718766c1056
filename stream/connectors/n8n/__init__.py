"""n8n: its event log, and the database rows that say what the log does not."""

from collections.abc import Iterator
from datetime import timedelta

from stream.connectors.n8n import executions, log, rows
from stream.connectors.table import Connector, Record


def opened(record: Record) -> Record:
    """Read a row of execution data; everything else is as it is. Raises Unfit."""
    if "executionId" in record and type(record.get("data")) is str:
        return executions.opened(record)
    return record


def apart(document: object) -> Iterator[tuple[str, object]]:
    """Pass over confirmations: n8n's own receipts for messages it wrote, which tell of nothing."""
    if type(document) is not dict or document.get("__type") != log.CONFIRMATION:
        yield "", document


def word(record: Record) -> object:
    """Tell a message by its name, a row by its columns."""
    return record.get("eventName") if "__type" in record else rows.word(record)


N8N = Connector(
    name="n8n",
    title="n8n event log, and rows of its executions and workflow history",
    forms=(*log.FORMS, *rows.FORMS),
    word=word,
    scope_fields=("eventName", "status", "__type", "executionId"),
    opened=opened,
    apart=apart,
    spelled=((r"(?<=<)execution(?=>)|^execution$", "executionId"),),
    joins=(
        "By the execution (case and link n8n-execution:…); a gateway that names n8n as its engine "
        "is joined by it. A request id in a body is a link (request:…). Execution numbers begin "
        "at 1 in every instance, and nothing names the instance: two instances need two tenants."
    ),
    delay=timedelta(minutes=2),
    never={
        "actor (approval, event log)": "A wait that ends names nobody and not what was decided.",
        "entitlement, beneficiary, evidence (event log)": "What a request says stands in the "
        "execution's data only, which may be switched off, deleted, or never saved.",
        "actor (bodies)": "Whom a body names, nobody has checked.",
        "step.destination": "The URL and result of a call are not in the log; a Code node may call "
        "and is no calling node.",
        "workflow.version (event log)": "An execution does not say which version it ran; a waiting "
        "one runs the version it began with.",
        "outcome (executions cut off)": "An execution that was killed never ends in the log.",
        "workflow (brought in by command line)": "No message says that it was created.",
    },
)
