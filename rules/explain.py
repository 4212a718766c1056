"""A decision path, the verdicts on it and its findings, told in plain language."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rules.events import Action
from rules.finding import Change, Finding
from rules.narrative import Narrative
from rules.rule import AskAgain, CaseFile, Rule
from rules.surroundings import calls, people, policy
from rules.unknown import unknown
from rules.verdict import BADNESS, Verdict
from rules.words import (
    WORDS,
    clock_time,
    count,
    listed,
    lowered,
    moment,
    printable,
    sentence,
    span,
)

HELD_KEPT = 256
"""Lists of controls that held which are kept in words: cases of one kind have the same."""
_STEPS = "What happened"
_WHATEVER = frozenset(Action)


class Said(NamedTuple):
    """What one rule has to say about the case in the end, and what it rests on."""

    rule: Rule
    verdict: Verdict
    asks: tuple[AskAgain, ...] = ()
    unknown: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()


class Section(NamedTuple):
    """A heading and what is told under it; `numbered`: the paragraphs are steps, from 1 on."""

    heading: str
    paragraphs: tuple[str, ...]
    numbered: bool = False


class Story(NamedTuple):
    """A case as it can be read out: whole sentences, each text printable and on one line."""

    title: str
    verdict: Verdict | None
    opening: str
    sections: tuple[Section, ...]


def explain(file: CaseFile, said: Sequence[Said], history: Sequence[Finding]) -> Story:
    """Tell a case that has at least one event.

    `said` is each rule that had a question, in the catalogue's order; `history` every change of
    every finding, in the order in which they were said. What nobody knows is told as unknown, and
    a heading under which there is nothing to tell is left out.
    """
    narrative = Narrative(file)
    verdict = max((each.verdict for each in said), key=BADNESS.__getitem__, default=None)
    told = [
        (_STEPS, narrative.steps()),
        ("Webhooks and scripts, and who tells of them", calls(file, narrative)),
        ("Under which policy", policy(file, narrative)),
        ("Who is who", people(file)),
        *_findings(history, file, narrative),
        (
            "What nobody knows",
            unknown(file, [(each.rule, each.unknown, each.asks) for each in said]),
        ),
        ("What is still open", _open(file, said)),
        ("What looked like a breach, and why policy says it is none", _aside(said)),
        ("What was looked for and not found", _held(said)),
    ]
    tenant = f" of {file.tenant}" if file.tenant else ""
    return Story(
        title=printable(f"Case {file.case}{tenant}: {file.path.what()}"),
        verdict=verdict,
        opening=printable(" ".join(_opening(file, said, verdict, history))),
        sections=tuple(_sections(told)),
    )


def _sections(told: Sequence[tuple[str, Iterable[str]]]) -> Iterator[Section]:
    for heading, sentences in told:
        paragraphs = tuple(map(printable, sentences))
        if paragraphs:
            yield Section(
                heading=printable(heading), paragraphs=paragraphs, numbered=heading == _STEPS
            )


# --- the opening --------------------------------------------------------------------------------

_VERDICTS = {
    Verdict.BROKEN: "broken",
    Verdict.OPEN: "still open",
    Verdict.CANNOT_TELL: "nobody can tell",
    Verdict.HELD: "every control held",
}


_COUNTED = {
    Verdict.BROKEN: ("is broken", "are broken"),
    Verdict.OPEN: ("is still open", "are still open"),
    Verdict.CANNOT_TELL: ("can not be told", "can not be told"),
    Verdict.HELD: ("held", "held"),
}
"""What is said of one control, and of several."""


def _opening(
    file: CaseFile, said: Sequence[Said], verdict: Verdict | None, history: Sequence[Finding]
) -> Iterator[str]:
    if verdict is None:
        yield "There is no verdict: no control has a question about this case."
    else:
        yield f"The verdict is: {_VERDICTS[verdict]}."
        yield f"{count(len(said), 'control')} had a question here: {_counted(said)}."
    yield from _standing(history)
    path = file.path
    if len(path) == 1:
        yield f"The case has 1 step, on {moment(path.opened_at)}."
    else:
        yield f"The case has {len(path)} steps, over {span(path.last_at - path.opened_at)}."
    reported = file.reported(_WHATEVER)
    if reported is None:
        yield "Not every source has said up to when it has reported."
    else:
        yield f"Every source has reported at least up to {moment(reported)}."


def _counted(said: Sequence[Said]) -> str:
    """Count what the controls say, each with its verb."""
    verdicts = [each.verdict for each in said]
    numbers = ((verdicts.count(verdict), words) for verdict, words in _COUNTED.items())
    return listed(
        f"{number} {one if number == 1 else more}" for number, (one, more) in numbers if number
    )


def _standing(history: Sequence[Finding]) -> Iterator[str]:
    last = {finding.finding: finding for finding in history}
    standing = [each for each in last.values() if each.change is not Change.WITHDRAWN]
    if standing:
        named = listed(f"{lowered(each.title)} ({each.rule}, {each.severity})" for each in standing)
        stand = "finding stands" if len(standing) == 1 else "findings stand"
        yield f"{len(standing)} {stand}: {named}."


# --- findings -----------------------------------------------------------------------------------

_LIFE = {
    Change.OPENED: "It was opened again",
    Change.UPDATED: "It was updated",
    Change.WITHDRAWN: "It was withdrawn",
    Change.CONFIRMED: "It was confirmed",
}


def _findings(
    history: Sequence[Finding], file: CaseFile, narrative: Narrative
) -> Iterator[tuple[str, Iterator[str]]]:
    lives: dict[str, list[Finding]] = {}
    for finding in history:
        lives.setdefault(finding.finding, []).append(finding)
    for life in lives.values():
        last = life[-1]
        state = "withdrawn" if last.change is Change.WITHDRAWN else last.severity.value
        yield (f"Finding: {last.title} ({last.rule}, {state})", _life(life, file, narrative))


def _life(life: list[Finding], file: CaseFile, narrative: Narrative) -> Iterator[str]:
    """Tell what was seen, what became of it, and what is to be done."""
    first, last = life[0], life[-1]
    steps = narrative.steps_named(first.evidence)
    yield f"What was seen: {sentence(first.summary)} This rests on {steps}."
    policy = f", under policy {first.policy}" if first.policy != file.policy.version else ""
    told = [f"It was opened as of {moment(first.at)}{policy}."]
    for before, change in pairwise(life):
        because = f", because {change.because}" if change.because else ""
        told.append(f"{_LIFE[change.change]} as of {moment(change.at)}{because}.")
        if change.summary != before.summary:
            told.append(f"Since then it says: {sentence(change.summary)}")
    yield " ".join(told)
    if last.change is Change.WITHDRAWN:
        yield f"Nothing is left to do. While it stood, the next step was: {last.next_step}"
    else:
        yield f"Next step: {last.next_step}"
    yield f"It speaks for {listed(last.controls)}. Its id is {last.finding}."


# --- what is open, and what held -----------------------------------------------------------------


def _open(file: CaseFile, said: Sequence[Said]) -> Iterator[str]:
    for each in said:
        # What was given up as unknowable is told there.
        for ask in each.asks if each.verdict is not Verdict.CANNOT_TELL else ():
            nouns = listed((WORDS[action].noun for action in sorted(ask.awaiting)), "or")
            named = f"{each.rule.id} ({each.rule.title})"
            yield (
                f"{named} is open until everybody who could bring {nouns} has reported up to "
                f"{moment(ask.due)}; {_progress(file, ask)}."
            )


def _progress(file: CaseFile, ask: AskAgain) -> str:
    reported = file.reported(ask.awaiting)
    if reported is None:
        return "so far not all of them have reported at all"
    same_day = reported.date() == ask.due.date()
    until = clock_time(reported) if same_day else moment(reported)
    return f"so far they have reported up to {until}"


def _aside(said: Sequence[Said]) -> Iterator[str]:
    for each in said:
        for reason in dict.fromkeys(each.set_aside):
            yield f"{each.rule.id} ({each.rule.title}): {sentence(reason)}"


def _held(said: Sequence[Said]) -> Iterator[str]:
    held = tuple(
        (each.rule.id, each.rule.title)
        for each in said
        if each.verdict is Verdict.HELD and not each.set_aside
    )
    if held:
        yield _looked_for(held)


@lru_cache(maxsize=HELD_KEPT)
def _looked_for(rules: tuple[tuple[str, str], ...]) -> str:
    return f"{'; '.join(f'{rule}, {lowered(title)}' for rule, title in rules)}."
