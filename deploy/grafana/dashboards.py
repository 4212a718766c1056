"""The Grafana dashboards as code: `make dashboards` writes one JSON file for each beside this file.

Every panel says in a sentence what it shows and what to make of it; tests/deploy holds the files
equal to this code and each query to the metrics and recording rules that exist.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from grafana_foundation_sdk.builders import bargauge, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
"""Chosen on the dashboard: nothing here knows a Prometheus by name."""
Drawn = timeseries.Panel | bargauge.Panel | stat.Panel | table.Panel
HEIGHT = 8
"""Rows of Grafana's grid, of which a screen shows about 30."""
REFRESH = "30s"


class Shape(Enum):
    """How numbers are drawn."""

    LINES = timeseries.Panel
    BARS = bargauge.Panel
    NUMBER = stat.Panel
    TABLE = table.Panel


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture. `query` is PromQL, `legend` names a series by its labels, `sentence` explains.

    `unit` is Grafana's: `percentunit` for shares of 1, `s` for seconds, `short` for counts.
    `width` is in columns of 24.
    """

    title: str
    sentence: str
    query: str
    legend: str = ""
    shape: Shape = Shape.LINES
    unit: str = "short"
    width: int = 12


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard; `name` is its file and its address."""

    name: str
    title: str
    panels: Sequence[Panel]


HEALTH = Board(
    "control-health",
    "foureyes: control health",
    (
        Panel(
            "Controls with broken decisions",
            "How many controls have at least one decision that stands as broken.",
            'count(sum by (control) (foureyes_control_answers{verdict="broken"}) > 0) or vector(0)',
            shape=Shape.NUMBER,
            width=6,
        ),
        Panel(
            "Broken decisions that stand",
            "Answers of rules that stand as broken now; findings that are withdrawn leave it.",
            'sum(foureyes_rule_decisions{verdict="broken"}) or vector(0)',
            shape=Shape.NUMBER,
            width=6,
        ),
        Panel(
            "Decisions nobody can judge",
            "Answers that no source tells enough for: neither sound nor broken, and not hidden.",
            'sum(foureyes_rule_decisions{verdict="cannot_tell"}) or vector(0)',
            shape=Shape.NUMBER,
            width=6,
        ),
        Panel(
            "Decisions still open",
            "Answers that wait for a deadline, or for a source that has not reported so far.",
            'sum(foureyes_rule_decisions{verdict="open"}) or vector(0)',
            shape=Shape.NUMBER,
            width=6,
        ),
        Panel(
            "Broken, by control",
            "Of the decisions a control's rules could judge, the share that broke one.",
            "topk(20, control:foureyes_broken:ratio)",
            "{{control}}",
            shape=Shape.BARS,
            unit="percentunit",
        ),
        Panel(
            "Unknown, by control",
            "Of a control's decisions, the share that nobody can judge: a blind spot, not health.",
            "topk(20, control:foureyes_unknown:ratio)",
            "{{control}}",
            shape=Shape.BARS,
            unit="percentunit",
        ),
        Panel(
            "Broken in the last hour, by control",
            "How fast controls are being broken now; the alert on control health looks at this.",
            "control:foureyes_answers_broken:delta1h > 0",
            "{{control}}",
        ),
        Panel(
            "Broken, by rule",
            "Which rule speaks: the same share by rule, to see what is behind a control.",
            "topk(20, rule:foureyes_broken:ratio)",
            "{{rule}}",
            unit="percentunit",
        ),
    ),
)
SOURCES = Board(
    "sources",
    "foureyes: sources and completeness",
    (
        Panel(
            "Silent sources",
            "Sources that have said nothing for longer than policy allows.",
            "sum(max by (source) (foureyes_source_silent)) or vector(0)",
            shape=Shape.NUMBER,
            width=8,
        ),
        Panel(
            "Refused in the last day",
            "Events that nobody could read; each is kept with its reason.",
            'sum(increase(foureyes_events_total{outcome="refused"}[1d])) or vector(0)',
            shape=Shape.NUMBER,
            width=8,
        ),
        Panel(
            "Repeats in the last day",
            "Events that were known already and are judged once; many mean that a source retries.",
            'sum(increase(foureyes_events_total{outcome="repeat"}[1d])) or vector(0)',
            shape=Shape.NUMBER,
            width=8,
        ),
        Panel(
            "How far behind each source reports",
            "The time since the moment up to which a source has reported: absence is judged no "
            "later than that.",
            "time() - max by (source) (foureyes_source_reported_until_timestamp_seconds)",
            "{{source}}",
            unit="s",
        ),
        Panel(
            "Ticks held back",
            "Ticks in ten minutes of sources that told of a time still to come: they are believed "
            "up to the present only.",
            "sum by (source) (increase(foureyes_ticks_held_back_total[10m]))",
            "{{source}}",
        ),
        Panel(
            "Events recorded",
            "Events a second that went into the record, by source.",
            'source:foureyes_events:rate5m{outcome="recorded"}',
            "{{source}}",
            unit="eps",
        ),
        Panel(
            "Refused share",
            "Of what a source sends, the share that can not be read; a step means a new format.",
            "source:foureyes_refused:ratio5m",
            "{{source}}",
            unit="percentunit",
        ),
        Panel(
            "Refusals by kind",
            "What was wrong with what was refused.",
            "sum by (source, kind) (increase(foureyes_refusals_total[1h])) > 0",
            "{{source}}: {{kind}}",
        ),
        Panel(
            "Answers to bodies over HTTP",
            "What senders were answered: anything but stored is sent again by them, or is lost "
            "with them.",
            "sum by (source, answer) (rate(foureyes_received_bodies_total[5m])) > 0",
            "{{source}}: {{answer}}",
            unit="reqps",
        ),
    ),
)
RISK = Board(
    "approvals-at-risk",
    "foureyes: approvals at risk",
    (
        Panel(
            "Opened in the last day, by severity",
            "New findings of a day; withdrawn ones are counted in another panel.",
            'sum by (severity) (increase(foureyes_finding_changes_total{change="opened"}[1d]))',
            "{{severity}}",
            shape=Shape.NUMBER,
            width=24,
        ),
        Panel(
            "Findings opened, by rule",
            "Which kinds of breach come up now; a jump of one rule is one workflow or one person, "
            "more often than not.",
            'sum by (rule) (increase(foureyes_finding_changes_total{change="opened"}[1h])) > 0',
            "{{rule}}",
        ),
        Panel(
            "Critical findings opened, by rule",
            "The same for critical findings only: privileged access is at stake.",
            "sum by (rule) (increase("
            'foureyes_finding_changes_total{change="opened",severity="critical"}[1h])) > 0',
            "{{rule}}",
        ),
        Panel(
            "Findings withdrawn, by rule",
            "Findings that later knowledge took back; many of one rule mean that a source is late.",
            'sum by (rule) (increase(foureyes_finding_changes_total{change="withdrawn"}[1h])) > 0',
            "{{rule}}",
        ),
        Panel(
            "Where decisions stand, by rule and verdict",
            "Every rule in force with its decisions: broken, held, open, cannot tell.",
            "sum by (rule, verdict) (foureyes_rule_decisions)",
            shape=Shape.TABLE,
        ),
    ),
)
PIPELINE = Board(
    "pipeline",
    "foureyes: the pipeline",
    (
        Panel(
            "Halted partitions",
            "Partitions that stopped at a record and need a person; anything but 0 is an incident.",
            "sum(max by (role, partition) (foureyes_partition_halted)) or vector(0)",
            shape=Shape.NUMBER,
            width=8,
        ),
        Panel(
            "Partitions whose health is counted",
            "Less than the deployment has means that the figures on control health are not whole.",
            "sum(foureyes_health_partitions)",
            shape=Shape.NUMBER,
            width=8,
        ),
        Panel(
            "Processes that answer",
            "How many processes Prometheus can scrape; each is named with its version.",
            "sum by (version) (foureyes_build_info)",
            "{{version}}",
            shape=Shape.NUMBER,
            width=8,
        ),
        Panel(
            "Lag in seconds, by role",
            "The age of the oldest record that waits: how old news is when it is judged.",
            "role:foureyes_lag_seconds:max",
            "{{role}}",
            unit="s",
        ),
        Panel(
            "Lag in records, by role",
            "How much waits; with a steady number of seconds it is a busy hour, not a fault.",
            "sum by (role) (foureyes_lag_records)",
            "{{role}}",
        ),
        Panel(
            "Records a second, by role",
            "What each role gets done in a second, over all of its workers.",
            "sum by (role) (rate(foureyes_position_records[5m]))",
            "{{role}}",
            unit="ops",
        ),
        Panel(
            "What is held in memory",
            "Open cases, parked events, deadlines: memory grows with these and with nothing else.",
            "sum by (role, item) (foureyes_state_items)",
            "{{role}}: {{item}}",
        ),
        Panel(
            "Deliveries, by destination and result",
            "Whether findings reach whoever is to be told.",
            "sum by (destination, result) (rate(foureyes_deliveries_total[5m])) > 0",
            "{{destination}}: {{result}}",
            unit="ops",
        ),
        Panel(
            "Since the last canary, by destination",
            "A made-up case tests the whole way to each desk: without one foureyes is blind.",
            "time() - max by (destination) (foureyes_canary_seen_timestamp_seconds)",
            "{{destination}}",
            unit="s",
        ),
        Panel(
            "A canary's round trip",
            "From sending the last one to its desk: how long a finding takes while nothing waits.",
            "max by (destination) (foureyes_canary_round_trip_seconds)",
            "{{destination}}",
            unit="s",
        ),
        Panel(
            "Memory of each process",
            "Resident memory; it follows the panel on what is held.",
            'process_resident_memory_bytes{job="foureyes"}',
            "{{instance}}",
            unit="bytes",
        ),
    ),
)
BOARDS = (HEALTH, SOURCES, RISK, PIPELINE)


