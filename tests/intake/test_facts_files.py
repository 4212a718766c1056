"""A file of reference facts is learnt whole, or refused with every bad row named."""

import json

import pytest

from stream.faults import FaultyInputError
from stream.intake.fact_files import FAULTS_MAX, read_facts
from stream.intake.fact_records import EntitlementRecord, MachineRecord, PersonRecord
from stream.intake.facts import Facts
from tests.intake.feed import Feed


def test_csv_json_and_jsonl_say_the_same(feed: Feed) -> None:
    """Which one a feed is written in is its author's choice."""
    rows = [
        {"person": "ann", "account": "a1", "proof": "hr", "from": "2026-01-01T00:00:00Z"},
        {"person": "bo", "account": "b,1", "proof": "SSO", "from": None},
    ]
    written = 'person,account,proof,from\nann,a1,hr,2026-01-01T00:00:00Z\nbo,"b,1",SSO,\n'
    from_csv = read_facts(PersonRecord, feed.write(written))
    from_json = read_facts(PersonRecord, feed.write(json.dumps(rows, indent=1), "p.json"))
    lines = "\n\n".join(map(json.dumps, rows))
    from_jsonl = read_facts(PersonRecord, feed.write(lines, "p.JSONL"))

    assert from_csv == from_json == from_jsonl
    assert len(from_csv) == 2


def test_what_spreadsheets_do_to_csv_is_no_fault(feed: Feed) -> None:
    """A byte order mark, CRLF, capitals and blanks in the header, blank lines, quoted newlines."""
    path = feed.write(
        b"\xef\xbb\xbfPerson, Account ,proof,NAME\r\n\r\n"
        b'ann, a1 ,HR,"Ann\r\nAbel"\r\n"bo",b1,"hr","say ""bo"""\r\n\r\n'
    )
    ann, bo = read_facts(PersonRecord, path)

    assert isinstance(ann, PersonRecord)
    assert isinstance(bo, PersonRecord)
    assert (ann.account, ann.proof, ann.name) == ("a1", "hr", "Ann\r\nAbel")
    assert bo.name == 'say "bo"'


@pytest.mark.parametrize("word", ["TRUE", "True", "yes", "Y", "1", " t "])
def test_a_truth_is_read_in_any_case(feed: Feed, word: str) -> None:
    """Each tool exports its own spelling."""
    [record] = read_facts(EntitlementRecord, feed.write(f"id,privileged\ne1,{word}\n"))

    assert isinstance(record, EntitlementRecord)
    assert record.privileged is True


def test_a_bad_row_is_named_by_the_line_where_it_begins(feed: Feed) -> None:
    """Also below a quoted newline, which counts as a line to every editor."""
    faults = feed.refused(
        'person,account,proof,name\nann,a1,hr,"Ann\nAbel"\nbo,b1,,Bo\n"cy\n",c1,hr\n'
    )

    assert faults == [
        (
            "people.csv:4: proof: found nothing; "
            "expected how the link is known: declared, hr, sso, verified, email, name …"
        ),
        "people.csv:5: the row: found 3 cells; expected 4, as in the header",
    ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            "ann,2026-01-01,,",
            "from: found '2026-01-01'; expected a time with its zone, as in 2026-12-31T00:00:00Z",
        ),
        (
            "ann,2026-01-01T00:00:00,,",
            (
                "from: found '2026-01-01T00:00:00'; "
                "expected a time with its zone, as in 2026-12-31T00:00:00Z"
            ),
        ),
        (
            "ann,0001-01-01T00:00:00+01:00,,",
            (
                "from: found '0001-01-01T00:00:00+01:00'; "
                "expected a time with its zone, as in 2026-12-31T00:00:00Z"
            ),
        ),
        (
            "ann,2026-01-02T00:00:00+00:00,2026-01-02T00:30:00+01:00,",
            (
                "until: found 2026-01-01T23:30:00+00:00; "
                "expected not before 2026-01-02T00:00:00+00:00, where it begins"
            ),
        ),
        (
            "ann,,,gone",
            "status: found 'gone'; expected one of active, leave, left",
        ),
        (" ,,,left", "person: found nothing; expected a value: it has no default"),
        (f"{'x' * 1025},,,", None),
    ],
)
def test_a_value_that_can_not_be_meant_is_refused(feed: Feed, row: str, fault: str | None) -> None:
    """A time without a zone least of all: it is another moment in each office."""
    [found] = feed.refused(f"person,from,until,status\n{row}\n")

    if fault is None:
        assert found.endswith("(1027 characters); expected a text of 1 to 1,024 characters")
    else:
        assert found == f"people.csv:2: {fault}"


