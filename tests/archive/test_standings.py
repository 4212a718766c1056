"""Findings as their last change has them: kept by the writer, looked for by what people ask."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select, text

from rules.finding import Change, Finding, Severity
from stream.archive.database import open_database, sqlite_url
from stream.archive.leaves import name_digest
from stream.archive.schema import NAMES, STANDINGS
from stream.archive.standings import Standings, Wanted
from stream.archive.writer import PartitionWriter
from tests.archive.trails import NINE, TENANT, Company, company

EVER = NINE + timedelta(days=60)


@pytest.fixture(scope="module")
def said() -> Company:
    """A company with more cases than fit on a page."""
    return company(40)


@pytest.fixture(scope="module")
def filled(said: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Its archive."""
    path = tmp_path_factory.mktemp("standings") / "archive.sqlite3"
    engine = open_database(sqlite_url(path))
    PartitionWriter(engine, 0).write(said.trail)
    yield engine
    engine.dispose()


def test_one_row_a_finding_says_what_its_last_change_said(filled: Engine, said: Company) -> None:
    """As many stand as the judge says; the others were withdrawn."""
    standings = Standings(filled)
    told = standings.page(Wanted(), 1000)

    changes = said.judge.tally.findings.items()
    opened = sum(n for name, n in changes if name.endswith(Change.OPENED))
    assert len({each.finding.finding for each in told}) == len(told) == opened
    assert standings.count(Wanted()) == opened
    assert standings.count(Wanted(stands=True)) + standings.count(Wanted(stands=False)) == opened
    assert all(each.opened_at <= each.finding.at for each in told)


def test_paging_passes_through_every_finding_once(filled: Engine) -> None:
    """However many are shown at a time, also where several have one moment."""
    standings = Standings(filled)
    whole = standings.page(Wanted(), 1000)
    for size in (1, 3, 7):
        found = standings.page(Wanted(), size)
        while page := standings.page(Wanted(), size, found[-1].place):
            found += page
        assert found == whole


def test_each_filter_chooses_what_the_findings_themselves_say(filled: Engine) -> None:
    """Compared with looking at every finding."""
    standings = Standings(filled)
    whole = [each.finding for each in standings.page(Wanted(), 1000)]
    some = whole[len(whole) // 2]
    filters: dict[Wanted, Callable[[Finding], bool]] = {
        Wanted(severity=some.severity): lambda f: f.severity == some.severity,
        Wanted(rule=some.rule): lambda f: f.rule == some.rule,
        Wanted(source=some.source): lambda f: f.source == some.source,
        Wanted(tenant=TENANT): lambda f: f.tenant == TENANT,
        Wanted(tenant=""): lambda f: f.tenant is None,
        Wanted(workflow="wf-1"): lambda f: f.workflow == "wf-1",
        Wanted(begin=some.at): lambda f: f.at >= some.at,
        Wanted(end=some.at): lambda f: f.at < some.at,
        Wanted(person=""): lambda _: False,
    }
    for wanted, fits in filters.items():
        told = [each.finding for each in standings.page(wanted, 1000)]
        assert told == [each for each in whole if fits(each)]
        assert standings.count(wanted) == len(told)
    both = replace(Wanted(rule=some.rule), stands=False)
    assert all(each.finding.change is Change.WITHDRAWN for each in standings.page(both, 1000))


def test_somebody_is_found_by_deciding_and_by_being_named(filled: Engine) -> None:
    """By the person, the account, or as the finding calls them."""
    standings = Standings(filled)
    whole = [each.finding for each in standings.page(Wanted(), 1000)]

    found = {each.finding.finding for each in standings.page(Wanted(person="ann"), 1000)}
    assert {each.finding for each in whole if "ann" in each.who} <= found
    assert standings.count(Wanted(person="P-1")) > 0
    assert standings.count(Wanted(person="nobody")) == 0


def test_days_without_anything_are_told_too(filled: Engine) -> None:
    """A trend with holes would look as if there were nothing between two days."""
    standings = Standings(filled)
    opened = standings.opened(NINE, NINE + timedelta(days=9, hours=1))
    decided = standings.decided(NINE, EVER)

    assert len(opened) == 10
    everything = sum(sum(counts.values()) for counts in standings.opened(NINE, EVER).values())
    assert everything == standings.count(Wanted())
    last = standings.last_at()
    assert last is not None
    assert sum(decided[last.replace(hour=0, minute=0)].values()) > 0


def test_standing_findings_are_counted_by_rule(filled: Engine) -> None:
    """The sum is what stands."""
    standings = Standings(filled)
    told = standings.by_rule()

    assert sum(sum(counts.values()) for counts in told.values()) == standings.count(
        Wanted(stands=True)
    )
    assert set(told["APR-001"]) <= set(Severity)


def test_the_latest_cases_of_somebody_are_few_and_the_last(filled: Engine) -> None:
    """Out of many, as many as are asked for, the last step first."""
    standings = Standings(filled)
    few = standings.latest_cases(("account", "person"), "bo", 3)
    many = standings.latest_cases(("account", "person"), "bo", 1000)

    assert (len(few), set(few) <= set(many), max(few)) == (3, True, max(many))
    assert len(many) == standings.count_cases(("account", "person"), "bo")


def test_an_archive_of_the_release_before_is_filled_from_its_entries(
    filled: Engine, tmp_path: Path
) -> None:
    """As if the writer had always kept them: row for row, and name for name."""
    path = tmp_path / "old.sqlite3"
    with (
        closing(sqlite3.connect(str(filled.url.database))) as written,
        closing(sqlite3.connect(path)) as copy,
    ):
        written.backup(copy)
    engine = open_database(sqlite_url(path))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM names WHERE digest = :d"), {"d": _who("ann")})
        connection.execute(text("DROP TABLE standings"))
        connection.execute(text("DROP INDEX cases_by_end"))
        connection.execute(text("CREATE INDEX cases_by_end ON cases (last_at)"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        _upgrade(connection)

    with filled.connect() as new, engine.connect() as old:
        for table in (STANDINGS, NAMES):
            rows = select(table).order_by(*table.primary_key.columns)
            assert old.execute(rows).all() == new.execute(rows).all()
    engine.dispose()


def _who(name: str) -> int:
    return name_digest("who", name)


def _upgrade(connection: object) -> None:
    config = Config()
    config.set_main_option("script_location", "stream.archive:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "0003")
