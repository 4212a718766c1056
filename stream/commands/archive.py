"""`foureyes archive`: what the archive holds, and the keys that sign for it."""

import argparse
import os

from stream.clock import SystemClock
from stream.settings import Settings

SUMMARY = "what the archive holds of the trail; the keys that sign its checkpoints"
WORDS = {
    "status": "each log's size and root, and its last checkpoint with who signed it",
    "keys": "the public keys in force, the present one first: hand them to who checks",
    "rotate": "put a new key before the present one: both sign until the old one is retired",
    "retire": "leave only the present key",
}
DECISIONS = {
    "hold": "keep a case whatever its age, for a court say, by two people's word",
    "release": "let a held case go when its time has come, by two people's word",
    "expire": "let closed cases go that have had the time policy gives them, by two people's word",
}
FORGET = "show where the archive names a person; let that go, by two people's word"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes archive`."""
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    for word, meaning in WORDS.items():
        words.add_parser(word, help=meaning, description=meaning)
    for word, meaning in DECISIONS.items():
        decision = words.add_parser(word, help=meaning, description=meaning)
        if word != "expire":
            decision.add_argument("case", metavar="CASE", help="the case's own name")
            decision.add_argument("--tenant", help="whose case")
        decision.add_argument("--reason", required=True, help="why")
        decision.add_argument("--author", required=True, help="who decided it")
        decision.add_argument("--approver", required=True, help="who agreed: somebody else")
    _add_forget(words.add_parser("forget", help=FORGET, description=FORGET))


def _add_forget(forget: argparse.ArgumentParser) -> None:
    name = "a person's id, or an account; what is told to belong together is looked for together"
    forget.add_argument("person", metavar="PERSON", nargs="+", help=name)
    forget.add_argument("--exactly", action="store_true", help="look for these names only")
    forget.add_argument("--tenant", help="only in what is this tenant's")
    forget.add_argument("--reason", help="why, in words that name nobody")
    forget.add_argument("--author", help="who decided it")
    forget.add_argument("--approver", help="who agreed: somebody else")


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for. A running archive takes new keys after its next start."""
    settings = Settings.load(os.environ)
    if arguments.word == "status":
        _print_status(settings)
    elif arguments.word == "forget":
        _forget(settings, arguments)
    elif arguments.word in DECISIONS:
        _decide(settings, arguments)
    else:
        _print_keys(settings, arguments.word)
    return 0


def _decide(settings: Settings, arguments: argparse.Namespace) -> None:
    # Only who decides needs the hosts.
    from stream.running.keeping import decide, keeping_of  # noqa: PLC0415

    keeping = keeping_of(settings, arguments, SystemClock())
    decide(settings, keeping)
    if keeping.until is not None:
        print(f"closed cases whose last step is before {keeping.until:%Y-%m-%d %H:%MZ} will go")
    print("it becomes an entry of the ledger, and the archive carries it out when it reads that")


def _forget(settings: Settings, arguments: argparse.Namespace) -> None:
    # Only who looks for somebody needs SQL and the hosts.
    from stream.running.erasing import WORDS, forget, look_for  # noqa: PLC0415

    found = look_for(settings, arguments)
    counts = sorted(found.whereabouts.kinds.items())
    kinds = ", ".join(f"{n} {kind.name.lower()}" for kind, n in counts)
    print(f"named as {', '.join(sorted(found.names.names))}: {kinds or 'nothing in the archive'}")
    for held in found.whereabouts.held:
        print(f"  case {held.name} is held: nothing of this person can go")
    if found.pseudonyms:
        print(f"  by {len(found.pseudonyms)} pseudonyms, each of which a key stands for")
    is_known = bool(counts) or bool(found.pseudonyms)
    if is_known and any(getattr(arguments, word) for word in WORDS):
        decided = forget(settings, arguments, found, SystemClock())
        logs = sorted({str(each.partition) for each in decided if each.partition is not None})
        print(
            f"decided for {'logs ' + ', '.join(logs) if logs else 'every log'}: each becomes an "
            "entry, and the archive carries it out then"
        )


# Only who looks at the archive needs SQL and keys.


def _print_status(settings: Settings) -> None:
    from rules.ledger.checkpoint import read_checkpoint, read_note  # noqa: PLC0415
    from stream.archive.configured import reading  # noqa: PLC0415

    with reading(settings) as archive:
        gone = archive.count_gone()
        for log in archive.logs():
            origin = f"{settings.archive_name}/{log.partition}"
            print(f"{origin}: {log.size} entries, root {log.root.hex()}")
            told = archive.checkpoint(log.partition)
            if told is not None:
                note = read_note(told.encode())
                by = ", ".join(each.name for each in note.signatures)
                print(f"  checkpoint of {read_checkpoint(note.text).size} entries, signed by {by}")
        if gone:
            print(f"{gone} entries have let go of their bytes; their hashes are in the tree")
        if not archive.is_scrubbed():
            print("what has gone may still lie about in the database's files: start foureyes again")


def _print_keys(settings: Settings, word: str) -> None:
    from stream.archive.configured import key_file_of, signers_of  # noqa: PLC0415
    from stream.archive.keys import retire, rotate  # noqa: PLC0415

    if word == "rotate":
        rotate(key_file_of(settings), settings.archive_name)
    elif word == "retire":
        retire(key_file_of(settings), settings.archive_name)
    for signer in signers_of(settings):
        print(signer.key)