@pytest.mark.parametrize(
    ("header", "faults"),
    [
        (
            "person,accounts,account,Account",
            [
                (
                    "people.csv:1: accounts: found this column; expected one of account, "
                    "department, from, manager, name, namespace, person, proof, source, "
                    "status, until (did you mean account?)"
                ),
                "people.csv:1: account: found it twice; expected it once",
            ],
        ),
        ("account,proof", ["people.csv:1: person: found nothing; expected this column"]),
        ("", ["people.csv:1: person: found nothing; expected this column"]),
        (
            'person,"account',
            ["people.csv:1: the row: found unexpected end of data; expected CSV (RFC 4180)"],
        ),
    ],
)
def test_a_wrong_header_is_told_alone(feed: Feed, header: str, faults: list[str]) -> None:
    """Below it every row would be wrong for the same reason."""
    assert feed.refused(header and f"{header}\nann,a1,hr,x\n") == faults


def test_semicolons_are_not_commas(feed: Feed) -> None:
    """What some spreadsheets call CSV; the message shows what was taken for a column."""
    faults = feed.refused("person;account;proof\nann;a1;hr\n")

    assert faults[0].startswith("people.csv:1: person;account;proof: found this column; expected")


def test_a_file_that_is_not_there_is_refused_like_a_wrong_one(feed: Feed) -> None:
    """Missing or a directory: the same class of error, so that `doctor` can tell it."""
    (feed.directory / "dir.csv").mkdir()
    for name in ("none.csv", "dir.csv"):
        with pytest.raises(FaultyInputError, match="expected a file that can be read"):
            read_facts(PersonRecord, feed.directory / name)


def test_a_feed_of_another_kind_is_not_taken_for_this_one(feed: Feed) -> None:
    """Two settings exchanged: the message shows it."""
    faults = feed.refused("id,privileged\ne1,yes\n", kind=MachineRecord)

    assert faults[0].startswith("people.csv:1: id: found this column; expected one of")


def test_the_same_row_twice_is_one_and_two_contents_are_a_fault(feed: Feed) -> None:
    """Of two contents for one key and beginning, nobody knows which is right."""
    twice = "person,account,proof,until\nann,a1,hr,\nann,a1,hr,\n"
    faults = feed.refused(twice + "ann,a1,hr,2026-01-01T00:00:00Z\n")

    assert len(read_facts(PersonRecord, feed.write(twice))) == 1
    assert len(faults) == 1
    assert faults[0].startswith("people.csv:4: the record: found other content than in ")


def test_all_bad_rows_are_told_up_to_a_number(feed: Feed) -> None:
    """Fifty examples are enough to see what is wrong with an export."""
    with pytest.raises(FaultyInputError) as caught:
        read_facts(PersonRecord, feed.write("person,status\n" + "ann,gone\n" * (FAULTS_MAX + 7)))

    assert len(caught.value.faults) == FAULTS_MAX
    assert caught.value.more == 7
    assert str(caught.value).endswith("and 7 more")


def test_nothing_of_a_bad_file_is_learnt(feed: Feed) -> None:
    """Half a feed would make people out of strangers, and nobody would know which half."""
    facts = Facts(("hr",))
    with pytest.raises(FaultyInputError):
        facts.load(PersonRecord, feed.write("person,account,proof\nann,a1,hr\nbo,b1,\n"))
    event = {"source": "acme", "occurred_at": None, "actor": {"account": "a1"}}
    facts.stamp(event)

    assert event["actor"] == {"account": "a1"}
