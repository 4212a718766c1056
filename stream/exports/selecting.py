"""Which cases a selection means: the exporter keeps to it, and a verifier holds it to that."""

from collections.abc import Callable

import orjson

from rules.events import PERSONAL, UNLINKED_CASE, Event
from rules.machines.joining import read_joined
from stream.exports.entries import CaseName
from stream.exports.hearing import Bench, Heard
from stream.exports.layout import Selection


def fits(selection: Selection, heard: Heard) -> bool:
    """Whether a case is one of those that are meant."""
    tenant, _ = heard.name
    if selection.tenant is not None and tenant != selection.tenant:
        return False
    return is_also(selection, heard) or _FITS[selection.kind](selection, heard)


def is_also(selection: Selection, heard: Heard) -> bool:
    """Whether a case is told beside those that are named, being the same as one of them."""
    return heard.name in selection.also


def joined(bench: Bench) -> frozenset[CaseName]:
    """The cases of which a log says that they are the same as another, those others too."""
    told = (read_joined(orjson.loads(each.body)) for each in bench.headers if each.sort == "joined")
    return frozenset((each.tenant or "", name) for each in told for name in (each.case, each.into))


def _by_case(selection: Selection, heard: Heard) -> bool:
    return heard.name[1] == selection.name


def _by_id(selection: Selection, heard: Heard) -> bool:
    name = selection.name
    if heard.name[1] == f"{UNLINKED_CASE}{name}":
        return True
    return any(name == event.id or name in event.links for event in heard.events)


def _by_workflow(selection: Selection, heard: Heard) -> bool:
    return any(
        event.workflow is not None and event.workflow.id == selection.name for event in heard.events
    )


def _by_person(selection: Selection, heard: Heard) -> bool:
    return any(_decides(event, selection.name) for event in heard.events)


def _decides(event: Event, name: str | None) -> bool:
    actor = event.actor
    return event.action in PERSONAL and actor is not None and name in (actor.account, actor.person)


def _by_period(selection: Selection, heard: Heard) -> bool:
    times = heard.times
    if times is None:
        # All that told when it was is forgotten; that it was then, only the archive knows.
        return True
    begins = selection.end is None or times[0] < selection.end
    return begins and (selection.begin is None or times[1] >= selection.begin)


def _everything(_selection: Selection, _heard: Heard) -> bool:
    return True


_FITS: dict[str, Callable[[Selection, Heard], bool]] = {
    "case": _by_case,
    "id": _by_id,
    "workflow": _by_workflow,
    "person": _by_person,
    "period": _by_period,
    "everything": _everything,
}


def in_words(selection: Selection) -> str:
    """Say what was selected, for a reader."""
    tenant = f" of tenant {selection.tenant}" if selection.tenant else ""
    begin = f"{selection.begin:%Y-%m-%d %H:%MZ}" if selection.begin else "the beginning"
    end = f"{selection.end:%Y-%m-%d %H:%MZ}" if selection.end else "the end of the record"
    words = {
        "case": f"case {selection.name}",
        "id": f"the cases that {selection.name} belongs to",
        "workflow": f"the cases that ran in workflow {selection.name}",
        "person": f"the cases in which {selection.name} decided something",
        "period": f"the cases with steps from {begin} until before {end}",
        "everything": "everything",
    }
    same = ", ".join(name for _, name in selection.also)
    return words[selection.kind] + tenant + (f", the same case as {same}" if same else "")
