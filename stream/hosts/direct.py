"""Machines joined by plain calls: no log, no state kept, nobody notified; for replays."""

from collections import deque
from collections.abc import Callable, Iterable

from rules.machines.contract import ENTITIES, JOURNAL, LINKS, Machine, Output, Record
from rules.machines.feeding import Feeds
from rules.machines.judge import Judge
from rules.machines.linker import Linker
from rules.machines.patterns import Patterns
from rules.machines.routing import Layout
from stream.canonical import CODEC

Listener = Callable[[Output], None]


class Direct:
    """One linker, one judge and one patterns machine, fed in the order in which intake speaks.

    The same machines as on a host; what they say on logs that no machine reads goes to `listen`.
    """

    LAYOUT = Layout(journal=1, links=1)

    def __init__(self, listen: Listener) -> None:
        self.judge = Judge(0, CODEC, feeds=Feeds(self.LAYOUT.journal))
        self.patterns = Patterns(0, self.LAYOUT, CODEC)
        self.linker = Linker(0, self.LAYOUT, CODEC)
        self._listen = listen
        self._machines: dict[str, Machine] = {
            JOURNAL: self.judge,
            LINKS: self.linker,
            ENTITIES: self.patterns,
        }
        self._offsets = dict.fromkeys(self._machines, 0)

    def begin(self, policy: bytes) -> None:
        """Put a policy in force before anything is told; nobody is told of that."""
        for machine in self._machines.values():
            machine.feed([Record(0, policy)])

    def take(self, outputs: Iterable[Output]) -> None:
        """Work off what was said, and what that leads to, first things first."""
        waiting = deque(outputs)
        while waiting:
            output = waiting.popleft()
            machine = self._machines.get(output.log)
            if machine is None:
                self._listen(output)
                continue
            offset = self._offsets[output.log]
            self._offsets[output.log] = offset + 1
            waiting.extend(machine.feed([Record(offset, output.value)]))
