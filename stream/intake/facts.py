"""Who is behind an account and how critical a right is, as of the moment an event occurred."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from rules.stamping import PARTIES, stamp_entitlement, stamp_party, take_claims_off
from stream.faults import Fault, FaultyInputError
from stream.intake.dossier import Dossier
from stream.intake.fact_files import read_facts
from stream.intake.fact_records import (
    EntitlementRecord,
    FactRecord,
    Identity,
    MachineRecord,
    PersonRecord,
    kind_of,
    read_record,
)
from stream.intake.stamps import AccountFact, RightFact, behind, has_left, risk
from stream.intake.timeline import Timeline

VERSIONS_MAX = 500
"""Records about one account, person or entitlement; a feed that has more repeats itself."""


class Contest(NamedTuple):
    """An account that different people (or a person and a machine) claim at the same time."""

    account: str
    source: str | None
    namespace: str | None
    claimed_by: tuple[str, ...]
    since: datetime | None


class Facts:
    """What reference feeds have told so far, and the stamps that follow from it.

    - Only a link with an accepted proof gives a person; other links are kept and give nothing.
    - An account that two people claim at once, each with accepted proof, is contested: nobody is
      stamped. So is one that is said to be a person's and a machine's: its owner is still stamped.
    - An owner who has left by then answers for nothing and is not stamped.
    - The order in which records come does not matter, except that a later record replaces the one
      with the same key and `from`.
    - Texts are compared as they are, upper and lower case included.
    """

    def __init__(self, link_proofs: Iterable[str]) -> None:
        self._proof_rank: dict[str | None, int] = {p: n for n, p in enumerate(link_proofs)}
        self._accounts: dict[str, Dossier] = {}
        self._people: dict[str, Dossier] = {}
        self._entitlements: dict[str, Dossier] = {}
        self._owned: dict[str, set[str]] = {}
        """person → the machine accounts they answer for, or once did"""
        self.contested_stamps = 0
        """How often a stamp was withheld because the account was contested."""

    def load(self, kind: type[FactRecord], path: Path) -> int:
        """Learn a file, and say how many records it has.

        Raises FaultyInputError; then nothing of the file was learnt.
        """
        return self.take(read_facts(kind, path), str(path))

    def take(self, records: Sequence[FactRecord], place: str) -> int:
        """Learn records that were read from a place, all or none. Raises FaultyInputError."""
        self._check_room(records, place)
        for record in records:
            self._keep(record)
        return len(records)

    def learn(self, told: Mapping[str, object], place: str = "a record") -> FactRecord | None:
        """Learn one record as a topic carries it; None if it was known. Raises FaultyInputError.

        Its kind follows from its keys: `person`, `kind` (of a machine) or `id` (of an
        entitlement). `place` is where it is from, for the message.
        """
        record = read_record(kind_of(told, place), told, place)
        if isinstance(record, tuple):
            raise FaultyInputError(what="a reference fact", faults=record)
        self._check_room([record], place)
        return record if self._keep(record) else None

    def stamp(self, event: dict[str, Any]) -> None:
        """Write what was so at `occurred_at` onto an event tree, in place.

        On each party: `person` and `proof`; for a machine `owner`, and `kind` where the source
        left it unknown. What a source claims about persons, proofs and owners is taken off. On
        the entitlement: `privileged` and `criticality`, where the higher risk of source and feed
        wins, and `name` and `type` where the source told none.
        """
        at, source = event["occurred_at"], event["source"]
        for role in PARTIES:
            party = event.get(role)
            if party is not None:
                if "person" in party or "proof" in party or "owner" in party:
                    take_claims_off(party)
                dossier = self._accounts.get(party["account"])
                if dossier is not None:
                    self._stamp_party(party, dossier, source, at)
        entitlement = event.get("entitlement")
        if entitlement is not None:
            dossier = self._entitlements.get(entitlement["id"])
            if dossier is not None:
                key = (source, entitlement.get("system"))
                line = dossier.answers.get(key) or entitlement_line(dossier, *key)
                stamp_entitlement(entitlement, line.only or line.at(at))

    def contests(self) -> Iterator[Contest]:
        """List the accounts that are contested at some time, for whoever mends the feed."""
        for account, dossier in sorted(self._accounts.items()):
            asked = {(each.source, each.namespace) for each in dossier.records.values()}
            for source, namespace in sorted(asked, key=str):
                line = self.account_line(dossier, source, namespace)
                for since, fact in line.stretches():
                    if fact.claimed_by:
                        yield Contest(account, source, namespace, fact.claimed_by, since)

    def unproven(self) -> int:
        """Count the links that are known and whose proof is not accepted."""
        return sum(
            isinstance(record, PersonRecord) and record.proof not in self._proof_rank
            for dossier in self._accounts.values()
            for record in dossier.records.values()
        )

    # --- what is known, for whoever tells it late -----------------------------------------------

    def accounts(self) -> Iterable[str]:
        """Every account that is known."""
        return self._accounts

    def rights(self) -> Iterable[str]:
        """The id of every entitlement that is known."""
        return self._entitlements

    def machines_of(self, person: str) -> list[str]:
        """The machine accounts for which a person answers, or ever did."""
        return sorted(self._owned.get(person, ()))

    def account_dossier(self, account: str) -> Dossier | None:
        """All that is on record about an account."""
        return self._accounts.get(account)

    def right_dossier(self, right: str) -> Dossier | None:
        """All that is on record about an entitlement."""
        return self._entitlements.get(right)

    def leaves(self, person: str) -> list[datetime]:
        """When it changed whether a person is gone."""
        dossier = self._people.get(person)
        line = _leaving_line(dossier) if dossier else None
        return [since for since, _ in line.stretches() if since] if line else []

    # --- stamping -------------------------------------------------------------------------------

    def _stamp_party(
        self, party: dict[str, Any], dossier: Dossier, source: str, at: datetime
    ) -> None:
        key = (source, party.get("namespace"))
        line = dossier.answers.get(key) or self.account_line(dossier, *key)
        fact = line.only or line.at(at)
        if fact.person is not None:
            party["person"] = fact.person
            party["proof"] = fact.proof
            return
        if fact.kind is not None:
            stamp_party(party, self.of_machine(fact, at))
        if fact.claimed_by:
            self.contested_stamps += 1

    def account_line(
        self, dossier: Dossier, source: str | None, namespace: str | None
    ) -> Timeline[Any, AccountFact]:
        """Cut the timeline of an account for a source that asks (None: one no record names)."""
        return dossier.answer(
            (source, namespace),
            lambda each: each.namespace == namespace and each.source in (None, source),
            lambda holding: behind(holding, self._proof_rank),
        )

    def of_machine(self, fact: AccountFact, at: datetime) -> dict[str, str | None]:
        """A machine, and its owner if that one has not left by then."""
        has_left = fact.owner is not None and self._has_left(fact.owner, at)
        return {"kind": fact.kind, "owner": None if has_left else fact.owner}

    def _has_left(self, person: str, at: datetime) -> bool:
        dossier = self._people.get(person)
        if dossier is None:
            return False
        return bool(_leaving_line(dossier).at(at))

    def _places(self, record: FactRecord) -> Iterator[tuple[dict[str, Dossier], str]]:
        """Yield where a record belongs: a person's, to the person and to the account."""
        if isinstance(record, EntitlementRecord):
            yield self._entitlements, record.id
        if isinstance(record, PersonRecord):
            yield self._people, record.person
        if isinstance(record, PersonRecord | MachineRecord) and record.account is not None:
            yield self._accounts, record.account

    def _keep(self, record: FactRecord) -> bool:
        if isinstance(record, MachineRecord) and record.owner is not None:
            self._owned.setdefault(record.owner, set()).add(record.account)
        new = [
            dossiers.setdefault(name, Dossier()).keep(record)
            for dossiers, name in self._places(record)
        ]
        return any(new)

    def _check_room(self, records: Sequence[FactRecord], place: str) -> None:
        """Refuse what would make one timeline endless, before any of it is kept."""
        coming = Counter(
            (id(dossiers), name) for each in records for dossiers, name in self._places(each)
        )
        known = {id(each): each for each in (self._accounts, self._people, self._entitlements)}
        crowded: dict[tuple[int, str], set[Identity]] = {}
        for (which, name), count in coming.items():
            held = known[which][name].records if name in known[which] else ()
            if count + len(held) > VERSIONS_MAX:
                crowded[which, name] = set(held)
        # Only now, and for these alone, it matters that what comes may replace what is known.
        for each in records if crowded else ():
            for dossiers, name in self._places(each):
                if (id(dossiers), name) in crowded:
                    crowded[id(dossiers), name].add(each.identity())
        for (_, name), identities in crowded.items():
            if len(identities) > VERSIONS_MAX:
                raise _too_many(name, place)


def _leaving_line(dossier: Dossier) -> Timeline[Any, bool]:
    line = dossier.answers.get((None, None))
    return dossier.answer((None, None), lambda _: True, has_left) if line is None else line


def entitlement_line(
    dossier: Dossier, source: str | None, system: str | None
) -> Timeline[Any, RightFact]:
    """Cut the timeline of a right; an event that names no system may mean any."""
    return dossier.answer(
        (source, system),
        lambda each: (
            (system is None or each.system in (None, system)) and each.source in (None, source)
        ),
        risk,
    )


def _too_many(name: str, place: str) -> FaultyInputError:
    fault = Fault(
        place=place, key=name, found="more records", expected=f"at most {VERSIONS_MAX} about it"
    )
    return FaultyInputError(what="a feed of reference facts", faults=[fault])
