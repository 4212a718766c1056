"""Nothing of who was forgotten is left in the archive's files, whatever they were called."""

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from rules.events import ActorKind, Party
from stream.archive import database
from stream.archive.database import open_database, sqlite_url
from stream.archive.person_names import PersonNames
from stream.archive.reader import Archive
from stream.archive.scrubbing import scrub
from stream.archive.writer import PartitionWriter
from stream.exports.layout import Selection
from tests.archive.forgotten import forget, forgetful
from tests.archive.trails import NINE, Company, case_events, company
from tests.exports.office import Office
from tests.properties.effort import looks

NAMES = st.text('abcXYZ äß@.-"\\\n7', min_size=3, max_size=20)


def working_at(said: Company, name: str, words: str) -> Company:
    """Let somebody ask for something, and say why in their own words."""
    party = Party(account=f"q{name}q", kind=ActorKind.HUMAN, person=f"P-{name}q")
    asked, *rest = case_events(90, NINE)
    asked = replace(asked, actor=party, beneficiary=party, justification=f"{words} q{name}q")
    said.happen([asked, *rest])
    return said


def spellings(name: str) -> list[bytes]:
    """A name as it may stand in a file."""
    return [name.encode(), json.dumps(name, ensure_ascii=False)[1:-1].encode()]


@looks(12)
@given(name=NAMES, words=st.sampled_from(["for", "says:", "I am"]))
def test_no_name_is_left_in_any_file(name: str, words: str) -> None:
    """Neither in the database nor in its log of what is to be written, nor in an export."""
    said = working_at(company(3), name, words)
    names = PersonNames([f"q{name}q", f"P-{name}q"])
    with TemporaryDirectory() as place:
        directory = Path(place)
        engine = open_database(sqlite_url(directory / "archive.sqlite3"))
        PartitionWriter(engine, 0).write(said.trail)
        before = b"".join(each.read_bytes() for each in directory.iterdir())
        PartitionWriter(engine, 0).write(forget(said, names).trail)
        Office(engine, directory).export(Selection(kind="everything"))
        after = b"".join(each.read_bytes() for each in directory.iterdir())
        engine.dispose()

    told = [each for name in names.names for each in spellings(name)]
    assert any(each in before for each in told)
    assert not [each for each in told if each in after]


def test_what_could_not_be_scrubbed_is_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody reads the archive while bytes go: they lie about until a writer begins again."""
    monkeypatch.setattr(
        database, "_SQLITE_PRAGMAS", ("PRAGMA journal_mode=WAL", "PRAGMA busy_timeout=50")
    )
    said, engine = forgetful(), open_database(sqlite_url(tmp_path / "archive.sqlite3"))
    PartitionWriter(engine, 0).write(said.trail[:-3])
    with engine.connect() as reading:
        # A reader that stays where it is keeps what it sees.
        reading.execute(text("SELECT count(*) FROM entries")).all()
        PartitionWriter(engine, 0).write(said.trail)
        is_owed = not Archive(engine).is_scrubbed()
    PartitionWriter(engine, 0)

    assert is_owed
    assert Archive(engine).is_scrubbed()
    assert scrub(engine)
    engine.dispose()
