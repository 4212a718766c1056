"""One case in a judge's memory, and the row that it is kept as."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rules.events import Action, Event
from rules.finding import Change, Finding, read_finding
from rules.ledger.bundle import NO_CHAIN, chained
from rules.machines.answers import Answered, Answers
from rules.machines.contract import Codec
from rules.machines.deadlines import Due
from rules.path import DecisionPath
from rules.rule import AskAgain, Rule
from rules.verdict import Verdict

_WORST_FIRST = tuple(Verdict)


class Case:
    """A case while it is open: its path, the bytes it came as, what each rule said, its findings.

    `lines` are the accepted events' canonical bytes in the order of the record, repeats left out.
    `entries` is how many entries of the ledger are about the case, and `chain` stands for them.
    """

    __slots__ = (
        "answers",
        "case",
        "chain",
        "entries",
        "findings",
        "is_settled",
        "key",
        "lines",
        "path",
        "settle_at",
        "tenant",
        "verdict",
    )

    def __init__(self, key: str, case: str, tenant: str | None, settle_at: datetime) -> None:
        self.key = key
        self.settle_at = settle_at
        """When to look next whether the case has settled."""
        self.case = case
        self.tenant = tenant
        self.path = self.blank_path()
        self.lines: list[bytes] = []
        self.answers = Answers()
        self.findings: dict[str, Finding] = {}
        self.verdict: Verdict | None = None
        self.entries = 0
        self.chain = NO_CHAIN
        self.is_settled = False
        """Whether this is a copy of what has been put away."""

    @staticmethod
    def blank_path() -> DecisionPath:
        """A path to begin with."""
        return DecisionPath()

    def take(self, line: bytes, event: Event) -> None:
        """Take an event as its row has it."""
        self.path.add(event)
        self.lines.append(line)

    def written(self) -> list[bytes]:
        """The events as its row has them."""
        return self.lines

    def more(self) -> dict[str, object]:
        """What else its row's header holds."""
        return {}

    def recall(self, header: dict[str, Any]) -> None:
        """Take what `more` gave."""

    def enter(self, hashed: bytes) -> None:
        """Count an entry of the ledger that is about the case, by its leaf hash."""
        self.entries += 1
        self.chain = chained(self.chain, hashed)

    def worst(self) -> Verdict | None:
        """The case's verdict over all controls that applied; None while none has."""
        said = {answered.verdict for answered in self.answers.said.values()}
        worst = next((verdict for verdict in _WORST_FIRST if verdict in said), None)
        return Verdict.HELD if worst is None and self.answers.held else worst

    def has_findings(self, rule_id: str) -> bool:
        """Whether a rule ever found anything here, withdrawn by now or not."""
        return any(finding.rule == rule_id for finding in self.findings.values())

    def standing(self, rule_id: str) -> list[Finding]:
        """The findings of a rule that have not been withdrawn."""
        return [
            finding
            for finding in self.findings.values()
            if finding.rule == rule_id and finding.change is not Change.WITHDRAWN
        ]

    def awaits(self, due: Due) -> bool:
        """Whether this is what a rule's last answer waits for."""
        answered = self.answers.said.get(due.rule)
        asks = answered.asks if answered else ()
        return any(ask.due == due.at and ask.awaiting == due.awaiting for ask in asks)

    def quiet_at(self, settle_after: timedelta) -> datetime:
        """From when on the case counts as settled, if nothing further is reported."""
        waits = [ask.due for answered in self.answers.said.values() for ask in answered.asks]
        return max([self.path.last_at, *waits]) + settle_after


def case_key(tenant: str | None, case: str) -> str:
    """One name for a case across tenants."""
    return f"{tenant}\x1f{case}" if tenant else case


def freeze(case: Case, catalog: Sequence[Rule], codec: Codec) -> bytes:
    """Write a case as one row: a header line, then its events."""
    header = {
        "case": case.case,
        "tenant": case.tenant,
        "verdict": case.verdict,
        "settle_at": case.settle_at,
        "ledger": [case.entries, case.chain.hex()],
        "answers": [
            _written(catalog[number].id, answered)
            for number, answered in sorted(case.answers.items())
        ],
        "findings": [case.findings[name] for name in sorted(case.findings)],
        **case.more(),
    }
    return b"\n".join([codec.write(header), *case.written()])


def thaw(
    key: str, row: bytes, catalog: Sequence[Rule], codec: Codec, kind: type[Case] = Case
) -> Case:
    """Read a case back from its row; answers of rules that are no longer in force are dropped."""
    first, *lines = row.split(b"\n")
    header: dict[str, Any] = json.loads(first)
    settle_at = datetime.fromisoformat(header["settle_at"])
    case = kind(key, header["case"], header.get("tenant"), settle_at)
    case.recall(header)
    for line in lines:
        case.take(line, codec.read_event(line))
    case.verdict = Verdict(header["verdict"]) if header["verdict"] else None
    case.entries, case.chain = header["ledger"][0], bytes.fromhex(header["ledger"][1])
    case.answers.update(_read_answers(header, catalog))
    for told in header["findings"]:
        finding = read_finding(told)
        case.findings[finding.finding] = finding
    return case


def frozen_answers(row: bytes, catalog: Sequence[Rule]) -> dict[int, Answered]:
    """Read from a case's row what each rule last said, and nothing else."""
    return _read_answers(json.loads(row.partition(b"\n")[0]), catalog)


def settled_at(row: bytes) -> datetime:
    """Read from a row when what it is of was settled."""
    return datetime.fromisoformat(json.loads(row.partition(b"\n")[0])["settle_at"])


def _written(rule_id: str, answered: Answered) -> list[object]:
    asks = [[ask.due, sorted(ask.awaiting)] for ask in answered.asks]
    told: list[object] = [rule_id, answered.verdict, asks, answered.unknown]
    # Nearly always nothing was: then a row says nothing of it.
    return [*told, answered.set_aside] if answered.set_aside else told


def _read_answers(header: dict[str, Any], catalog: Sequence[Rule]) -> dict[int, Answered]:
    numbers = {rule.id: number for number, rule in enumerate(catalog)}
    answers = {}
    for rule_id, word, asks, *reasons in header["answers"]:
        if rule_id in numbers:
            said = Answered(
                Verdict(word), tuple(_read_ask(ask) for ask in asks), *map(tuple, reasons)
            )
            answers[numbers[rule_id]] = said
    return answers


def _read_ask(told: list[Any]) -> AskAgain:
    due, awaiting = told
    return AskAgain(datetime.fromisoformat(due), frozenset(Action(word) for word in awaiting))
