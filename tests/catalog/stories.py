"""A case as data: a story, what was recorded in order of arrival, and what is to be said of it.

    tests/catalog/<rule-id>/<kind>-<name>.toml

    story = "Ann asks for access to payments and approves it herself."
    record = [
      { at = "0m", requested = "ann", for = "ann", right = "pay", reason = "Quarter end" },
      { at = "5m", approved = "ann" },
      { heard = "2h" },
    ]
    verdict = "broken"
    finds = [{ evidence = ["e2", "e1"], severity = "high" }]

An item of `record` is one of

- an event: its action with the account that acted (`""`: nobody is named), `at` so long after nine.
  Its id is `e` and its number among the events, unless `id` says otherwise. Who acts is in
  `cast.toml`. The other keys are those of `_WORDS`;
- `decisions`: so many cases, `every` so long one after the other, in which `asks` asks and
  `approves` approves five minutes later; the other keys are the events';
- `again`: the event of that id is told once more; the item's other keys are told differently, or
  it is `enriched`: as intake stamps it when more is known of persons and rights;
- `known`: it becomes known late who stands behind that account (`person` and `proof`, or `kind` and
  `owner`), or, where it is one of a right, how critical that is (`privileged`, `criticality`);
- `counted`: what was counted of a source (see `tests.catalog.counts`);
- `heard`: every source has reported up to then, or those of `of` have.

`sources` names who reports what, where it is not one source that tells everything; `policy` holds
tables of a policy document. `entity` (kind and name) is what the verdict is about, where that is
not the case `REQ-7`; events of other cases say so (`case`). All of it is told of `tenant`, if one
is named. `finds` may check any field of the rule's findings, `life` what became of them, one change
after another. `unknown` and `aside`, where they are given, are all the reasons why it can not tell,
and why it set something aside.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from rules.counted import Counts
from rules.events import Action, ActorKind, Event, Evidence, Party, Step, Workflow
from rules.machines.feeding import entity_key
from rules.machines.records import EVERY_SOURCE, SourceDeclared
from rules.policy import Policy
from rules.rule import Scope
from stream.policy_shape import build_policy
from stream.spans import read_span
from tests.catalog.counts import read_counts_of
from tests.catalog.rights import RIGHTS
from tests.reference.evaluator import History, LateFact, Tick

HERE = Path(__file__).parent
NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ACTIONS = {action.value for action in Action}


Told = Event | LateFact | Counts | tuple[Tick, ...]
"""A step, something that becomes known late, what was counted, or how far everybody has come."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """One case file, read."""

    path: Path
    rule: str
    kind: str
    told: tuple[Told, ...]
    sources: tuple[SourceDeclared, ...]
    policy: Policy
    document: Mapping[str, Any]

    @property
    def entity(self) -> str | None:
        """The key of the entity that the story is about; None: it is about the case."""
        told = self.document.get("entity")
        if told is None:
            return None
        kind, _, name = told.partition(" ")
        return entity_key(Scope(kind), self.tenant, name)

    @property
    def tenant(self) -> str | None:
        """Whose story it is, where that is told."""
        return self.document.get("tenant")

    @property
    def history(self) -> History:
        """What was told, as a whole."""
        return History(
            events=[each for each in self.told if isinstance(each, Event)],
            sources=self.sources,
            ticks=[tick for each in self.told if isinstance(each, tuple) for tick in each],
            facts=[each for each in self.told if isinstance(each, LateFact)],
            counts=[each for each in self.told if isinstance(each, Counts)],
            policy=self.policy,
        )


ONLY = "FOUREYES_STORIES"
"""Names the rule, or a pattern of rules, whose case files are read: the others only take time."""


def every_story() -> list[Story]:
    """All case files, in the order of their names."""
    rule = os.environ.get(ONLY, "*")
    return [read_story(path) for path in sorted(HERE.glob(f"{rule}/*.toml"))]


def read_story(path: Path) -> Story:
    """Read one case file."""
    document = tomllib.loads(path.read_text())
    sources = tuple(_sources(document.get("sources", {})))
    return Story(
        path=path,
        rule=path.parent.name,
        kind=kind_of(path),
        told=tuple(_told(document, sources)),
        sources=sources,
        policy=build_policy({"policy": {"version": "1"}, **document.get("policy", {})}),
        document=document,
    )


KINDS = (
    "fires",
    "quiet",
    "near-miss",
    "out-of-order",
    "repeated",
    "late",
    "exactly-on-the-deadline",
    "cannot-tell",
)


def kind_of(path: Path) -> str:
    """What a case file's name begins with."""
    match = re.match(f"({'|'.join(KINDS)})-", path.name)
    assert match, f"{path} does not begin with one of {KINDS}"
    return match[1]


def _sources(told: Mapping[str, Any]) -> Iterator[SourceDeclared]:
    others = {word for each in told.values() for word in each.get("carries", ())}
    for name, each in {"iga": {}, **told}.items():
        yield SourceDeclared(
            source=name,
            connector="native",
            carries=tuple(Action(word) for word in each.get("carries", sorted(ACTIONS - others))),
            tells=tuple(each.get("tells", _FIELDS)),
            lanes=(name,),
        )


