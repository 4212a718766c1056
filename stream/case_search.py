"""Which case of a record is meant by a name: its own, a link's, an event's id, or a former one."""

import re
import shlex
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

import orjson

from rules.errors import FoureyesError
from rules.events import Event
from rules.machines.joining import Joined, read_joined
from rules.machines.lying import Telling, telling
from rules.machines.parting import Parted, read_parted
from rules.words import printable
from stream.canonical import read_event

NAMED_MAX = 10
"""So many cases are listed where several are meant, or none is and these come near."""
COMPARED_MAX = 20_000
"""So many names of cases are compared with a misspelt one."""


class CaseName(NamedTuple):
    """A case as the record names it: several tenants may have one of the same name."""

    tenant: str | None
    case: str

    def __str__(self) -> str:
        """As it is written on a command line."""
        case = _written(self.case)
        return f"{case} --tenant {_written(self.tenant)}" if self.tenant else case


def _written(name: str) -> str:
    return printable(shlex.quote(name))


class UnknownCaseError(FoureyesError):
    """No case of the record has that name, and no event or link of one has.

    `waiting` are the events that name no case and may still find theirs, where that is known.
    """

    def __init__(self, *, name: str, cases: int, nearest: Iterable[str], waiting: int = 0) -> None:
        self.name = name
        self.cases = cases
        self.nearest = tuple(nearest)
        self.waiting = waiting
        held = "1 case" if cases == 1 else f"{cases:,} cases"
        near = f"; near to it are: {', '.join(map(_written, self.nearest))}" if self.nearest else ""
        wait = f"; events that still wait for their case: {waiting:,}" if waiting else ""
        super().__init__(
            f"{name!r} names no case, link or event among the {held} that are on record{near}{wait}"
        )


class AmbiguousCaseError(FoureyesError):
    """Several cases are called by what was asked for; one has to be chosen."""

    def __init__(self, *, name: str, cases: Iterable[CaseName]) -> None:
        self.name = name
        self.cases = tuple(cases)
        shown = "".join(f"\n  foureyes explain {case}" for case in self.cases[:NAMED_MAX])
        more = len(self.cases) - NAMED_MAX
        rest = f"\n  and {more} more" if more > 0 else ""
        super().__init__(f"{name!r} is of {len(self.cases)} cases; ask for one:{shown}{rest}")


