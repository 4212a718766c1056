"""A destination that is told names, where the record has pseudonyms."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rules.errors import FoureyesError
from rules.finding import Finding
from stream.canonical import write
from stream.desk.delivery import Delivery, Destination, DestinationUnavailableError
from stream.desk.notes import InClear, as_recorded
from stream.desk.reading import read_finding, read_told
from stream.pseudonyms.names import put_back, put_back_in

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.vault import Vault


class Named:
    """A destination (see `Destination`) whose deliveries have their names put back first.

    What the desk itself remembers, and has told whom, has pseudonyms as the record does.
    """

    def __init__(self, destination: Destination, vault: "Vault") -> None:
        self._destination = destination
        self._vault = vault

    @property
    def name(self) -> str:
        """The destination's own."""
        return self._destination.name

    @property
    def batch_max(self) -> int:
        """The destination's own."""
        return self._destination.batch_max

    @property
    def tells_groups(self) -> bool:
        """The destination's own."""
        return self._destination.tells_groups

    @property
    def resend(self) -> timedelta | None:
        """The destination's own."""
        return self._destination.resend

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Deliver with names. Raises what the destination raises."""
        with _waiting(self.name):
            named = [self._with_names(each) for each in deliveries]
        await self._destination.deliver(named, now)

    def in_clear(self, finding: Finding) -> Finding | None:
        """A finding with the names that it concerns; None where they can not be had at present."""
        try:
            who = tuple(put_back(each, self._vault) for each in finding.who)
            return replace(finding, who=who, case=put_back(finding.case, self._vault))
        except FoureyesError:
            return None

    async def close(self) -> None:
        """Let go of connections and files."""
        await self._destination.close()
        self._vault.close()

    def _with_names(self, delivery: Delivery) -> Delivery:
        line = self._line(delivery.line)
        before = delivery.before
        return replace(
            delivery,
            line=line,
            finding=read_finding(line),
            before=None if before is None else read_finding(self._line(write(before))),
            also=tuple(self._with_names(each) for each in delivery.also),
        )

    def _line(self, line: bytes) -> bytes:
        return write(put_back_in(read_told(line), self._vault))


def in_clear_of(destination: Destination) -> InClear:
    """How a destination's findings are read by the names that people say."""
    return destination.in_clear if isinstance(destination, Named) else as_recorded


@contextmanager
def _waiting(destination: str) -> Iterator[None]:
    """Names that can not be had at present are waited for."""
    try:
        yield
    except FoureyesError as error:
        raise DestinationUnavailableError(
            destination=destination, reason=f"names can not be had: {error}"
        ) from error
