"""A draft policy tried over recorded events: which findings would come, and which would go."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from rules.canary import is_canary
from rules.finding import Change, Finding, read_finding
from rules.machines.contract import FINDINGS, Output
from rules.machines.records import write_policy
from rules.policy import Policy
from stream.canonical import CODEC
from stream.journals import Journal, StoredJournal
from stream.recorded import benches_of


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
    """Judge cases and entities by the record's own policies, or by the draft since ever."""
    said: dict[str, Finding] = {}

    def hear(output: Output) -> None:
        if output.log == FINDINGS:
            finding = read_finding(orjson.loads(output.value))
            if not is_canary(finding.tenant):
                said[finding.finding] = finding

    if draft is None:
        benches_of(journal, hear)
    else:
        benches_of(journal, hear, first=write_policy(CODEC, draft), wanted=_is_no_policy)
    return {name: each for name, each in said.items() if each.change is not Change.WITHDRAWN}


def _is_no_policy(record: bytes) -> bool:
    first = record.partition(b"\n")[0]
    return bool(orjson.loads(first).get("record") != "policy")


def tell_trial(trial: Trial) -> Iterator[str]:
    """Tell what would come and go, a line for each."""
    for words, findings in (("would come", trial.coming()), ("would go", trial.going())):
        yield f"{len(findings)} {words}"
        for each in findings:
            shadow = " (in shadow)" if each.shadow else ""
            yield f"  {each.rule}  {each.case}  {each.severity}{shadow}: {each.summary}"
    stay = len(trial.now.keys() & trial.then.keys())
    yield f"{stay} would stay"
