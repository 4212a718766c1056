"""Cases of two sources turn out late to be one, and a grant may be of another one: on Kafka."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from tests.kafka.broker import Broker
from tests.programs import FINDINGS_SECONDS_MAX, lines_of, post, running, wait_until

POLICY = """
[policy]
version = "late-links"
owner = "tests"

[sources."iga/acme"]
progress = "told"

[sources."target/acme"]
progress = "told"
"""
BEGIN = datetime.now(UTC) - timedelta(hours=5)
Standing = dict[tuple[str, str], str]
"""Rule and case → the last change of what was found."""


def told(source: str, number: int, action: str, minutes: float, **more: Any) -> bytes:
    """What a source tells, so long after it all began."""
    case = more.pop("case", None)
    event = {
        "specversion": "1.0",
        "id": f"{source}-{number}",
        "source": source,
        "type": f"iga.{action}",
        "time": BEGIN + timedelta(minutes=minutes),
        "data": more,
    }
    return orjson.dumps(event if case is None else {**event, "subject": case})


def by(account: str) -> dict[str, str]:
    """A person's account."""
    return {"account": account, "kind": "human"}


def ticks(hours: float) -> Iterator[bytes]:
    """Both sources have told everything up to then."""
    for source in ("iga/acme", "target/acme"):
        yield told(source, 0, "tick", 60 * hours)


IGA, TARGET, CALL = "iga/acme", "target/acme", {"destination": "https://hooks.acme.example/a"}
AT_FIRST = [
    told(IGA, 1, "requested", 0, case="REQ-1", actor=by("ann"), links=["execution:1"]),
    told(IGA, 2, "approved", 5, case="REQ-1", actor=by("bo")),
    told(TARGET, 3, "provisioned", 9, case="TASK-1", actor=by("prov"), links=["work:1"]),
    told(TARGET, 4, "provisioned", 8, actor=by("prov"), links=["execution:1"]),
    *ticks(2),
]
"""A grant of which nobody knows what it is for, and one that is known by its execution."""
LATE = [
    told(TARGET, 5, "step_recorded", 10, links=["work:1", "case:REQ-1"], step=CALL),
    told(TARGET, 6, "step_recorded", 11, case="TASK-1", links=["case:REQ-1"], step=CALL),
    told(IGA, 7, "requested", 4, case="REQ-2", actor=by("cy"), links=["execution:1"]),
    *ticks(4),
]
"""The grant was the request's; the execution worked on another request as well."""


def standing(path: Path) -> Standing:
    """What stands by now, by the last change of each finding."""
    last: dict[str, dict[str, Any]] = {}
    for line in lines_of(path):
        change = json.loads(line)
        if change["number"] >= last.get(change["finding"], change)["number"]:
            last[change["finding"]] = change
    # How often such a name was tried depends on the number of partitions.
    named = {
        name: str(each.get("case") or each["entity"]).partition("#")[0]
        for name, each in last.items()
    }
    return {(each["rule"], named[name]): each["change"] for name, each in last.items()}


def found_by(environ: Mapping[str, str], directory: Path, expected: Standing) -> Standing:
    """What `foureyes run` has found once all has come, the late part after the first was judged."""
    findings, log = directory / "findings.jsonl", directory / "run.log"
    with running({"FOUREYES_FINDINGS": str(findings), **environ}, log) as run:
        post(run.url, AT_FIRST)
        wait_until(
            lambda: standing(findings).get(("APR-008", "TASK-1")) == "opened",
            FINDINGS_SECONDS_MAX,
            log,
        )
        post(run.url, LATE)
        wait_until(lambda: _is_over(standing(findings), expected), FINDINGS_SECONDS_MAX, log)
    return standing(findings)


def _is_over(found: Standing, expected: Standing) -> bool:
    return found == expected if expected else ("APR-008", UNKNOWN) in found


UNKNOWN = "unlinked:execution:1/target/acme-4"
"""The case of the grant that may be of either request."""


def test_what_is_known_late_on_kafka_leads_where_it_leads_on_one_machine(tmp_path: Path) -> None:
    """Joined across partitions of a real broker, and parted; the same findings stand in the end."""
    (tmp_path / "policy.toml").write_text(POLICY)
    settings = {"FOUREYES_POLICY": str(tmp_path / "policy.toml")}
    for way in ("embedded", "kafka"):
        (tmp_path / way).mkdir()
    one = {**settings, "FOUREYES_DATA": str(tmp_path / "data")}
    expected = found_by(one, tmp_path / "embedded", {})
    with Broker(tmp_path / "broker") as broker:
        many = {
            **settings,
            "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
            "FOUREYES_KAFKA_PARTITIONS": "3",
        }

        assert expected["APR-008", "TASK-1"] == "withdrawn"
        assert expected["APR-008", UNKNOWN] == "opened"
        assert found_by(many, tmp_path / "kafka", expected) == expected
