"""Where in the archive a person is named: looks through every entry, which takes its time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stream.archive.forgetting import FORGETTABLE
from stream.archive.leaves import Kind, read_leaf
from stream.archive.person_names import PersonNames
from stream.archive.reader import Archive, Held, Stored

PASSES_MAX = 8
"""So often all entries are looked through for more names of the person."""


@dataclass(slots=True)
class Whereabouts:
    """The names of a person, the entries that tell one of them, and what of them is held."""

    names: PersonNames
    places: dict[int, list[int]] = field(default_factory=dict)
    kinds: Counter[Kind] = field(default_factory=Counter)
    held: Sequence[Held] = ()


def find_person(
    archive: Archive, names: Sequence[str], tenant: str | None = None, *, is_exact: bool = False
) -> Whereabouts:
    """Find every entry that names a person by a name that is given, or that goes with one.

    An account that an entry tells with its person is that person's: both are looked for, and so on.
    With `tenant`, only in what is that tenant's or nobody's; with `is_exact`, only the names given.
    """
    found = Whereabouts(PersonNames(names) if is_exact else _every_name(archive, names, tenant))
    cases = set()
    for partition, stored in _walk(archive, tenant):
        if stored.kind in FORGETTABLE and found.names.are_in(stored.body):
            found.places.setdefault(partition, []).append(stored.number)
            found.kinds[stored.kind] += 1
            cases.add(stored.case_id)
    found.held = list(archive.held(sorted(each for each in cases if each is not None)))
    return found


def _every_name(archive: Archive, names: Sequence[str], tenant: str | None) -> PersonNames:
    known = PersonNames(names)
    for _ in range(PASSES_MAX):
        more: set[str] = set()
        for _, stored in _walk(archive, tenant):
            if stored.kind in (Kind.EVENT, Kind.FACTS):
                more |= known.more_in(stored.body)
        if not more:
            break
        known = PersonNames(known.names | more)
    return known


def _walk(archive: Archive, tenant: str | None) -> Iterator[tuple[int, Stored]]:
    for log in archive.logs():
        for stored in archive.present(log.partition, log.size):
            if tenant is None or _tenant_of(stored) in (None, tenant):
                yield log.partition, stored


def _tenant_of(stored: Stored) -> str | None:
    return None if stored.case_id is None else read_leaf(stored.body).tenant