_FIELDS = (
    *("actor", "assignee", "beneficiary", "duration", "entitlement", "evidence"),
    *("justification", "on_behalf_of", "scope"),
)


def _told(document: Mapping[str, Any], sources: tuple[SourceDeclared, ...]) -> Iterator[Told]:
    known: dict[str, Event] = {}
    for item in (each for told in document["record"] for each in _each_of(told)):
        if "heard" in item:
            names = item.get("of", [source.source for source in sources])
            until = NINE + read_span(item["heard"])
            yield tuple((name, {EVERY_SOURCE: until}) for name in names)
            continue
        if "known" in item:
            yield _late(item)
        elif "counted" in item:
            yield read_counts_of(item, NINE)
        elif "again" in item:
            yield _again(item, known[item["again"]])
        if {"known", "counted", "again"} & set(item):
            continue
        event = _event(item, f"e{len(known) + 1}", document.get("tenant"))
        known[event.id] = event
        yield event


def _late(item: Mapping[str, Any]) -> LateFact:
    stamps = {word: value for word, value in item.items() if word not in {"known", "since"}}
    began = _moment(item["since"]) if "since" in item else None
    since = ((None, stamps),) if began is None else ((None, {}), (began, stamps))
    name = item["known"]
    if name in RIGHTS:
        return LateFact(entitlement=name, since=since)
    return LateFact(account=name, since=since)


def _each_of(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One item, or what `decisions` stands for: so many cases, asked for and approved."""
    if "decisions" not in item:
        yield item
        return
    at, every = read_span(item["at"]), read_span(item.get("every", "1h"))
    names = _without(item, "decisions", "every", "asks", "approves", "at")
    for number in range(item["decisions"]):
        case = f"{item['asks']}-{item['approves']}-{item['at']}-{number}"
        begin = at + number * every
        minutes = begin // timedelta(minutes=1)
        yield {"at": f"{minutes}m", "case": case, "requested": item["asks"], **names}
        yield {"at": f"{minutes + 5}m", "case": case, "approved": item["approves"], **names}


def _without(item: Mapping[str, Any], *words: str) -> dict[str, Any]:
    return {word: told for word, told in item.items() if word not in words}


def _again(item: Mapping[str, Any], event: Event) -> Event:
    told = replace(event, **_fields(item, event.source))
    if "enriched" not in item or told.actor is None:
        return told
    return replace(told, actor=replace(told.actor, person="P-new", proof="verified"))


def _event(item: Mapping[str, Any], id: str, tenant: str | None) -> Event:
    (action,) = ACTIONS & set(item)
    source = item.get("source", "iga")
    return Event(
        **{
            "id": id,
            "source": source,
            "tenant": tenant,
            "case": item.get("case", "REQ-7"),
            "action": Action(action),
            "actor": _party(item[action]),
            **_fields(item, source),
        }
    )


def _fields(item: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The fields that an item gives in its own words."""
    assert set(item) <= {*_WORDS, *ACTIONS, "again", "case", "enriched", "source"}, (
        f"unknown words in {item}"
    )
    fields: dict[str, Any] = {"source": source}
    for word, (name, read) in _WORDS.items():
        if word in item:
            fields[name] = read(item[word])
    return fields


@cache
def _cast() -> dict[str, dict[str, str]]:
    return tomllib.loads((HERE / "cast.toml").read_text())


def _party(account: str) -> Party | None:
    if not account:
        return None
    known = {**_cast()[account]}
    return Party(account=account, kind=ActorKind(known.pop("kind")), **known)


def _moment(span: str) -> datetime:
    sign = -1 if span.startswith("-") else 1
    return NINE + sign * read_span(span.removeprefix("-"))


_WORDS: dict[str, tuple[str, Any]] = {
    "at": ("occurred_at", _moment),
    "id": ("id", str),
    "for": ("beneficiary", _party),
    "behalf": ("on_behalf_of", _party),
    "to": ("assignee", _party),
    "by": ("actor", _party),
    "right": ("entitlement", RIGHTS.__getitem__),
    "reason": ("justification", str),
    "evidence": ("evidence", lambda refs: tuple(Evidence(kind="ticket", ref=r) for r in refs)),
    "backed": ("evidence", lambda kinds: tuple(Evidence(kind=kind, ref=kind) for kind in kinds)),
    "workflow": (
        "workflow",
        lambda told: Workflow(id=told) if isinstance(told, str) else Workflow(**told),
    ),
    "scope": ("scope", tuple),
    "lasts": ("duration", str),
    "outcome": ("outcome", str),
    "stage": ("stage", str),
    "call": ("step", lambda fields: Step(**fields)),
    "sequence": ("sequence", int),
    "seen": ("observed_at", _moment),
}
"""A word of the case files → our field, and how it is read."""
