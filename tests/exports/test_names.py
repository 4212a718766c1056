"""An export of a record by pseudonyms: each name can be checked, and those that went are told."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rules.machines.keeping import Act
from stream.archive.database import open_database, sqlite_url
from stream.archive.writer import PartitionWriter
from stream.canonical import write
from stream.exports.layout import Selection
from stream.exports.writing import Exporter
from stream.pseudonyms.vault import Vault, open_vault
from stream.pseudonyms.veil import Veil
from tests.archive.trails import NINE, Company, case_events, company
from tests.exports import second_verifier
from tests.exports.forging import Members, packed, relisted, resealed, unpacked
from tests.exports.office import KEY, MADE_AT, WITNESS, Office, checked

KEYS = [(str(KEY.key), ""), (str(WITNESS.key), "")]
MEMBER = "names.jsonl"
EVERYTHING = Selection(kind="everything")
ANN = "ann"


def keyed(vault: Vault) -> Company:
    """A company of which one case is recorded by pseudonyms."""
    said, veil = company(3), Veil(vault)
    said.happen([veil.said(each) for each in case_events(91, NINE)])
    veil.keep()
    return said


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """An empty vault."""
    with closing(open_vault(sqlite_url(tmp_path / "names.sqlite3"))) as opened:
        yield opened


def exported(directory: Path, said: Company, vault: Vault, name: str = "named.zip") -> Path:
    """An export with names, by an office whose archive destroys keys as is decided."""
    engine = open_database(sqlite_url(directory / "archive.sqlite3"))
    PartitionWriter(engine, 0, vault.destroy).write(said.trail)
    office = Office(engine, directory)
    office.cosign()
    path = directory / name
    Exporter(office.archive, office.notary, vault=vault).write(EVERYTHING, path, MADE_AT)
    engine.dispose()
    return path


def lines_of(members: Members) -> list[dict[str, str]]:
    """The names that an export tells."""
    return [json.loads(line) for line in members[MEMBER].splitlines()]


def with_names(members: Members, told: list[dict[str, str]]) -> Members:
    """Tell other names."""
    return {**members, MEMBER: b"".join(write(each) + b"\n" for each in told)}


def test_the_names_are_told_and_both_verifiers_find_them_sound(
    tmp_path: Path, vault: Vault
) -> None:
    """Entries, tables and stories have pseudonyms; who stands behind them is told beside."""
    path = exported(tmp_path, keyed(vault), vault)
    members, report = unpacked(path), checked(path)
    told = {each["name"] for each in lines_of(members)}

    assert report.code == 0, report.defects
    assert second_verifier.verify(path.read_bytes(), KEYS) == 0
    assert ANN in told
    assert f"{len(told)} pseudonyms are told with the names" in " ".join(report.checked)


def name_changed(told: list[dict[str, str]]) -> list[dict[str, str]]:
    """Somebody else is said to have done it."""
    return [{**told[0], "name": "mallory"}, *told[1:]]


def names_swapped(told: list[dict[str, str]]) -> list[dict[str, str]]:
    """Two people are taken for each other."""
    one, other = told[0], told[1]
    return [
        {**other, "pseudonym": one["pseudonym"]},
        {**one, "pseudonym": other["pseudonym"]},
        *told[2:],
    ]


def name_told_twice(told: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same line again."""
    return [told[0], *told]


@pytest.mark.parametrize("forge", [name_changed, names_swapped, name_told_twice])
def test_a_forged_name_is_named_though_the_archive_itself_signs(
    forge: Callable[[list[dict[str, str]]], list[dict[str, str]]], tmp_path: Path, vault: Vault
) -> None:
    """A pseudonym is made of its name: whoever holds the log's key can not give it another."""
    members = unpacked(exported(tmp_path, keyed(vault), vault))
    forged = resealed(relisted(with_names(members, forge(lines_of(members)))))
    report = checked(packed(forged, tmp_path / "forged.zip"))

    assert [each.kind for each in report.defects[:1]] == ["name"]
    assert report.code == 1


def test_the_second_verifier_agrees_about_other_names(tmp_path: Path, vault: Vault) -> None:
    """It reads the page alone, and finds the same two forged."""
    members = unpacked(exported(tmp_path, keyed(vault), vault))
    forged = []
    for forge in (name_changed, names_swapped):
        told = with_names(members, forge(lines_of(members)))
        forged.append(packed(resealed(relisted(told)), tmp_path / "forged.zip").read_bytes())

    assert [second_verifier.verify(each, KEYS) for each in forged] == [1, 1]


def test_when_a_key_is_destroyed_everything_else_stands(tmp_path: Path, vault: Vault) -> None:
    """The same entries, verdicts and counts; the name is gone, and it is said by whom and why."""
    said = keyed(vault)
    before = unpacked(exported(tmp_path, said, vault, "before.zip"))
    pseudonym = next(each["pseudonym"] for each in lines_of(before) if each["name"] == ANN)
    said.decide(Act.DESTROY_KEYS, reason="DSR-9", pseudonyms=(pseudonym,))
    path = exported(tmp_path, said, vault, "after.zip")
    after, report = unpacked(path), checked(path)
    words = " ".join(report.checked)
    (let_go,) = json.loads(after["statement.json"])["logs"][0]["let_go"]

    assert report.code == 0, report.defects
    assert second_verifier.verify(path.read_bytes(), KEYS) == 0
    assert after["stories.txt"] == before["stories.txt"]
    assert after["logs/0/entries.jsonl"].startswith(before["logs/0/entries.jsonl"])
    assert ANN not in {each["name"] for each in lines_of(after)}
    assert "keys of 1 pseudonyms were destroyed" in words
    assert "ann and bo" in words
    assert "DSR-9" in words
    assert (let_go["act"], let_go["pseudonyms"]) == ("destroy_keys", 1)


def test_who_dies_before_the_decision_is_stored_carries_it_out_again(
    tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key goes first. The archive that is gone on with destroys nothing else."""
    said = keyed(vault)
    engine = open_database(sqlite_url(tmp_path / "archive.sqlite3"))
    PartitionWriter(engine, 0, vault.destroy).write(said.trail)
    pseudonym = vault.pseudonym(ANN)
    said.decide(Act.DESTROY_KEYS, reason="DSR-9", pseudonyms=(pseudonym,))
    dying = PartitionWriter(engine, 0, vault.destroy)
    monkeypatch.setattr(dying, "_move", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dying.write(said.trail)
    Veil(vault).name("somebody else")
    veil = Veil(vault)
    anew = veil.name(ANN)
    veil.keep()
    PartitionWriter(engine, 0, vault.destroy).write(said.trail)
    engine.dispose()

    assert vault.of([pseudonym, anew]) == {anew: ANN}
    assert vault.destructions() == 1
