"""What a host owes a machine, and what a machine may count on, whatever the moment of death.

A host runs machines over the partitions of logs. For each machine it owns it

1. **restores**: builds it, hands it the rows of its last checkpoint, and replays the input from
   the checkpoint's position up to the head with outputs off;
2. **checks**: at the head, `machine.head()` must equal the stored head. If not, it halts that
   partition and says so: either the record was damaged or chance got into the machine;
3. **feeds** it the partition's records in order, each once;
4. **commits in one transaction** the outputs of a batch, the new position and the new head, and
   now and then (`checkpoint_every`) the rows that changed, with their position;
   Checkpoint and head name the version of the rules, of a machine that has one (`Versioned`);
5. **upgrades by an act in the log**: rows that another version has written are taken over only
   where the checkpoint stands at the head, which an orderly stop leaves behind. The machine is
   asked to `adopt` them, and what it says is committed with a new checkpoint, in one transaction.
   Anywhere else the partition halts and says what to do: no version replays another's work;
6. **halts on a bug**: when a machine raises, what came before stays committed, that partition
   stops visibly and the others go on. Before it stops it writes a checkpoint at the head, so that
   a repaired version can take over there;
7. **sets aside what two people have decided to leave out** (`stream.hosts.setting_aside`): in the
   record's place the machine is handed the decision, which becomes an entry. Its outputs, the
   position and the mark that it is done are one transaction;
8. **keeps what a machine has put away** (`PuttingAway`): rows that it is not handed when it is
   restored, and not kept in memory, but finds by name whenever it asks: those of all the changes
   that were taken from it, also in the transaction that is still going on.

So whatever is committed is as if each record had been applied once. A machine that was cut off
mid-batch is void: it is built anew from 1. Outputs become visible only with their transaction.

Intake runs on the same contract, except that its outputs depend on the clock, so it is never
replayed: its `changes` are committed with every batch, and `pulse` is called when it has caught
up, so that a quiet source still moves time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from rules.errors import FoureyesError
from rules.machines.contract import Machine, Output, Versioned


@runtime_checkable
class Pulsed(Machine, Protocol):
    """A machine that is also moved by the clock: intake."""

    def pulse(self, *, caught_up: bool) -> Sequence[Output]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One kind of machine and the log it reads: what a host needs to run it on any partition.

    `build` makes the machine of a partition; `partitions` is how many the log has.
    `replayed` is False for intake: its state is committed with each batch.
    """

    name: str
    log: str
    partitions: int
    build: Callable[[int], Machine]
    replayed: bool = True
    batch_records: int | None = None
    """Records fed and committed together at most; None: as the pace says. Raw records are small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a host cuts its work. Sizes and times have their unit in the name."""

    batch_records: int = 64
    """Records of one partition fed and committed together at most."""
    checkpoint_every_records: int = 2000
    """Records between two checkpoints of a machine's state."""
    pulse_seconds: float = 1.0
    """How often intake is woken to write ticks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A partition that stopped: which, where, and the reason as a person can read it."""

    role: str
    partition: int
    position: int
    reason: str
    digest: str | None = None
    """Names the record at which the machine raised; None where no record is to blame."""

    def __str__(self) -> str:
        """Where it stopped and why, and how to go on."""
        told = f"{self.role} {self.partition} stopped at record {self.position}: {self.reason}"
        if self.digest is None:
            return told
        return (
            f"{told}. Go on with a repaired version, or look at the record with"
            f" `foureyes set-aside {self.role} {self.partition}`"
        )


class OtherRulesError(FoureyesError):
    """State that other rules have written is not at the head: nobody else may replay from it."""

    def __init__(self, *, written_by: str, version: str, checkpoint: int, head: int) -> None:
        self.written_by = written_by
        self.version = version
        self.checkpoint = checkpoint
        self.head = head
        super().__init__(
            f"the state at record {checkpoint} was written by version {written_by or '-'} of the"
            f" rules, and the record goes on to {head}; this is version {version or '-'}. Start"
            f" version {written_by or '-'} once more and stop it in order, or run its"
            f" `foureyes checkpoint`; then upgrade"
        )


def version_of(machine: Machine) -> str:
    """The version of the rules by which a machine answers; empty where there is none."""
    return machine.version if isinstance(machine, Versioned) else ""
