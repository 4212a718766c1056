"""A small set of metrics, and what a scrape of them finds."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from rules.finding import Change, Finding, Severity
from stream.clock import FixedClock
from stream.metric_labels import LabelSets
from stream.metrics import Metrics

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
CONTROLS = {"APR-001": ("53 AC-5", "ISO A.5.3"), "EVD-002": ("53 AU-12", "53 AC-5")}
ROLES = ("intake", "judge")
KINDS = ("unreadable", "too-large")
CONSTANT_LABELS = {"version", "python"}


class Sample(NamedTuple):
    """One number of the page."""

    labels: dict[str, str]
    value: float


def small_sets() -> LabelSets:
    """A small configuration."""
    return LabelSets(
        controls_by_rule=CONTROLS,
        refusal_kinds=KINDS,
        roles=ROLES,
        partitions=4,
        destinations=["alertmanager"],
    )


def small(clock: FixedClock) -> Metrics:
    """Metrics of the small configuration, with its two sources."""
    metrics = Metrics(small_sets(), now=clock.now)
    metrics.declare("okta", silent_after=timedelta(hours=1))
    metrics.declare("entra")
    return metrics


def a_finding(case: int, *, rule: str = "APR-001", number: int = 0) -> Finding:
    """A finding about a person and a case that nobody else has."""
    return Finding(
        finding=f"{rule}-{case}",
        number=1,
        change=list(Change)[number % 4] if number else Change.OPENED,
        rule=rule,
        rule_version=1,
        severity=list(Severity)[number % 4] if number else Severity.HIGH,
        title="Approved own request",
        tenant=f"tenant-{case % 97}",
        case=f"REQ-{case}",
        at=NOON + timedelta(seconds=case),
        evidence=(f"REQ-{case}-2",),
        who=(f"person-{case}",),
        summary=f"person-{case} approved their own request",
        next_step="Ask the workflow's owner.",
        controls=("53 AC-5",),
        policy="built-in-1",
        source="okta",
        workflow=f"wf-{case % 31}",
    )


def shown(metrics: Metrics) -> list[Metric]:
    """What a scrape finds, read by Prometheus' own parser for Python."""
    page = generate_latest(metrics.registry).decode()
    return list(text_string_to_metric_families(page))


def series(metrics: Metrics) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """Every series of the page."""
    return {
        (each.name, frozenset(each.labels.items()))
        for family in shown(metrics)
        for each in family.samples
    }


def samples(metrics: Metrics, name: str) -> list[Sample]:
    """All numbers of this name."""
    return [
        Sample(each.labels, each.value)
        for family in shown(metrics)
        for each in family.samples
        if each.name == name
    ]


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """The one number of this name with exactly these labels."""
    (found,) = (each.value for each in samples(metrics, name) if each.labels == labels)
    return found
