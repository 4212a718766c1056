"""An export of an archive that forgot somebody: sound, and it says what is gone, why, by whom."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from rules.ledger.checkpoint import Note
from stream.archive.database import open_database, sqlite_url
from stream.archive.writer import PartitionWriter
from stream.canonical import write
from stream.exports.layout import Selection, UnfitSelectionError
from stream.exports.one_case import ForgottenCaseError, read_archived_case
from tests.archive.forgotten import CY, REASON, forgetful, last_decision
from tests.exports import second_verifier
from tests.exports.forging import Leaves, packed, relisted, resealed, unpacked, with_lines
from tests.exports.office import KEY, WITNESS, Office, checked

KEYS = [(str(KEY.key), ""), (str(WITNESS.key), "")]
DECIDED = last_decision(forgetful())


@pytest.fixture(scope="module")
def forgetting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office that forgot whoever asks for the wiki."""
    directory = tmp_path_factory.mktemp("forgetting")
    engine = open_database(sqlite_url(directory / "archive.sqlite3"))
    PartitionWriter(engine, 0).write(forgetful().trail)
    office = Office(engine, directory)
    office.cosign()
    yield office
    engine.dispose()


@pytest.fixture(scope="module")
def erased(forgetting: Office) -> Path:
    """A case that nobody can judge any more."""
    return forgetting.export(Selection(kind="case", name="REQ-0-3"), "erased.zip")


@pytest.mark.parametrize(
    ("selection", "again", "untold"),
    [
        (Selection(kind="everything"), 9, 6),
        (Selection(kind="period"), 9, 6),
        (Selection(kind="workflow", name="wf-1"), 4, 0),
        (Selection(kind="case", name="REQ-0-1"), 1, 0),
        (Selection(kind="case", name="REQ-0-3"), 0, 1),
    ],
)
def test_what_is_left_is_judged_again_and_the_rest_stands(
    forgetting: Office, selection: Selection, again: int, untold: int
) -> None:
    """Both verifiers find it sound; what is not judged again is counted, with the decision."""
    path = forgetting.export(selection, f"{selection.kind}-{selection.name}.zip")
    report = checked(path)
    words = " ".join(report.checked)

    assert (report.defects, report.untold, report.code) == ([], [], 0)
    assert second_verifier.verify(path.read_bytes(), KEYS) == 0
    assert f"{again} cases judged again" in words
    assert (f"{untold} not judged again: erased" in words) == bool(untold)
    assert f"as ann and bo on 2026-11-02 decided (entry {DECIDED}): {REASON}" in words
    assert not CY.stand_in(path.read_bytes().decode("utf-8", "replace"))


def test_the_statement_counts_what_is_forgotten_and_says_why(erased: Path) -> None:
    """Offered is still the sum of what became of it."""
    statement = json.loads(unpacked(erased)["statement.json"])
    (log,) = statement["logs"]
    (told,) = log["let_go"]
    totals = statement["totals"]
    parts = ("judged", "not_selected", "forgotten", "set_aside", "refused", "repeats")

    assert (told["act"], told["entry"], told["reason"]) == ("forget", DECIDED, REASON)
    assert (told["author"], told["approver"], told["entries_told_here"]) == ("ann", "bo", 3)
    assert told["entries_named"] > 3
    assert totals["forgotten"] == 3
    assert totals["offered"] == sum(totals[part] for part in parts)
    assert b"is not judged again: 3 of 4 entries are erased." in unpacked(erased)["stories.txt"]


def test_explain_says_why_it_can_not_tell(forgetting: Office) -> None:
    """By whose word, and the verdict that was recorded."""
    with pytest.raises(ForgottenCaseError, match="erased") as raised:
        read_archived_case(forgetting.archive, "REQ-0-3")
    words = str(raised.value)

    assert "The verdict on record is cannot_tell." in words
    assert f"Entry {DECIDED}, by ann and bo, 2026-11-02: {REASON}." in words
    assert read_archived_case(forgetting.archive, "REQ-0-1").said


def test_an_export_is_given_up_where_somebody_is_forgotten_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written of a log up to an entry can not name a decision that came after it."""
    said = forgetful()
    engine = open_database(sqlite_url(tmp_path / "archive.sqlite3"))
    PartitionWriter(engine, 0).write(said.trail[:-2])
    office = Office(engine, tmp_path)
    issue = office.notary.issue

    def issue_and_go_on() -> dict[int, Note]:
        told = issue()
        PartitionWriter(engine, 0).write(said.trail)
        return told

    monkeypatch.setattr(office.notary, "issue", issue_and_go_on)
    with pytest.raises(UnfitSelectionError, match="let go of meanwhile"):
        office.export(Selection(kind="everything"))
    engine.dispose()


def _with_gone(lines: Leaves, **changes: object) -> Leaves:
    """Change what is said of the first entry that is gone."""
    at = next(number for number, line in enumerate(lines) if b'"gone"' in line)
    return [*lines[:at], write({**json.loads(lines[at]), **changes}), *lines[at + 1 :]]


def without_its_entry(lines: Leaves) -> Leaves:
    """Bytes are withheld by the word of an entry that decides nothing of the kind."""
    told = next(json.loads(line) for line in lines if b'"gone"' in line)
    return _with_gone(lines, gone={**told["gone"], "by": 0})


def another_digest(lines: Leaves) -> Leaves:
    """What was there was something else."""
    return _with_gone(lines, hashes=["00" * 32])


def an_entry_that_is_not_named(lines: Leaves) -> Leaves:
    """What two people let go of is made to be more than they did."""
    at = next(n for n, line in enumerate(lines) if b'"closed"' in line)
    gone = next(json.loads(line) for line in lines if b'"gone"' in line)["gone"]
    told = {"gap": 1, "gone": gone, "hashes": [sha256(b"\0" + lines[at]).hexdigest()]}
    return [*lines[:at], write(told), *lines[at + 1 :]]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (without_its_entry, "erasure"),
        (another_digest, "root"),
        (another_digest, "case-incomplete"),
        (an_entry_that_is_not_named, "erasure"),
    ],
)
def test_an_erasure_that_was_not_decided_is_found_out(
    erased: Path, tmp_path: Path, change: Callable[[Leaves], Leaves], kind: str
) -> None:
    """Also by whoever holds the archive's key, and by both verifiers."""
    forged = relisted(with_lines(unpacked(erased), change))
    path = packed(resealed(forged), tmp_path / "forged.zip")
    report = checked(path)

    assert report.code == 1
    assert kind in [each.kind for each in report.defects]
    assert second_verifier.verify(path.read_bytes(), KEYS) == 1
