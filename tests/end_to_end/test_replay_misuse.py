"""`foureyes replay` with what goes wrong: one sentence, an exit code, and never a traceback."""

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.cli import main
from stream.connectors import CONNECTORS
from tests.benchmarks.events import raw_events
from tests.connectors.native_examples import ENVELOPE
from tests.connectors.reading import json_values, spoiled
from tests.end_to_end.replayed import replay
from tests.programs import FOUREYES

LINES = raw_events(60)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Some cases, a few of them self-approved."""
    path = tmp_path / "raw.jsonl"
    path.write_bytes(b"\n".join(LINES))
    return path


def replayed(*words: object) -> int:
    """Replay in this process: the exit code, also of a usage that argparse refuses."""
    try:
        return main(["replay", *map(str, words)])
    except SystemExit as stop:
        return int(stop.code or 0)


def test_findings_are_an_exit_code_only_where_that_is_asked_for(raw: Path) -> None:
    """0 by itself, 1 for a pipeline that wants to stop; nothing found is 0 either way."""
    clean = raw.with_name("clean.jsonl")
    clean.write_bytes(json.dumps({**ENVELOPE, "type": "iga.requested", "data": {}}).encode())
    codes = [
        replayed(raw, "--source", "native"),
        replayed(raw, "--source", "native", "--fail-on-findings"),
        replayed(clean, "--source", "native", "--fail-on-findings"),
    ]

    assert codes == [0, 1, 0]


MISUSE = {
    "no source": (["RAW"], "--source"),
    "a source nobody knows": (["RAW", "--source", "natve"], "native"),
    "a time without a zone": (["RAW", "--source", "native", "--until", "2026-11-01"], "no zone"),
    "no time at all": (["RAW", "--source", "native", "--until", "noon"], "no time"),
    "a form nobody knows": (["RAW", "--source", "native", "--format", "xml"], "jsonl"),
    "no policy": (["RAW", "--source", "native", "--policy", "nowhere.toml"], "nowhere.toml"),
    "a policy that is none": (["RAW", "--source", "native", "--policy", "RAW"], "RAW"),
    "people that are none": (["RAW", "--source", "native", "--people", "RAW"], "RAW"),
    "another source nobody knows": (["RAW", "--source", "native", "--also", "oktaa=x"], "oktaa"),
    "another file of no source": (["RAW", "--source", "native", "--also", "x.json"], "x.json"),
    "no file": (["--source", "native"], "FILE"),
}


@pytest.mark.parametrize("name", MISUSE)
def test_wrong_usage_is_said_before_anything_is_read(
    name: str, raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, nothing on standard output, and what was expected on standard error."""
    words, expected = MISUSE[name]
    code = replayed(*(str(raw) if word == "RAW" else word for word in words))
    said = capsys.readouterr()

    assert code == 2
    assert said.out == ""
    assert (str(raw) if expected == "RAW" else expected) in said.err


def test_a_file_that_breaks_off_is_an_exit_code_of_its_own(raw: Path) -> None:
    """3: what was read is judged and told, and nobody can tell what the rest would have said."""
    whole = gzip.compress(b"\n".join(raw_events(400)))
    cut = raw.with_name("cut.jsonl.gz")
    cut.write_bytes(whole[: len(whole) * 3 // 4])
    broken = replay(raw, cut, "--source", "native", "--fail-on-findings")
    absent = replay(raw.with_name("nowhere.jsonl"), "--source", "native")

    assert (broken.code, absent.code) == (3, 3)
    assert f"foureyes: {cut}: can not be read after line " in broken.err
    assert "nowhere.jsonl: can not be read: No such file or directory" in absent.err
    assert broken.findings


def test_nobody_reading_on_is_no_traceback(raw: Path) -> None:
    """`foureyes replay … | head -1`."""
    raw.write_bytes(b"\n".join(raw_events(3000)))
    command = [*FOUREYES, "replay", str(raw), "--source", "native", "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        err = process.stderr.read()

    assert b"Traceback" not in err
    assert b"Exception ignored" not in err


def test_closed_standard_input_is_said(tmp_path: Path) -> None:
    """`foureyes replay - <&-`."""
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m stream.cli replay - --source native <&-"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 3
    assert done.stderr.startswith("foureyes: -: can not be read: ")
    assert "Traceback" not in done.stderr


def test_what_is_refused_is_told_with_its_place(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, by file and line; the rest is judged, and the sum adds up."""
    raw.write_bytes(b"\n".join([LINES[0], b"{", LINES[1], b"17", LINES[1]]))
    code = replayed(raw, "--source", "native", "--format", "jsonl")
    said = capsys.readouterr()

    assert code == 0
    assert f"refused: {raw}:2: native: the record is " in said.err
    assert f"refused: {raw}:4: native: the record is 17; expected a JSON object" in said.err
    assert "read 5 = 2 recorded + 2 refused + 1 repeats" in said.err


events = spoiled(ENVELOPE).map(orjson.dumps)
anything = st.binary(max_size=80) | json_values.map(orjson.dumps) | events
content = st.lists(anything | st.sampled_from(LINES), max_size=6).map(b"\n".join)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=content | content.map(gzip.compress), source=st.sampled_from(sorted(CONNECTORS)))
def test_no_garbage_is_a_traceback(
    content: bytes, source: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a file holds, for whatever source: judged or refused, an exit code, and sums."""

    class Given:
        buffer = io.BufferedReader(io.BytesIO(content))

    monkeypatch.setattr(sys, "stdin", Given)
    code = replayed("-", "--source", source, "--until", "2026-12-01T00:00:00Z")
    said = capsys.readouterr()

    assert code in {0, 3}
    assert "\nread " in "\n" + said.err
