"""Control health: how many of the decisions under a control held, broke, are open or unknown."""

from collections.abc import Collection, Sequence

from rules.finding import Finding
from rules.machines.answers import numbers_in
from rules.verdict import Verdict

TOGETHER_MAX = 4_096
"""So many groups of controls that first held together are kept before they are counted singly."""
UNTOLD = "untold"
"""Whose a refusal is, or of which kind, where it does not say."""


class Tally:
    """Counts that follow every change of an answer; absolute, so that the last one told is true.

    `catalog` are the ids of the rules in force, by their numbers.
    """

    __slots__ = (
        "_catalog",
        "_held",
        "_rules",
        "changed",
        "decisions",
        "findings",
        "moved",
        "recorded",
        "refused",
        "repeats",
        "set_aside",
    )

    def __init__(self, catalog: Sequence[str] = ()) -> None:
        self._catalog = catalog
        self._rules: dict[str, dict[Verdict, int]] = {}
        self._held: dict[int, int] = {}
        """Controls that were first said to hold together, as a mask → of how many cases so far."""
        self.decisions: dict[Verdict, int] = dict.fromkeys(Verdict, 0)
        self.findings: dict[str, int] = {}
        """Changes of findings, by `rule severity change`."""
        self.set_aside: dict[str, int] = {}
        """Cases in which policy, or a recorded exception, sets a breach aside, by rule."""
        self.recorded: dict[str, int] = {}
        self.repeats: dict[str, int] = {}
        self.moved: dict[str, int] = {}
        """Those that had been recorded elsewhere and came with their case."""
        self.refused: dict[str, dict[str, int]] = {}
        """What could not be read, by source and kind."""
        self.changed = False

    @property
    def rules(self) -> dict[str, dict[Verdict, int]]:
        """Of how many cases each control held, was broken, is open or can not be told."""
        self._count_held()
        return self._rules

    def _count_held(self) -> None:
        for mask, cases in self._held.items():
            for number in numbers_in(mask):
                self._of(self._catalog[number])[Verdict.HELD] += cases
        self._held.clear()

    def _of(self, rule: str) -> dict[Verdict, int]:
        counts = self._rules.get(rule)
        if counts is None:
            counts = self._rules[rule] = dict.fromkeys(Verdict, 0)
        return counts

    def hold(self, rules: int) -> None:
        """Count that of one case more these controls hold, by number, as their first answer."""
        self._held[rules] = self._held.get(rules, 0) + 1
        self.changed = True
        if len(self._held) > TOGETHER_MAX:
            self._count_held()

    def move(self, rule: str, old: Verdict | None, new: Verdict | None) -> None:
        """Count one control's changed answer about one case; None: it had or has none."""
        self._move(self._of(rule), old, new)

    def move_set_aside(self, rule: str, change: int) -> None:
        """Count that one case more (1) or less (-1) has something of a rule set aside."""
        if change:
            self.set_aside[rule] = self.set_aside.get(rule, 0) + change
            self.changed = True

    def move_decision(self, old: Verdict | None, new: Verdict | None) -> None:
        """Count one case's changed answer over all controls."""
        self._move(self.decisions, old, new)

    def _move(self, counts: dict[Verdict, int], old: Verdict | None, new: Verdict | None) -> None:
        if old is not None:
            counts[old] -= 1
        if new is not None:
            counts[new] += 1
        self.changed = True

    def keep(self, rules: Collection[str]) -> None:
        """Leave out the controls that are no longer in force."""
        self._rules = {rule: counts for rule, counts in self.rules.items() if rule in rules}
        self.set_aside = {rule: n for rule, n in self.set_aside.items() if rule in rules}
        self.changed = True

    def seen(self, source: str, *, repeat: bool) -> None:
        """Count an event of a source as recorded, or as the repeat of one that was."""
        counts = self.repeats if repeat else self.recorded
        counts[source] = counts.get(source, 0) + 1
        self.changed = True

    def came(self, source: str, *, repeat: bool) -> None:
        """Count an event that was recorded already, and has come with its case.

        A repeat was here before: then this is the one that was recorded, and that was the repeat.
        """
        self.moved[source] = self.moved.get(source, 0) + 1
        if repeat:
            self.recorded[source] = self.recorded.get(source, 0) - 1
            self.repeats[source] = self.repeats.get(source, 0) + 1
        self.changed = True

    def refuse(self, source: str, kind: str) -> None:
        """Count something of a source that could not be read."""
        counts = self.refused.setdefault(source, {})
        counts[kind] = counts.get(kind, 0) + 1
        self.changed = True

    def taken(self) -> dict[str, object]:
        """What came of everything that was offered, by source."""
        return {"recorded": self.recorded, "refused": self.refused, "repeats": self.repeats}

    def said(self, finding: Finding) -> None:
        """Count one change of a finding."""
        name = f"{finding.rule} {finding.severity} {finding.change}"
        self.findings[name] = self.findings.get(name, 0) + 1
        self.changed = True

    def told(self) -> dict[str, object]:
        """The counts as a plain tree."""
        return {
            "decisions": {verdict.value: n for verdict, n in self.decisions.items()},
            "rules": {
                rule: {verdict.value: n for verdict, n in counts.items()}
                for rule, counts in self.rules.items()
            },
            "findings": self.findings,
            "set_aside": self.set_aside,
            **self.taken(),
            "moved": self.moved,
        }

    def restore(self, told: dict[str, dict[str, dict[str, int]]]) -> None:
        """Take counts as `told` gave them."""
        self.decisions = {Verdict(word): n for word, n in _flat(told["decisions"]).items()}
        self._held.clear()
        self._rules = {
            rule: {Verdict(word): n for word, n in counts.items()}
            for rule, counts in told["rules"].items()
        }
        self.findings = _flat(told["findings"])
        # What was written before this was counted counts from here on.
        self.set_aside = _flat(told.get("set_aside", {}))
        self.recorded = _flat(told["recorded"])
        self.repeats = _flat(told["repeats"])
        self.moved = _flat(told.get("moved", {}))
        self.refused = {source: _flat(kinds) for source, kinds in told["refused"].items()}


def _flat(counts: object) -> dict[str, int]:
    return {str(word): int(n) for word, n in counts.items()} if isinstance(counts, dict) else {}
