"""A day is the same day whenever it is told, its sums add up, and what it leaves can be used."""

import json
import re
import shlex
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from rules.catalog import CATALOG
from stream.cli import main
from stream.clock import FixedClock
from stream.connectors import CONNECTORS
from stream.demo.day import SOURCES
from stream.demo.feed import ENDS
from stream.demo.page import FORMAT
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.reference import facts_from, policy_from
from stream.running.embedded import LAYOUT, RAW_PARTITIONS, check_layout
from stream.running.roles import Plan, roles_of
from tests.demo.staged import SMALL, STAGED, UNSTAGED, lines_of, text_of

SUM = re.compile(r"^ *(read|decisions|findings|standing) ([\d,]+) = (.+)$", re.MULTILINE)


def sums(text: str) -> dict[str, tuple[int, dict[str, int]]]:
    """Every sum of a page: what it is of, its total, its parts."""
    found = {}
    for of, total, parts in SUM.findall(text):
        counted = (part.split(" ", 1) for part in parts.split(" + "))
        found[of] = number(total), {name: number(count) for count, name in counted}
    return found


def number(text: str) -> int:
    """A number as people write it."""
    return int(text.replace(",", ""))


def test_the_same_seed_tells_the_same_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte of the page is the same, the roots of the ledgers among them."""
    pages = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        pages.append(text_of(Path("day"), seed=7))

    assert pages[0] == pages[1]
    assert len(set(re.findall(r"root ([0-9a-f]{64})", pages[0]))) == LAYOUT.journal


def test_how_the_day_is_cut_does_not_move_a_finding(tmp_path: Path) -> None:
    """The host may take in much or little at once: the same changes, the same sums."""
    changes, summary = lines_of(tmp_path / "much", seed=7)
    others, counted = lines_of(tmp_path / "little", seed=7, staging=replace(SMALL, step_records=2))
    for each in (summary, counted):
        # Frames are cut differently, so the leaves stand in another order.
        del each["ledgers"], each["data"]

    assert sorted(changes) == sorted(others)
    assert summary == counted


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_the_seed_every_story_is_seen_and_the_sums_add_up(
    tmp_path: Path, seed: int
) -> None:
    """Other people, other minutes, and still a day with everything in it, and nothing else."""
    page = text_of(tmp_path / "day", seed)
    told = sums(page)

    assert set(re.findall(r"FOUND +[A-Z]+ +(\S+)", page)) == STAGED
    assert set(told) == {"read", "decisions", "findings", "standing"}
    assert {of: sum(parts.values()) for of, (_, parts) in told.items()} == {
        of: total for of, (total, _) in told.items()
    }
    assert told["findings"][1]["standing"] == told["standing"][0]
    assert told["decisions"][1]["cannot tell"] == 1


def test_whoever_sees_the_day_sees_nearly_every_rule() -> None:
    """Of each rule that is not shown it is said why."""
    assert {rule.id for rule in CATALOG} == STAGED | UNSTAGED.keys()
    assert len(STAGED) >= 30


def test_the_changes_are_as_few_as_a_person_can_read(tmp_path: Path) -> None:
    """One finding is withdrawn by a late report, one is updated, one question stays open."""
    changes, summary = lines_of(tmp_path / "day", seed=5)
    told = [json.loads(each) for each in changes]
    by_change = Counter(each["change"] for each in told)
    [withdrawn] = [each for each in told if each["change"] == "withdrawn"]
    [untold] = summary["cannot_tell"]
    [excused] = [each for each in summary["set_aside"] if "exception" in each["reason"]]

    assert 30 <= len(told) <= 65
    assert (by_change["withdrawn"], by_change["updated"]) == (1, 1)
    assert withdrawn["because"].startswith("tickets reported evidenced")
    assert untold["reason"].startswith("portside has not reported since")
    assert excused["rule"] == "APR-001"
    assert len(summary["refused"]) == summary["read"]["refused"] == 6
    assert summary["format"] == FORMAT
    assert summary["findings"]["standing"] == by_change["opened"] - by_change["withdrawn"]


def test_what_it_suggests_at_the_end_works_when_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newcomer copies the three commands, one after the other."""
    page = text_of(tmp_path / "day", seed=6)
    commands = page[page.index("Try next\n") :].splitlines()[1:]
    exits, answers = [], []
    for command in commands:
        program, *words = shlex.split(command)
        assert program == "foureyes"
        exits.append(main(words))
        answers.append(capsys.readouterr().out)

    assert exits == [0, 0, 0]
    assert "What was seen" in answers[0]
    assert "skerrow-2026-10" in answers[1]
    assert {"APR-002", "APR-007"} == set(re.findall(r"FOUND +[A-Z]+ +(\S+)", answers[2]))


def test_a_replay_of_what_one_source_sent_finds_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Entra's events carry all that Entra's cases need: their findings are the day's."""
    day = tmp_path / "day"
    changes, summary = lines_of(day, seed=6)
    files = {name: str(day / f"{name}.csv") for name in ("people", "machines", "entitlements")}
    options = [word for name, path in files.items() for word in (f"--{name}", path)]
    policy = ["--policy", str(day / "policy.toml"), "--format", "jsonl"]
    main(["replay", str(day / "raw/entra.jsonl"), "--source", "entra", *options, *policy])
    replayed = {json.loads(each)["finding"] for each in capsys.readouterr().out.splitlines()}
    told = [json.loads(each) for each in changes]
    kept = sum(len((day / f"raw/{each}.jsonl").read_bytes().splitlines()) for each in SOURCES)

    assert replayed == {each["finding"] for each in told if each["source"] == "entra"}
    assert kept == summary["raw_events"]


def test_the_record_can_be_gone_on_with(tmp_path: Path) -> None:
    """`foureyes run` finds every machine where the demo left it."""
    day = tmp_path / "day"
    _, summary = lines_of(day, seed=8)
    policy = policy_from(day / "policy.toml")
    clock = FixedClock(ENDS)
    plan = Plan(
        sources={name: name for name in CONNECTORS},
        layout=LAYOUT,
        raw_partitions=RAW_PARTITIONS,
        policy=policy,
        stamp=facts_from(policy).stamp,
        clock=clock,
    )
    store = Store(day)
    check_layout(store, day, LAYOUT)
    host = EmbeddedHost(store, roles_of(plan), clock=clock)
    host.open()
    heads = [host.machines()["judge", each].head().decode() for each in range(LAYOUT.journal)]
    halts = host.halts
    host.close()

    assert halts == {}
    assert heads == [f"{each['size']}:{each['root']}" for each in summary["ledgers"]]
