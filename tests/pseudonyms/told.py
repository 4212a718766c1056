"""A case that names people in every way that an event can, and the program that is asked of it."""

import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tests.programs import FOUREYES

ANN = {"account": "ann.ander@acme.example", "kind": "human", "name": "Ann Ander"}
BO = {"account": "bo.berg@acme.example", "kind": "human", "name": "Bo Berg"}
REASON = "Ann Ander covers for a colleague who fell ill"
NAMES = ("ann.ander", "Ann Ander", "colleague who fell ill")
"""What must be nowhere once Ann is forgotten."""


def event(number: int, kind: str, at: datetime, **told: object) -> bytes:
    """One native event of the case REQ-1."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"e-{number}",
            "source": "iga/acme",
            "type": f"iga.{kind}",
            "time": at.isoformat(),
            "data": {"case": "REQ-1", "entitlement": {"id": "erp-payments"}, **told},
        }
    ).encode()


def story() -> list[bytes]:
    """Ann asks for a right and approves it herself; Bo approves too."""
    begin = datetime.now(UTC) - timedelta(minutes=5)
    later = [begin + timedelta(minutes=each) for each in range(3)]
    return [
        event(1, "requested", later[0], actor=ANN, beneficiary=ANN, justification=REASON),
        event(2, "approved", later[1], actor=ANN),
        event(3, "approved", later[2], actor=BO),
        event(4, "requested", later[2], actor={**BO, "kind": "human of some sort"}),
    ]


def said(settings: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Ask the program something."""
    return subprocess.run(
        [*FOUREYES, *words],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
