"""The judge: folds a partition of the journal into cases, findings and a trail."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from rules.catalog import CATALOG, CATALOG_VERSION
from rules.errors import UnreadableRecordError
from rules.events import Action, Event, called
from rules.finding import Finding
from rules.ledger.tree import Frontier
from rules.machines.cases import ANSWERED_HELD, Answered, Case, case_key
from rules.machines.contract import FINDINGS, HEALTH, TRAIL, Codec, Output, Record
from rules.machines.deadlines import Deadlines, Due
from rules.machines.docket import Docket
from rules.machines.findings import changes_between, confirmed
from rules.machines.horizon import Horizon
from rules.machines.records import (
    Closed,
    Reported,
    read_header,
    read_source,
    read_until,
    write_closed,
    write_reported,
    write_rules,
)
from rules.machines.tally import Tally
from rules.path import Added
from rules.policy import Policy, policy_at, with_version
from rules.rule import AskAgain, CaseFile, Rule
from rules.verdict import BADNESS, HELD, Reached, Verdict, stamp, weigh

TRAIL_BYTES_MAX = 600_000
"""A trail record is closed when its entries pass this: a broker takes a million by default."""

REPORT_EVERY = timedelta(minutes=5)
"""How far the log's time goes before the ledger says again how far everybody has come."""

UNTOLD = "untold"
"""Whose a refusal is, or of which kind, where it does not say."""

_META = "meta"
_NOTHING_DECLARED = {"carries": (), "tells": (), "lanes": (), "told": False}
"""What is empty is left out of a row."""
_EVERYTHING = frozenset(Action)


