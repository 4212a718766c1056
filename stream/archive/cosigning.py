"""Has an archive's checkpoints cosigned by a witness elsewhere (C2SP tlog-witness)."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

import aiohttp

from rules.ledger.checkpoint import InvalidNoteError, Key, Note, read_checkpoint, read_note
from rules.ledger.checkpoint import write_note as written
from stream.archive.keys import is_signed_by
from stream.archive.notary import consistency
from stream.archive.reader import Archive
from stream.archive.schema import ArchiveError
from stream.witness.witness import CONFLICT, write_request

T = TypeVar("T")
SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 16_384


class InThread(Protocol):
    """Does what waits for a database without holding up everybody else."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


class WitnessUnavailableError(ArchiveError):
    """The witness does not answer, or not as one does: it is asked again later."""


class WitnessRefusedError(ArchiveError):
    """The witness has seen another log than this one: it was set back, or there are two of it."""

    is_defect = True


class _Told(NamedTuple):
    status: int
    text: str


class Cosigner:
    """Asks one witness, by its address and its public key."""

    def __init__(self, archive: Archive, url: str, key: Key) -> None:
        self._archive = archive
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._key = key
        self._seen: dict[int, int] = {}
        """The size of each partition's log as the witness has seen it last."""

    async def cosign(self, notes: dict[int, Note], in_thread: InThread) -> None:
        """Have what is not cosigned yet cosigned, and store it.

        Raises WitnessUnavailableError and WitnessRefusedError.
        """
        missing = {p: note for p, note in notes.items() if not is_signed_by(note, self._key)}
        if not missing:
            return
        patience = aiohttp.ClientTimeout(total=SECONDS_MAX)
        async with aiohttp.ClientSession(timeout=patience) as session:
            for partition, note in missing.items():
                await self._cosign(session, partition, note, in_thread)

    async def _cosign(
        self, session: aiohttp.ClientSession, partition: int, note: Note, in_thread: InThread
    ) -> None:
        told = await self._ask(session, partition, note, in_thread)
        if told.status == CONFLICT:
            # It has seen another size last than we thought: go on from there.
            self._seen[partition] = self._size_in(told, note)
            told = await self._ask(session, partition, note, in_thread)
        if told.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise self._refusal(told, note)
        cosigned = self._checked(note, told)
        size = read_checkpoint(note.text).size
        text = written(cosigned).decode()
        await in_thread(partial(self._archive.keep_checkpoint, partition, size, text))
        self._seen[partition] = size

    async def _ask(
        self, session: aiohttp.ClientSession, partition: int, note: Note, in_thread: InThread
    ) -> _Told:
        body = await in_thread(partial(self._request, partition, note))
        try:
            async with session.post(self._url, data=body) as answer:
                told = await answer.content.read(ANSWER_BYTES_MAX)
                return _Told(answer.status, told.decode(errors="replace"))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unavailable(str(error) or type(error).__name__) from error

    def _request(self, partition: int, note: Note) -> bytes:
        old, new = self._seen.get(partition, 0), read_checkpoint(note.text).size
        return write_request(old, consistency(self._archive, partition, old, new), note)

    def _size_in(self, told: _Told, note: Note) -> int:
        """The size that the witness has seen, if this log can go on from it."""
        text = told.text.strip()
        if not text.isdigit():
            raise self._unavailable(f"409 with {text[:80]!r}")
        new, seen = read_checkpoint(note.text).size, int(text)
        if seen > new:
            raise self._set_back(note, f"has seen {seen} entries of it, and it has {new}")
        return seen

    def _checked(self, note: Note, told: _Told) -> Note:
        """The note with the cosignature that was given, if it is one of the key that we know."""
        try:
            answer = read_note(f"{note.text}\n{told.text}".encode())
        except InvalidNoteError as error:
            raise self._unavailable(str(error)) from error
        if not is_signed_by(answer, self._key):
            raise self._unavailable("no signature by its key")
        return Note(note.text, (*note.signatures, *answer.signatures))

    def _refusal(self, told: _Told, note: Note) -> ArchiveError:
        if told.status in (CONFLICT, 422):
            return self._set_back(note, "has seen another log of that size, or of a size before")
        return self._unavailable(f"{told.status} {told.text.strip()[:80]}")

    def _set_back(self, note: Note, found: str) -> WitnessRefusedError:
        return WitnessRefusedError(
            where=f"witness {self._key.name}, log {read_checkpoint(note.text).origin}",
            found=found,
            expected="a log that only grows: it was set back, or somebody has signed another",
        )

    def _unavailable(self, found: str) -> WitnessUnavailableError:
        return WitnessUnavailableError(
            where=f"witness {self._key.name} at {self._url}", found=found, expected="a cosignature"
        )
