"""Why a body is not taken: one class per reason, each with the sentence the sender is told."""

from collections.abc import Iterable
from typing import ClassVar

from aiohttp import web

from rules.errors import FoureyesError
from stream.metric_labels import Reception


class NotTakenError(FoureyesError):
    """A body that does not come in. Nothing of it is kept; the sender is told so.

    `status` is the HTTP status, `reception` what it counts as. Subclasses keep what is wrong in
    fields, and `details` are those that the sender gets besides the sentence.
    """

    status: ClassVar[int]
    reception: ClassVar[Reception]

    def __init__(self, source: str, sentence: str, **details: object) -> None:
        self.source = source
        self.details = details
        super().__init__(f"{source}: {sentence}")

    def headers(self) -> dict[str, str]:
        """What belongs into the answer's head."""
        return {}

    def answer(self) -> web.Response:
        """Tell the sender, as JSON."""
        body = {"error": str(self), "source": self.source, **self.details}
        return web.json_response(body, status=self.status, headers=self.headers())


class UnknownSourceError(NotTakenError):
    """Nobody has configured a source of this name."""

    status = 404
    reception = Reception.UNKNOWN_SOURCE

    def __init__(self, source: str, *, known: Iterable[str]) -> None:
        self.known = sorted(known)
        listed = f"one of {', '.join(self.known)}" if self.known else "one that is configured"
        super().__init__(source, f"no such source; expected {listed}", known=self.known)


class UnauthenticatedError(NotTakenError):
    """Whoever sent this has not shown that they may. `challenge` names the way to do so."""

    status = 401
    reception = Reception.UNAUTHENTICATED

    def __init__(self, source: str, *, reason: str, challenge: str) -> None:
        self.reason = reason
        self.challenge = challenge
        super().__init__(source, reason)

    def headers(self) -> dict[str, str]:
        """A 401 has to say how one could do better."""
        return {"WWW-Authenticate": self.challenge}


class UnsupportedBodyError(NotTakenError):
    """The body is declared to be something that no connector reads."""

    status = 415
    reception = Reception.UNSUPPORTED

    def __init__(self, source: str, *, header: str, found: str | None, expected: str) -> None:
        self.header = header
        self.found = found
        self.expected = expected
        shown = "missing" if found is None else repr(found)
        super().__init__(source, f"{header} is {shown}; expected {expected}")


class UndecodableBodyError(NotTakenError):
    """The body is not what its Content-Encoding says."""

    status = 400
    reception = Reception.UNDECODABLE

    def __init__(self, source: str, *, reason: str) -> None:
        self.reason = reason
        super().__init__(source, f"the body is not gzip: {reason}")


class BodyTooLargeError(NotTakenError):
    """The body, as sent or as decoded, is larger than allowed. Sizes are in bytes.

    Reading stops at the limit: without a Content-Length `found` is what had come by then.
    """

    status = 413
    reception = Reception.TOO_LARGE

    def __init__(self, source: str, *, what: str, found: int, limit: int) -> None:
        self.what = what
        self.found = found
        self.limit = limit
        sentence = f"{what} has {found} bytes; expected at most {limit}"
        super().__init__(source, sentence, found=found, limit=limit)


class SlowSenderError(NotTakenError):
    """The body did not come in time; `found` bytes of it did."""

    status = 408
    reception = Reception.SLOW

    def __init__(self, source: str, *, found: int, seconds_max: float) -> None:
        self.found = found
        self.seconds_max = seconds_max
        sentence = f"only {found} bytes came in {seconds_max:g} s; expected the whole body"
        super().__init__(source, sentence, found=found, seconds_max=seconds_max)


class CutOffError(NotTakenError):
    """The body ended before its end."""

    status = 400
    reception = Reception.CUT_OFF

    def __init__(self, source: str, *, found: int) -> None:
        self.found = found
        super().__init__(source, f"the body broke off after {found} bytes", found=found)


class TryAgainLaterError(NotTakenError):
    """Not now: the sender keeps the body and tries again after `seconds`."""

    def __init__(self, source: str, sentence: str, *, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(source, f"{sentence}; try again in {seconds} s")

    def headers(self) -> dict[str, str]:
        """Say when."""
        return {"Retry-After": str(self.seconds)}


class NoHandshakeError(NotTakenError):
    """Somebody asks without a body, and it is no handshake of this source's vendor."""

    status = 405
    reception = Reception.UNSUPPORTED

    def __init__(self, source: str, *, method: str) -> None:
        self.method = method
        super().__init__(source, f"{method} is no handshake that is known here; expected POST")

    def headers(self) -> dict[str, str]:
        """A 405 has to say what is allowed."""
        return {"Allow": "POST"}


class TooManyError(TryAgainLaterError):
    """A source sends faster than it may."""

    status = 429
    reception = Reception.BUSY

    def __init__(self, source: str, *, per_second_max: int, seconds: int) -> None:
        self.per_second_max = per_second_max
        super().__init__(
            source, f"more than {per_second_max} bodies came in a second", seconds=seconds
        )


class BusyError(TryAgainLaterError):
    """As many bodies are being taken in as may be at once."""

    status = 429
    reception = Reception.BUSY

    def __init__(self, source: str, *, in_flight_max: int, seconds: int) -> None:
        self.in_flight_max = in_flight_max
        super().__init__(source, f"{in_flight_max} bodies are being taken in", seconds=seconds)


class NotStoredError(TryAgainLaterError):
    """The body could not be made durable."""

    status = 503
    reception = Reception.UNAVAILABLE

    def __init__(self, source: str, *, reason: str, seconds: int) -> None:
        self.reason = reason
        super().__init__(source, f"the body could not be stored: {reason}", seconds=seconds)
