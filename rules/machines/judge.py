"""The judge: folds a partition of the journal into cases, findings and a trail."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from rules.catalog import CATALOG, CATALOG_VERSION
from rules.errors import UnreadableRecordError
from rules.events import Action
from rules.machines.bench import Bench, Reader
from rules.machines.cases import Case, case_key
from rules.machines.contract import Codec
from rules.machines.records import Closed, write_closed
from rules.machines.tally import UNTOLD
from rules.path import Added
from rules.rule import Rule


class Judge(Bench):
    """One partition's judge (see `rules.machines.bench`).

    Besides what every bench enters, its trail holds what the journal holds, and of each case that
    settles what there is of it. Findings are keyed by case.

    A case is open from its first event until `settle_after` has passed with no news and nothing
    to wait for; then its findings are confirmed and it is kept as bytes only. An event that names
    a settled case opens it again.
    """

    def __init__(
        self,
        partition: int,
        codec: Codec,
        catalog: Sequence[Rule] = CATALOG,
        version: str = CATALOG_VERSION,
    ) -> None:
        super().__init__(partition, codec, catalog, version, trail=partition)
        self._concerned: dict[tuple[Action | None, int, bool], list[tuple[int, Rule]]] = {}

    def _told_sizes(self) -> dict[str, int]:
        return {
            "open_cases": len(self._docket.open),
            "settled_cases": self._docket.settled_count,
            "entries": self.ledger.size,
        }

    # --- being looked at --------------------------------------------------------------------

    def case(self, tenant: str | None, case: str) -> Case | None:
        """Give a case as it stands, open or settled; None: not heard of. Do not change it."""
        return self._docket.look(case_key(tenant, case))

    def cases(self) -> Iterator[bytes]:
        """Every case as a row: a header line, then its events, one canonical line each."""
        return self._docket.every_row()

    # --- records ----------------------------------------------------------------------------

    def _take_events(self, _first: bytes, _header: dict[str, Any], lines: list[bytes]) -> None:
        for line in lines:
            self._event(line)

    def _take_refusal(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        self._enter(first)
        refused = header["refused"]
        self.tally.refuse(refused.get("source", UNTOLD), refused.get("kind", UNTOLD))

    READERS: ClassVar[Mapping[str, Reader]] = {
        **Bench.READERS,
        "events": _take_events,
        "refused": _take_refusal,
    }

    def _event(self, line: bytes) -> None:
        event = self._late.read(line)
        if event.case is None:
            raise UnreadableRecordError(
                what="a journalled event", found=line[:120], expected="an event that names its case"
            )
        key = case_key(event.tenant, event.case)
        self._catch_up(key)
        case = self._docket.case_of(key, event, self._policies[-1].settle_after)
        path = case.path
        before = self._gist(case)
        added = path.add(event)
        self.tally.seen(event.source, repeat=added is Added.REPEAT)
        if added is Added.REPEAT:
            return
        self._enter(line, case)
        case.lines.append(line)
        is_back = self._docket.admit(case)
        if added is Added.CONFLICT or is_back:
            self._retract(case, event)
        if added is Added.CONFLICT or is_back or before != self._gist(case):
            rules = self._rules_for(None, path.mask)
        else:
            rules = self._rules_for(
                event.action, path.mask, names_beneficiary=event.beneficiary is not None
            )
        self._ask(case, rules, event)
        path.forget()

    def _gist(self, case: Case) -> tuple[object, ...] | None:
        """What any rule may look at, or findings are stamped with; None while nothing was asked."""
        if not case.answers:
            return None
        path = case.path
        policy = self._policy_for(case) if len(self._policies) > 1 else None
        return path.privileged, path.workflow, path.entitlements, policy

    def _rules_for(
        self, action: Action | None, mask: int, *, names_beneficiary: bool = True
    ) -> list[tuple[int, Rule]]:
        """The rules that an action concerns (None: all) and whose facts are all there."""
        key = action, mask, names_beneficiary
        found = self._concerned.get(key)
        if found is None:
            found = self._concerned[key] = [
                (number, rule)
                for number, rule in enumerate(self._catalog)
                if (
                    rule.has_needs(mask)
                    if action is None
                    else rule.is_concerned(action, mask, names_beneficiary=names_beneficiary)
                )
            ]
        return found

    def _ask_all(self, case: Case, cause: str) -> None:
        self._ask(case, self._rules_for(None, case.path.mask), cause)

    def _close(self, case: Case) -> None:
        """Say what there is of a case that settles."""
        if self.horizon.moved:
            self._report()
        closed = Closed(
            case=case.case,
            tenant=case.tenant,
            verdict=case.verdict,
            entries=case.entries,
            chain=case.chain.hex(),
        )
        self._enter(write_closed(self._codec, closed), case)
