"""`foureyes set-aside`: look at the record that halts a partition, and go on without it, by two."""

import argparse
import os

from rules.machines.set_aside import SetAside, digest_of
from stream.clock import SystemClock
from stream.faults import Fault, FaultyInputError, one_of, shown
from stream.hosts.contract import Role
from stream.log import Log
from stream.running.deciding import Waiting, check_digest, decide, look
from stream.running.offline import offline_roles
from stream.settings import Settings

SUMMARY = "show the record that a halted partition waits at, or set it aside by two people's word"
SHOWN_CHARS_MAX = 2_000
"""How much of a record is shown."""
_WORDS = ("digest", "reason", "author", "approver")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes set-aside`."""
    parser.add_argument("role", help="whose partition: judge, linker, intake.SOURCE, …")
    parser.add_argument("partition", type=int)
    parser.add_argument("--digest", help="the record that is meant: sha256:…, as it is shown")
    parser.add_argument("--reason", help="why it may be left out")
    parser.add_argument("--author", help="who decided it")
    parser.add_argument("--approver", help="who agreed: somebody else")


def run(arguments: argparse.Namespace) -> int:
    """Show the record; with a decision, sign it and keep it beside the head."""
    settings = Settings.load(os.environ)
    clock = SystemClock()
    with Log(clock):
        role = _role(offline_roles(settings, clock), arguments.role, arguments.partition)
        waiting = look(settings, role, arguments.partition)
        if not any(getattr(arguments, word) for word in _WORDS):
            _show(role, arguments.partition, waiting)
            return 0
        _check_words(arguments)
        check_digest(waiting, arguments.digest)
        decision = SetAside(
            role=role.name,
            partition=arguments.partition,
            offset=waiting.record.offset,
            digest=arguments.digest,
            reason=arguments.reason,
            author=arguments.author,
            approver=arguments.approver,
            decided_at=clock.now(),
        )
        kept = decide(settings, decision)
    print(f"record {kept.offset} of {role.log} {kept.partition} is set aside, signed by {kept.key}")
    print("start foureyes (on Kafka, start its workers again): the decision becomes an entry")
    return 0


def _role(roles: list[Role], name: str, partition: int) -> Role:
    known = {role.name: role for role in roles}
    role = known.get(name)
    if role is None:
        raise _refused("ROLE", shown(name), one_of(name, known))
    if not 0 <= partition < role.partitions:
        raise _refused("PARTITION", str(partition), f"0 to {role.partitions - 1}")
    return role


def _check_words(arguments: argparse.Namespace) -> None:
    missing = [f"--{word}" for word in _WORDS if not getattr(arguments, word)]
    if missing:
        raise _refused(", ".join(missing), "nothing", "a decision: all of it, by two people")


def _refused(key: str, found: str, expected: str) -> FaultyInputError:
    fault = Fault(place="foureyes set-aside", key=key, found=found, expected=expected)
    return FaultyInputError(what="the words", faults=[fault])


def _show(role: Role, partition: int, waiting: Waiting) -> None:
    record = waiting.record
    digest = digest_of(record.value)
    print(f"{role.name} {partition} is at record {record.offset} of {role.log} {partition}")
    print(f"{len(record.value)} bytes, {digest}\n")
    print(record.value.decode(errors="backslashreplace")[:SHOWN_CHARS_MAX])
    if waiting.decision is not None:
        print(f"\nalready decided: {waiting.decision.entry.decode()}")
        return
    print("\nIf it halts the partition and no repaired version is to be had, two people may decide")
    print(f"  foureyes set-aside {role.name} {partition} --digest {digest} \\")
    print("    --reason WHY --author WHO --approver SOMEBODY_ELSE")
