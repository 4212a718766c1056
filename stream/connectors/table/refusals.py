"""What is wrong with a raw event: where, what was found, what was expected."""

import reprlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from rules.errors import FoureyesError

FOUND_CHARS_MAX = 80
"""A refusal quotes so much of what was found, and no more."""
NAMES_SHOWN_MAX = 12
"""A refusal lists so many of the expected words, and says how many there are."""


class RefusalKind(StrEnum):
    """Why a raw event could not be read. A closed set: it labels metrics."""

    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    UNKNOWN_VALUE = "unknown_value"
    DISAGREES = "disagrees"
    BAD_TIME = "bad_time"
    BAD_NUMBER = "bad_number"
    BAD_DURATION = "bad_duration"
    OUT_OF_SCOPE = "out_of_scope"


class Missing:
    """What is found where nothing is."""

    def __repr__(self) -> str:
        """Read as a word in a sentence."""
        return "missing"


MISSING: Final = Missing()

_QUOTE = reprlib.Repr()
_QUOTE.maxlevel = 2
_QUOTE.maxdict = _QUOTE.maxlist = 3
_QUOTE.maxstring = _QUOTE.maxother = FOUND_CHARS_MAX


def quoted(found: object) -> str:
    """Quote what was found, cut short."""
    text = _QUOTE.repr(found)
    return text if len(text) <= FOUND_CHARS_MAX else text[: FOUND_CHARS_MAX - 1] + "…"


def one_of_words(words: Iterable[str]) -> str:
    """Say which words were expected."""
    known = sorted(words)
    shown = known[:NAMES_SHOWN_MAX]
    rest = f" or {len(known) - len(shown)} more" if len(known) > len(shown) else ""
    return f"one of {shown}{rest}"


class Unfit(Exception):  # noqa: N818 - a verdict on a value, always caught by the connector
    """A value does not fit its row. `Connector.read` puts the source's name to it."""

    def __init__(
        self, found: object, expected: str, kind: RefusalKind, *, field: str | None = None
    ) -> None:
        self.found = found
        self.expected = expected
        self.kind = kind
        self.field = field
        super().__init__(expected)

    def inside(self, name: str) -> "Unfit":
        """Say where: the value lies under `name`."""
        inner = self.field or ""
        dot = "." if inner and not inner.startswith("[") else ""
        self.field = f"{name}{dot}{inner}"
        return self


def missing(field: str, expected: str = "text that is not empty") -> Unfit:
    """Say that a field is not there."""
    return Unfit(MISSING, expected, RefusalKind.MISSING_FIELD, field=field)


class MalformedEventError(FoureyesError):
    """A raw event can not be read as a step of a case. Refuse it; asking again changes nothing.

    `source` sent it; `field` is theirs (None: the record as a whole); `found` is a short quotation;
    `expected` and `kind` say what would have been right and which defect it is.
    """

    def __init__(
        self, *, source: str, field: str | None, found: object, expected: str, kind: RefusalKind
    ) -> None:
        self.source = source
        self.field = field
        self.found = quoted(found)
        self.expected = expected
        self.kind = kind
        what = "the record" if field is None else f"field {field!r}"
        super().__init__(f"{source}: {what} is {self.found}; expected {expected}")


class UnparsableFileError(FoureyesError):
    """A file is not of the format that its source writes; what was read of it before stands."""

    def __init__(self, *, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"line {line}: {reason}")
