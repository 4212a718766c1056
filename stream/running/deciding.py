"""A record set aside by hand: looked at where a partition stands, and decided by two people."""

import asyncio
from base64 import b64encode
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

from rules.errors import FoureyesError
from rules.machines.contract import Record
from rules.machines.set_aside import SetAside, digest_of, signed_bytes, write_set_aside
from stream.canonical import CODEC
from stream.hosts.contract import Role
from stream.hosts.kafka import keep_decision, look_at_head
from stream.hosts.setting_aside import Decision
from stream.hosts.store import FILE, DataDirectoryError, Store
from stream.running.deployment import client_of
from stream.settings import Settings


class NothingThereError(FoureyesError):
    """A partition has read all that there is: no record is in its way."""

    def __init__(self, *, role: str, partition: int) -> None:
        self.role = role
        self.partition = partition
        super().__init__(
            f"{role} {partition} has read all that there is; expected a record that it waits at"
        )


class AnotherRecordError(FoureyesError):
    """What was decided about is not what the partition waits at."""

    def __init__(self, *, offset: int, found: str, expected: str) -> None:
        self.offset = offset
        self.found = found
        self.expected = expected
        super().__init__(f"record {offset}, which comes next, is {found}; expected {expected}")


class Waiting(NamedTuple):
    """The record that comes next in a partition, and what was decided about it before, if so."""

    record: Record
    decision: Decision | None


def look(settings: Settings, role: Role, partition: int) -> Waiting:
    """Look at the record that a partition is to be fed next. Nothing changes.

    Raises NothingThereError, DataDirectoryError and LogUnavailableError.
    """
    record, decisions = (
        _looked_on_kafka(settings, role, partition)
        if settings.kafka_bootstrap
        else _looked(settings, role, partition)
    )
    if record is None:
        raise NothingThereError(role=role.name, partition=partition)
    known = {each.offset: each for each in decisions}
    return Waiting(record, known.get(record.offset))


def decide(settings: Settings, decision: SetAside) -> SetAside:
    """Sign a decision and keep it beside the head; give it as it was kept.

    Whoever owns the partition next carries it out, once its machine has raised at that record.
    Raises AnotherRecordError, KeyFileError, and what `look` raises.
    """
    signed = sign(settings, decision)
    kept = Decision(
        offset=signed.offset, digest=signed.digest, entry=write_set_aside(CODEC, signed)
    )
    if settings.kafka_bootstrap:
        client = client_of(settings)
        asyncio.run(keep_decision(client, signed.role, signed.partition, kept))
    else:
        with closing(Store(settings.data)) as store, store.transaction():
            store.decide((signed.role, signed.partition), kept)
    return signed


def check_digest(waiting: Waiting, digest: str) -> None:
    """Refuse a decision about any record but the one that comes next."""
    found = digest_of(waiting.record.value)
    if found != digest:
        raise AnotherRecordError(offset=waiting.record.offset, found=found, expected=digest)


def sign(settings: Settings, decision: SetAside) -> SetAside:
    """Sign by the key that signs the archive's checkpoints. Raises KeyFileError."""
    # Only who signs needs keys and SQL: they are imported here and not before.
    from stream.archive.configured import signers_of  # noqa: PLC0415

    signer = signers_of(settings)[0]
    named = replace(decision, key=f"{signer.key.name}+{signer.key.id.hex()}")
    signature = signer.sign(signed_bytes(CODEC, named))
    return replace(named, signature=b64encode(signature).decode())


def _looked(settings: Settings, role: Role, partition: int) -> tuple[Record | None, list[Decision]]:
    if not (settings.data / FILE).exists():
        raise DataDirectoryError(
            path=settings.data, found=f"no {FILE}", expected="a data directory of foureyes"
        )
    with closing(Store(settings.data, read_only=True)) as store:
        head = store.head(role.name, partition)
        records = store.read(role.log, partition, head.position if head else 0, 1)
        return next(iter(records), None), store.decisions(role.name, partition)


def _looked_on_kafka(
    settings: Settings, role: Role, partition: int
) -> tuple[Record | None, list[Decision]]:
    found = asyncio.run(look_at_head(client_of(settings), role, partition))
    return found.record, found.decisions
