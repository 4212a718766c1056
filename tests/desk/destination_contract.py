"""What every destination must do, whatever it is."""

import traceback
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from rules.finding import Change
from stream.desk.delivery import (
    Delivery,
    DeliveryRefusedError,
    Destination,
    DestinationUnavailableError,
)
from stream.desk.desk import Desk
from tests.desk.findings import NOON, OPENED, changed, line


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing a destination was told: under which identity, and all that was said."""

    identity: str
    text: str


class Subject(Protocol):
    """A destination under test, and the other end of it."""

    @property
    def destination(self) -> Destination: ...

    @property
    def secrets(self) -> tuple[str, ...]: ...

    def told(self) -> list[Told]: ...

    async def break_down(self) -> None: ...

    async def repair(self) -> None: ...

    async def refuse(self) -> bool:
        """From now on refuse for good; False where this destination never does."""


class DestinationContract(ABC):
    """Subclass it once per destination."""

    @abstractmethod
    def subject(self, tmp_path: Path) -> AbstractAsyncContextManager[Subject]:
        """A destination whose other end works."""

    async def test_the_sentence_and_the_next_step_arrive(self, tmp_path: Path) -> None:
        """Whoever is on duty reads what is wrong and what to do first."""
        async with self.subject(tmp_path) as subject:
            await subject.destination.deliver(deliveries(subject)[:1], NOON)

            (told,) = subject.told()

        assert OPENED.summary in told.text
        assert OPENED.next_step in told.text
        assert "Ann Ng" in told.text

    async def test_a_life_arrives_in_its_order(self, tmp_path: Path) -> None:
        """Opened, updated, withdrawn with the reason: in this order, in however many requests."""
        async with self.subject(tmp_path) as subject:
            for batch in batches(subject, deliveries(subject)):
                await subject.destination.deliver(batch, NOON)

            told = subject.told()

        words = ["opened", "updated", "withdrawn"]
        assert [word for each in told for word in words if f'"{word}"' in each.text] == words
        assert "the ticket turned up" in told[-1].text

    async def test_a_repeat_carries_the_same_identity(self, tmp_path: Path) -> None:
        """Whoever was told twice can know it; two changes are never mistaken for each other."""
        async with self.subject(tmp_path) as subject:
            first, other = deliveries(subject)[0], deliveries(subject, finding="f-2")[0]
            await subject.destination.deliver([first], NOON)
            await subject.destination.deliver([first], NOON + timedelta(hours=1))
            await subject.destination.deliver([other], NOON)

            identities = [each.identity for each in subject.told()]

        assert identities[0] == identities[1] != identities[2]

    async def test_what_failed_may_be_tried_again(self, tmp_path: Path) -> None:
        """A destination that is down says so, and takes the same delivery when it is back."""
        async with self.subject(tmp_path) as subject:
            one = deliveries(subject)[:1]
            await subject.break_down()
            with pytest.raises(DestinationUnavailableError) as failure:
                await subject.destination.deliver(one, NOON)
            await subject.repair()
            await subject.destination.deliver(one, NOON)

            told = subject.told()

        assert failure.value.destination == subject.destination.name
        assert OPENED.summary in told[-1].text

    async def test_a_refusal_is_for_good_and_says_why(self, tmp_path: Path) -> None:
        """What will never be taken is told apart from what may be tried again."""
        async with self.subject(tmp_path) as subject:
            if not await subject.refuse():
                pytest.skip("this destination never refuses")

            with pytest.raises(DeliveryRefusedError, match="HTTP 400") as refusal:
                await subject.destination.deliver(deliveries(subject)[:1], NOON)

        assert refusal.value.destination == subject.destination.name

    async def test_no_error_tells_a_secret(self, tmp_path: Path) -> None:
        """Errors end up in logs: neither they nor what caused them name an address or a key."""
        async with self.subject(tmp_path) as subject:
            one = deliveries(subject)[:1]
            await subject.break_down()
            with pytest.raises(DestinationUnavailableError) as failure:
                await subject.destination.deliver(one, NOON)
            shown = "".join(traceback.format_exception(failure.value)) + repr(failure.value)
            await subject.repair()
            if await subject.refuse():
                with pytest.raises(DeliveryRefusedError) as refusal:
                    await subject.destination.deliver(one, NOON)
                shown += "".join(traceback.format_exception(refusal.value)) + repr(refusal.value)

        assert [secret for secret in subject.secrets if secret in shown] == []

    async def test_it_can_be_closed_twice(self, tmp_path: Path) -> None:
        """Whoever ends need not know whether it was ever used."""
        async with self.subject(tmp_path) as subject:
            await subject.destination.deliver(deliveries(subject)[:1], NOON)

            await subject.destination.close()
            await subject.destination.close()


def deliveries(subject: Subject, *, finding: str = OPENED.finding) -> list[Delivery]:
    """A finding's life as the desk hands it out: opened, updated, withdrawn."""
    return life_for(subject.destination, finding=finding)


def life_for(destination: Destination, *, finding: str = OPENED.finding) -> list[Delivery]:
    """The same for a destination that is not under contract."""
    opened = replace(OPENED, finding=finding)
    updated = changed(opened, Change.UPDATED, because="a second approval of the same kind")
    withdrawn = changed(updated, Change.WITHDRAWN, because="the ticket turned up")
    desk = Desk(destination.name, remembers=destination.resend is not None)
    taken = [desk.take(line(each), NOON) for each in (opened, updated, withdrawn)]
    return [each for each in taken if each is not None]


def batches(subject: Subject, all_of_them: list[Delivery]) -> Iterator[list[Delivery]]:
    """As many at a time as the destination takes."""
    size = subject.destination.batch_max
    for start in range(0, len(all_of_them), size):
        yield all_of_them[start : start + size]
