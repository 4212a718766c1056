"""The population statement: what was offered, and what became of each part of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import orjson

from rules.canary import TENANT
from rules.catalog import CATALOG, CATALOG_VERSION
from rules.machines.records import Reported, SourceDeclared
from rules.machines.set_aside import RECORD as SET_ASIDE
from rules.policy import Policy
from stream.canonical import write
from stream.exports.gone import Gone, decisions_of, gone_of, let_go
from stream.exports.hearing import Bench, Heard
from stream.exports.layout import LogTold, Selection


class Population:
    """Counts one log's part: as of its last count, which is an entry, and what came after.

    offered = judged + not selected + forgotten + set aside + refused + repeats, for each source. Of
    a record that two people set aside nobody can tell what was in it: it counts as one.
    """

    def __init__(self, log: str, told: LogTold, bench: Bench) -> None:
        self.log = log
        self._told = told
        self._counted_at = bench.last_report(told.size)
        self._known = bench.known(told.size)[0]
        self._set_aside = [
            {"entry": each.number, **orjson.loads(each.body)[SET_ASIDE]}
            for each in bench.headers
            if each.sort == SET_ASIDE
        ]
        self._judged: Counter[str] = Counter()
        self._since: Counter[str] = Counter()
        self._forgotten: Counter[str] = Counter()
        self.decisions = decisions_of(bench.headers)
        """By which entries bytes went."""
        self.told_gone: Counter[int] = Counter()
        """How many entries are told that went by each of them."""

    def take(self, heard: Heard) -> None:
        """Count a case that is exported."""
        numbers = [each.number for each in heard.entries if each.sort == "event"]
        for number, event in zip(numbers, heard.recorded, strict=True):
            is_counted = self._counted_at is not None and number < self._counted_at
            (self._judged if is_counted else self._since)[event.source] += 1
        for entry in heard.gone:
            if self._counted_at is not None and entry.number < self._counted_at:
                self._forget(gone_of(entry))

    def _forget(self, gone: Gone) -> None:
        if gone.sort == "event":
            self._forgotten[gone.source or ""] += 1

    def told(self) -> dict[str, Any]:
        """The log's part of the statement."""
        return {
            "log": self.log,
            "entries": self._told.size,
            "counted_at_entry": self._counted_at,
            "judged_since": dict(self._since),
            "sources": list(self._sources()),
            "records_set_aside": self._set_aside,
            "let_go": let_go(self.decisions, self.told_gone),
        }

    def miscounts(self) -> Iterator[str]:
        """Sources of which more is shown than the log counted, in words."""
        for source in self._sources():
            if source["not_selected"] < 0:
                yield (
                    f"{source['judged']} events of {source['source']} are shown, and the log "
                    f"counted {source['recorded']}"
                )

    def _sources(self) -> Iterator[dict[str, Any]]:
        reported = self._known.reported
        if reported is None:
            return
        declared = {each.source: each for each in self._known.sources}
        named = {*declared, *reported.recorded, *reported.repeats, *reported.refused}
        for name in sorted({*named, *self._judged, *self._forgotten}):
            yield self._source(name, declared.get(name), reported)

    def _source(
        self, name: str, declared: SourceDeclared | None, reported: Reported
    ) -> dict[str, Any]:
        # What has come with a case that turned out to be another stands in the log once more.
        recorded = reported.recorded.get(name, 0) + reported.moved.get(name, 0)
        repeats = reported.repeats.get(name, 0)
        refused, judged = {**reported.refused.get(name, {})}, self._judged[name]
        forgotten = self._forgotten[name]
        set_aside = refused.pop(SET_ASIDE, 0)
        return {
            "source": name,
            "connector": None if declared is None else declared.connector,
            "reported_until": reported.until.get(name),
            "offered": recorded + repeats + sum(refused.values()) + set_aside,
            "recorded": recorded,
            "judged": judged,
            "not_selected": recorded - judged - forgotten,
            "forgotten": forgotten,
            "refused": sum(refused.values()),
            "refused_because": refused,
            "set_aside": set_aside,
            "repeats": repeats,
        }

    def policies(self) -> list[Policy]:
        """The policy versions that the log was judged by."""
        return self._known.policies


ABOUT_ENTITIES = (
    "Findings about a person, a workflow, an extension, a machine account or a source are of no "
    "case: no case here tells them, and no verifier judges them again. Only an export of "
    "everything shows them, as entries of the logs."
)
"""What the statement says of what it does not count."""
ABOUT_CANARY = (
    f"Entries of the tenant {TENANT} are foureyes' test of itself, about nobody: they are in the "
    "logs, of no case that is offered, judged or exported, and counted nowhere here."
)
"""What it says of the canary."""
TOTALS = ("offered", "judged", "not_selected", "forgotten", "set_aside", "refused", "repeats")


def write_statement(selection: Selection, populations: Sequence[Population]) -> bytes:
    """Write the statement of all logs together."""
    logs = [each.told() for each in populations]
    totals = {
        name: sum(source[name] for log in logs for source in log["sources"]) for name in TOTALS
    }
    policies = [_policy(each) for one in populations for each in one.policies()]
    told = {
        "selection": msgspec.to_builtins(selection),
        "rules": {
            "version": CATALOG_VERSION,
            "rules": [
                {"id": each.id, "version": each.version, "title": each.title} for each in CATALOG
            ],
        },
        "policies": [each for n, each in enumerate(policies) if each not in policies[:n]],
        "about_entities": ABOUT_ENTITIES,
        "about_canary": ABOUT_CANARY,
        "logs": logs,
        "totals": totals,
    }
    return write(told)


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "version": policy.version,
        "owner": policy.owner,
        "in_force_from": policy.in_force_from,
    }
