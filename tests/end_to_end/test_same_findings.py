"""The same raw files through `foureyes replay` and through `foureyes run`: the same findings."""

from datetime import UTC, datetime
from pathlib import Path

from tests.end_to_end.asked import send
from tests.end_to_end.raws import comparable, raws, replayed
from tests.programs import FINDINGS_SECONDS_MAX, bodies, lines_of, running, wait_until


def test_the_embedded_run_finds_what_a_replay_finds(tmp_path: Path) -> None:
    """Four vendors' formats, links through the gateway, absence by the sources' own word.

    Byte for byte, in any order; see `raws.comparable` for the one field that is left out of
    findings about payloads that tell no time.
    """
    files = raws(datetime.now(UTC))
    expected = replayed(files, tmp_path)
    found, log = tmp_path / "findings.jsonl", tmp_path / "run.log"
    settings = {
        "FOUREYES_DATA": str(tmp_path / "data"),
        "FOUREYES_FINDINGS": str(found),
        "FOUREYES_POLICY": str(tmp_path / "policy.toml"),
    }
    with running(settings, log) as run:
        for source, lines in files.items():
            for body in bodies(lines):
                assert send(run, body, source).status == 202
        wait_until(lambda: len(lines_of(found)) >= len(expected), FINDINGS_SECONDS_MAX, log)

    assert rules(expected) == {"APR-001", "APR-004", "EVD-002", "WHK-001"}
    assert comparable(lines_of(found)) == expected


def rules(lines: list[bytes]) -> set[str]:
    """The rules that found something."""
    return {line.split(b'"rule":"')[1].split(b'"')[0].decode() for line in lines}
