"""What is known of ids: which case each means, which belong together, which cases are one."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from rules.events import UNLINKED_CASE

SAME_CASE = "case:"
"""A link that begins so names a case outright: the event's case is the same as that one."""

TOGETHER_MAX = 1_000
"""So many ids that belong together are looked at to find a case; a longer chain means nothing."""

_UNIT = "\x1f"


class Use(NamedTuple):
    """A time in which an id that is used again meant one thing, and what the id is then called."""

    first: datetime
    last: datetime
    id: str

    def distance(self, at: datetime) -> timedelta:
        """How far a moment is away from it."""
        return max(self.first - at, at - self.last, timedelta(0))


class Ids:
    """What the events of a linker's tenants have told so far of their ids and cases.

    - An id means the case whose events carry it. If events of several cases do (one ticket for ten
      requests, one execution that handles many), it means none of them, unless it is the name of
      one of them (`request:REQ-7` of `REQ-7`). Two cases are never one because they share an id.
    - Ids that one event carries and that no case does belong together: what one of them means, the
      others mean.
    - Two cases are one if an event says so (`SAME_CASE`), and a case that only exists because
      nobody named it (`UNLINKED_CASE`) is the one that its ids are found to mean.
    - Ids that count and begin again (`reused`, by what stands before the colon) are another id
      when they have not been heard of for `reused_after`.
    """

    __slots__ = (
        "_members",
        "beside",
        "into",
        "named",
        "reused",
        "reused_after",
        "touched",
        "uses",
    )

    def __init__(self) -> None:
        self.named: dict[str, tuple[str, ...]] = {}
        """id → the cases whose events carry it, or which was made for it"""
        self.beside: dict[str, set[str]] = {}
        """id → those that some event carries with it"""
        self.into: dict[str, str] = {}
        """case → the case that it is one with, and is called by"""
        self._members: dict[str, list[str]] = {}
        self.uses: dict[str, list[Use]] = {}
        self.reused: frozenset[str] = frozenset()
        self.reused_after = timedelta(0)
        self.touched: set[tuple[str, str]] = set()
        """What has changed: kind and key."""

    # --- ids --------------------------------------------------------------------------------

    def id_of(self, tenant: str | None, link: str, at: datetime) -> str:
        """Name an id across tenants, and across the times in which it was used."""
        key = f"{tenant or ''}{_UNIT}{link}"
        if link.partition(":")[0] not in self.reused:
            return key
        uses = self.uses.setdefault(key, [])
        near = [each for each in uses if each.distance(at) <= self.reused_after]
        if near:
            use = min(near, key=lambda each: (each.distance(at), each.first))
            longer = Use(min(use.first, at), max(use.last, at), use.id)
        else:
            use = longer = Use(at, at, f"{key}{_UNIT}{at.isoformat()}" if uses else key)
            uses.append(longer)
        if longer is not use or not near:
            uses[uses.index(use)] = longer
            self.touched.add(("uses", key))
        return use.id

    def name(self, id: str, case: str) -> bool:
        """Learn that a case carries an id; whether that is news."""
        known = self.named.get(id, ())
        if case in known:
            return False
        self.named[id] = (*known, case)
        self.touched.add(("named", id))
        return True

    def put_together(self, ids: Sequence[str]) -> bool:
        """Learn that one event carries these ids; whether that is news."""
        is_news = False
        for one in ids:
            others = self.beside.setdefault(one, set())
            more = {other for other in ids if other != one} - others
            if more:
                others |= more
                self.touched.add(("beside", one))
                is_news = True
        return is_news

    # --- cases ------------------------------------------------------------------------------

    def called(self, case: str) -> str:
        """What a case is called by now; cases carry their tenant as ids do."""
        return self.into.get(case, case)

    def join(self, one: str, other: str) -> list[tuple[str, str]]:
        """Learn that two cases are one: whichever is called otherwise by now, and how."""
        into, gone = sorted((self.called(one), self.called(other)), key=_rank)
        if into == gone:
            return []
        moving = [gone, *sorted(self._members.pop(gone, ()))]
        for each in moving:
            self._follow(each, into)
        return [(each, into) for each in moving]

    def _follow(self, case: str, into: str) -> None:
        self.into[case] = into
        self._members.setdefault(into, []).append(case)
        self.touched.add(("into", case))

    # --- what they mean ---------------------------------------------------------------------

    def meant(self, ids: Iterable[str]) -> str | None:
        """The one case, named by somebody, that ids of an event mean; None: none, or several."""
        direct: set[str] = set()
        open_ids = []
        for each in ids:
            cases = self._cases(each)
            direct.update(self._one(each, cases))
            if not cases:
                open_ids.append(each)
        if not direct and open_ids:
            for each in self.together(open_ids):
                direct.update(self._one(each, self._cases(each)))
        return direct.pop() if len(direct) == 1 else None

    def is_open(self, id: str) -> bool:
        """Whether no case that somebody named carries an id."""
        return not self._cases(id)

    def unexplained(self, ids: Iterable[str]) -> list[str]:
        """The cases that exist only because nobody named them and that these ids were made for."""
        found = {self.called(case) for each in ids for case in self.named.get(each, ())}
        return sorted(filter(is_unnamed, found))

    def unsettled(self) -> list[str]:
        """Every id that may mean something else once two cases are known to be one."""
        return [
            each
            for each, cases in self.named.items()
            if len(cases) > 1 or is_unnamed(self.called(cases[0]))
        ]

    def together(self, ids: Iterable[str]) -> list[str]:
        """All ids that belong together with these, in order of their discovery.

        One that events of several cases carry leads nowhere.
        """
        found = dict.fromkeys(ids)
        waiting = list(found)
        while waiting and len(found) < TOGETHER_MAX:
            each = waiting.pop()
            if len(self._cases(each)) > 1:
                continue
            for other in sorted(self.beside.get(each, ())):
                if other not in found:
                    found[other] = None
                    waiting.append(other)
        return list(found)

    def _cases(self, id: str) -> set[str]:
        """The cases that carry an id, by what they are called now; those that somebody named."""
        named = self.named.get(id)
        if named is None:
            return set()
        return {case for case in map(self.called, named) if not is_unnamed(case)}

    def _one(self, id: str, cases: set[str]) -> Iterator[str]:
        """The case that an id means among those that carry it: it alone, or the one it names."""
        if len(cases) > 1:
            link = id.split(_UNIT)[1]
            names = [each for each in self.named[id] if link.endswith(f":{_plain(each)}")]
            cases = {self.called(each) for each in names}
        if len(cases) == 1:
            yield from cases

    # --- the rows that it is kept as ----------------------------------------------------------

    def told(self, kind: str, key: str) -> Sequence[object]:
        """One row, as a plain list."""
        match kind:
            case "named":
                return list(self.named[key])
            case "beside":
                return sorted(self.beside[key])
            case "into":
                return [self.into[key]]
            case _:
                return [list(each) for each in self.uses[key]]

    def restore(self, kind: str, key: str, told: Sequence[object]) -> None:
        """Take one row as `told` gave it."""
        match kind:
            case "named":
                self.named[key] = tuple(map(str, told))
            case "beside":
                self.beside[key] = set(map(str, told))
            case "into":
                self._follow(key, str(told[0]))
                self.touched.discard(("into", key))
            case _:
                self.uses[key] = [_read_use(each) for each in told]


def case_name(tenant: str | None, case: str) -> str:
    """Name a case across tenants, as ids are named."""
    return f"{tenant or ''}{_UNIT}{case}"


def is_unnamed(case: str) -> bool:
    """Whether a case exists only because nobody named it."""
    return _plain(case).startswith(UNLINKED_CASE)


def _plain(case: str) -> str:
    return case.partition(_UNIT)[2]


def _rank(case: str) -> tuple[bool, str]:
    """What a case is called by is the name that comes first; what nobody named comes last."""
    return is_unnamed(case), case


def _read_use(told: Any) -> Use:
    first, last, id_ = told
    return Use(datetime.fromisoformat(first), datetime.fromisoformat(last), id_)
