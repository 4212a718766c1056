"""`foureyes export` and `foureyes verify`: a file goes out, a stranger checks it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.archive.configured import engine_of, notary_of
from stream.archive.writer import PartitionWriter
from stream.cli import main
from stream.settings import Settings
from tests.archive.trails import company


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A deployment with an archive; its public key, as it is handed over."""
    monkeypatch.chdir(tmp_path)
    settings = Settings.load({"FOUREYES_ARCHIVE_NAME": "acme"})
    monkeypatch.setenv("FOUREYES_ARCHIVE_NAME", "acme")
    engine = engine_of(settings)
    PartitionWriter(engine, 0).write(company().trail)
    yield str(notary_of(settings, engine).keys[0])
    engine.dispose()


def test_a_file_goes_out_and_is_sound(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is for its owner only to read; the key is told apart from the results."""
    assert main(["export", "REQ-0-5", "--out", "case.zip"]) == 0
    said = capsys.readouterr()

    assert said.out.startswith("case.zip: 1 cases, ")
    assert key in said.err
    assert Path("case.zip").stat().st_mode & 0o777 == 0o600
    assert main(["verify", "case.zip", "--key", key]) == 0
    assert capsys.readouterr().out.endswith("sound\n")


def test_without_a_key_nobody_can_tell_whose_it_is(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything may join, and be somebody else's; a pinned key answers."""
    main(["export", "--workflow", "wf-1", "--out", "w.zip"])
    Path("pinned.keys").write_text(f"# acme, handed over in person\n{key}\n")
    capsys.readouterr()

    assert main(["verify", "w.zip", "--format", "json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert {each["kind"] for each in told["untold"]} == {"key-unknown"}
    assert main(["verify", "w.zip", "--keys", "pinned.keys"]) == 0


def test_a_forgery_fails_by_name(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An entry edited with a hex editor: the place is named, and what it means."""
    main(["export", "REQ-0-5", "--out", "case.zip"])
    raw = Path("case.zip").read_bytes()
    Path("case.zip").write_bytes(raw.replace(b"Quarter end close", b"Quarter end CLOSE", 1))
    capsys.readouterr()

    assert main(["verify", "case.zip", "--key", key]) == 1
    said = capsys.readouterr().out
    for kind in ("structure", "digest", "root"):
        assert f"DEFECT {kind}\n" in said
    assert "defective" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "--out", "x.zip"], "nothing is named"),
        (["export", "--everything", "--from", "2026-11-01T00:00Z", "--out", "x"], "a period and"),
        (["export", "REQ-0-5", "--out", "."], "is there"),
        (["export", "REQ-9", "--out", "x.zip"], "the archive holds nothing"),
        (["verify", "nothing.zip"], "No such file"),
        (["verify", "x.zip", "--key", "acme"], "a key is"),
    ],
)
@pytest.mark.usefixtures("key")
def test_what_can_not_be_done_is_said_in_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, and no empty file."""
    assert main(words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("form", ["ocsf", "oscal", "csv"])
def test_the_command_writes_them(form: str) -> None:
    """One file, for its owner only, and nothing left beside it."""
    out = Path(f"findings.{form}")

    assert main(["export", "--workflow", "wf-1", "--format", form, "--out", str(out)]) == 0
    assert out.stat().st_size > 100
    assert out.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in Path().iterdir() if each.name.startswith(".export")] == []
