"""A draft policy tried over recorded events: which findings would come, and which would go."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from rules.finding import Change, Finding, read_finding
from rules.machines.contract import FINDINGS, Output
from rules.machines.judge import Judge
from rules.machines.records import write_policy
from rules.policy import Policy
from stream.canonical import CODEC
from stream.journals import Journal, StoredJournal
from stream.recorded import feeding


@dataclass(frozen=True, slots=True)
class Trial:
    """What stands under the policy of the record, and what would stand under the draft."""

    now: dict[str, Finding]
    then: dict[str, Finding]

    def coming(self) -> list[Finding]:
        """The findings that only the draft gives."""
        return [each for name, each in sorted(self.then.items()) if name not in self.now]

    def going(self) -> list[Finding]:
        """The findings that the draft does not give any more."""
        return [each for name, each in sorted(self.now.items()) if name not in self.then]


def try_over(draft: Policy, directory: Path) -> Trial:
    """Judge a data directory twice. Raises DataDirectoryError."""
    with closing(StoredJournal(directory)) as journal:
        return Trial(_standing(journal, None), _standing(journal, draft))


def _standing(journal: Journal, draft: Policy | None) -> dict[str, Finding]:
    standing: dict[str, Finding] = {}
    for partition in journal.partitions:
        judging = _Judging(draft)
        journal.read(partition, judging.take)
        standing |= {each.finding: each for each in judging.standing()}
    return standing


class _Judging:
    """One partition judged again: by its own policies, or by the draft since ever."""

    def __init__(self, draft: Policy | None) -> None:
        self._feed = feeding(Judge(0, CODEC), self._hear)
        self._draft = draft
        self._said: dict[str, Finding] = {}
        if draft is not None:
            self._feed(write_policy(CODEC, draft), 0)

    def take(self, record: bytes, partition: int) -> None:
        """Judge one record of the journal; of policies only those that are not tried out."""
        first = record.partition(b"\n")[0]
        if self._draft is None or orjson.loads(first).get("record") != "policy":
            self._feed(record, partition)

    def standing(self) -> Iterable[Finding]:
        """What has not been withdrawn."""
        return [each for each in self._said.values() if each.change is not Change.WITHDRAWN]

    def _hear(self, output: Output) -> None:
        if output.log == FINDINGS:
            finding = read_finding(orjson.loads(output.value))
            self._said[finding.finding] = finding


def tell_trial(trial: Trial) -> Iterator[str]:
    """Tell what would come and go, a line for each."""
    for words, findings in (("would come", trial.coming()), ("would go", trial.going())):
        yield f"{len(findings)} {words}"
        for each in findings:
            shadow = " (in shadow)" if each.shadow else ""
            yield f"  {each.rule}  {each.case}  {each.severity}{shadow}: {each.summary}"
    stay = len(trial.now.keys() & trial.then.keys())
    yield f"{stay} would stay"
