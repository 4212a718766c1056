"""A batch: what is fed and said between two commits."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rules.machines.contract import Output
from stream.hosts.setting_aside import Decision


@dataclass(slots=True)
class Batch:
    """What was fed and said since the last commit."""

    records: int = 0
    size: int = 0
    outputs: list[Output] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    """What was carried out in it."""
    began_at: float | None = None

    def __bool__(self) -> bool:
        return self.began_at is not None

    def add(self, records: int, outputs: Sequence[Output], now: float) -> None:
        """Take in what a slice or a pulse has given."""
        self.records += records
        self.outputs += outputs
        self.size += sum(len(output.value) for output in outputs)
        if self.began_at is None and (records or outputs):
            self.began_at = now