class Judge:
    """One partition's judge (see `rules.machines.contract.Versioned`).

    Outputs: on `foureyes.findings` every change of a finding, keyed by case; on `foureyes.trail`,
    for each journal record that led to entries, the entries in order with the ledger's size and
    root after them (what the journal holds, and of each case that settles what there is of it;
    before anything is said of a case, how far everybody had come); on `foureyes.health`, at each
    tick that found them changed, the counts, and what can not be told as it becomes known.

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
        self.partition = partition
        self.version = version
        self.ledger = Frontier()
        self.horizon = Horizon()
        self.tally = Tally()
        self._codec = codec
        self._catalog = tuple(catalog)
        self._concerned: dict[tuple[Action | None, int, bool], list[tuple[int, Rule]]] = {}
        self._deadlines = Deadlines()
        self._docket = Docket(self._catalog, codec, self._deadlines)
        self._policies: list[Policy] = [Policy()]
        self._file = CaseFile(
            reported=self.horizon.reported, tells=self.horizon.tells, policy=self._policies[0]
        )
        self._entries: list[bytes] = []
        self._entered_bytes = 0
        self._reported_at: datetime | None = None
        """The log's time when the ledger last said how far everybody had come."""
        self._out: list[Output] = []

    # --- the contract -----------------------------------------------------------------------

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Apply journal records in order."""
        for record in records:
            first, *lines = record.value.split(b"\n")
            header = read_header(first)
            reader = self._READERS.get(header["record"])
            if reader is None:
                raise UnreadableRecordError(
                    what="a journal record",
                    found=header["record"],
                    expected=f"one of {sorted(self._READERS)}",
                )
            reader(self, first, header, lines)
            if self._entries:
                self._seal()
        out, self._out = self._out, []
        return out

    def head(self) -> bytes:
        """The ledger's size and root: they differ as soon as two judges said different things."""
        return b"%d:%s" % (self.ledger.size, self.ledger.root().hex().encode())

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows of the cases that changed, and the row of everything else."""
        yield from self._docket.rows()
        yield _META, self._codec.write(self._meta())

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        for name, row in rows:
            if name == _META:
                self._restore_meta(row)
            else:
                self._docket.restore(name, row)

    def adopt(self, before: str) -> list[Output]:
        """Say that other rules have taken over, and ask them about every open case."""
        self._enter(write_rules(self._codec, before, self.version))
        # Whatever is said from here on is said under these rules.
        self.horizon.moved = True
        self.tally.keep([rule.id for rule in self._catalog])
        self._deadlines.wait_again()
        words = f"rules {self.version} took over from {before}"
        for key in sorted(self._docket.open):
            case = self._docket.open[key]
            self._retract(case, words)
            self._ask_all(case, words)
        self._pass_time()
        self._seal()
        out, self._out = self._out, []
        return out

    def sizes(self) -> dict[str, int]:
        """How much the judge keeps in memory, by kind."""
        return {**self._told_sizes(), "deadlines": len(self._deadlines)}

    def _told_sizes(self) -> dict[str, int]:
        """What follows from the journal; how many stale deadlines lie about does not."""
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

    def file(self, case: Case) -> CaseFile:
        """What a rule may look at if it is asked about this case now."""
        file = CaseFile(
            reported=self.horizon.reported,
            tells=self.horizon.tells,
            policy=self._policy_for(case),
        )
        file.case, file.tenant, file.path = case.case, case.tenant, case.path
        return file

    # --- records ----------------------------------------------------------------------------

    def _take_events(self, _first: bytes, _header: dict[str, Any], lines: list[bytes]) -> None:
        for line in lines:
            self._event(line)

    def _take_ticks(self, _first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        self.horizon.tick(header["lane"], read_until(header))
        self._pass_time()

    def _take_source(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        if self.horizon.declare(read_source(header)):
            self._enter(first)

    def _take_refusal(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        self._enter(first)
        refused = header["refused"]
        self.tally.refuse(refused.get("source", UNTOLD), refused.get("kind", UNTOLD))

    def _take_policy(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        policy = self._codec.read_policy(self._codec.write(header["policy"]))
        if policy == self._policies[-1]:
            return
        self._policies = with_version(self._policies, policy)
        self._enter(first)
        self._deadlines.wait_again()
        for key in sorted(self._docket.open):
            self._ask_all(self._docket.open[key], f"policy {policy.version} came into force")
        self._pass_time()

    # Bound to the class: a judge that held its own methods would never be freed by counting.
    _READERS: ClassVar[dict[str, Callable[["Judge", bytes, dict[str, Any], list[bytes]], None]]] = {
        "events": _take_events,
        "ticks": _take_ticks,
        "source": _take_source,
        "policy": _take_policy,
        "refused": _take_refusal,
    }

    def _enter(self, leaf: bytes, case: Case | None = None) -> None:
        hashed = self.ledger.append(leaf)
        if case is not None:
            case.enter(hashed)
        self._entries.append(leaf)
        self._entered_bytes += len(leaf)
        if self._entered_bytes > TRAIL_BYTES_MAX:
            self._seal()

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
        )
        self._enter(write_reported(self._codec, reported))

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

    def _seal(self) -> None:
        size = self.ledger.size
        value = b'{"entries":[%s],"first":%d,"partition":%d,"root":"%s","size":%d}' % (
            b",".join(self._entries),
            size - len(self._entries),
            self.partition,
            self.ledger.root().hex().encode(),
            size,
        )
        self._entries = []
        self._entered_bytes = 0
        self._out.append(Output(TRAIL, self.partition, value))

    # --- events -----------------------------------------------------------------------------

    def _event(self, line: bytes) -> None:
        event = self._codec.read_event(line)
        if event.case is None:
            raise UnreadableRecordError(
                what="a journalled event", found=line[:120], expected="an event that names its case"
            )
        key = case_key(event.tenant, event.case)
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

    def _retract(self, case: Case, cause: Event | str) -> None:
        """Take back the answers to questions that the case, or the rules, no longer raise."""
        for number, rule in enumerate(self._catalog):
            if number in case.answers and not rule.has_needs(case.path.mask):
                self.tally.move(rule.id, case.answers.pop(number).verdict, None)
                self._tell(case, rule.id, [], cause)
        in_force = {rule.id for rule in self._catalog}
        for rule_id in sorted({each.rule for each in case.findings.values()} - in_force):
            self._tell(case, rule_id, [], cause)
        self._conclude(case, case.worst())

    def _ask_all(self, case: Case, cause: str) -> None:
        self._ask(case, self._rules_for(None, case.path.mask), cause)

    def _ask(self, case: Case, rules: list[tuple[int, Rule]], cause: Event | str) -> None:
        if not rules:
            return
        file = self._file
        file.case, file.tenant, file.path = case.case, case.tenant, case.path
        file.policy = self._policy_for(case)
        answers = case.answers
        for number, rule in rules:
            said = list(rule.ask(file))
            if said or case.findings:
                reached = weigh(rule, file, said) if said else HELD
                self._weigh(case, (number, rule), reached, cause)
            elif answers.get(number) is not ANSWERED_HELD:
                self._answer(case, number, ANSWERED_HELD)

    def _weigh(
        self, case: Case, asked: tuple[int, Rule], reached: Reached, cause: Event | str
    ) -> None:
        number, rule = asked
        old = case.answers.get(number)
        for ask in reached.asks:
            if old is None or ask not in old.asks:
                self._deadlines.add(Due(ask.due, case.key, number, ask.awaiting))
        silence = self._silence(reached)
        if silence is None:
            self._answer(case, number, Answered(reached.verdict, reached.asks, reached.unknown))
        else:
            self._give_up(case, number, reached.asks, silence)
        if reached.breaches or case.findings:
            seen = [stamp(rule, self._file, breach) for breach in reached.breaches]
            self._tell(case, rule.id, seen, cause)

    def _answer(self, case: Case, number: int, new: Answered) -> None:
        old = case.answers.get(number)
        case.answers[number] = new
        self._docket.touch(case)
        before = old.verdict if old else None
        verdict = new.verdict
        if before is verdict:
            return
        self.tally.move(self._catalog[number].id, before, verdict)
        worst = case.verdict
        if worst is None or BADNESS[verdict] > BADNESS[worst]:
            worst = verdict
        elif before is worst:
            worst = case.worst()
        self._conclude(case, worst)

    def _conclude(self, case: Case, worst: Verdict | None) -> None:
        if worst is not case.verdict:
            self.tally.move_decision(case.verdict, worst)
            case.verdict = worst

    def _tell(self, case: Case, rule_id: str, seen: list[Finding], cause: Event | str) -> None:
        because, at = (cause, None) if isinstance(cause, str) else (told(cause), cause.occurred_at)
        for finding in changes_between(case, rule_id, seen, because=because, at=at):
            self._say(case, finding)

    def _say(self, case: Case, finding: Finding) -> None:
        case.findings[finding.finding] = finding
        self.tally.said(finding)
        line = self._codec.write(finding)
        if self.horizon.moved:
            self._report()
        self._enter(line, case)
        self._out.append(Output(FINDINGS, self.partition, line, case.key.encode()))
        self._docket.touch(case)

    def _policy_for(self, case: Case) -> Policy:
        return policy_at(self._policies, case.path.opened_at)

    # --- time -------------------------------------------------------------------------------

    def _pass_time(self) -> None:
        while ripe := self._deadlines.ripe(self.horizon.reported):
            for due in ripe:
                case = self._docket.waiting(due)
                if case is not None:
                    words = f"every source has reported up to {due.at:%Y-%m-%d %H:%M:%SZ}"
                    self._ask(case, [(due.rule, self._catalog[due.rule])], words)
        now = self.horizon.log_time
        if now is not None:
            self._lose_patience(now)
            self._settle(now)
            if self._reported_at is None or now - self._reported_at >= REPORT_EVERY:
                self._report()
        if self.tally.changed:
            self.tally.changed = False
            counts = {**self.tally.told(), "partition": self.partition, "sizes": self._told_sizes()}
            key = b"%d" % self.partition
            self._out.append(Output(HEALTH, self.partition, self._codec.write(counts), key))

    def _silence(self, reached: Reached) -> AskAgain | None:
        """What has been waited for in vain until patience ended, where nothing else is left."""
        now = self.horizon.log_time
        if reached.verdict is not Verdict.OPEN or now is None:
            return None
        first = min(reached.asks, key=_due)
        return first if first.due <= now - self._policies[-1].silence_patience else None

    def _lose_patience(self, now: datetime) -> None:
        for due in self._deadlines.overdue(now - self._policies[-1].silence_patience):
            case = self._docket.open.get(due.key)
            if case is None or not case.awaits(due):
                continue
            answered = case.answers[due.rule]
            if answered.verdict is Verdict.OPEN:
                self._give_up(case, due.rule, answered.asks, AskAgain(due.at, due.awaiting))

    def _give_up(
        self, case: Case, number: int, asks: tuple[AskAgain, ...], silence: AskAgain
    ) -> None:
        """Call unknown what a silent source could have told, and say so the first time."""
        old = case.answers.get(number)
        reason = self.horizon.silent(silence.awaiting, silence.due)
        self._answer(case, number, Answered(Verdict.CANNOT_TELL, asks, (reason,)))
        if old is not None and old.verdict is Verdict.CANNOT_TELL:
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

    def _is_owed(self, case: Case) -> bool:
        """Whether a case waits for somebody who is known and may return."""
        asks = (ask for answered in case.answers.values() for ask in answered.asks)
        return any(self.horizon.expects(ask.awaiting) for ask in asks)

    def _settle(self, now: datetime) -> None:
        policy = self._policies[-1]
        until = now - policy.silence_patience
        everyone = self.horizon.reported(_EVERYTHING)
        if everyone is not None and everyone > until:
            until = everyone
        for case in self._docket.quiet(until, policy.settle_after, is_owed=self._is_owed):
            for finding in confirmed(case, case.settle_at):
                self._say(case, finding)
            self._close(case)

    # --- the row of everything but the cases ------------------------------------------------

    def _meta(self) -> dict[str, object]:
        return {
            "ledger": [self.ledger.size, [root.hex() for root in self.ledger.roots]],
            "declared": [self.horizon.declared[name] for name in sorted(self.horizon.declared)],
            "heard": self.horizon.heard,
            "policies": [self._codec.write(policy).decode() for policy in self._policies],
            "log_time": self.horizon.log_time,
            "moved": self.horizon.moved,
            "reported_at": self._reported_at,
            "tally": self.tally.told(),
            "tally_changed": self.tally.changed,
        }

    def _restore_meta(self, row: bytes) -> None:
        meta = json.loads(row)
        size, roots = meta["ledger"]
        self.ledger = Frontier(size, [bytes.fromhex(root) for root in roots])
        for source in meta["declared"]:
            self.horizon.declare(read_source({**_NOTHING_DECLARED, **source}))
        for lane, until in meta["heard"].items():
            self.horizon.tick(lane, read_until({"until": until}))
        if meta["log_time"] is not None:
            self.horizon.log_time = datetime.fromisoformat(meta["log_time"])
        if meta["reported_at"] is not None:
            self._reported_at = datetime.fromisoformat(meta["reported_at"])
        self.horizon.moved = meta["moved"]
        self._policies = [self._codec.read_policy(text.encode()) for text in meta["policies"]]
        self.tally.restore(meta["tally"])
        self.tally.changed = meta["tally_changed"]


def told(event: Event) -> str:
    """Say what an event reported, for the history of a finding."""
    action = event.action.replace("_", " ")
    return f"{event.source} reported {action} by {called(event.actor)} ({event.id})"


def _due(ask: AskAgain) -> datetime:
    return ask.due
