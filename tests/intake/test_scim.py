"""SCIM 2.0: who a User is follows from the employee number, and from nothing else."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from stream.faults import FaultyInputError
from stream.intake.fact_records import EntitlementRecord, PersonRecord, read_record
from stream.intake.scim import ScimReading, pushed
from stream.intake.scim_files import read_scim
from tests.connectors.reading import json_values, spoiled
from tests.intake.scim_documents import ENTERPRISE, group, listed, user, written

CREATED = datetime(2024, 3, 1, 8, tzinfo=UTC)
MODIFIED = datetime(2026, 10, 1, 8, 0, 0, 250_000, tzinfo=UTC)
DIA = user("u-dia", "E-1", displayName="Dia Dorn")
ANN = user("u-ann", "E-2", manager="u-dia")
OPERATORS = group("g-1", "Payments operators", "u-ann")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where files of a test lie."""
    return tmp_path


def saved(directory: Path, name: str, *documents: object) -> Path:
    """Write a file of documents."""
    path = directory / name
    path.write_bytes(written(*documents))
    return path


def test_a_user_is_a_person_behind_two_names_each_since_it_is_known(directory: Path) -> None:
    """The id since the resource was made, the user name since it was last changed."""
    told = read_scim("okta", [saved(directory, "users.json", listed(DIA, ANN))])
    ann = [each for each in told.records if isinstance(each, PersonRecord) and each.person == "E-2"]

    same = {
        "person": "E-2",
        "source": "okta",
        "proof": "scim",
        "name": "Ann Abel",
        "department": "Finance",
        "manager": "E-1",
        "status": "active",
    }
    assert ann == [
        read_record(PersonRecord, {**same, "account": account, "from": since}, "")
        for account, since in (("u-ann", CREATED), ("u-ann@acme.example", MODIFIED))
    ]
    assert told.unnamed == 0


def test_a_group_is_a_right_of_its_source(directory: Path) -> None:
    """Its members are no facts: who was given it, and by whom, is what events tell."""
    told = read_scim("okta", [saved(directory, "groups.json", OPERATORS)])

    assert told.records == [
        EntitlementRecord(id="g-1", source="okta", type="group", name="Payments operators")
    ]


def test_pages_lists_and_lines_say_the_same(directory: Path) -> None:
    """However the answers were saved; a manager may stand in another page than their people."""
    one = read_scim("okta", [saved(directory, "all.json", listed(DIA, ANN, OPERATORS))])
    ways = [
        [saved(directory, "pages.jsonl", listed(ANN, total=2), listed(DIA, total=2, start=2)),
         saved(directory, "g.json", listed(OPERATORS))],
        [saved(directory, "list.json", [ANN, DIA, OPERATORS])],
        [saved(directory, "p1.json", listed(DIA, total=2)),
         saved(directory, "p2.json", listed(ANN, total=2, start=2)),
         saved(directory, "g2.json", [listed(OPERATORS)])],
    ]  # fmt: skip

    for paths in ways:
        assert set(read_scim("okta", paths).records) == set(one.records)


def test_attributes_and_schemas_have_no_case(directory: Path) -> None:
    """RFC 7643, section 2.1."""
    shouted = json.loads(
        json.dumps(ANN).replace('"userName"', '"USERNAME"').replace("urn:", "URN:")
    )
    shouted[ENTERPRISE.replace("urn:", "URN:").upper()] = {"EMPLOYEENUMBER": "E-2"}
    del shouted[ENTERPRISE.replace("urn:", "URN:")]
    told = read_scim("okta", [saved(directory, "users.json", shouted)])

    assert {each.account for each in told.records if isinstance(each, PersonRecord)} == {
        "u-ann",
        "u-ann@acme.example",
    }


def test_a_user_without_an_employee_number_is_nobody(directory: Path) -> None:
    """Neither its address, nor its names, nor its external id say which person it is."""
    blank = user("u-2", " ")
    told = read_scim("okta", [saved(directory, "users.json", listed(user("u-1"), blank, ANN))])

    assert {each.person for each in told.records if isinstance(each, PersonRecord)} == {"E-2"}
    assert told.unnamed == 2


