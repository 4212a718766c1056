"""Another version of the rules takes over a data directory: at the head, and nowhere else."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rules.catalog import CATALOG_VERSION
from rules.machines.contract import JOURNAL, TRAIL, Output
from stream.clock import FixedClock
from stream.hosts.contract import Pace, Role
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.running.checkpointing import checkpoint_embedded
from tests.hosts.judged import AT_MS, NOW, verdict
from tests.hosts.upgrading import EXPECTED, HALF, NEW, OLD, RECORDS

PACE = Pace(batch_records=8, checkpoint_every_records=30)


def write(directory: Path, records: list[bytes]) -> None:
    """Add to the journal while nobody is at work."""
    with closing(Store(directory)) as store, store.transaction():
        store.append([Output(JOURNAL, 0, record) for record in records], AT_MS)


def judge(directory: Path, role: Role, *, is_orderly: bool = True) -> list[str]:
    """Judge all that there is, and end in order or not; give the reasons of those that halted."""
    store = Store(directory)
    host = EmbeddedHost(store, [role], clock=FixedClock(NOW), pace=PACE)
    while not host.step().is_idle:
        pass
    if is_orderly:
        host.close()
    store.close()
    return [halt.reason for halt in host.halts.values()]


def test_the_next_release_goes_on_after_an_orderly_stop(tmp_path: Path) -> None:
    """Every log byte for byte, the entry that says so among them, and the ledger's root."""
    write(tmp_path, RECORDS[:HALF])
    judge(tmp_path, OLD)
    write(tmp_path, RECORDS[HALF:])

    assert judge(tmp_path, NEW) == []
    assert verdict(tmp_path) == EXPECTED
    assert sum(b'"record":"rules"' in each for each in EXPECTED[TRAIL]) == 1


def by_starting_it_once_more(directory: Path) -> None:
    """Run the old version, and stop it in order."""
    assert judge(directory, OLD) == []


def by_the_verb(directory: Path) -> None:
    """What `foureyes checkpoint` of the old version does."""
    checkpoint_embedded(directory, [OLD], FixedClock(NOW))


@pytest.mark.parametrize("way", [by_starting_it_once_more, by_the_verb])
def test_after_a_crash_the_old_release_has_the_last_word(
    way: Callable[[Path], None], tmp_path: Path
) -> None:
    """The new one halts, says what to do, and has written nothing; that done, it goes on."""
    write(tmp_path, RECORDS[:HALF])
    judge(tmp_path, OLD, is_orderly=False)
    before = verdict(tmp_path)
    (reason,) = judge(tmp_path, NEW)
    after = verdict(tmp_path)
    way(tmp_path)
    write(tmp_path, RECORDS[HALF:])

    assert f"Start version {CATALOG_VERSION} once more and stop it in order" in reason
    assert after == before
    assert judge(tmp_path, NEW) == []
    assert verdict(tmp_path) == EXPECTED


def test_a_take_over_that_is_cut_off_is_made_again(tmp_path: Path) -> None:
    """Killed right after it: the entry stands there once, whoever comes next."""
    write(tmp_path, RECORDS[:HALF])
    judge(tmp_path, OLD)
    for _ in range(3):
        judge(tmp_path, NEW, is_orderly=False)
    write(tmp_path, RECORDS[HALF:])
    judge(tmp_path, NEW)

    assert verdict(tmp_path) == EXPECTED
