"""The canary's case: somebody of nowhere approves their own request, sealed so that it is ours."""

from datetime import UTC, datetime

from rules.canary import TENANT
from rules.events import Action
from stream.canary.sealing import Seal
from stream.canonical import dumps
from stream.connectors.native import PREFIX

SOURCE = "foureyes-canary"
"""The source under whose name the canary reports, and its raw log; nobody else may use it."""
NOBODY = "foureyes-canary"
"""The account that asks and approves."""
WORKFLOW = "foureyes/canary"
SAW = "APR-001"
"""The rule that has to find it."""
BECAUSE = "foureyes tests itself: no access is asked for, and nobody is to be told"


def write_canary(sent_at: datetime, seal: Seal) -> bytes:
    """Write a new case as one raw record: a request, and an approval that knows only its link.

    So the second has to find its case through the linker. The same moment gives the same case.
    """
    told = sent_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    case = f"canary-{told}-{seal.mark(told)}"
    asked = _event(case, Action.REQUESTED, sent_at)
    approved = _event(case, Action.APPROVED, sent_at)
    return b"\n".join((dumps(seal.on({**asked, "subject": case})), dumps(seal.on(approved))))


def _event(case: str, action: Action, at: datetime) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"{case}:{action}",
        "source": SOURCE,
        "type": f"{PREFIX}{action}",
        "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "tenant": TENANT,
            "links": [f"canary:{case}"],
            "actor": {"account": NOBODY, "kind": "human"},
            "entitlement": {"id": WORKFLOW, "name": "nothing"},
            # Whatever else a rule asks for is there, so that one alert comes of it and no more.
            "justification": BECAUSE,
            "evidence": [{"kind": "test", "ref": case}],
            "workflow": {"id": WORKFLOW, "version": "1", "owner": NOBODY},
        },
    }
