"""`foureyes review WORKFLOW`: what to know before relying on a workflow, from the record."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from rules.catalog import CATALOG
from rules.finding import Change, Finding, read_finding
from rules.machines.contract import FINDINGS, Output
from rules.machines.judge import Judge
from rules.review import CASES_NAMED_MAX, Answer, Reply, Reviewed, behind, review
from rules.words import listed
from stream.activities import connector_with
from stream.archive.asking import asked
from stream.clock import FixedClock, SystemClock
from stream.commands.replay import EXIT_CANNOT_TELL, add_reference_arguments, moment
from stream.intake.files import UnreadableFileError
from stream.journals import KafkaJournal, StoredJournal
from stream.pseudonyms.names import put_back, put_back_in_json
from stream.pseudonyms.place import names_of
from stream.recorded import benches_of
from stream.reference import facts_from, policy_from
from stream.replaying import Replay
from stream.settings import Settings

SUMMARY = "answer what an organisation should know before it relies on a workflow"
EXIT_USAGE = 2
_REPLIES = {Reply.YES: "yes", Reply.NO: "NO", Reply.CANNOT_TELL: "cannot tell"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes review`."""
    parser.add_argument("workflow", metavar="WORKFLOW", help="its id, as its source tells it")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--data", type=Path, help="data directory of foureyes run (default: as FOUREYES_ says)"
    )
    where.add_argument(
        "--from", dest="files", metavar="FILE", nargs="+", help="replay these files instead"
    )
    parser.add_argument("--source", help="with --from: who wrote the files")
    parser.add_argument(
        "--activities", type=Path, help="what the activities of an XES log are, TOML"
    )
    add_reference_arguments(parser)
    parser.add_argument(
        "--until", type=moment, help="say that everything up to this time has been reported"
    )
    parser.add_argument(
        "--observed-at", type=moment, help="the time of payloads that carry none (default: now)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the answers: 0; 2 if the workflow is not on record; 3 if a file broke off."""
    if arguments.files and arguments.source is None:
        sys.stderr.write("foureyes: --from needs --source NAME: see foureyes sources\n")
        return EXIT_USAGE
    is_whole, known = True, "the archive has none"
    archived = None if arguments.files else _archived(arguments)
    if archived is None:
        heard = _Heard()
        judges, is_whole = (
            _replayed(arguments, heard) if arguments.files else (_recorded(arguments, heard), True)
        )
        cases, others = _cases(judges, arguments.workflow)
        found = list(heard.standing())
        known = f"on record are: {listed(sorted(others)[:CASES_NAMED_MAX]) or 'none'}"
    else:
        cases, found = archived
    if not cases:
        sys.stderr.write(f"foureyes: no case of {arguments.workflow!r}; {known}\n")
        return EXIT_USAGE
    tell = {"text": _text, "markdown": _markdown, "json": _json}[arguments.format]
    told = "\n".join(
        tell(
            arguments.workflow, len(cases), review(cases, behind(arguments.workflow, cases, found))
        )
    )
    put = put_back_in_json if arguments.format == "json" else put_back
    with names_of(_settings(arguments)) as names:
        print(told if arguments.files else put(told, names))
    return 0 if is_whole else EXIT_CANNOT_TELL


def _settings(arguments: argparse.Namespace) -> Settings:
    told = arguments.data
    return Settings.load({"FOUREYES_DATA": str(told)} if told else os.environ)


class _Heard:
    """The findings about entities, as they are told: the last word about each counts."""

    def __init__(self) -> None:
        self._last: dict[str, Finding] = {}

    def take(self, output: Output) -> None:
        if output.log == FINDINGS:
            finding = read_finding(json.loads(output.value))
            if finding.entity is not None:
                self._last[finding.finding] = finding

    def standing(self) -> Iterator[Finding]:
        """Those that were not withdrawn."""
        return (each for each in self._last.values() if each.change is not Change.WITHDRAWN)


def _archived(arguments: argparse.Namespace) -> tuple[list[Reviewed], list[Finding]] | None:
    """Cases, and findings about entities, by the archive; None where none has what was said."""
    with asked(_settings(arguments)) as archive:
        if archive is None:
            return None
        # Only where there is an archive SQL is needed.
        from stream.exports.archived import (  # noqa: PLC0415
            found_about_entities,
            reviewed_cases,
        )

        cases = reviewed_cases(archive, arguments.workflow)
        return cases, list(found_about_entities(archive))


def _recorded(arguments: argparse.Namespace, heard: _Heard) -> list[Judge]:
    settings = _settings(arguments)
    if settings.kafka_bootstrap:
        return benches_of(KafkaJournal(settings), heard.take).judges
    with closing(StoredJournal(settings.data)) as journal:
        return benches_of(journal, heard.take).judges


def _replayed(arguments: argparse.Namespace, heard: _Heard) -> tuple[list[Judge], bool]:
    policy = policy_from(arguments.policy)
    at = arguments.observed_at
    facts = facts_from(
        policy,
        people=arguments.people,
        machines=arguments.machines,
        entitlements=arguments.entitlements,
    )
    replay = Replay(
        connector=connector_with(arguments.source, arguments.activities),
        clock=FixedClock(at) if at else SystemClock(),
        policy=policy,
        stamp=facts.stamp,
        listen=heard.take,
    )
    try:
        replay.run(arguments.files, arguments.until)
    except UnreadableFileError as error:
        sys.stderr.write(f"foureyes: {error}\n")
        return [replay.host.judge], False
    return [replay.host.judge], True


def _cases(judges: Iterable[Judge], workflow: str) -> tuple[list[Reviewed], set[str]]:
    """The cases of a workflow, and the other workflows that there are."""
    found, others = [], set()
    for judge in judges:
        for row in judge.cases():
            told = json.loads(row.partition(b"\n")[0])
            case = judge.case(told.get("tenant"), told["case"])
            if case is None:
                continue
            ids = {each.workflow.id for each in case.path.events if each.workflow is not None}
            others |= ids
            if workflow in ids:
                verdicts = {CATALOG[n].id: said.verdict for n, said in case.answers.items()}
                found.append(Reviewed(judge.file(case), verdicts))
    return sorted(found, key=lambda each: (each.file.tenant or "", each.file.case)), others


def _text(workflow: str, count: int, answers: Sequence[Answer]) -> Iterator[str]:
    yield f"Workflow {workflow}: {count} cases on record"
    for number, each in enumerate(answers, 1):
        yield f"\n{number}. {each.question}  {_REPLIES[each.reply]}"
        yield from (f"   {line}" for line in _details(each))


def _markdown(workflow: str, count: int, answers: Sequence[Answer]) -> Iterator[str]:
    yield f"# {workflow}\n\n{count} cases on record.\n"
    for each in answers:
        yield f"## {each.question}\n\n**{_REPLIES[each.reply]}**\n"
        yield from (f"- {line}" for line in _details(each))
        yield ""


def _details(answer: Answer) -> Iterator[str]:
    told = ((word.replace("_", " "), number) for word, number in answer.counts.items() if number)
    counts = (f"{number} {word}" for word, number in told)
    yield f"answers: {', '.join(counts) or 'none: nothing on record raises it'}"
    yield from answer.known
    if answer.cases:
        more = len(answer.cases) - CASES_NAMED_MAX
        rest = f" and {more} more" if more > 0 else ""
        yield f"cases: {', '.join(answer.cases[:CASES_NAMED_MAX])}{rest}"
    yield f"to do: {answer.to_do}"


def _json(workflow: str, count: int, answers: Sequence[Answer]) -> Iterator[str]:
    told = [
        {
            "question": each.question,
            "answer": each.reply,
            "counts": {word.value: number for word, number in each.counts.items()},
            "cases": list(each.cases),
            "known": list(each.known),
            "to_do": each.to_do,
        }
        for each in answers
    ]
    tree = {"workflow": workflow, "cases": count, "answers": told}
    yield json.dumps(tree, indent=2, ensure_ascii=False)