@pytest.mark.parametrize(
    ("documents", "fault"),
    [
        ([[]], None),
        (
            [{"schemas": ["urn:scim:schemas:core:1.0"]}],
            "schemas: found ['urn:scim:schemas:core:1.0']; expected a User, a Group or a List",
        ),
        (
            [{"detail": "no", "status": "401"}],
            "schemas: found nothing; expected a User, a Group or a ListResponse of SCIM 2.0",
        ),
        (
            [listed(ANN, total=200)],
            "Resources: found 1; expected all 200: every page of the answer",
        ),
        ([listed(ANN, total=0)], "totalResults: found 0; expected how many there are in all"),
        ([{**listed(), "Resources": {}}], "Resources: found {}; expected a list"),
        ([listed(ANN, {**DIA, "id": 7})], " Resources[1]: id: found 7; expected a text"),
        (
            [[ANN, {**ANN, "active": False}]],
            "users.json[1]: id: found other content than in ",
        ),
        (
            [listed({**ANN, "active": "True"})],
            " Resources[0]: active: found 'True'; expected true or false",
        ),
        (
            [listed({**ANN, "userName": None})],
            " Resources[0]: userName: found nothing; expected a text",
        ),
        (
            [listed({**ANN, ENTERPRISE: {"employeeNumber": 701984}})],
            " Resources[0]: employeeNumber: found 701984; expected a text of 1 to 1,024 characters",
        ),
        (
            [listed({**ANN, "meta": {"created": "yesterday"}})],
            " Resources[0]: meta: found 'yesterday'; expected a time with its zone",
        ),
        ([{**OPERATORS, "displayName": 9}], "displayName: found 9; expected a text"),
        ([{**OPERATORS, "displayName": None}], "displayName: found nothing; expected a text"),
        ([listed(listed(ANN))], " Resources[0]: schemas: found ['urn:ietf:params:scim:api:"),
    ],
)
def test_a_document_that_is_wrong_is_refused_by_file_place_and_reason(
    directory: Path, documents: list[object], fault: str | None
) -> None:
    """Nothing of it is used: half a directory is one in which people are missing unseen."""
    path = saved(directory, "users.json", *documents)
    if fault is None:
        assert read_scim("okta", [path]).unnamed == 0
        return
    with pytest.raises(FaultyInputError) as caught:
        read_scim("okta", [path])
    told = [str(each) for each in caught.value.faults]

    assert all(each.startswith(str(path)) for each in told)
    assert fault in told[-1]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"{", "users.json: the file: found Expecting property name"),
        (b'{"id": 1, "id": 2}', "users.json: the file: found the key 'id' twice"),
        (b"\xff", "users.json: the file: found something else at byte 0; expected UTF-8"),
        (b"[" * 100_000, "users.json: the file: found too many brackets in brackets"),
    ],
)
def test_a_file_that_is_no_json_is_named(directory: Path, content: bytes, fault: str) -> None:
    """With the place where it stops making sense."""
    path = directory / "users.json"
    path.write_bytes(content)
    with pytest.raises(FaultyInputError, match="can not be used") as caught:
        read_scim("okta", [path])

    assert fault in str(caught.value)


def test_a_file_that_is_not_there_is_named(directory: Path) -> None:
    """With the reason that the system gives."""
    with pytest.raises(FaultyInputError, match=r"none\.json: the file: found No such file"):
        read_scim("okta", [directory / "none.json"])


@given(json_values | spoiled(listed(ANN, DIA, OPERATORS)))
def test_garbage_is_read_or_refused_and_never_crashed_on(document: Any) -> None:
    """Whatever a server answered; and whoever is linked has an employee number there."""
    reading = ScimReading("okta")
    reading.take(document, "here")
    told = reading.told()
    people = [each for each in told.records if isinstance(each, PersonRecord)]

    assert all(str(fault).startswith("here") for fault in reading.faults)
    assert all(each.proof == "scim" and each.source == "okta" for each in people)
    assert all(json.dumps(each.person)[1:-1] in json.dumps(document) for each in people)


def test_a_fault_is_told_once(directory: Path) -> None:
    """Though two links of one User have it."""
    wrong = user("u-1", "E-1", department=None)
    wrong[ENTERPRISE]["department"] = 5
    with pytest.raises(FaultyInputError) as caught:
        read_scim("okta", [saved(directory, "users.json", wrong)])

    assert [each.key for each in caught.value.faults] == ["department"]


def test_a_document_may_be_pushed_and_says_whose_it_is() -> None:
    """A record of the facts topic: one User, when it changes, as a provisioning client has it."""
    told = pushed({"source": "okta", "scim": ANN}, "iga.facts.people@7")
    with pytest.raises(FaultyInputError, match="people@8: source: found None; expected"):
        pushed({"scim": ANN}, "iga.facts.people@8")

    assert [each.account for each in told if isinstance(each, PersonRecord)] == [
        "u-ann",
        "u-ann@acme.example",
    ]
    # The manager is in no document that came with it.
    assert all(each.manager is None for each in told if isinstance(each, PersonRecord))
