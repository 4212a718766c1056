"""Every limit of the Kafka host, by name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaLimits:
    """What the Kafka host waits for, holds and retries at most. The unit is in the name."""

    session_seconds: float = 6.0
    """Unheard for so long, a worker has lost its partitions."""
    heartbeat_seconds: float = 1.0
    transaction_seconds: float = 15.0
    """How long a transaction may stay open before the broker gives it up: with it, readers wait."""
    linger_seconds: float = 0.1
    """How long a batch waits for more. A transaction costs 1.3 to 2 ms of CPU: this sets the cost
    of a quiet topic."""
    behind_seconds: float = 1.0
    """How long a batch is filled while more is known to wait: then fewer transactions are worth
    more than a second."""
    batch_bytes: int = 4 * 1024 * 1024
    """Outputs held in memory before they are committed, full batch or not."""
    checkpoint_bytes: int = 64 * 1024 * 1024
    """After so much input state is written, however few records it was: so a replay takes seconds,
    and writing what has changed since then fits in one transaction."""
    slice_bytes: int = 512 * 1024
    """Records fed in one go, without giving way to heartbeats."""
    slice_seconds: float = 0.1
    """A slice that took longer is followed by a smaller one."""
    record_bytes: int = 1_000_000
    """One output or row of state. The topics take a little more (`stream.topics`)."""
    request_seconds: float = 15.0
    """How long one request to a broker may take."""
    start_seconds: float = 30.0
    """How long a client may take to connect, or a producer to fence its predecessor."""
    commit_seconds: float = 30.0
    """How long a commit is waited for. It is longer than a transaction lives, so that afterwards
    the broker has decided, one way or the other."""
    stall_seconds: float = 30.0
    """How long a restore may get no answer from the log."""
    close_seconds: float = 5.0
    """How long a client that is given up may take to close."""
    stop_seconds: float = 20.0
    """How long an orderly stop may take before it becomes a disorderly one."""
    idle_seconds: float = 0.25
    """How long a partition without news waits before it looks whether it should stop."""
    retry_seconds: float = 0.5
    """The first wait after an error, if two heartbeats are not longer; doubled each time."""
    retry_seconds_max: float = 15.0
    append_seconds: float = 10.0
    """How long the receiver waits for a raw event to be durable."""
