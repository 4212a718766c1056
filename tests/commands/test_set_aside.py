"""`foureyes set-aside`: one record that no machine can take, seen, decided by two, entered."""

import json
import os
import re
from base64 import b64decode
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rules.machines.contract import JOURNAL, TRAIL, Output
from rules.machines.set_aside import SetAside, digest_of, read_set_aside, signed_bytes
from stream.archive.configured import signers_of
from stream.archive.keys import check_ed25519
from stream.canonical import CODEC
from stream.case_reading import read_case
from stream.cli import main
from stream.clock import SystemClock
from stream.hosts.contract import Halt
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.journals import StoredJournal
from stream.running.embedded import LAYOUT, check_layout
from stream.running.offline import offline_roles
from stream.settings import Settings
from stream.topics import raw_topic
from tests.benchmarks.events import raw_events

POISON = b'{"record":"events","lane":"x"}\n{"torn'
AT_HOME = ("--reason", "torn in a restore", "--author", "ann", "--approver", "bo")


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory in which a torn record lies before some events in the journal."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FOUREYES_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FOUREYES_SOURCES", "native")
    store = Store(tmp_path / "data")
    check_layout(store, tmp_path / "data", LAYOUT)
    with store.transaction():
        store.append([Output(JOURNAL, 1, POISON)], 1)
        store.append([Output(raw_topic("native"), 0, b"\n".join(raw_events(20)))], 1)
    store.close()
    return tmp_path / "data"


def work(directory: Path) -> list[Halt]:
    """Run the host that the settings name until nothing is left to do; who has halted."""
    host = EmbeddedHost(
        Store(directory),
        offline_roles(Settings.load(os.environ), SystemClock()),
        clock=SystemClock(),
    )
    while not host.step().is_idle:
        pass
    host.close()
    return list(host.halts.values())


def entries(directory: Path) -> list[dict[str, object]]:
    """The trail of the partition."""
    with closing(Store(directory, read_only=True)) as store:
        records = store.read(TRAIL, 1, 0, 10_000)
    return [entry for record in records for entry in json.loads(record.value)["entries"]]


def test_a_halt_is_ended_by_what_its_own_words_say(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Halted, looked at, decided, gone on: the entry says who, why and which bytes, signed."""
    (halt,) = work(directory)
    command = re.search(r"`foureyes (set-aside [^`]+)`", str(halt))
    assert command is not None
    assert main(command[1].split()) == 0
    shown = capsys.readouterr().out
    assert main([*command[1].split(), "--digest", digest_of(POISON), *AT_HOME]) == 0

    assert work(directory) == []
    (told,) = (each for each in entries(directory) if each.get("record") == "set_aside")
    decision = read_set_aside(told)
    key = signers_of(Settings.load(os.environ))[0].key
    assert digest_of(POISON) in shown
    assert (decision.author, decision.approver, decision.reason) == (
        "ann",
        "bo",
        "torn in a restore",
    )
    assert (decision.offset, decision.digest) == (0, digest_of(POISON))
    assert decision.key == f"{key.name}+{key.id.hex()}"
    signature = b64decode(decision.signature)
    assert check_ed25519(key.public, signed_bytes(CODEC, decision), signature)
    forged = replace(decision, approver="eve")
    assert not check_ed25519(key.public, signed_bytes(CODEC, forged), signature)


def test_what_comes_after_it_is_judged_and_can_be_explained(directory: Path) -> None:
    """The partition goes on to its end, and `explain` judges the case without the record too."""
    work(directory)
    main(["set-aside", "judge", "1", "--digest", digest_of(POISON), *AT_HOME])
    work(directory)
    with closing(Store(directory, read_only=True)) as store:
        head = store.head("judge", 1)
        assert head is not None
        assert head.position == store.end(JOURNAL, 1) > 1
    event = next(each for each in entries(directory) if "action" in each)
    with closing(StoredJournal(directory)) as journal:
        told = read_case(journal, str(event["case"]))

    assert event["id"] in {each.id for each in told.file.path.events}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("judge", "1", "--author", "ann"), "--digest, --reason, --approver"),
        (("judge", "9"), "PARTITION: found 9; expected 0 to 1"),
        (("jury", "0"), "ROLE: found 'jury'"),
        (("judge", "1", "--digest", "sha256:0", *AT_HOME), "expected sha256:0"),
        (("judge", "0"), "judge 0 has read all that there is"),
        (
            ("judge", "1", "--digest", digest_of(POISON), *AT_HOME[:-1], " ANN"),
            "author 'ann' and approver ' ANN'; expected two people",
        ),
    ],
)
def test_half_a_decision_is_none(
    words: tuple[str, ...],
    sentence: str,
    directory: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One person, another record, no reason, nobody's partition: refused, and nothing is kept."""
    work(directory)
    code = main(["set-aside", *words])

    assert code == 2
    assert sentence in capsys.readouterr().err
    assert [halt.digest for halt in work(directory)] == [digest_of(POISON)]


def test_the_record_is_left_alone_while_somebody_is_at_work(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A decision is not slipped in under a running process."""
    work(directory)
    with closing(Store(directory)):
        code = main(["set-aside", "judge", "1", "--digest", digest_of(POISON), *AT_HOME])

    assert code == 2
    assert "another process is at work here" in capsys.readouterr().err


def test_a_decision_survives_being_written_down() -> None:
    """What is read back is what was decided."""
    decision = SetAside(
        role="judge",
        partition=1,
        offset=7,
        digest="sha256:0",
        reason="torn",
        author="ann",
        approver="bo",
        decided_at=SystemClock().now(),
    )
    header = json.loads(CODEC.write({"record": "set_aside", "set_aside": decision}))

    assert replace(read_set_aside(header), decided_at=decision.decided_at) == decision
