"""An embedded host in a process of its own, for tests to kill: `embedded_worker.py KIND DIRECTORY`.

KIND is `toy` or `judge`. It works what is in the directory off, pausing after each round so that
it can be hit while it works, ends in order when nothing is left, and says `done`.
"""

import sys
import time
from pathlib import Path

from rules.machines.contract import JOURNAL
from stream.clock import FixedClock
from stream.hosts.contract import Pace, Role
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from tests.contracts.toys import SAID, Folding
from tests.hosts.judged import NOW, ROLE

PARTITIONS = 2
PACE = Pace(batch_records=4, checkpoint_every_records=25)
PAUSE_SECONDS = 0.002
ROLES = {
    "toy": Role(
        name="toy", log=JOURNAL, partitions=PARTITIONS, build=lambda number: Folding(SAID, number)
    ),
    "judge": ROLE,
}

if __name__ == "__main__":
    kind, directory = sys.argv[1:]
    host = EmbeddedHost(Store(Path(directory)), [ROLES[kind]], clock=FixedClock(NOW), pace=PACE)
    while not host.step().is_idle:
        time.sleep(PAUSE_SECONDS)
    assert not host.halts, host.halts
    host.close()
    print("done")
