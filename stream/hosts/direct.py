"""Machines joined by plain calls: no log, no state kept, nobody notified; for replays."""

from collections import deque
from collections.abc import Callable, Iterable

from rules.machines.contract import JOURNAL, LINKS, Machine, Output, Record
from rules.machines.judge import Judge
from rules.machines.linker import Linker
from rules.machines.routing import Layout
from stream.canonical import CODEC

Listener = Callable[[Output], None]


class Direct:
    """One linker and one judge, fed in the order in which intake speaks.

    The same machines as on a host; what they say on logs that no machine reads goes to `listen`.
    """

    LAYOUT = Layout(journal=1, links=1)

    def __init__(self, listen: Listener) -> None:
        self.judge = Judge(0, CODEC)
        self.linker = Linker(0, self.LAYOUT, CODEC)
        self._listen = listen
        self._machines: dict[str, Machine] = {JOURNAL: self.judge, LINKS: self.linker}
        self._offsets = dict.fromkeys(self._machines, 0)

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
