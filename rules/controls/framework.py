"""A control framework as a literal list of ids, each with its status."""

from dataclasses import dataclass
from typing import NamedTuple


class Control(NamedTuple):
    """One id of a framework. A withdrawn one says where it went; nothing may be mapped to it."""

    id: str
    title: str
    is_active: bool
    moved_to: tuple[str, ...] = ()


def active(id: str, title: str) -> Control:
    """An id that is in force."""
    return Control(id, title, is_active=True)


def withdrawn(id: str, title: str, *moved_to: str) -> Control:
    """An id that was withdrawn, and the ids that took its place."""
    return Control(id, title, is_active=False, moved_to=moved_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A framework: `short` is how rules write it before an id, as in `CSF PR.AA-05`."""

    short: str
    name: str
    version: str
    controls: tuple[Control, ...]