class Search:
    """Looks for the cases that a name is of: their own, a link's, or an event's id.

    Hand it chunks: records of the journal, or rows of a judge. A chunk that does not hold the
    name's bytes is not decoded. A case's own name goes before a link's or an event's. A case that
    turned out to be another is that other.
    """

    def __init__(self, name: str, tenant: str | None = None) -> None:
        self._name = name
        self._tenant = tenant
        self._needle = orjson.dumps(name)
        self._cases: dict[CaseName, int] = {}
        self._other: dict[CaseName, int] = {}
        self._named_by: dict[CaseName, set[Telling]] = {}
        """By which of its events each of the others is found."""
        self._joined: dict[CaseName, Joined] = {}
        self._parted: dict[CaseName, set[CaseName]] = {}
        """A case → those that its events were taken out of, on the same partition."""

    def take(self, chunk: bytes, partition: int = 0) -> None:
        """Look through one chunk; `partition` is remembered for what is found in it."""
        if _JOINED in chunk and b"\n" not in chunk:
            self.note(read_joined(orjson.loads(chunk)))
        elif _PARTED in chunk and b"\n" not in chunk:
            self._part(read_parted(orjson.loads(chunk)), partition)
        if self._needle not in chunk:
            return
        for line in chunk.split(b"\n")[1:]:
            if self._needle in line:
                self._look(read_event(line), partition)

    def know(self, name: CaseName, partition: int) -> None:
        """Know of a case whatever is left of it: somebody in it may have been forgotten."""
        if name.case == self._name and self._tenant in (None, name.tenant):
            self._cases[name] = partition

    def note(self, joined: Joined) -> None:
        """Know of a case that it is the same as another."""
        name = CaseName(joined.tenant, joined.case)
        self._joined[name] = joined
        if joined.case == self._name and self._tenant in (None, joined.tenant):
            self._cases[name] = joined.home

    def _look(self, event: Event, partition: int) -> None:
        if event.case is None or (self._tenant is not None and event.tenant != self._tenant):
            return
        if event.case == self._name:
            self._cases[CaseName(event.tenant, event.case)] = partition
        elif self._name in event.links or event.id == self._name:
            self._find(CaseName(event.tenant, event.case), telling(event), partition)

    def _find(self, name: CaseName, told: Telling, partition: int) -> None:
        self._other[name] = partition
        self._named_by.setdefault(name, set()).add(told)

    def _part(self, parted: Parted, partition: int) -> None:
        """Know of events that they are another case's."""
        name, into = CaseName(parted.tenant, parted.case), CaseName(parted.tenant, parted.into)
        if name == into:
            return
        self._parted.setdefault(into, set()).add(name)
        if into.case == self._name and self._tenant in (None, into.tenant):
            self._cases[into] = partition
        for told in self._named_by.get(name, set()).intersection(parted.events):
            self._named_by[name].discard(told)
            self._find(into, told, partition)

    def found(self) -> tuple[CaseName, int] | None:
        """Give the one case that is meant and its partition; None for none.

        Raises AmbiguousCaseError for several.
        """
        others = {name: there for name, there in self._other.items() if self._named_by[name]}
        cases = dict(self._last(*each) for each in (self._cases or others).items())
        if len(cases) > 1:
            raise AmbiguousCaseError(name=self._name, cases=sorted(cases, key=str))
        return next(iter(cases.items()), None)

    def also(self, name: CaseName) -> dict[CaseName, int]:
        """The cases that turned out to be this one, and the partition that each was judged in."""
        return {
            each: joined.home
            for each, joined in sorted(self._joined.items(), key=str)
            if self._last(each, joined.home)[0] == name
        }

    def before(self, names: Iterable[CaseName]) -> set[CaseName]:
        """The cases in which events of these once were, as far as they were taken out of them."""
        found = set(names)
        waiting = list(found)
        while waiting:
            name = waiting.pop()
            joined = {
                each
                for each, told in self._joined.items()
                if CaseName(told.tenant, told.into) == name
            }
            news = (self._parted.get(name, set()) | joined) - found
            found |= news
            waiting += news
        return found - set(names)

    def _last(self, name: CaseName, partition: int) -> tuple[CaseName, int]:
        while joined := self._joined.get(name):
            name, partition = CaseName(joined.tenant, joined.into), joined.there
        return name, partition


_JOINED, _PARTED = b'"record":"joined"', b'"record":"parted"'
_NAME = re.compile(rb'"case":("(?:[^"\\]|\\.)*")')
_TENANT = re.compile(rb'"tenant":("(?:[^"\\]|\\.)*")')


class Names:
    """Counts the cases that there are, and says which come near to a name that none has."""

    def __init__(self) -> None:
        self._seen: set[tuple[bytes, bytes]] = set()

    def take(self, chunk: bytes, _partition: int = 0) -> None:
        """Note the cases of one chunk. Quotes inside a text are escaped, so keys are keys."""
        for line in chunk.split(b"\n")[1:]:
            case, tenant = _NAME.search(line), _TENANT.search(line)
            if case:
                self._seen.add((case[1], tenant[1] if tenant else b""))

    def seen(self) -> list[CaseName]:
        """Every case that came by."""
        return sorted(
            (
                CaseName(orjson.loads(tenant) if tenant else None, orjson.loads(case))
                for case, tenant in self._seen
            ),
            key=str,
        )

    def unknown(self, name: str, waiting: int = 0) -> UnknownCaseError:
        """Say that a name is unknown, and what comes near to it."""
        names = list(dict.fromkeys(each.case for each in self.seen()))
        low = name.lower()
        near = [each for each in names if low in each.lower() or each.lower() in low]
        near = near or get_close_matches(name, names[:COMPARED_MAX], NAMED_MAX)
        return UnknownCaseError(
            name=name, cases=len(self._seen), nearest=near[:NAMED_MAX], waiting=waiting
        )