def built(board: Board) -> str:
    """Give a dashboard as Grafana reads it: JSON."""
    pages = (
        dashboard.Dashboard(board.title)
        .uid(f"foureyes-{board.name}")
        .tags(["foureyes"])
        .refresh(REFRESH)
        .time("now-24h", "now")
        .with_variable(dashboard.DatasourceVariable("datasource").type("prometheus"))
    )
    for panel in board.panels:
        pages = pages.with_panel(_drawn(panel))
    return JSONEncoder(sort_keys=True, indent=2).encode(pages.build()) + "\n"


def _drawn(panel: Panel) -> Drawn:
    query = prometheus.Dataquery().expr(panel.query).legend_format(panel.legend).ref_id("A")
    drawn: Drawn = panel.shape.value()
    if panel.shape is not Shape.LINES:
        query = query.instant()
    if panel.shape is Shape.TABLE:
        query = query.format(PromQueryFormat.TABLE)
    if isinstance(drawn, bargauge.Panel | stat.Panel):
        drawn.reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
    drawn.title(panel.title).description(panel.sentence).datasource(SOURCE).unit(panel.unit)
    drawn.height(HEIGHT).span(panel.width).with_target(query)
    return drawn


def files() -> Iterator[tuple[Path, str]]:
    """Each dashboard's file, and what is to stand in it."""
    for board in BOARDS:
        yield Path(__file__).with_name(f"{board.name}.json"), built(board)


if __name__ == "__main__":
    for path, text in files():
        path.write_text(text)
