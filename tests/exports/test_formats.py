"""Findings in the words of others, held to the schemas and models of others."""

import csv
import io
import json
from pathlib import Path
from uuid import UUID

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from trestle.oscal.assessment_results import AssessmentResults

from stream.exports.formats import converted
from stream.exports.oscal import VERSION as OSCAL_VERSION
from stream.exports.pages import csv_row
from stream.ocsf import VERSION

SCHEMAS = Path(__file__).parents[1] / "schemas"
SCHEMA = SCHEMAS / f"detection_finding-{VERSION}.schema.json"
OSCAL_SCHEMA = SCHEMAS / f"oscal_assessment-results-{OSCAL_VERSION}.schema.json"


def told(path: Path, form: str) -> bytes:
    """An export in another format."""
    with path.open("rb") as file:
        return b"".join(converted(file, form))


def test_every_change_is_a_valid_ocsf_detection_finding(everything: Path) -> None:
    """One line each, by OCSF's own schema."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    lines = [json.loads(line) for line in told(everything, "ocsf").splitlines()]

    assert len(lines) > 20
    assert [error for line in lines for error in validator.iter_errors(line)] == []


def test_what_stands_is_oscal_assessment_results(everything: Path) -> None:
    """Every finding that stands, once, with its observation; ids are the same in every run."""
    document = json.loads(told(everything, "oscal"))
    [result] = document["assessment-results"]["results"]
    observed = {each["uuid"] for each in result["observations"]}

    assert told(everything, "oscal") == told(everything, "oscal")
    assert len(observed) == len(result["findings"])
    for finding in result["findings"]:
        [related] = finding["related-observations"]
        assert related["observation-uuid"] in observed
        assert UUID(finding["uuid"]).version == 5
        assert finding["target"]["status"] == {"state": "not-satisfied"}


def test_oscal_is_what_nists_schema_asks_for(everything: Path) -> None:
    """NIST's own JSON Schema finds nothing wrong, and is not indifferent."""
    document = json.loads(told(everything, "oscal"))
    validator = Draft7Validator(
        json.loads(_in_pythons_words(OSCAL_SCHEMA.read_text())),
        format_checker=Draft7Validator.FORMAT_CHECKER,
    )

    assert [error.message for error in validator.iter_errors(document)] == []
    del document["assessment-results"]["results"][0]["reviewed-controls"]
    assert not validator.is_valid(document)


def _in_pythons_words(schema: str) -> str:
    """Its patterns name Unicode's letters and numbers, which Python's `re` calls otherwise."""
    letters = schema.replace(r"(\\p{L}|_)(\\p{L}|\\p{N}|", r"([^\\W\\d])([^\\W\\d]|\\d|")
    assert r"\p" not in letters
    return letters


def test_another_programs_model_of_oscal_reads_it(everything: Path) -> None:
    """IBM's trestle, which many assessors' tools are built on, finds nothing missing or odd."""
    document = json.loads(told(everything, "oscal"))
    read = AssessmentResults.parse_obj(document["assessment-results"])

    [result] = read.results
    assert len(result.findings or []) == len(result.observations or []) > 0


def test_the_table_is_the_one_in_the_file(one_case: Path) -> None:
    """Whoever lives in spreadsheets gets one row a change."""
    rows = told(one_case, "csv").decode().split("\r\n")[1:-1]

    assert [row.split(",")[2] for row in rows] == ["opened", "confirmed", "withdrawn"]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff20"])
def test_no_cell_is_a_formula(begin: str) -> None:
    """What somebody wrote as a reason, and a spreadsheet would run, stays text."""
    (row,) = csv.reader(io.StringIO(csv_row([f"{begin}HYPERLINK(1)", "a=b"]).decode(), newline=""))

    assert row == [f"'{begin}HYPERLINK(1)", "a=b"]
