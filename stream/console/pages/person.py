"""One person, or account: what they decided lately, and every finding that names them."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from aiohttp import web

from rules.events import PERSONAL, Event, Party, called
from rules.narrative import Narrative
from rules.words import printable
from stream.archive.standings import Standing, Wanted
from stream.console.asked import required
from stream.console.console import CONSOLE
from stream.console.reading import Sources
from stream.exports.hearing import Heard
from stream.exports.one_case import hear_cases

CASES_SHOWN_MAX = 25
FINDINGS_SHOWN = 20
DECIDED = ("person", "account")
NAMED = (*DECIDED, "who")


class Decision(NamedTuple):
    """Something that somebody decided: when, in which case, told in a sentence."""

    at: datetime
    case: str
    tenant: str | None
    action: str
    words: str


class _Told(NamedTuple):
    decisions: list[Decision]
    accounts: list[tuple[str, str, str | None]]
    shown: int
    cases: int
    findings: list[Standing]
    standing: int
    total: int


async def show(request: web.Request) -> web.Response:
    """Show what is on record of somebody, by a person's id, an account, or what they are called."""
    console = request.app[CONSOLE]
    name = console.names.pseudonym(required(request.query, "name"))
    told = await console.reading.ask(lambda of: _look(of, name))
    if not told.cases and not told.total:
        raise web.HTTPNotFound(text=f"Nobody called {name!r} decides anything on record.")
    return console.page(request, "person", name=name, **told._asdict())


def _look(of: Sources, name: str) -> _Told:
    ids = of.standings.latest_cases(NAMED, name, CASES_SHOWN_MAX)
    heard = [each for _, each in hear_cases(of.archive, ids)]
    decisions = [each for case in heard for each in _decisions(case, name)]
    wanted = Wanted(person=name, stands=True)
    return _Told(
        decisions=sorted(decisions, key=lambda each: each.at, reverse=True),
        accounts=sorted({each for case in heard for each in _accounts(case, name)}, key=str),
        shown=len(heard),
        cases=of.standings.count_cases(NAMED, name),
        findings=of.standings.page(wanted, FINDINGS_SHOWN),
        standing=of.standings.count(wanted),
        total=of.standings.count(Wanted(person=name)),
    )


def _decisions(case: Heard, name: str) -> Iterator[Decision]:
    file = case.judged.file
    told = zip(file.path.events, Narrative(file).sentences(), strict=True)
    for event, words in told:
        if event.action in PERSONAL and _is(event.actor, name):
            yield Decision(
                event.occurred_at,
                file.case,
                file.tenant,
                event.action.replace("_", " "),
                printable(words[0]),
            )


def _accounts(case: Heard, name: str) -> Iterator[tuple[str, str, str | None]]:
    """Source, account and person of every account that is theirs."""
    for event in case.events:
        for party in _parties(event):
            if party is not None and _is(party, name):
                yield event.source, printable(called(party)), party.person


def _parties(event: Event) -> tuple[Party | None, ...]:
    return event.actor, event.on_behalf_of, event.beneficiary, event.assignee


def _is(party: Party | None, name: str) -> bool:
    return party is not None and name in (party.person, party.account, called(party))
