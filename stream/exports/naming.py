"""Which archived case a name leads to: its own, a link's, an event's, or a former one."""

from collections.abc import Iterable, Iterator, Mapping

import orjson

from rules.events import UNLINKED_CASE
from rules.machines.joining import Joined, read_joined
from stream.archive.leaves import Kind
from stream.archive.reader import Archive, Stored
from stream.case_search import CaseName, Search


class Named:
    """The case that is meant, and what was said of it under other names.

    Raises AmbiguousCaseError where several are meant.
    """

    def __init__(self, archive: Archive, name: str, tenant: str | None) -> None:
        self._archive = archive
        self._joins = [*_joins(archive)]
        self.id: list[int] = []
        """The id of the case; empty: the archive has none that is called so."""
        self.former: list[int] = []
        """The ids of the cases that turned out to be this one."""
        # A case of its own is called by the link that nobody explained.
        for called in (name, UNLINKED_CASE + name):
            search = self._searched(called, tenant)
            if found := search.found():
                self._take(found[0], search)
                break

    def _searched(self, name: str, tenant: str | None) -> Search:
        archive, search = self._archive, Search(name, tenant)
        for joined in self._joins:
            search.note(joined)
        sizes = {log.partition: log.size for log in archive.logs()}
        ids = sorted({*archive.named("case", name), *archive.named("id", name)})
        for case, stored in archive.of_cases(ids, sizes):
            partition = archive.partition_of(case)
            if any(each.kind is Kind.EVENT for each in stored):
                (row,) = archive.cases([case])
                search.know(CaseName(row.tenant, row.name), partition)
            for each in stored:
                _show(search, each, partition)
        return search

    def _take(self, name: CaseName, search: Search) -> None:
        also = [own for each in search.also(name) for own in self._ids(each)]
        own = self._ids(name)
        # What moves to another partition may not have come there yet.
        self.id = own or also[:1]
        self.former = [each for each in also if each not in self.id]

    def _ids(self, name: CaseName) -> list[int]:
        rows = self._archive.cases([*self._archive.named("case", name.case)])
        return [each.id for each in rows if (each.tenant, each.name) == name]


def _show(search: Search, stored: Stored, partition: int) -> None:
    if stored.gone is None and stored.kind is Kind.EVENT:
        search.take(b"\n" + stored.body, partition)
    elif stored.kind is Kind.PARTED:
        search.take(stored.body, partition)


def same_cases(archive: Archive, ids: Iterable[int], tenant: str | None) -> list[CaseName]:
    """The cases that are the same as one of these, in order: what they were called before, or are.

    `ids` are in order; with `tenant`, of these only its own count.
    """
    joins = {
        CaseName(each.tenant, each.case): CaseName(each.tenant, each.into)
        for each in _joins(archive)
    }
    rows = archive.cases(list(ids)) if joins else ()
    known = {CaseName(row.tenant, row.name) for row in rows if tenant in (None, row.tenant)}
    last = {_last(joins, each) for each in known}
    same = {each for each in (*joins, *last) if _last(joins, each) in last}
    return sorted(same - known, key=str)


def _last(joins: Mapping[CaseName, CaseName], name: CaseName) -> CaseName:
    while name in joins:
        name = joins[name]
    return name


def _joins(archive: Archive) -> Iterator[Joined]:
    """Every case of the archive that turned out to be another: by index, as many as there are."""
    for log in archive.logs():
        numbers = archive.headers(Kind.JOINED, log.partition, log.size)
        for _, body in archive.bodies(log.partition, numbers):
            yield read_joined(orjson.loads(body))
