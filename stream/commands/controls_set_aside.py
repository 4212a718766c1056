"""What policy sets aside, rule by rule and case by case: never by silence."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rules.machines.bench import Excused
from rules.machines.feeding import read_entity_key
from rules.rule import Scope
from stream.recorded import Benches


class Aside(NamedTuple):
    """One case or entity, the rule that would have found something there, and why it does not."""

    rule: str
    kind: Scope
    tenant: str
    name: str
    reasons: tuple[str, ...]


def set_aside_in(benches: Benches, rules: frozenset[str]) -> list[Aside]:
    """Everything that is set aside of some rules, in their order."""
    found = [_of_case(each) for judge in benches.judges for each in judge.excused()]
    found += [_of_entity(each) for patterns in benches.patterns for each in patterns.excused()]
    return sorted(each for each in found if each.rule in rules)


def _of_case(told: Excused) -> Aside:
    tenant, _, name = told.key.rpartition("\x1f")
    return Aside(told.rule, Scope.CASE, tenant, name, told.reasons)


def _of_entity(told: Excused) -> Aside:
    entity = read_entity_key(told.key)
    return Aside(told.rule, entity.scope, entity.tenant or "", entity.name, told.reasons)


def text(found: Sequence[Aside]) -> str:
    """A line for each, under its rule."""
    return "\n".join(_lines(found)) or "nothing is set aside"


def _lines(found: Sequence[Aside]) -> Iterator[str]:
    for rule in dict.fromkeys(each.rule for each in found):
        of_rule = [each for each in found if each.rule == rule]
        yield f"{rule}  {len(of_rule):,} set aside"
        yield from (f"    {_named(each)}: {'; '.join(each.reasons)}" for each in of_rule)


def _named(aside: Aside) -> str:
    tenant = f" of {aside.tenant}" if aside.tenant else ""
    return f"{aside.kind} {aside.name}{tenant}"


def markdown(found: Sequence[Aside]) -> str:
    """A table."""
    rows = [f"| {each.rule} | {_named(each)} | {'; '.join(each.reasons)} |" for each in found]
    return "\n".join(["| rule | of what | why |", "|---|---|---|", *rows])


def as_json(found: Sequence[Aside]) -> str:
    """A list of objects."""
    return json.dumps([each._asdict() for each in found], indent=2, ensure_ascii=False)
