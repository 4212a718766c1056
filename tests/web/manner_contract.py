"""What every vendor's manner has to keep to. Subclass it once per manner."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import ClassVar, NamedTuple
from urllib.parse import urlencode

from stream.web.manners import Manner
from stream.web.manners.manner import TOLERANCE
from tests.web.client import JSON, Answer, post
from tests.web.serving import Serving, serving

SOURCE = "vendor"


class Spoken(NamedTuple):
    """A request as a vendor makes it."""

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str] = {}


class MannerContract(ABC):
    """The promises, asked over a real connection.

    `signs_body`, `signs_time` and `names_delivery` say what the vendor does; where it does not,
    the contract holds us to what is then true, so that nobody believes in more.
    """

    manner: ClassVar[type[Manner]]
    key: ClassVar[str] = "a-secret-of-at-least-16-bytes"
    other: ClassVar[str] = "another-secret-of-some-length"
    signs_body: ClassVar[bool] = False
    signs_time: ClassVar[bool] = False
    names_delivery: ClassVar[bool] = False

    @abstractmethod
    def spoken(self, secret: str, *, number: int = 1, late: timedelta = timedelta(0)) -> Spoken:
        """A right request: the number-th delivery, `late` after NOON by the sender's clock."""

    @abstractmethod
    def bare(self) -> Spoken:
        """The same without anything that proves the sender."""

    def kept(self, body: bytes) -> bytes:
        """What is stored of the first delivery."""
        return body

    async def test_a_right_proof_is_taken_and_answered_once_it_is_stored(self) -> None:
        """With the status that the vendor waits for; the bytes are kept and counted."""
        said = self.spoken(self.key)
        async with self.listening() as running:
            answer = await say(running, said)

        assert answer.status == self.manner.accepted_status
        assert running.shelf.stored == [(SOURCE, self.kept(said.body))]
        assert running.counted(SOURCE, "stored") == 1

    async def test_both_secrets_count_while_one_takes_the_others_place(self) -> None:
        """And neither does once it is gone."""
        old, new = self.spoken(self.other), self.spoken(self.key, number=2)
        async with self.listening(self.key, self.other) as running:
            rotating = [await say(running, old), await say(running, new)]
        async with self.listening(self.key) as running:
            rotated = [await say(running, old), await say(running, new)]

        taken = self.manner.accepted_status
        assert [each.status for each in rotating] == [taken, taken]
        assert [each.status for each in rotated] == [401, taken]

    async def test_a_wrong_secret_is_refused_with_the_reason_and_counted(self) -> None:
        """Nothing is kept, and the answer quotes neither secret."""
        async with self.listening(self.key) as running:
            answer = await say(running, self.spoken(self.other))

        assert answer.status == 401
        assert answer.told["error"].startswith(f"{SOURCE}: ")
        assert "www-authenticate" in answer.headers
        assert running.shelf.stored == []
        assert running.counted(SOURCE, "unauthenticated") == 1
        assert self.key not in answer.body.decode()
        assert self.other not in answer.body.decode()

    async def test_a_missing_proof_is_refused_with_what_was_expected(self) -> None:
        """Whoever sets the hook up reads what is wrong with it."""
        async with self.listening() as running:
            answer = await say(running, self.bare())

        assert answer.status == 401
        assert running.shelf.stored == []
        assert running.counted(SOURCE, "unauthenticated") == 1

    async def test_a_body_with_one_byte_changed_is_refused_where_it_is_signed(self) -> None:
        """Where the vendor signs no body a changed one is taken: `proves` says so to people."""
        said = self.spoken(self.key)
        changed = said._replace(body=said.body.replace(b"approved", b"approveD"))
        async with self.listening() as running:
            answer = await say(running, changed)

        assert changed.body != said.body
        assert (answer.status == 401) == self.signs_body
        assert ("signs neither the body" in self.manner.proves) != self.signs_body

    async def test_an_old_one_is_refused_where_its_time_is_signed(self) -> None:
        """Good at the tolerance and not a second later; where no time is signed it stays good."""
        async with self.listening() as running:
            running.clock.advance(TOLERANCE)
            on_time = await say(running, self.spoken(self.key))
            running.clock.advance(timedelta(seconds=1))
            late = await say(running, self.spoken(self.key, number=1))
            early = await say(running, self.spoken(self.key, number=2, late=3 * TOLERANCE))

        assert on_time.status == self.manner.accepted_status
        assert (late.status == 401, early.status == 401) == (self.signs_time, self.signs_time)

    async def test_a_replay_is_known_as_a_repeat_where_deliveries_have_names(self) -> None:
        """It is answered as the first was, counted as a repeat, and stored once."""
        said = self.spoken(self.key)
        async with self.listening() as running:
            answers = [await say(running, said) for _ in range(3)]
            fresh = await say(running, self.spoken(self.key, number=2))

        taken = self.manner.accepted_status
        assert [each.status for each in (*answers, fresh)] == [taken] * 4
        assert len(running.shelf.stored) == (2 if self.names_delivery else 4)
        assert running.counted(SOURCE, "repeat") == (2 if self.names_delivery else 0)
        if self.names_delivery:
            assert [each.told.get("repeat", False) for each in answers] == [False, True, True]
            assert answers[2].told["stored"] == answers[0].told["stored"]

    async def test_what_could_not_be_stored_is_not_known_as_a_repeat(self) -> None:
        """A sender that was told to come again is taken at its word the next time."""
        said = self.spoken(self.key)
        async with self.listening() as running:
            running.shelf.failure = OSError("the disk is gone")
            failed = await say(running, said)
            running.shelf.failure = None
            again = await say(running, said)

        assert (failed.status, again.status) == (500, self.manner.accepted_status)
        assert running.shelf.stored == [(SOURCE, self.kept(said.body))]

    def test_a_manner_does_not_print_its_secrets(self) -> None:
        """It may end up in a log or a traceback."""
        assert self.key not in repr(self.manner.made(SOURCE, [self.key]))

    def listening(self, *secrets: str) -> AbstractAsyncContextManager[Serving]:
        """A server with this manner's source, and the secrets that are valid."""
        return serving({SOURCE: self.manner.made(SOURCE, list(secrets or [self.key]))})


async def say(running: Serving, said: Spoken) -> Answer:
    """Send a request to the one source."""
    query = f"?{urlencode(said.query)}" if said.query else ""
    return await post(running.port, f"/in/{SOURCE}{query}", said.body, {**JSON, **said.headers})


def report(number: int, late: timedelta = timedelta(0)) -> bytes:
    """A body, one for each delivery."""
    told = {"number": number, "state": "approved", "late": late.total_seconds()}
    return json.dumps(told).encode()
