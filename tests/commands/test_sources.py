"""`foureyes sources`: the provenance of every field, as an auditor reads it."""

import json
import re

import pytest

from stream.cli import main
from stream.connectors import CONNECTORS


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run the verb and take what it prints."""
    assert main(["sources", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_list_names_every_source(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """These are the names that `--source` takes."""
    printed = said(capsys, "--format", form)

    assert all(name in printed for name in CONNECTORS)


def test_a_page_has_every_row_of_every_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Our field, their field as it stands in the raw record, and their words with ours."""
    printed = said(capsys, "sailpoint")

    assert re.search(
        r"^ +actor\.account +requestedItemsStatus\[\]\.approvalInfo\[\]\.approver\.id$",
        printed,
        re.MULTILINE,
    )
    assert "approvalDecision (APPROVED → approved; DENIED → denied)" in printed
    assert "Can never tell workflow.version:" in printed
    assert all(form.title in printed for form in CONNECTORS["sailpoint"].forms)


def test_places_are_called_as_in_the_raw_record(capsys: pytest.CaptureFixture[str]) -> None:
    """An auditor looks them up in the vendor's record, not in our reading of it."""
    printed = said(capsys, "entra")

    assert "additionalDetails[key=RoleAssignmentRequestId].value" in printed
    assert "targetResources[type=Role].id" in printed
    assert "target." not in printed


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_page_says_how_it_comes_in_over_http(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """What to enter at the vendor's, what a right proof shows, and what it leaves open."""
    printed = said(capsys, "github", "--format", form)

    assert "Over HTTP: POST /in/github, in the manner of GitHub webhooks (github)" in printed
    assert "Set up there: webhook with content type application/json and the secret" in printed
    assert "A right proof shows: who sends, and the body; it signs no time" in printed


@pytest.mark.parametrize("name", CONNECTORS)
def test_json_is_versioned_and_whole(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """A program gets all words, not the first dozen."""
    told = json.loads(said(capsys, name, "--format", "json"))
    listed = json.loads(said(capsys, "--format", "json"))

    assert told["version"] == listed["version"] == 1
    assert [source["name"] for source in listed["sources"]] == list(CONNECTORS)
    actions = {
        ours
        for form in told["source"]["forms"]
        for row in form["rows"]
        if row["ours"] == "action"
        for ours in row["words"].values()
    }
    assert actions == set(told["source"]["carries"])


@pytest.mark.parametrize("name", CONNECTORS)
def test_a_markdown_page_is_tables(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """One table for each kind of record, none of whose cells breaks it."""
    rows = [line for line in said(capsys, name, "--format", "markdown").split("\n") if "|" in line]

    assert rows.count("|---|---|") == len((*CONNECTORS[name].forms, *CONNECTORS[name].identities))
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3}


def test_an_unknown_source_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence on standard error, with the names that there are."""
    assert main(["sources", "sailpiont"]) == 2
    assert capsys.readouterr().err.startswith("foureyes: there is no source 'sailpiont'; expected")
