"""A day that is recorded by pseudonyms: the same is found as in clear, and nobody is named."""

import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rules.policy import Policy
from stream.archive.database import sqlite_url
from stream.clock import Clock
from stream.demo import day
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import FILE, Store
from stream.pseudonyms.names import put_back
from stream.pseudonyms.vault import Vault, open_vault
from stream.pseudonyms.veil import Veil, forms_of
from stream.running.embedded import put_policy
from stream.running.roles import Plan
from tests.demo.staged import lines_of

SEED = 5
COMPARED = ("rule", "change", "tenant", "case", "severity", "at", "source", "workflow", "evidence")


def keyed_day(path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The day's findings, recorded by pseudonyms."""

    def keyed(**told: Any) -> Plan:
        veil = Veil(vault, forms_of(told["policy"].evidence))
        policy = veil.policy(told["policy"])
        veil.keep()
        return Plan(**{**told, "policy": policy, "veil": veil})

    def put_veiled(store: Store, host: EmbeddedHost, policy: Policy, clock: Clock) -> None:
        veil = Veil(vault)
        put_policy(store, host, veil.policy(policy), clock)
        veil.keep()

    monkeypatch.setattr(day, "Plan", keyed)
    monkeypatch.setattr(day, "put_policy", put_veiled)
    return lines_of(path, SEED)[0]


def compared(lines: list[str]) -> Counter[str]:
    """What a finding is about, without the order in which it names people."""
    found: Counter[str] = Counter()
    for each in map(json.loads, lines):
        told = {name: each.get(name) for name in COMPARED}
        found[json.dumps({**told, "who": sorted(each.get("who", ()))})] += 1
    return found


def everything_but_raw(path: Path) -> bytes:
    """All bytes of the record except for bodies as they came."""
    with closing(sqlite3.connect(path / FILE)) as record:
        asked = (
            "SELECT value FROM records JOIN logs ON number = id >> 40 "
            "WHERE name NOT LIKE 'iga.raw.%'"
        )
        rows = [row for (row,) in record.execute(asked)]
        return b"\n".join([*rows, *(row for (row,) in record.execute("SELECT value FROM state"))])


def test_a_day_by_pseudonyms_finds_what_a_day_in_clear_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every finding of the demo's day, of 33 rules; no account of anybody is in the record."""
    clear = lines_of(tmp_path / "clear", SEED)[0]
    with closing(open_vault(sqlite_url(tmp_path / "names.sqlite3"))) as vault:
        keyed = keyed_day(tmp_path / "keyed", vault, monkeypatch)
        named = [put_back(each, vault) for each in keyed]
    # Some cases of that day are called after whoever asked: ids are recorded as they are.
    record = re.sub(rb"compare-\d+-[\w.]+", b"", everything_but_raw(tmp_path / "keyed"))
    people = (tmp_path / "keyed" / "people.csv").read_text().splitlines()[1:]
    accounts = {row.split(",")[1] for row in people}

    assert compared(named) == compared(clear)
    assert len(accounts) > 40
    assert {each for each in accounts if each.encode() in record} == set()
