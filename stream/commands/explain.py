"""`foureyes explain CASE`: a decision path and its findings in plain language."""

import argparse
import os
import sys
from contextlib import closing
from pathlib import Path

from rules.explain import explain
from stream.archive.asking import asked
from stream.case_reading import CaseRecord, History, case_record, read_case
from stream.case_search import Names, Search
from stream.clock import FixedClock, SystemClock
from stream.commands.replay import add_reference_arguments, moment
from stream.connectors import connector
from stream.hosts.direct import Direct
from stream.intake.files import UnreadableFileError
from stream.intake.hearing import Hearing
from stream.journals import KafkaJournal, StoredJournal
from stream.pseudonyms.names import InClear, KnownNames, put_back, put_back_in_json
from stream.pseudonyms.place import names_of
from stream.reference import facts_from, policy_from
from stream.replaying import Replay
from stream.settings import Settings
from stream.story_pages import json_page, markdown_page, text_page

SUMMARY = "tell one case in plain language: who decided what, on what grounds, what is wrong"
EXIT_USAGE = 2
EXIT_CANNOT_TELL = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes explain`."""
    parser.add_argument(
        "case", metavar="CASE", help="a case, a link of one (execution:9f2c) or an event's id"
    )
    parser.add_argument("--tenant", help="whose case, where several have one of that name")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--data", type=Path, help="data directory of foureyes run (default: as FOUREYES_ says)"
    )
    where.add_argument(
        "--from", dest="files", metavar="FILE", nargs="+", help="replay these files instead"
    )
    parser.add_argument("--source", help="with --from: who wrote the files")
    add_reference_arguments(parser)
    parser.add_argument(
        "--until", type=moment, help="say that everything up to this time has been reported"
    )
    parser.add_argument(
        "--observed-at", type=moment, help="the time of payloads that carry none (default: now)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the story: 0; 2 if no single case is meant; 3 if a file broke off, or it is erased."""
    # Bytes of the command line that are no text name no case either.
    arguments.case = arguments.case.encode(errors="replace").decode()
    if not arguments.files:
        return _run_recorded(arguments)
    if arguments.source is None:
        sys.stderr.write("foureyes: --from needs --source NAME: see foureyes sources\n")
        return EXIT_USAGE
    record, is_whole = _from_files(arguments)
    _print(record, arguments.format, InClear())
    return 0 if is_whole else EXIT_CANNOT_TELL


def _run_recorded(arguments: argparse.Namespace) -> int:
    # Only who reads an archive needs what reads it.
    from stream.exports.one_case import ForgottenCaseError  # noqa: PLC0415

    try:
        record = _from_archive(arguments) or _from_journal(arguments)
    except ForgottenCaseError as error:
        print(error)
        return EXIT_CANNOT_TELL
    with names_of(_settings(arguments)) as names:
        _print(record, arguments.format, names)
    return 0


def _print(record: CaseRecord, form: str, names: KnownNames) -> None:
    story = explain(record.file, record.said, record.history)
    if form == "json":
        print(put_back_in_json(json_page(story, record), names))
    else:
        print(put_back(markdown_page(story) if form == "markdown" else text_page(story), names))


def _settings(arguments: argparse.Namespace) -> Settings:
    directory = arguments.data
    return Settings.load({"FOUREYES_DATA": str(directory)} if directory else os.environ)


def _from_archive(arguments: argparse.Namespace) -> CaseRecord | None:
    """Look the case up in the archive, if there is one that has what the trail says."""
    with asked(_settings(arguments)) as archive:
        if archive is None:
            return None
        # Only where there is an archive SQL is needed.
        from stream.exports.one_case import read_archived_case  # noqa: PLC0415

        return read_archived_case(archive, arguments.case, arguments.tenant)


def _from_journal(arguments: argparse.Namespace) -> CaseRecord:
    directory = arguments.data
    if directory is None:
        settings = Settings.load(os.environ)
        if settings.kafka_bootstrap:
            return read_case(KafkaJournal(settings), arguments.case, arguments.tenant)
        directory = settings.data
    with closing(StoredJournal(directory)) as journal:
        return read_case(journal, arguments.case, arguments.tenant)


def _from_files(arguments: argparse.Namespace) -> tuple[CaseRecord, bool]:
    """Replay, and take the case out of the judge; and whether every file was read to its end."""
    history = History()
    replay = _replay(arguments, history)
    is_whole = True
    try:
        replay.run(arguments.files, arguments.until)
    except UnreadableFileError as error:
        sys.stderr.write(f"foureyes: {error}\n")
        is_whole = False
    judge = replay.host.judge
    search, names = Search(arguments.case, arguments.tenant), Names()
    for row in judge.cases():
        search.take(row)
        names.take(row)
    for each in judge.joined():
        search.note(each)
    found = search.found()
    record = case_record(judge, found[0], history) if found else None
    if record is None:
        raise names.unknown(arguments.case, waiting=replay.host.linker.sizes()["parked"])
    return record, is_whole


def _replay(arguments: argparse.Namespace, history: History) -> Replay:
    policy = policy_from(arguments.policy)
    facts = facts_from(
        policy,
        people=arguments.people,
        machines=arguments.machines,
        entitlements=arguments.entitlements,
        scim=arguments.scim,
    )
    at = arguments.observed_at
    return Replay(
        connector=connector(arguments.source),
        clock=FixedClock(at) if at else SystemClock(),
        policy=policy,
        stamp=facts.stamp,
        hear=Hearing(lambda: facts, tells_late=Direct.LAYOUT.journal).hear,
        listen=history.take,
    )
