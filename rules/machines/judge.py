"""The judge: folds a partition of the journal into cases, findings and a trail."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from rules.canary import MARK
from rules.catalog import CATALOG, CATALOG_VERSION
from rules.errors import UnreadableRecordError
from rules.events import Event
from rules.facts import TELLING, may_be_told, stake_of
from rules.machines.bench import Reader
from rules.machines.cases import Case, case_key
from rules.machines.contract import Codec
from rules.machines.dividing import Dividing
from rules.machines.feeding import NOBODY, Feeding, Feeds, placed, told_before
from rules.machines.joining import Joins, Moved, is_through_judge
from rules.machines.parting import Partings
from rules.machines.questions import Questions, Raised
from rules.machines.records import Closed, read_until, write_closed
from rules.machines.tally import UNTOLD
from rules.path import Added, DecisionPath, Whole
from rules.policy import Policy
from rules.rule import Rule
from rules.shown import mask_of

_TELLING = mask_of(*TELLING)


class Judge(Dividing):
    """One partition's judge (see `rules.machines.bench`).

    Besides what every bench enters, its trail holds what the journal holds, and of each case that
    settles what there is of it. Findings are keyed by case.

    A case is open from its first event until `settle_after` has passed with no news and nothing
    to wait for; then its findings are confirmed and it is kept as bytes only. An event that names
    a settled case opens it again. One that turns out to be another ends: `rules.machines.uniting`;
    what turns out to be another's is taken out of it: `rules.machines.dividing`.

    What the events tell of persons, workflows and so on goes to the patterns machines, where there
    are any (`feeds`).
    """

    def __init__(
        self,
        partition: int,
        codec: Codec,
        catalog: Sequence[Rule] = CATALOG,
        version: str = CATALOG_VERSION,
        *,
        feeds: Feeds = NOBODY,
    ) -> None:
        super().__init__(partition, codec, catalog, version, trail=partition)
        self._feeding = Feeding(partition, codec, feeds) if feeds.partitions else None
        self._questions = Questions(self._catalog, self._policies[0])
        self._others: list[Questions] = []
        """Those by the other policies that cases are judged by."""
        self._joins = Joins(self._shelf, codec)
        self._partings = Partings()

    def _finish(self) -> None:
        super()._finish()
        if self._feeding:
            self._out += self._feeding.take()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave; what they tell was passed on when it was new."""
        super().restore(rows)
        if self._feeding:
            self._feeding.take()

    def _lay_over(self, case: Case) -> None:
        before = case.path
        super()._lay_over(case)
        if self._feeding and case.path is not before:
            policy = self._policies[-1]
            told = placed(before.events, stake_of(before.whole()), policy)
            self._feeding.again(told, case.path, policy)

    def _meta(self) -> dict[str, object]:
        passed = {"passed": self._feeding.told()} if self._feeding else {}
        return {**super()._meta(), **passed}

    def _restore_meta(self, row: bytes) -> None:
        super()._restore_meta(row)
        if self._feeding:
            # What was written before there were patterns has passed nothing on.
            self._feeding.restore(json.loads(row).get("passed", {}))

    def _told_sizes(self) -> dict[str, int]:
        return {
            "open_cases": len(self._docket.open),
            "settled_cases": self._docket.settled.count,
            "entries": self.ledger.size,
        }

    # --- being looked at --------------------------------------------------------------------

    def case(self, tenant: str | None, case: str) -> Case | None:
        """Give a case as it stands, open or settled; None: not heard of. Do not change it.

        One that was joined to another is that other, if it is judged in this partition.
        """
        joined = self._joins.get(case_key(tenant, case))
        if joined is not None:
            return self.case(tenant, joined.into) if joined.there == self.partition else None
        return self._docket.look(case_key(tenant, case))

    def cases(self) -> Iterator[bytes]:
        """Every case as a row, a header line, then its events, one canonical line each.

        The canary is nobody's case.
        """
        rows = self._docket.every_row()
        return (row for row in rows if MARK not in row.partition(b"\n")[0])

    # --- records ----------------------------------------------------------------------------

    def _take_events(self, _first: bytes, _header: dict[str, Any], lines: list[bytes]) -> None:
        for line in lines:
            self._event(line)

    def _take_refusal(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        self._enter(first)
        refused = header["refused"]
        self.tally.refuse(refused.get("source", UNTOLD), refused.get("kind", UNTOLD))

    def _take_ticks(self, first: bytes, header: dict[str, Any], lines: list[bytes]) -> None:
        super()._take_ticks(first, header, lines)
        if self._feeding and not is_through_judge(header["lane"]):
            self._feeding.tick(header["lane"], read_until(header))

    def _take_source(self, first: bytes, header: dict[str, Any], lines: list[bytes]) -> None:
        super()._take_source(first, header, lines)
        if self._feeding:
            self._feeding.forward(first)

    def _take_policy(self, first: bytes, header: dict[str, Any], lines: list[bytes]) -> None:
        watched = self._policies[-1].watched
        super()._take_policy(first, header, lines)
        if self._feeding:
            self._feeding.forward(first)
            if watched != self._policies[-1].watched:
                for key in sorted(self._docket.open):
                    self._feeding.again({}, self._docket.open[key].path, self._policies[-1])

    def _take_counted(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        if self._feeding:
            self._feeding.counted(header["source"], first)

    READERS: ClassVar[Mapping[str, Reader]] = {
        **Dividing.READERS,
        "counted": _take_counted,
        "ticks": _take_ticks,
        "source": _take_source,
        "policy": _take_policy,
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
        away = self._away(key, event) if self._joins or self._partings else None
        if away is not None:
            self._pass_on(Moved(away, is_counted=False), [line])
            return
        self._catch_up(key)
        case = self._case_of(key, event)
        raised = self._fold(case, event, line)
        if raised is not None:
            self._put(case, raised, event)
            case.path.forget()

    def _fold(self, case: Case, event: Event, line: bytes) -> Raised | None:
        """Take an event into its case; gives the rules whose answer that may change."""
        path = case.path
        before, told_before, ground = path.whole(), path.mask & _TELLING, self._ground(case)
        added = path.add(event)
        self._tally_of(case).seen(event.source, repeat=added is Added.REPEAT)
        if added is Added.REPEAT:
            return None
        self._enter(line, case)
        case.lines.append(line)
        after = path.whole()
        if self._feeding:
            wholes = (before if told_before else None, after)
            self._feed_on(self._feeding, path, (event, line), added, wholes)
        is_back = self._docket.admit(case)
        if added is Added.CONFLICT or is_back:
            self._retract(case, event)
        elif not case.answers or (_is_alike(before, after) and ground is self._ground(case)):
            return self._that_matter(case, event)
        return self._by_its_policy(case).raised(None, path.mask)

    def _feed_on(
        self,
        feeding: Feeding,
        path: DecisionPath,
        came: tuple[Event, bytes],
        added: Added,
        wholes: tuple[Whole | None, Whole],
    ) -> None:
        """Pass on what an event tells, and what it changes about what others of its case told.

        Of `wholes` the first is what the case was before, if it had told anything.
        """
        event, line = came
        before, after = wholes
        policy = self._policies[-1]
        # Of two that bear one id the path keeps one: it need not be the one that came now.
        if added is Added.CONFLICT and before is None:
            feeding.again({}, path, policy)
            return
        if before is not None and (added is Added.CONFLICT or before is not after):
            stake = stake_of(before)
            if added is Added.CONFLICT or stake != stake_of(after):
                told = placed(told_before(path, event, added), stake, policy)
                feeding.again(told, path, policy)
                return
        if may_be_told(event, policy):
            told_now = self._codec.write(event) if len(self._late) else line
            feeding.event(event, told_now, stake_of(after), policy)

    def _feed_anew(self, before: list[Event], path: DecisionPath) -> None:
        if self._feeding:
            policy = self._policies[-1]
            told = placed(before, stake_of(DecisionPath(before).whole()), policy)
            self._feeding.again(told, path, policy)

    def _ground(self, case: Case) -> Policy | None:
        """The policy by which a case has been judged so far, where there is a choice."""
        return self._policy_for(case) if len(self._policies) > 1 and case.answers else None

    def _that_matter(self, case: Case, event: Event) -> Raised:
        """The rules that an event concerns; where there is an answer, if it can change that."""
        questions, answers = self._by_its_policy(case), case.answers
        raised = questions.raised(event.action, case.path.mask)
        if not raised.is_choosy:
            return raised
        asked = [
            (number, rule)
            for number, rule in raised.asked
            if rule.matters is None
            or not (answers.held | answers.others) >> number & 1
            or rule.matters(event, questions.policy)
        ]
        return Raised(asked, raised.moot, is_choosy=False)

    def _by_its_policy(self, case: Case) -> Questions:
        """What is asked by the policy that a case is judged by."""
        policy = self._policy_for(case)
        if self._questions.policy is not policy:
            others = [self._questions, *self._others]
            found = next((each for each in others if each.policy is policy), None)
            self._questions = found or Questions(self._catalog, policy)
            self._others = [
                each
                for each in others
                if each is not found and any(each.policy is known for known in self._policies)
            ]
        return self._questions

    def _ask_all(self, case: Case, cause: str) -> None:
        self._put(case, self._by_its_policy(case).raised(None, case.path.mask), cause)

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


def _is_alike(one: Whole, other: Whole) -> bool:
    """Whether rules look at the same case: nearly always it is the same in every way."""
    return one is other or _gist(one) == _gist(other)


def _gist(case: Whole) -> tuple[object, ...]:
    """What any rule may look at, or findings are stamped with."""
    return case.privileged, case.workflow, case.entitlements
