"""Asking rules about what is open before a machine, and telling what became of the answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rules.canary import TENANT as CANARY
from rules.canary import is_canary
from rules.events import Event, called
from rules.finding import Finding
from rules.ledger.tree import Frontier
from rules.machines.answers import ANSWERED_HELD, Answered, numbers_in
from rules.machines.cases import Case
from rules.machines.contract import FINDINGS, HEALTH, Codec, Output
from rules.machines.deadlines import Deadlines, Due
from rules.machines.docket import Docket
from rules.machines.findings import changes_between
from rules.machines.horizon import Horizon
from rules.machines.late import LateFacts
from rules.machines.questions import Raised
from rules.machines.records import Reported, write_reported
from rules.machines.settled import Settled
from rules.machines.shelf import Shelf
from rules.machines.sweep import Sweep
from rules.machines.tally import Tally
from rules.machines.trail import Trail
from rules.policy import Policy, policy_at
from rules.rule import AskAgain, CaseFile, Rule
from rules.verdict import BADNESS, HELD, Reached, Verdict, stamp, weigh

REPORT_EVERY = timedelta(minutes=5)
"""How far the log's time goes before the ledger says again how far everybody has come."""


class Asking:
    """What asks, weighs, enters and tells; when to do so is for those that build on it."""

    def __init__(
        self, partition: int, codec: Codec, catalog: Sequence[Rule], version: str, trail: int
    ) -> None:
        self.partition = partition
        self.version = version
        self.horizon = Horizon()
        self.tally = Tally([rule.id for rule in catalog])
        self._uncounted = Tally([rule.id for rule in catalog])
        """What comes of the canary, and of which nobody is told."""
        self._trail = Trail(trail)
        self._codec = codec
        self._catalog = tuple(catalog)
        self._deadlines = Deadlines()
        self._late = LateFacts(codec)
        self._sweep = Sweep(codec)
        # A case that is read back is read as it is known by now.
        self._shelf = Shelf()
        settled = Settled(self._shelf)
        self._docket = Docket(self._catalog, self._late.codec(), self._deadlines, settled)
        self._policies: list[Policy] = [Policy()]
        self._file = self._blank_file()
        self._reported_at: datetime | None = None
        """The log's time when the ledger last said how far everybody had come."""
        self._out: list[Output] = []

    @property
    def ledger(self) -> Frontier:
        """Everything that was accepted and everything that was found."""
        return self._trail.ledger

    @property
    def trail_partition(self) -> int:
        """The partition of the trail in which this machine's entries are."""
        return self._trail.partition

    def file(self, case: Case) -> CaseFile:
        """What a rule may look at if it is asked about this now."""
        file = self._blank_file()
        self._open_file(file, case)
        return file

    def _blank_file(self) -> CaseFile:
        return CaseFile(
            reported=self.horizon.reported, tells=self.horizon.tells, policy=self._policies[0]
        )

    def _open_file(self, file: CaseFile, case: Case) -> None:
        file.case, file.tenant, file.path = case.case, case.tenant, case.path
        file.policy = self._policy_for(case)

    def _policy_for(self, case: Case) -> Policy:
        policies = self._policies
        return policies[0] if len(policies) == 1 else policy_at(policies, case.path.opened_at)

    # --- the trail --------------------------------------------------------------------------

    def _enter(self, leaf: bytes, case: Case | None = None) -> None:
        hashed = self._trail.enter(leaf)
        if case is not None:
            case.enter(hashed)
        if self._trail.is_full:
            self._seal()

    def _seal(self) -> None:
        self._out.append(self._trail.seal())

    def _report(self) -> None:
        """Say how far everybody has come: what follows is said under this."""
        self.horizon.moved = False
        self._reported_at = self.horizon.log_time
        reported = Reported(
            rules=self.version,
            until=self.horizon.reached(),
            log_time=self.horizon.log_time,
            recorded=self.tally.recorded,
            repeats=self.tally.repeats,
            refused=self.tally.refused,
            moved=self.tally.moved,
        )
        self._enter(write_reported(self._codec, reported))

    # --- asking -----------------------------------------------------------------------------

    def _retract(self, case: Case, cause: Event | str) -> None:
        """Take back the answers to questions that the case, or the rules, no longer raise."""
        for number, rule in enumerate(self._catalog):
            if number in case.answers and not rule.has_needs(case.path.mask):
                self._leave(case, number, case.answers.pop(number))
                self._tell(case, rule.id, [], cause)
        in_force = {rule.id for rule in self._catalog}
        for rule_id in sorted({each.rule for each in case.findings.values()} - in_force):
            self._tell(case, rule_id, [], cause)
        self._conclude(case, case.worst())

    def _tally_of(self, case: Case) -> Tally:
        """What counts a case; the canary is counted nowhere."""
        return self._uncounted if case.tenant == CANARY else self.tally

    def _leave(self, case: Case, number: int, answered: Answered) -> None:
        """Count an answer no longer."""
        rule_id, tally = self._catalog[number].id, self._tally_of(case)
        tally.move(rule_id, answered.verdict, None)
        if answered.set_aside:
            tally.move_set_aside(rule_id, -1)

    def _ask(self, case: Case, rules: list[tuple[int, Rule]], cause: Event | str) -> None:
        if not rules:
            return
        file = self._file
        self._open_file(file, case)
        self._docket.touch(case)
        held = 0
        for number, rule in rules:
            said = [*rule.ask(file)]
            if said or (case.findings and case.has_findings(rule.id)):
                self._weigh(case, (number, rule), weigh(rule, file, said) if said else HELD, cause)
            elif case.answers.others >> number & 1:
                self._answer(case, number, ANSWERED_HELD)
            else:
                held |= 1 << number
        self._hold(case, held)

    def _put(self, case: Case, raised: Raised, cause: Event | str) -> None:
        """Ask what has to be asked; what is moot holds, unless it has been otherwise so far."""
        rules, moot = raised.asked, raised.moot
        otherwise = moot & case.answers.others
        if otherwise:
            more = [(number, self._catalog[number]) for number in numbers_in(otherwise)]
            rules = sorted([*rules, *more], key=_number)
        self._docket.touch(case)
        self._hold(case, moot ^ otherwise)
        self._ask(case, rules, cause)

    def _hold(self, case: Case, numbers: int) -> None:
        """Note that controls hold of which nothing else was ever said; most do from the first."""
        fresh = numbers & ~case.answers.held
        if not fresh:
            return
        case.answers.held |= fresh
        self._tally_of(case).hold(fresh)
        if case.verdict is None:
            self._conclude(case, Verdict.HELD)

    def _weigh(
        self, case: Case, asked: tuple[int, Rule], reached: Reached, cause: Event | str
    ) -> None:
        number, rule = asked
        old = case.answers.last(number)
        for ask in reached.asks:
            if old is None or ask not in old.asks:
                self._deadlines.add(Due(ask.due, case.key, number, ask.awaiting))
        silence = self._silence(reached)
        if silence is not None:
            self._give_up(case, number, reached, silence)
        elif old != (new := _answered(reached)):
            self._answer(case, number, new)
        if reached.breaches or (case.findings and case.has_findings(rule.id)):
            seen = [stamp(rule, self._file, breach) for breach in reached.breaches]
            self._tell(case, rule.id, seen, cause)

    def _answer(self, case: Case, number: int, new: Answered) -> None:
        old = case.answers.last(number)
        case.answers[number] = new
        self._docket.touch(case)
        if new.set_aside or (old and old.set_aside):
            change = bool(new.set_aside) - bool(old and old.set_aside)
            self._tally_of(case).move_set_aside(self._catalog[number].id, change)
        before = old.verdict if old else None
        verdict = new.verdict
        if before is verdict:
            return
        self._tally_of(case).move(self._catalog[number].id, before, verdict)
        worst = case.verdict
        if worst is None or BADNESS[verdict] > BADNESS[worst]:
            worst = verdict
        elif before is worst:
            worst = case.worst()
        self._conclude(case, worst)

    def _conclude(self, case: Case, worst: Verdict | None) -> None:
        if worst is not case.verdict:
            self._tally_of(case).move_decision(case.verdict, worst)
            case.verdict = worst

    def _tell(self, case: Case, rule_id: str, seen: list[Finding], cause: Event | str) -> None:
        because, at = (cause, None) if isinstance(cause, str) else (told(cause), cause.occurred_at)
        for finding in changes_between(case, rule_id, seen, because=because, at=at):
            self._say(case, finding)

    def _say(self, case: Case, finding: Finding) -> None:
        case.findings[finding.finding] = finding
        self._tally_of(case).said(finding)
        line = self._codec.write(finding)
        if self.horizon.moved:
            self._report()
        self._enter(line, case)
        self._out.append(Output(FINDINGS, self.partition, line, case.key.encode()))
        self._docket.touch(case)

    # --- what silence leaves open -----------------------------------------------------------

    def _silence(self, reached: Reached) -> AskAgain | None:
        """What has been waited for in vain until patience ended, where nothing else is left."""
        now = self.horizon.log_time
        if reached.verdict is not Verdict.OPEN or now is None:
            return None
        first = min(reached.asks, key=_due)
        return first if first.due <= now - self._policies[-1].silence_patience else None

    def _give_up(self, case: Case, number: int, said: Answered, silence: AskAgain) -> None:
        """Call unknown what a silent source could have told, and say so the first time."""
        old = case.answers.last(number)
        reason = self.horizon.silent(silence.awaiting, silence.due)
        given_up = Answered(Verdict.CANNOT_TELL, said.asks, (reason,), said.set_aside)
        self._answer(case, number, given_up)
        if is_canary(case.tenant) or (old is not None and old.verdict is Verdict.CANNOT_TELL):
            return
        untold = {
            "untold": self._catalog[number].id,
            "case": case.case,
            "tenant": case.tenant,
            "due": silence.due,
            "reason": reason,
        }
        line = self._codec.write(untold)
        self._out.append(Output(HEALTH, self.partition, line, case.key.encode()))


def told(event: Event) -> str:
    """Say what an event reported, for the history of a finding."""
    action = event.action.replace("_", " ")
    return f"{event.source} reported {action} by {called(event.actor)} ({event.id})"


def _answered(reached: Reached) -> Answered:
    return reached._replace(breaches=()) if reached.breaches else reached


def _due(ask: AskAgain) -> datetime:
    return ask.due


def _number(asked: tuple[int, Rule]) -> int:
    return asked[0]
