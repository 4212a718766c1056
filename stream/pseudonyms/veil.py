"""The veil: what names a person in what is recorded gives way to its pseudonym, before it is."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rules.events import Event, Party
from rules.machines.late import ACCOUNT
from rules.machines.records import Refusal
from rules.policy import EvidencePolicy, Policy
from stream.archive.database import ArchiveUnavailableError
from stream.hosts.data_directory import StorageUnavailableError
from stream.pseudonyms.form import PSEUDONYM
from stream.pseudonyms.policies import renamed
from stream.pseudonyms.vault import Key, Vault, digest_of

PARTIES = ("actor", "on_behalf_of", "beneficiary", "assignee")
_NAMES = ("account", "person", "owner")
"""What of a party is a name that compares with others."""
REMEMBERED_MAX = 100_000
"""Keys and pseudonyms remembered between two looks into the vault; each may be asked for again."""


class Veil:
    """Puts pseudonyms in place of names, the same for the same name wherever it stands.

    `keep` has to return before anything that was veiled is durable: it keeps what the new
    pseudonyms stand for. Whatever is asked of it may raise StorageUnavailableError (wait).
    """

    def __init__(self, vault: Vault, is_form: Callable[[str], bool] = lambda _: False) -> None:
        self._vault = vault
        self._is_form = is_form
        self._keys: dict[str, Key] = {}
        """By name; those that were made before this began are in `_made`, by their digests."""
        self._told: dict[tuple[str, str], str] = {}
        """What stands for words that are said under a name."""
        self._new: dict[tuple[bytes, str], tuple[Key, str]] = {}
        with _waiting():
            self._destructions = vault.destructions()
            self._made = vault.keys(REMEMBERED_MAX)

    def apart(self) -> "Veil":
        """Another one over the same vault, for another thread."""
        return Veil(self._vault, self._is_form)

    def begin(self) -> None:
        """Forget keys that have been destroyed since. Call it before a batch."""
        with _waiting():
            destructions = self._vault.destructions()
        if destructions != self._destructions:
            self._destructions = destructions
            self._keys.clear()
            self._told.clear()
            with _waiting():
                self._made = self._vault.keys(REMEMBERED_MAX)

    def keep(self) -> None:
        """Keep what new pseudonyms stand for."""
        if self._new:
            with _waiting():
                self._vault.keep(self._new.values())
            self._new.clear()

    def name(self, name: str) -> str:
        """What stands for an account, or for a person."""
        return self.words(name, name)

    def words(self, words: str, whose: str) -> str:
        """What stands for words that are sealed under a name's key."""
        told = self._told.get((whose, words))
        if told is None:
            key = self._key(whose)
            told = key.pseudonym(words)
            self._new[key.digest, words] = key, words
            if len(self._told) >= REMEMBERED_MAX:
                self._told.clear()
            self._told[whose, words] = told
        return told

    def _key(self, name: str) -> Key:
        key = self._keys.get(name)
        if key is None:
            if len(self._keys) >= REMEMBERED_MAX:
                self._keys.clear()
            key = self._made.get(digest_of(name))
            if key is None:
                with _waiting():
                    key = self._vault.key_of(name)
            self._keys[name] = key
        return key

    # --- what is recorded -----------------------------------------------------------------------

    def event(self, tree: dict[str, Any]) -> None:
        """Veil an event tree, in place: its parties, its workflow's owner, and its free text."""
        whose = None
        for role in PARTIES:
            party = tree.get(role)
            if party is not None:
                whose = whose or party["account"]
                tree[role] = self._party(party)
        workflow = tree.get("workflow")
        if workflow is not None and workflow.get("owner"):
            tree["workflow"] = {**workflow, "owner": self.name(workflow["owner"])}
        text = tree.get("justification")
        if text and not self._is_form(text):
            # What nobody has said is sealed by itself: the same event again says the same.
            whose = whose or f"{tree['source']}:{tree['id']}"
            tree["justification"] = self.words(text, whose)

    def _party(self, party: Mapping[str, Any]) -> dict[str, Any]:
        veiled = dict(party)
        for part in _NAMES:
            if veiled.get(part):
                veiled[part] = self.name(veiled[part])
        if veiled.get("name"):
            veiled["name"] = self.words(veiled["name"], party["account"])
        return veiled

    def said(self, event: Event) -> Event:
        """Veil what foureyes tells of itself: who did it, whom it is about, and why."""
        text, who = event.justification, event.actor
        return replace(
            event,
            actor=self._somebody(who),
            beneficiary=self._somebody(event.beneficiary),
            justification=self.words(text, who.account) if text and who else text,
        )

    def _somebody(self, party: Party | None) -> Party | None:
        return None if party is None else replace(party, account=self.name(party.account))

    def late(self, fact: Mapping[str, Any]) -> dict[str, Any]:
        """Veil a late fact (see `intake.reaching_back`). What is known of rights names nobody."""
        if ACCOUNT not in fact:
            return dict(fact)
        ways = [
            {**way, "since": [[since, self.fact(known)] for since, known in way["since"]]}
            for way in fact["ways"]
        ]
        return {**fact, ACCOUNT: self.name(fact[ACCOUNT]), "ways": ways}

    def fact(self, fact: Mapping[str, Any]) -> dict[str, Any]:
        """Veil what is known, or what a source says, of an account, as it is written down."""
        return {**fact, **{part: self.name(fact[part]) for part in _NAMES if fact.get(part)}}

    def clear(self, fact: Mapping[str, Any]) -> dict[str, Any] | None:
        """Give a fact that `fact` veiled as it was; None where somebody in it was forgotten."""
        veiled = {part: fact[part] for part in _NAMES if PSEUDONYM.fullmatch(fact.get(part) or "")}
        with _waiting():
            known = self._vault.meanings({*veiled.values()})
        if any(each not in known for each in veiled.values()):
            return None
        return {**fact, **{part: known[each].words for part, each in veiled.items()}}

    def refusal(self, refusal: Refusal) -> Refusal:
        """Veil what is quoted of a record that could not be read: it may be anything."""
        if not refusal.found:
            return refusal
        told = self.words(refusal.found, f"{refusal.source}:{refusal.digest}")
        reason = refusal.reason.replace(refusal.found, told)
        return replace(refusal, found=told, reason=reason)

    def policy(self, policy: Policy) -> Policy:
        """Veil whom a policy names, so that it speaks of those whom the record does."""
        return renamed(policy, self.name)


@contextmanager
def _waiting() -> Iterator[None]:
    """Tell a host that nothing can be recorded at present."""
    try:
        yield
    except ArchiveUnavailableError as error:
        raise StorageUnavailableError(path=Path("the vault"), reason=str(error)) from error


def forms_of(policy: EvidencePolicy) -> Callable[[str], bool]:
    """Tell texts that say nothing of anybody, and that a rule has to know as such: templates."""
    templates = {_plain(each) for each in policy.template_reasons}

    def is_form(words: str) -> bool:
        plain = _plain(words)
        return plain in templates or len(plain) < policy.reason_length_min

    return is_form


def _plain(words: str) -> str:
    return words.strip().rstrip(".").strip().lower()
