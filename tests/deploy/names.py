"""The names that a query may use: every series that foureyes can show, and every recording rule."""

import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from stream.clock import FixedClock
from stream.pulling.numbers import PullNumbers
from stream.witness.service import Service
from stream.witness.witness import Witness
from tests.metrics_page import NOON, shown, small

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "foureyes.rules.yml"

FROM_PROMETHEUS = {"up"}
"""What Prometheus writes itself of each process that it scrapes."""

RECORDED = set(re.findall(r"- record: (\S+)", RULES.read_text()))
ALERTS = re.findall(r"- alert: (\w+)", RULES.read_text())


def that_exist() -> set[str]:
    """Names of series and of recording rules, as a query spells them."""
    pages = shown(small(FixedClock(NOON)))
    ours = {f"{each.name}_total" if each.type == "counter" else each.name for each in pages}
    witness = Service(Witness(DEPLOY, [], [], lambda: 0)).registry.collect()
    ours |= {f"{each.name}_total" if each.type == "counter" else each.name for each in witness}
    pulled = CollectorRegistry()
    PullNumbers(pulled, [])
    ours |= {f"{m.name}_total" if m.type == "counter" else m.name for m in pulled.collect()}
    return ours | RECORDED | FROM_PROMETHEUS


def used_in(query: str) -> set[str]:
    """The series that a query in PromQL asks for."""
    bare = re.sub(r"\{[^}]*\}", "", re.sub(r'"[^"]*"', "", query))
    return set(re.findall(r"\b(?:\w+:)?foureyes_\w+(?::\w+)?|\bprocess_\w+|\bup\b", bare))
