"""A workflow's cases out of an archive, judged again as of its last entry: for `review`."""

from collections.abc import Iterator

from rules.catalog import CATALOG
from rules.finding import Finding
from rules.review import Reviewed
from stream.archive.reader import Archive
from stream.archive.standings import Standings, Wanted
from stream.exports.layout import Selection
from stream.exports.one_case import hear

FINDINGS_MAX = 10_000
"""Findings about entities that are looked through of one rule: the latest ones."""


def reviewed_cases(archive: Archive, workflow: str) -> list[Reviewed]:
    """The cases that ran in a workflow, with what each rule says of them."""
    cases = (
        Reviewed(heard.judged.file, {said.rule.id: said.verdict for said in heard.judged.said})
        for _, heard in hear(archive, Selection(kind="workflow", name=workflow))
    )
    return sorted(cases, key=lambda each: (each.file.tenant or "", each.file.case))


def found_about_entities(archive: Archive) -> Iterator[Finding]:
    """The findings about workflows, extensions, machine accounts and so on that stand."""
    standings = Standings(archive.engine)
    for rule in (each.id for each in CATALOG if each.patterns):
        for told in standings.page(Wanted(rule=rule, stands=True), FINDINGS_MAX):
            if told.finding.entity is not None:
                yield told.finding
