"""`foureyes`, broken on purpose: `python -m tests.faults.broken_program JSON VERB …`."""

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from aiokafka import AIOKafkaProducer

from rules.machines.contract import Output, Record
from rules.machines.judge import Judge
from stream.cli import main


class Defect(Exception):  # noqa: N818 - it is what the record meets
    """What the judge raises at the record that it can not take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """What is wrong with it.

    `raises_at`: the judge raises at a record with these characters. `dies_in`: the process gets
    SIGKILL in that role's commit number `dies_at` (from 1), before the transaction is committed,
    with everything in it sent and taken; or, with `is_committed`, just after it.
    """

    raises_at: str = ""
    dies_in: str = ""
    dies_at: int = 1
    is_committed: bool = False

    @property
    def command(self) -> Sequence[str]:
        """What to start instead of `foureyes`."""
        return (sys.executable, "-m", "tests.faults.broken_program", json.dumps(asdict(self)))

    def put_in(self) -> None:
        """Break this process."""
        if self.raises_at:
            self._raise()
        if self.dies_in:
            self._die()

    def _raise(self) -> None:
        broken: Any = Judge
        sound, wrong = broken.feed, self.raises_at.encode()

        def feed(judge: Judge, records: Sequence[Record]) -> Sequence[Output]:
            if any(wrong in record.value for record in records):
                raise Defect(self.raises_at)
            said: Sequence[Output] = sound(judge, records)
            return said

        broken.feed = feed

    def _die(self) -> None:
        broken: Any = AIOKafkaProducer
        sound, left = broken.commit_transaction, self.dies_at

        async def commit(producer: Any) -> None:
            nonlocal left
            is_ours = f"-{self.dies_in}-" in producer._txn_manager.transactional_id
            left -= is_ours
            if self.is_committed or left or not is_ours:
                await sound(producer)
            if is_ours and not left:
                os.kill(os.getpid(), signal.SIGKILL)

        broken.commit_transaction = commit


if __name__ == "__main__":
    Breakage(**json.loads(sys.argv[1])).put_in()
    sys.exit(main(sys.argv[2:]))
