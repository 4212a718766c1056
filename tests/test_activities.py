"""A log of any process, once somebody has said which of its activities decide anything."""

import json
from pathlib import Path

import pytest

from stream.activities import InvalidActivitiesError, connector_with
from stream.cli import main
from stream.connectors import CONNECTORS
from tests.connectors.reading import SAMPLES

LOG = """<log><trace>
<string key="concept:name" value="7"/>
<event><string key="concept:name" value="Antrag"/><string key="org:resource" value="ann"/>
<date key="time:timestamp" value="2026-10-01T08:00:00Z"/></event>
<event><string key="concept:name" value="Prüfung"/><string key="org:resource" value="ann"/>
<date key="time:timestamp" value="2026-10-01T09:00:00Z"/></event>
</trace></log>"""


def opened(capsys: pytest.CaptureFixture[str], *words: str) -> list[tuple[str, str]]:
    """Replay a log and list (rule, case) of each finding that was opened."""
    assert main(["replay", *words, "--source", "xes", "--format", "jsonl"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [(each["rule"], each["case"]) for each in told if each["change"] == "opened"]


def test_a_log_is_judged_by_the_words_of_its_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two lines say what is asked for and what is an approval: one person did both."""
    log, words = tmp_path / "log.xes", tmp_path / "words.toml"
    log.write_text(LOG, encoding="utf-8")
    words.write_text('Antrag = "requested"\n"Prüfung" = "approved"\n', encoding="utf-8")

    assert opened(capsys, str(log)) == []
    assert opened(capsys, str(log), "--activities", str(words)) == [("APR-001", "xes:7")]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples beside the checkout")
def test_a_published_log_gives_what_another_tool_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of 40 documents that were drawn up and checked, 31 by one person."""
    found = opened(capsys, str(SAMPLES / "xes" / "receipt.xes.gz"))

    assert {rule for rule, _ in found} == {"APR-001"}
    assert len({case for _, case in found}) == len(found) == 31


@pytest.mark.parametrize(
    ("text", "source", "reason"),
    [
        ("check = 'checked'", "xes", "activity 'check' is 'checked'; expected one of"),
        ("check = ['approved']", "xes", "activity 'check' is ['approved']; expected one of"),
        ("check", "xes", "is no TOML: "),
        ("check = 'approved'", "okta", "is for XES logs; 'okta' has words of its own"),
        (None, "xes", "can not be read: No such file or directory"),
    ],
)
def test_a_mistake_in_the_words_is_named(
    tmp_path: Path, text: str | None, source: str, reason: str
) -> None:
    """The file, the activity, and which actions there are."""
    path = tmp_path / "words.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InvalidActivitiesError) as caught:
        connector_with(source, path)

    assert str(caught.value).startswith(f"{path}: {reason}")


def test_without_a_file_a_connector_is_the_one_that_is_listed() -> None:
    """Words of published logs are built in."""
    assert connector_with("xes", None) is CONNECTORS["xes"]
