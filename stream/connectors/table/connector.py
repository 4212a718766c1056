"""A connector: the tables of one source, and what else must be known of it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import BinaryIO

from rules.events import Action
from stream.connectors.table.form import (
    EVENTS_PER_RECORD_MAX,
    Form,
    Tree,
    always,
    too_many,
)
from stream.connectors.table.refusals import MalformedEventError, RefusalKind, Unfit
from stream.connectors.table.rows import Record, reach
from stream.connectors.table.statement import Statement
from stream.connectors.table.terms import content_digest

Parse = Callable[[BinaryIO], Iterator[tuple[int, bytes]]]
STAMPED = frozenset({"id", "source", "observed_at", "raw"})
"""The fields that every event has: not a matter of what the source tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a raw event reached us.

    `source` is the name under which the sender is known here (a native event names its own);
    `observed_at` is intake's time, aware, in UTC; `digest` that of the raw bytes; `place` is for
    people: a file and line, a topic, partition and offset. `tenant`, where the way in belongs to
    one, is put on every event. `stamp_observed` is False in a replay, so that the same files give
    the same bytes; an event whose source tells no time gets `observed_at` all the same.
    """

    source: str
    observed_at: datetime
    digest: str
    place: str
    tenant: str | None = None
    stamp_observed: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """`source` says itself that it has reported up to `until` (UTC)."""

    source: str
    until: datetime


def _sorted(forms: Iterable[Form]) -> tuple[Sequence[Form], bool]:
    """Keep forms with whether they fit whatever is of their word."""
    kept = tuple(forms)
    return kept, all(form.fits is always for form in kept)


def alone(document: object) -> Iterator[tuple[str, object]]:
    """A document that is one record."""
    yield "", document


@dataclass(frozen=True, kw_only=True)
class Connector:
    """What is known of one kind of source, and how its records become events.

    - `forms` are its tables; `told` reads the record with which it says itself up to when it has
      reported; `opened` takes a record out of what surrounds it (or writes it in one spelling);
      `apart` takes a vendor's batch apart into (place suffix, record).
    - `parse` reads a file that is not JSON: it gives a line and a JSON document for each record,
      and raises UnparsableFileError. Only files are read so, never a body that comes in.
    - `word` gives the word by which a record's forms are found, so that not each is asked in turn;
      `sort` finds them where no one word does.
    - `quick` reads the bytes of a record of which everything is plainly sound: what `read` gives,
      but for what a delivery knows, or None. Only where there is neither `opened` nor `apart`.
    - `scope_fields` say, in a record that no form fits, what it is about.
    - `identities` are tables of records that are no step but say whose an account is: their
      rows are the fields of a Statement.
    - `never` is what the source can never tell, with the reason; `joins` says how its events are
      joined into cases; `delay` is how late it may report.
    - `may_lack_case`: some of its events carry only links, or nothing. `open_vocabulary`: what it
      carries is learned from what it sends. `sequenced`: its sequence numbers have no holes.
    """

    name: str
    title: str
    forms: tuple[Form, ...]
    scope_fields: tuple[str, ...]
    joins: str
    delay: timedelta
    never: Mapping[str, str] = field(default_factory=dict)
    may_lack_case: bool = True
    open_vocabulary: bool = False
    sequenced: bool = False
    told: Form | None = None
    identities: tuple[Form, ...] = ()
    word: Callable[[Record], object] | None = None
    sort: Callable[[Record], Sequence[Form]] | None = None
    quick: Callable[[bytes], Tree | None] | None = None
    opened: Callable[[Record], Record] | None = None
    apart: Callable[[object], Iterable[tuple[str, object]]] = alone
    parse: Parse | None = None
    spelled: tuple[tuple[str, str], ...] = ()
    """How places of `opened` records are called in the raw one: patterns and replacements."""

    @property
    def carries(self) -> frozenset[Action]:
        """Every action that its tables can give."""
        return frozenset(
            Action(word) for form in self.forms for word in form.rows["action"].words.values()
        )

    @property
    def tells(self) -> frozenset[str]:
        """Every field of an event that its tables can fill."""
        return frozenset(ours for form in self.forms for ours in form.rows) - STAMPED

    def read(self, document: object, delivery: Delivery) -> list[Tree | Told]:
        """Read one record: the events it tells, as canonical trees, or up to when it reported.

        Raises MalformedEventError. A tree has the fields of `rules.events.Event` without the empty
        ones, times as aware UTC datetimes: `stream.canonical.dumps` writes it as it is.
        """
        try:
            return self._read(document, delivery)
        except Unfit as unfit:
            raise self._malformed(unfit, delivery) from None

    def statements(self, document: object, delivery: Delivery) -> list[Statement]:
        """Read whose accounts are, out of a record that is no step. Raises MalformedEventError."""
        if not self.identities or type(document) is not dict:
            return []
        try:
            record = document if self.opened is None else self.opened(document)
            word = self.word(record) if self.word else None
            named = self.identities if type(word) is str else ()
            fitting = [form for form in named if word in form.words and form.fits(record)]
            return [self._statement(form.read(record), delivery) for form in fitting]
        except Unfit as unfit:
            raise self._malformed(unfit, delivery) from None

    def forms_of(self, document: object) -> Iterator[Form]:
        """Tell, for each event that `read` gives of a record that it reads, which form gave it."""
        if type(document) is not dict:
            return
        record = document if self.opened is None else self.opened(document)
        for form in self.sort(record) if self.sort else self._fitting(record):
            yield from (form for _ in (form.readings(record) if form.each else (record,)))

    def spell(self, theirs: str) -> str:
        """Print a place of an opened record as it is called in the raw one."""
        for pattern, replacement in self.spelled:
            theirs = re.sub(pattern, replacement, theirs)
        return theirs

    def _statement(self, told: Tree, delivery: Delivery) -> Statement:
        at = told.pop("at", delivery.observed_at)
        return Statement(source=delivery.source, proof=self.name, at=at, **told)

    def _malformed(self, unfit: Unfit, delivery: Delivery) -> MalformedEventError:
        return MalformedEventError(
            source=delivery.source,
            field=unfit.field and self.spell(unfit.field),
            found=unfit.found,
            expected=unfit.expected,
            kind=unfit.kind,
        )

    def _read(self, document: object, delivery: Delivery) -> list[Tree | Told]:
        if type(document) is not dict:
            raise Unfit(document, "a JSON object", RefusalKind.WRONG_TYPE)
        record = document if self.opened is None else self.opened(document)
        fitting = self.sort(record) if self.sort else self._fitting(record)
        events: list[Tree | Told] = []
        digest = ""
        for form in fitting:
            if form is self.told:
                return [Told(**form.read(record))]
            for tree in form.readings(record) if form.each else (form.read(record),):
                if "id" not in tree:
                    digest = digest or content_digest(record)
                    tree["id"] = f"{digest[:32]}-{len(events):03d}-{tree['action']}"
                self._stamp(tree, delivery)
                events.append(tree)
            if len(events) > EVENTS_PER_RECORD_MAX:
                raise too_many(record)
        if not events:
            raise self._not_a_step(record, fitted=bool(fitting))
        return events

    def _fitting(self, record: Record) -> Sequence[Form]:
        """Find the forms of a record: by its word where it has one, and by what else must hold."""
        word = self.word(record) if self.word else None
        forms, always_fit = (
            self._by_word.get(word, self._wordless) if type(word) is str else self._wordless
        )
        return forms if always_fit else [form for form in forms if form.fits(record)]

    @cached_property
    def _wordless(self) -> tuple[Sequence[Form], bool]:
        return _sorted(form for form in self.forms if not form.words)

    @cached_property
    def _by_word(self) -> Mapping[str, tuple[Sequence[Form], bool]]:
        known = frozenset().union(*(form.words for form in self.forms))
        return {
            word: _sorted(form for form in self.forms if not form.words or word in form.words)
            for word in known
        }

    def _stamp(self, tree: Tree, delivery: Delivery) -> None:
        """Put on what the delivery knows, and what the source left out."""
        if "source" not in tree:
            tree["source"] = delivery.source
        tree["raw"] = delivery.digest
        if "occurred_at" not in tree:
            tree["occurred_at"] = tree["observed_at"] = delivery.observed_at
        elif delivery.stamp_observed:
            tree["observed_at"] = delivery.observed_at
        if delivery.tenant is not None:
            self._stamp_tenant(tree, delivery.tenant)

    def _stamp_tenant(self, tree: Tree, tenant: str) -> None:
        """The way in says whose events these are; nobody speaks for another tenant."""
        told = tree.setdefault("tenant", tenant)
        if told != tenant:
            raise Unfit(
                told, f"{tenant!r}, whose way in this is", RefusalKind.DISAGREES, field="tenant"
            )

    def _not_a_step(self, record: Record, *, fitted: bool) -> Unfit:
        """Say that a record is no step of a decision, or tells of none."""
        expected = f"a step of an access decision; 'foureyes sources {self.name}' lists them"
        for place in self.scope_fields if not fitted else ():
            about = reach(record, tuple(place.split(".")))
            if about is not None:
                return Unfit(about, expected, RefusalKind.OUT_OF_SCOPE, field=place)
        return Unfit(record, expected, RefusalKind.OUT_OF_SCOPE)
