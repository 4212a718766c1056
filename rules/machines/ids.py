"""What is known of ids: which case each means, which belong together, which cases are one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rules.events import UNLINKED_CASE
from rules.machines.contract import Codec
from rules.machines.drawers import Drawer, Groups
from rules.machines.shelf import Shelf

SAME_CASE = "case:"
"""A link that begins so names a case outright: the event's case is the same as that one."""

TOGETHER_MAX = 1_000
"""So many ids that belong together are looked at to find a case; a longer chain means nothing."""

_UNIT = "\x1f"


class Ids:
    """What the events of a linker's tenants have told so far of their ids and cases.

    - An id means the case whose events carry it. If events of several cases do (one ticket for ten
      requests, one execution that handles many), it means none of them, unless it is the name of
      one of them (`request:REQ-7` of `REQ-7`). Two cases are never one because they share an id.
    - Ids that one event carries and that no case does belong together: what one of them means, the
      others mean.
    - Two cases are one if an event says so (`SAME_CASE`). A case that only exists because nobody
      named it (`UNLINKED_CASE`) gives its ids no meaning: it ends where theirs is found.
    - What an id is called, and which turn out to be the same one, `rules.machines.uses` says.
    """

    __slots__ = ("_beside", "_loose", "_members", "_named", "alike", "count", "into")

    def __init__(self, shelf: Shelf, codec: Codec) -> None:
        self._named: Drawer[tuple[str, ...]] = Drawer(shelf, "ids/named/", codec, tuple)
        """id → the cases whose events carry it, or which was made for it: of every id known"""
        self._beside: Drawer[tuple[str, ...]] = Drawer(shelf, "ids/beside/", codec, tuple)
        """id → those that some event carries with it, in order"""
        self.into: Drawer[str] = Drawer(shelf, "ids/into/", codec, _only)
        """case → the case that it is one with, and is called by"""
        self._members = Groups(shelf, "members/")
        """case → those that are one with it"""
        self.alike: Drawer[tuple[str, ...]] = Drawer(shelf, "ids/alike/", codec, tuple)
        """id → itself and those that turned out to be the same one"""
        self._loose = Groups(shelf, "loose/")
        """Ids that may come to mean something else once two cases are known to be one."""
        self.count = 0
        """How many ids some case carries."""

    # --- ids --------------------------------------------------------------------------------

    def is_known(self, id: str) -> bool:
        """Whether anything was ever told of an id."""
        return self._named.get(id) is not None

    def meet(self, ids: Iterable[str]) -> None:
        """Know these ids from now on."""
        for each in ids:
            if not self.is_known(each):
                self._named.put(each, ())

    def loosen(self, ids: Iterable[str]) -> None:
        """Have these ids looked at whenever two cases turn out to be one."""
        for each in ids:
            self._loose.add("", each)

    def make_alike(self, ids: Sequence[str]) -> None:
        """Learn that ids that were held for several are one."""
        group = tuple(sorted({other for each in ids for other in self._group(each)}))
        self.meet(group)
        self.loosen(group)
        for each in group:
            self.alike.put(each, group)

    def _group(self, id: str) -> tuple[str, ...]:
        return self.alike.get(id) or (id,)

    def name(self, id: str, case: str) -> bool:
        """Learn that a case carries an id; whether that is news."""
        known = self._named.get(id) or ()
        if case in known:
            return False
        if known or is_unnamed(case):
            self.loosen([id])
        self.count += not known
        self._named.put(id, (*known, case))
        return True

    def put_together(self, ids: Sequence[str]) -> bool:
        """Learn that one event carries these ids; whether that is news."""
        is_news = False
        self.meet(ids)
        for one in ids:
            others = self._beside.get(one) or ()
            more = {other for other in ids if other != one}.difference(others)
            if more:
                self._beside.put(one, tuple(sorted({*others, *more})))
                is_news = True
        return is_news

    # --- cases ------------------------------------------------------------------------------

    def called(self, case: str) -> str:
        """What a case is called by now; cases carry their tenant as ids do."""
        return self.into.get(case) or case

    def join(self, one: str, other: str) -> list[tuple[str, str]]:
        """Learn that two cases are one: whichever is called otherwise by now, and how."""
        into, gone = sorted((self.called(one), self.called(other)), key=_rank)
        if into == gone:
            return []
        moving = [gone, *self._members.members(gone)]
        for each in moving:
            self._members.discard(gone, each)
            self._members.add(into, each)
            self.into.put(each, into)
        return [(each, into) for each in moving]

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
        """The cases made for these ids that nobody named, and that have not ended in another."""
        found = {
            self.called(case)
            for each in ids
            for case in self._named.get(each) or ()
            if is_unnamed(case)
        }
        return sorted(filter(is_unnamed, found))

    def unsettled(self) -> list[str]:
        """Every id that may mean something else once two cases are known to be one."""
        return self._loose.members("")

    def together(self, ids: Iterable[str]) -> list[str]:
        """All ids that belong together with these, in order of their discovery.

        One that events of several cases carry leads nowhere.
        """
        found = dict.fromkeys(ids)
        waiting = list(found)
        while waiting and len(found) < TOGETHER_MAX:
            each = waiting.pop()
            is_shared = len(self._cases(each)) > 1
            for other in self._group(each) if is_shared else self._next_to(each):
                if other not in found:
                    found[other] = None
                    waiting.append(other)
        return list(found)

    def _next_to(self, id: str) -> list[str]:
        """The ids that some event carries with one, and those that are the same one."""
        if not self.is_known(id):
            return []
        group = self._group(id)
        others = (other for each in group for other in self._beside.get(each) or ())
        return sorted({*group, *others})

    def _carriers(self, id: str) -> list[str]:
        """The cases that carry an id, by the names that somebody gave them."""
        return [
            case
            for each in self._group(id)
            for case in self._named.get(each) or ()
            if not is_unnamed(case)
        ]

    def _cases(self, id: str) -> set[str]:
        """The cases that carry an id, by what they are called now; those that somebody named."""
        return {self.called(case) for case in self._carriers(id)}

    def _one(self, id: str, cases: set[str]) -> Iterator[str]:
        """The case that an id means among those that carry it: it alone, or the one it names."""
        if len(cases) > 1:
            link = id.split(_UNIT)[1]
            names = [x for x in self._carriers(id) if link.endswith(f":{parted(x)[1]}")]
            cases = {self.called(each) for each in names}
        if len(cases) == 1:
            yield from cases

    # --- what is kept of it -------------------------------------------------------------------

    @property
    def drawers(self) -> dict[str, Drawer[Any]]:
        """What it is kept in, by name."""
        each = (self._named, self._beside, self.into, self.alike)
        return dict(zip(("named", "beside", "into", "alike"), each, strict=True))

    @property
    def groups(self) -> tuple[Groups, ...]:
        """What else it is kept in."""
        return self._members, self._loose

    def take_stock(self) -> None:
        """Count what is there, and put in order what was not: other versions did neither."""
        for case, into in self.into.every():
            self._members.add(into, case)
        for id_, cases in self._named.every():
            self.count += bool(cases)
            if len(cases) > 1 or any(map(is_unnamed, cases)):
                self.loosen([id_])
        self.loosen(id_ for id_, _ in self.alike.every())
        self.meet(id_ for id_, _ in [*self._beside.every(), *self.alike.every()])


def _only(told: Sequence[str] | str) -> str:
    """The one case of a row, which may be a list of one."""
    return told if isinstance(told, str) else told[0]


def case_name(tenant: str | None, case: str) -> str:
    """Name a case across tenants, as ids are named."""
    return f"{tenant or ''}{_UNIT}{case}"


def is_unnamed(case: str) -> bool:
    """Whether a case exists only because nobody named it."""
    return parted(case)[1].startswith(UNLINKED_CASE)


def parted(case: str) -> tuple[str | None, str]:
    """Read a case's tenant and its name, as `case_name` put them together."""
    tenant, _, plain = case.partition(_UNIT)
    return tenant or None, plain


def _rank(case: str) -> tuple[bool, str]:
    """What a case is called by is the name that comes first; what nobody named comes last."""
    return is_unnamed(case), case
