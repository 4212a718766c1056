"""Kinds of values that people write, each with the sentence that says what was expected.

They serve pydantic as annotations; `found_and_expected` puts its errors in words.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import PlainValidator

from stream.faults import one_of, shown
from stream.spans import SPAN_EXPECTED, read_span

COUNT_MAX = 1_000_000
TEXT_CHARS_MAX = 1_024


class UnreadableValueError(ValueError):
    """A value can not be read: what was expected of it.

    A check over several values says which `key` is wrong, and what was `found` there.
    """

    def __init__(self, expected: str, *, key: str | None = None, found: str | None = None) -> None:
        self.expected = expected
        self.key = key
        self.found = found
        super().__init__(f"expected {expected}")


def read_by(read: Callable[[Any], Any], expected: str) -> PlainValidator:
    """Read a value by a function that may refuse it by raising; say what was expected."""

    def validate(value: Any) -> Any:
        try:
            return read(value)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise UnreadableValueError(expected) from error

    return PlainValidator(validate)


def word(words: Iterable[str]) -> Callable[[Any], str]:
    """Make a reader that knows only these words; upper and lower case are the same."""
    known = {each.lower(): each for each in words}

    def read(value: Any) -> str:
        folded = value.strip().lower() if isinstance(value, str) else None
        if folded not in known:
            raise UnreadableValueError(one_of(value, known.values()))
        return known[folded]

    return read


def text(value: Any) -> str:
    """Read a text; outer blanks are nobody's intention."""
    told = value.strip() if isinstance(value, str) else ""
    if not 0 < len(told) <= TEXT_CHARS_MAX:
        raise ValueError
    return str(told)


def moment(value: Any) -> datetime:
    """Read a time that says where it is in force."""
    at = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise ValueError
    return at.astimezone(UTC)


def count_up_to(most: int, least: int = 1) -> Callable[[Any], int]:
    """Make a reader of whole numbers; from the environment they come as text."""

    def read(value: Any) -> int:
        number = int(value) if isinstance(value, str) and value.isascii() else value
        if type(number) is not int or not least <= number <= most:
            raise ValueError
        return number

    return read


def _flag(value: Any) -> bool:
    told = value.strip().lower() if isinstance(value, str) else value
    if isinstance(told, str | bool):
        return _FLAGS[told]
    raise TypeError


_FLAGS: Mapping[str | bool, bool] = {
    **dict.fromkeys((True, "true", "yes", "y", "t", "1"), True),
    **dict.fromkeys((False, "false", "no", "n", "f", "0"), False),
}


def _count(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return count_up_to(COUNT_MAX)(value)


def _date(value: Any) -> date:
    """Read a day; a moment is none."""
    told = date.fromisoformat(value.strip()) if isinstance(value, str) else value
    if not isinstance(told, date) or isinstance(told, datetime):
        raise TypeError
    return told


TEXT_EXPECTED = f"a text of 1 to {TEXT_CHARS_MAX:,} characters"
MOMENT_EXPECTED = "a time with its zone, as in 2026-12-31T00:00:00Z"
TEXT = Annotated[str, read_by(text, TEXT_EXPECTED)]
FLAG = Annotated[bool, read_by(_flag, "true or false")]
COUNT = Annotated[int, read_by(_count, f"a whole number from 1 to {COUNT_MAX:,}")]
SPAN = Annotated[timedelta, read_by(lambda value: read_span(text(value)), SPAN_EXPECTED)]
DATE = Annotated[date, read_by(_date, "a day, as in 2026-12-25")]
MOMENT = Annotated[datetime, read_by(moment, MOMENT_EXPECTED)]


def whole(least: int, most: int) -> PlainValidator:
    """Read a whole number within limits."""
    return read_by(count_up_to(most, least), f"a whole number from {least:,} to {most:,}")


def one_word(*words: str) -> PlainValidator:
    """Read one of these words, however it is capitalised."""
    return PlainValidator(word(words))


def refusal(error: Mapping[str, Any]) -> Any:
    """Give the exception behind one of pydantic's errors, if it was one of ours."""
    raised = error.get("ctx", {}).get("error")
    return raised if hasattr(raised, "expected") else None


def found_and_expected(error: Mapping[str, Any], allowed: Iterable[str] = ()) -> tuple[str, str]:
    """Put one of pydantic's errors in words; `allowed` are the keys where one was not known."""
    ours = refusal(error)
    if ours is not None:
        return getattr(ours, "found", None) or shown(error["input"]), str(ours.expected)
    match error["type"]:
        case "missing":
            return "nothing", "a value: it has no default"
        case "extra_forbidden" | "unexpected_keyword_argument":
            return "this key", one_of(error["loc"][-1], allowed)
        case "tuple_type":
            return shown(error["input"]), "a list"
        case _:
            return shown(error["input"]), "a table"
