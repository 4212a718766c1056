"""One value of theirs, held against what a row may contain.

Values are as orjson gives them: exact types, and text without lone surrogates, which it refuses.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from stream.connectors.table.refusals import RefusalKind, Unfit, one_of_words

UNSPEAKABLE: Any = Annotated[str, Meta(pattern="(?!)")]
"""The shape that no value has: whatever is told there is for the table to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a value must be.

    `take` returns the value as it stands in the event, None for "leave it out", or raises `Unfit`.
    `sound`, an expression over `{0}`, is true only of values that `take` would return as they are;
    `words` are those that `take` would look up. The compiler writes both in place of the call.
    `chars_max` says of texts what `sound` does. `shape` is a type for msgspec that only values
    have which `take` would return as they are.
    """

    take: Callable[[Any], Any]
    sound: str = ""
    words: Mapping[Any, Any] | None = None
    chars_max: int = 0
    """A text of one up to so many characters is sound; 0: no text is."""
    shape: Any = UNSPEAKABLE


ID_CHARS_MAX = 1024
TEXT_CHARS_MAX = 8192
LIST_ITEMS_MAX = 256
WHOLE_MAX = 2**53 - 1
"""The integers that every JSON reader keeps (RFC 8785 takes no others)."""
YEAR_MIN, YEAR_MAX = 1970, 2199

_DURATION = re.compile(
    r"P(?!$)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)", re.ASCII
)


def _text(value: Any) -> str | None:
    return _bounded(value, TEXT_CHARS_MAX) or None


def _id(value: Any) -> str:
    if value == "":
        raise Unfit(value, "text that is not empty", RefusalKind.MISSING_FIELD)
    return _bounded(value, ID_CHARS_MAX)


def _bounded(value: Any, chars_max: int) -> str:
    if type(value) is not str:
        raise Unfit(value, "text", RefusalKind.WRONG_TYPE)
    if len(value) > chars_max:
        raise Unfit(value, f"at most {chars_max} characters", RefusalKind.TOO_LONG)
    return value


def _said(value: Any) -> str:
    return _bounded(value, TEXT_CHARS_MAX)


def _short(chars_max: int) -> str:
    return f"type({{0}}) is str and 0 < len({{0}}) <= {chars_max}"


A_TEXT = Check(
    take=_text,
    sound=_short(TEXT_CHARS_MAX),
    chars_max=TEXT_CHARS_MAX,
    shape=Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX)],
)
"""Text; an empty one says nothing and is left out."""
SAID = Check(
    take=_said,
    sound=f"type({{0}}) is str and len({{0}}) <= {TEXT_CHARS_MAX}",
    chars_max=TEXT_CHARS_MAX,
    shape=Annotated[str, Meta(max_length=TEXT_CHARS_MAX)],
)
"""Text of which an empty one says something as well: that there is none."""
AN_ID = Check(
    take=_id,
    sound=_short(ID_CHARS_MAX),
    chars_max=ID_CHARS_MAX,
    shape=Annotated[str, Meta(min_length=1, max_length=ID_CHARS_MAX)],
)
"""Text that names something, so it can not be empty."""


def _whole(value: Any) -> int:
    if type(value) is int:
        if -WHOLE_MAX <= value <= WHOLE_MAX:
            return value
    elif type(value) is not float:
        raise Unfit(value, "a whole number", RefusalKind.WRONG_TYPE)
    raise Unfit(value, "a whole number within ±(2**53-1)", RefusalKind.BAD_NUMBER)


A_WHOLE = Check(
    take=_whole,
    sound=f"type({{0}}) is int and {-WHOLE_MAX} <= {{0}} <= {WHOLE_MAX}",
    shape=Annotated[int, Meta(ge=-WHOLE_MAX, le=WHOLE_MAX)],
)
"""A whole number that survives every JSON reader."""


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise Unfit(value, "true or false", RefusalKind.WRONG_TYPE)
    return value


A_TRUTH = Check(take=_truth, sound="type({0}) is bool", shape=bool)
"""True or false, and nothing that stands for them."""


def _duration_told(value: Any) -> str:
    text = _id(value)
    if _DURATION.fullmatch(text) is None:
        raise Unfit(value, "an ISO 8601 duration such as PT8H", RefusalKind.BAD_DURATION)
    return text


A_DURATION = Check(
    take=_duration_told,
    shape=Annotated[
        str,
        Meta(
            max_length=ID_CHARS_MAX,
            pattern=f"^(?:{_DURATION.pattern})\\Z".replace(r"\d", "[0-9]"),
        ),
    ],
)
"""An ISO 8601 duration, kept as told."""


def _time(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is UTC and YEAR_MIN <= at.year <= YEAR_MAX:
            return at
    except (TypeError, ValueError):
        pass
    return _in_utc(value, _parsed(value))


def _time_in_utc(value: Any) -> datetime:
    at = _parsed(value)
    return _in_utc(value, at.replace(tzinfo=UTC) if at.tzinfo is None else at)


A_TIME = Check(take=_time)
"""A time with a zone (RFC 3339), in UTC, cut to microseconds."""
A_TIME_IN_UTC = Check(take=_time_in_utc)
"""A time of a source that means UTC where it names no zone."""


def _parsed(value: Any) -> datetime:
    if type(value) is not str:
        raise _bad_time(value, RefusalKind.WRONG_TYPE)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    try:
        # RFC 3339 also allows a small t and z.
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise _bad_time(value) from None


def _in_utc(value: Any, at: datetime) -> datetime:
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise _bad_time(value)
        try:
            at = at.astimezone(UTC)
        except OverflowError:
            raise _bad_time(value) from None
    if YEAR_MIN <= at.year <= YEAR_MAX:
        return at
    raise Unfit(value, f"a time from {YEAR_MIN} to {YEAR_MAX}", RefusalKind.BAD_TIME)


def _bad_time(value: Any, kind: RefusalKind = RefusalKind.BAD_TIME) -> Unfit:
    return Unfit(value, "a time with a zone such as 2026-11-01T00:03:10Z", kind)


def a_word(words: Mapping[Any, Any]) -> Check:
    """One of their words (or code numbers), turned into ours."""

    def take(value: Any) -> Any:
        if type(value) is not str and type(value) is not int:
            raise Unfit(value, one_of_words(words), RefusalKind.WRONG_TYPE)
        if value not in words:
            raise Unfit(value, one_of_words(words), RefusalKind.UNKNOWN_VALUE)
        return words[value]

    as_they_are = all(type(theirs) is str and theirs == ours for theirs, ours in words.items())
    shape = Literal[tuple(words)] if as_they_are else UNSPEAKABLE
    return Check(take=take, words=words, shape=shape)


def a_known_word(words: Mapping[Any, Any]) -> Check:
    """One of their words, turned into ours; a word that they added since is left out."""

    def take(value: Any) -> Any:
        return words.get(value) if type(value) is str or type(value) is int else None

    return Check(take=take, words=words)


def a_list_of(item: Check) -> Check:
    """A list, each item by the same check; what the check leaves out is left out."""

    def take(value: Any) -> list[Any] | None:
        if type(value) is not list:
            raise Unfit(value, "a list", RefusalKind.WRONG_TYPE)
        if len(value) > LIST_ITEMS_MAX:
            raise Unfit(value, f"at most {LIST_ITEMS_MAX} items", RefusalKind.TOO_MANY)
        taken = []
        for number, each in enumerate(value):
            try:
                found = item.take(each)
            except Unfit as unfit:
                raise unfit.inside(f"[{number}]") from None
            if found is not None:
                taken.append(found)
        return taken or None

    return Check(take=take, shape=a_list_shape(item.shape))


def a_list_shape(item: Any) -> Any:
    """Make the type of a list that is not empty, and not too long."""
    return Annotated[list[item], Meta(min_length=1, max_length=LIST_ITEMS_MAX)]
