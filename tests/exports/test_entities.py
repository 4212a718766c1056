"""Findings about people, workflows and sources are in the logs, and no case is mistaken for one."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal
from zipfile import ZipFile

import orjson
import pytest

from rules.events import Action, Workflow
from rules.machines.contract import TRAIL, Record
from rules.pattern_terms import Reciprocity
from stream.archive.database import open_database, sqlite_url
from stream.archive.writer import PartitionWriter
from stream.case_search import UnknownCaseError
from stream.exports.formats import converted
from stream.exports.layout import Selection
from stream.exports.one_case import NoCaseButEntityError, read_archived_case
from stream.exports.trust import Trusted
from tests.exports.office import KEY, Office, checked
from tests.reference.telling import Joined, frame
from tests.rules.machines.small_world import ANN, BO, at, policy, source, step, tick

WORKFLOW = "wf-access"
IN_IT = {"workflow": Workflow(id=WORKFLOW, version="1")}
FAVOURS = (
    policy(reciprocity=Reciprocity(count_min=1, times_chance=1, team_min=1)),
    source("iga"),
    frame(
        step(1, 0, Action.REQUESTED, ANN, **IN_IT),
        step(2, 5, Action.APPROVED, BO, **IN_IT),
        step(3, 6, Action.REQUESTED, BO, case="REQ-2", **IN_IT),
        step(4, 8, Action.APPROVED, ANN, case="REQ-2", **IN_IT),
        # A case may be called what its workflow is called.
        step(5, 9, Action.REQUESTED, ANN, case=WORKFLOW),
    ),
    tick("iga", 60),
)


def archived(directory: Path, journal: Sequence[bytes]) -> Office:
    """An archive of what a judge and the patterns machine say of a journal, in a log each."""
    joined = Joined()
    joined.feed(journal)
    engine = open_database(sqlite_url(directory / "archive.sqlite3"))
    # The entity comes first: whoever comes second must not take it for their own.
    for partition in (1, 0):
        told = [e.value for e in joined.said if (e.log, e.partition) == (TRAIL, partition)]
        trail = [Record(number, value) for number, value in enumerate(told)]
        PartitionWriter(engine, partition).write(trail)
    return Office(engine, directory)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An archive with a judge's log and a patterns machine's, which has found APR-012."""
    made = archived(tmp_path_factory.mktemp("favours"), FAVOURS)
    yield made
    made.engine.dispose()


def test_everything_with_a_finding_about_a_workflow_is_sound(office: Office) -> None:
    """It is an entry of its log, no case, and the statement says that it is not counted."""
    path = office.export(Selection(kind="everything"), "everything.zip")

    report = checked(path, Trusted(KEY.key))
    with ZipFile(path) as file:
        statement = orjson.loads(file.read("statement.json"))
        cases, log = file.read("cases.csv").decode(), file.read("logs/1/entries.jsonl")
    assert report.defects == []
    assert "APR-012" in log.decode()
    assert len(cases.splitlines()) == len(["its columns", "REQ-1", "REQ-2", WORKFLOW])
    assert "no verifier judges them again" in statement["about_entities"]


@pytest.mark.parametrize("form", ["ocsf", "oscal"])
def test_other_formats_of_everything_have_it_too(office: Office, form: str) -> None:
    """They are made of entries."""
    path = office.export(Selection(kind="everything"), f"{form}.zip")

    with path.open("rb") as file:
        assert b"APR-012" in b"".join(converted(file, form))


@pytest.mark.parametrize("kind", ["case", "workflow"])
def test_what_is_selected_by_an_entitys_name_is_cases_only(
    office: Office, kind: Literal["case", "workflow"]
) -> None:
    """The case of that name, or the cases that ran in the workflow: whole, and nothing else."""
    path = office.export(Selection(kind=kind, name=WORKFLOW), f"{kind}.zip")

    assert checked(path, Trusted(KEY.key)).defects == []
    with ZipFile(path) as file:
        assert "APR-012" not in file.read("findings.csv").decode()


def test_a_case_with_a_workflows_name_is_told_as_the_case_that_it_is(office: Office) -> None:
    """Its step is its own; what was found about the workflow is not among its findings."""
    record = read_archived_case(office.archive, WORKFLOW)

    assert [each.occurred_at for each in record.file.path.events] == [at(9)]
    assert all(finding.entity is None for finding in record.history)


def test_who_asks_for_an_entity_is_told_what_was_found_about_it(tmp_path: Path) -> None:
    """There is no path to tell; a name of nothing is still a name of nothing."""
    # This time no case is called so.
    journal = [each.replace(b'"case":"wf-access"', b'"case":"REQ-3"') for each in FAVOURS]
    made = archived(tmp_path, journal)

    with pytest.raises(NoCaseButEntityError, match="is a workflow, and only a case") as raised:
        read_archived_case(made.archive, WORKFLOW)
    assert "APR-012, opened" in str(raised.value)
    with pytest.raises(UnknownCaseError, match="among the 3 cases"):
        read_archived_case(made.archive, "wf-other")
    made.engine.dispose()
