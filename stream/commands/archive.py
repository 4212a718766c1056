"""`foureyes archive`: what the archive holds, and the keys that sign for it."""

import argparse
import os

from stream.settings import Settings

SUMMARY = "what the archive holds of the trail; the keys that sign its checkpoints"
WORDS = {
    "status": "each log's size and root, and its last checkpoint with who signed it",
    "keys": "the public keys in force, the present one first: hand them to who checks",
    "rotate": "put a new key before the present one: both sign until the old one is retired",
    "retire": "leave only the present key",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes archive`."""
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    for word, meaning in WORDS.items():
        words.add_parser(word, help=meaning, description=meaning)


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for. A running archive takes new keys after its next start."""
    settings = Settings.load(os.environ)
    if arguments.word == "status":
        _print_status(settings)
    else:
        _print_keys(settings, arguments.word)
    return 0


# Only who looks at the archive needs SQL and keys.


def _print_status(settings: Settings) -> None:
    from rules.ledger.checkpoint import read_checkpoint, read_note  # noqa: PLC0415
    from stream.archive.configured import reading  # noqa: PLC0415

    with reading(settings) as archive:
        for log in archive.logs():
            origin = f"{settings.archive_name}/{log.partition}"
            print(f"{origin}: {log.size} entries, root {log.root.hex()}")
            told = archive.checkpoint(log.partition)
            if told is not None:
                note = read_note(told.encode())
                by = ", ".join(each.name for each in note.signatures)
                print(f"  checkpoint of {read_checkpoint(note.text).size} entries, signed by {by}")


def _print_keys(settings: Settings, word: str) -> None:
    from stream.archive.configured import key_file_of, signers_of  # noqa: PLC0415
    from stream.archive.keys import retire, rotate  # noqa: PLC0415

    if word == "rotate":
        rotate(key_file_of(settings), settings.archive_name)
    elif word == "retire":
        retire(key_file_of(settings), settings.archive_name)
    for signer in signers_of(settings):
        print(signer.key)
