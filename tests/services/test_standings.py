"""What is asked of findings has one answer, whichever database keeps them."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from rules.finding import Severity
from stream.archive.database import open_database, sqlite_url
from stream.archive.standings import Standings, Wanted
from stream.archive.writer import PartitionWriter
from tests.archive.trails import NINE, company

END = NINE + timedelta(days=30)


def test_postgresql_and_sqlite_answer_alike(engine: Engine, tmp_path: Path) -> None:
    """Pages, counts, days and people, over the same trail."""
    trail = company(20).trail
    other = open_database(sqlite_url(tmp_path / "archive.sqlite3"))
    answers = []
    for each in (engine, other):
        PartitionWriter(each, 0).write(trail)
        standings = Standings(each)
        first = standings.page(Wanted(), 3)
        answers.append(
            (
                first,
                standings.page(Wanted(), 100, first[-1].place),
                standings.count(Wanted(severity=Severity.HIGH, person="bo", stands=True)),
                standings.by_rule(),
                standings.opened(NINE, END),
                standings.decided(NINE, END),
                standings.last_at(),
                standings.latest_cases(("account",), "bo", 5),
                standings.count_cases(("account", "person"), "bo"),
                standings.choices("workflow"),
            )
        )
    other.dispose()

    assert answers[0] == answers[1]
    assert answers[0][0]
