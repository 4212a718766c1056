"""The words a table is written in: `text("a.b")`, `one_of("c", {…})`, `party(…)` and so on."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from stream.connectors.table import checks
from stream.connectors.table.checks import Check
from stream.connectors.table.compiled import compile_rows
from stream.connectors.table.refusals import RefusalKind, Unfit, missing
from stream.connectors.table.rows import Record, Rows, Term, plain, reaching


def text(*places: str) -> Term:
    """Text from the first of these places that has any."""
    return first(*(plain(place, checks.A_TEXT) for place in places))


def said(place: str) -> Term:
    """Text, or an empty one where the source says that there is none."""
    return plain(place, checks.SAID)


def name(*places: str) -> Term:
    """Text that names something: never empty where it is told."""
    return first(*(plain(place, checks.AN_ID) for place in places))


def whole(place: str) -> Term:
    """A whole number."""
    return plain(place, checks.A_WHOLE)


def truth(place: str) -> Term:
    """True or false."""
    return plain(place, checks.A_TRUTH)


def duration(place: str) -> Term:
    """An ISO 8601 duration."""
    return plain(place, checks.A_DURATION)


def utc_time(place: str, *, zone_left_out: bool = False) -> Term:
    """A time; `zone_left_out`: this source writes UTC without saying so."""
    return plain(place, checks.A_TIME_IN_UTC if zone_left_out else checks.A_TIME)


def one_of(place: str, words: Mapping[str, Any]) -> Term:
    """One of their words, turned into ours; any other word is refused."""
    return plain(place, checks.a_word(words))


def if_known(place: str, words: Mapping[Any, Any]) -> Term:
    """One of their words, turned into ours; any other word says nothing to us."""
    return plain(place, checks.a_known_word(words))


def texts(place: str) -> Term:
    """A list of texts."""
    return plain(place, checks.a_list_of(checks.A_TEXT))


def constant(value: str) -> Term:
    """What is always so in records of this kind."""
    return Term(theirs=f"always {value!r}", read=lambda _: value, words={value: value}, fixed=value)


def computed(
    theirs: str,
    read: Callable[[Record], Any],
    *,
    words: Mapping[str, Any] | Iterable[str] = (),
) -> Term:
    """What a table can not say: one named function; `words` are all that it can give."""
    told = words if isinstance(words, Mapping) else {word: word for word in words}
    return Term(theirs=theirs, read=read, words=told)


def first(*terms: Term) -> Term:
    """The first term that gives anything."""
    if len(terms) == 1:
        return terms[0]
    reads = tuple(term.read for term in terms)

    def read(record: Record) -> Any:
        for each in reads:
            value = each(record)
            if value is not None:
                return value
        return None

    words = {theirs: ours for term in terms for theirs, ours in term.words.items()}
    theirs = ", else ".join(term.theirs for term in terms)
    flat = tuple(each for term in terms for each in term.alternatives or (term,))
    return Term(theirs=theirs, read=read, words=words, alternatives=flat)


def agreed(term: Term, repeated: Term) -> Term:
    """What may be told in two places, plain ones, which must then say the same."""
    return replace(term, repeated=repeated)


def tagged(tag: str, term: Term) -> Term:
    """A text with a tag before it, so that ids of two kinds are never taken for one another."""
    read_untagged = term.read

    def read(record: Record) -> str | None:
        value = read_untagged(record)
        return None if value is None else f"{tag}:{value}"

    return Term(theirs=f"{tag}:<{term.theirs}>", read=read)


def every(*terms: Term) -> Term:
    """All of these that are told, as a list."""
    if len(terms) == 1:
        return _list_of_one(terms[0])

    def read(record: Record) -> list[Any] | None:
        found = [value for term in terms if (value := term.read(record)) is not None]
        return found or None

    return Term(theirs=", ".join(term.theirs for term in terms), read=read)


def _list_of_one(term: Term) -> Term:
    read_one = term.read

    def read(record: Record) -> list[Any] | None:
        value = read_one(record)
        return None if value is None else [value]

    return Term(theirs=term.theirs, read=read)


def when(place: str, value: object, term: Term) -> Term:
    """A term that is asked only where a field of theirs has a value."""
    found_in = reaching(tuple(place.split(".")))

    def read(record: Record) -> Any:
        return term.read(record) if found_in(record) == value else None

    return Term(theirs=f"{term.theirs} where {place} is {value!r}", read=read, words=term.words)


def is_told(place: str, *values: object) -> Callable[[Record], bool]:
    """Recognise a record by what stands in one place."""
    found_in = reaching(tuple(place.split(".")))
    return lambda record: found_in(record) in values


def has(*keys: str) -> Callable[[Record], bool]:
    """Recognise a record by the fields that it has."""
    return lambda record: all(key in record for key in keys)


def within(place: str, rows: Rows, *, needs: str | None = None) -> Term:
    """A part of ours that is an object of theirs: the rows' places are inside it."""
    return replace(plain(place, _an_object(rows, needs)), inner=rows, needs=needs)


def list_within(place: str, rows: Rows, *, needs: str) -> Term:
    """A list of such parts."""
    term = plain(place, checks.a_list_of(_an_object(rows, needs)))
    return replace(term, theirs=f"{place}[]", inner=rows, is_list=True, needs=needs)


def _an_object(rows: Rows, needs: str | None) -> Check:
    inner = compile_rows(rows)

    def take(value: Any) -> Record | None:
        if type(value) is not dict:
            raise Unfit(value, "an object", RefusalKind.WRONG_TYPE)
        found = inner(value)
        if needs is not None and needs not in found:
            raise missing(rows[needs].theirs)
        return found or None

    return Check(take=take)


def part(needs: str, **rows: Term) -> Term:
    """A part of ours put together from places of theirs; left out where `needs` is not told."""
    inner = compile_rows(rows)

    def read(record: Record) -> Record | None:
        found = inner(record)
        return found if needs in found else None

    return Term(theirs=rows[needs].theirs, read=read, inner=rows, needs=needs)


def party(account: Term, **rows: Term) -> Term:
    """Somebody: `account`, and where told `kind`, `namespace`, `name`."""
    return part("account", account=account, **rows)


def read_by(read: Callable[[Record], Record | None], rows: Term) -> Term:
    """A part that one function reads; `rows` say what each of its fields is read from."""
    return replace(rows, read=read, needs=None)


def entitlement(id: Term, **rows: Term) -> Term:
    """A right: `id`, and where told `type`, `name`, `system`, `privileged`, `criticality`."""
    return part("id", id=id, **rows)


def evidence(kind: str, ref: Term, **rows: Term) -> Term:
    """One piece of evidence, where its `ref` is told; as the list that an event has."""
    one = part("ref", kind=constant(kind), ref=ref, **rows)

    def read(record: Record) -> list[Record] | None:
        found = one.read(record)
        return None if found is None else [found]

    return Term(theirs=one.theirs, read=read, inner=one.inner)


def content_digest(value: object) -> str:
    """SHA-256 of a JSON value, keys sorted: the same content, the same digest. Raises Unfit."""
    try:
        content = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise Unfit(value, "a record less deeply nested", RefusalKind.TOO_DEEP) from error
    return hashlib.sha256(content).hexdigest()
