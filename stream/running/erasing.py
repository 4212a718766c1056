"""Two people's decision to forget somebody: what it names, and what stands against it."""

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rules.errors import FoureyesError
from rules.machines.keeping import PLACES_MAX, Act, Keeping, read_keeping
from stream.archive.configured import reading
from stream.archive.person_names import PersonNames
from stream.archive.reader import Held
from stream.archive.whereabouts import Whereabouts, find_person
from stream.clock import Clock
from stream.faults import Fault, FaultyInputError
from stream.pseudonyms.place import vault_if_keyed
from stream.running.keeping import decide
from stream.settings import Settings

WORDS = ("reason", "author", "approver")
HELD_NAMED_MAX = 5


class HeldPersonError(FoureyesError):
    """Nobody is forgotten who is named in a case that is held: the cases, and who held them why."""

    def __init__(self, *, held: Sequence[Held]) -> None:
        self.held = tuple(held)
        lines = [_why_held(each) for each in self.held[:HELD_NAMED_MAX]]
        if more := len(self.held) - len(lines):
            lines.append(f"and {more} more")
        super().__init__(
            "cases that name this person are held; expected to see them released first:\n  "
            + "\n  ".join(lines)
        )


def _why_held(held: Held) -> str:
    why = read_keeping(json.loads(held.decision))
    return f"{held.name}: {why.reason} ({why.author} and {why.approver}, {why.decided_at:%Y-%m-%d})"


class Found(NamedTuple):
    """Where a person is named, and what they are called; or the pseudonyms that stand for that."""

    whereabouts: Whereabouts
    names: PersonNames
    pseudonyms: Sequence[str] | None = None
    """None where names are in clear: then entries have to go."""


def look_for(settings: Settings, told: argparse.Namespace) -> Found:
    """Find where in the archive a person is named. Raises ArchiveError."""
    with reading(settings) as archive, vault_if_keyed(settings) as vault:
        if vault is None:
            found = find_person(archive, told.person, told.tenant, is_exact=told.exactly)
            return Found(found, found.names)
        known = [vault.pseudonym(each) for each in told.person]
        found = find_person(archive, known, told.tenant, is_exact=told.exactly)
        names = PersonNames([*told.person, *vault.of(found.names.names).values()])
        texts = [each for each, meaning in vault.everything() if names.stand_in(meaning.words)]
        return Found(found, names, sorted({*found.names.names, *texts} - {*told.person}))


def forget(
    settings: Settings, told: argparse.Namespace, found: Found, clock: Clock
) -> list[Keeping]:
    """Put the decisions on the control lane, one a partition or more, and give them.

    Where names are kept apart it is their keys that go, and the entries stay.

    Raises FaultyInputError, HeldPersonError, OnePersonError, and what `decide` raises.
    """
    _check_words(told, found.names)
    if found.whereabouts.held:
        raise HeldPersonError(held=found.whereabouts.held)
    if found.pseudonyms is None:
        decisions = list(_decisions(told, found.whereabouts, clock))
    else:
        decisions = list(_destructions(told, found.pseudonyms, clock))
    for each in decisions:
        decide(settings, each)
    return decisions


def _check_words(told: argparse.Namespace, names: PersonNames) -> None:
    """What is written down for good must not name whom it is about."""
    said = {word: getattr(told, word) or "" for word in WORDS}
    faults = [
        Fault(
            place="foureyes archive forget",
            key=f"--{word}",
            found="nothing" if not words else "the person's own name",
            expected="words that name nobody" if word == "reason" else "somebody else",
        )
        for word, words in said.items()
        if not words or names.stand_in(words)
    ]
    if faults:
        raise FaultyInputError(what="the decision", faults=faults)


def _destructions(
    told: argparse.Namespace, pseudonyms: Sequence[str], clock: Clock
) -> Iterator[Keeping]:
    now = clock.now()
    for at in range(0, len(pseudonyms), PLACES_MAX):
        some = tuple(pseudonyms[at : at + PLACES_MAX])
        yield Keeping(act=Act.DESTROY_KEYS, decided_at=now, pseudonyms=some, **_said(told))


def _decisions(told: argparse.Namespace, found: Whereabouts, clock: Clock) -> Iterator[Keeping]:
    now = clock.now()
    for log, places in sorted(found.places.items()):
        for at in range(0, len(places), PLACES_MAX):
            some = tuple(places[at : at + PLACES_MAX])
            yield Keeping(act=Act.FORGET, decided_at=now, partition=log, places=some, **_said(told))


def _said(told: argparse.Namespace) -> dict[str, Any]:
    return {word: getattr(told, word) for word in WORDS}
