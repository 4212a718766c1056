"""Writers of one archive, each killed at a moment of chance, until one of them comes to the end.

Usage: python -m tests.archive.killed_writers URL SECONDS

The first lives for next to nothing, and each that follows for so many seconds longer at most.

They are forked from here, so that none has to import what all of them need. The last line says how
many were killed.
"""

import os
import random
import signal
import sys
import time
import traceback
from itertools import takewhile

from stream.archive.database import open_database
from stream.archive.writer import PartitionWriter
from tests.archive.forgotten import forgetful

TRAIL = forgetful().trail
LIVES_MAX = 300


def write_all(url: str, chance: random.Random) -> None:
    """Write what is missing, little by little, and some of what is there once more."""
    engine = open_database(url)
    writer = PartitionWriter(engine, 0)
    while writer.position < len(TRAIL):
        begin = max(0, writer.position - chance.randint(0, 4))
        writer.write(TRAIL[begin : writer.position + 2])
    engine.dispose()


def live(url: str, seed: int, more: float) -> bool:
    """Let one writer live for a while; whether it came to the end."""
    chance = random.Random(seed)
    child = os.fork()
    if not child:
        try:
            write_all(url, chance)
            os._exit(0)
        finally:
            # Whatever happens, the child does not go on with its parent's work.
            traceback.print_exc()
            os._exit(1)
    time.sleep(chance.random() * seed * more)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a writer failed: see above")
    return os.WIFEXITED(status)


def main() -> None:
    """Kill and kill, and say how often."""
    lives = (live(sys.argv[1], seed, float(sys.argv[2])) for seed in range(LIVES_MAX))
    killed = sum(1 for _ in takewhile(lambda ended: not ended, lives))
    print(killed)


if __name__ == "__main__":
    main()
