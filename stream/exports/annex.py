"""The names behind an export's pseudonyms, each with the salt that shows whom it stands for."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from rules.machines.keeping import Act, Keeping
from stream.canonical import dumps
from stream.exports.container import Container
from stream.exports.defects import Report
from stream.exports.layout import LINE_BYTES_MAX
from stream.exports.layout import NAMES as MEMBER
from stream.pseudonyms.form import PSEUDONYM, SALT_BYTES, Meaning, Meanings, pseudonym_of

GATHERED_AT_ONCE = 5_000


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One pseudonym: the name, or the text, that it stands for, and its salt in hex."""

    name: str
    pseudonym: str
    salt: str


_read = msgspec.json.Decoder(Named).decode


class Gathering:
    """Notes the pseudonyms that pass by."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def over(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Let lines pass."""
        for line in lines:
            if b"~" in line:
                self.found.update(PSEUDONYM.findall(line.decode()))
            yield line

    def lines(self, vault: Meanings) -> Iterator[bytes]:
        """A line for each that stands for anything, in their order."""
        every = sorted(self.found)
        for at in range(0, len(every), GATHERED_AT_ONCE):
            known: Mapping[str, Meaning] = vault.meanings(every[at : at + GATHERED_AT_ONCE])
            for each in sorted(known):
                words, salt = known[each]
                yield dumps({"name": words, "pseudonym": each, "salt": salt.hex()}) + b"\n"


def check_names(container: Container, report: Report) -> Iterator[str]:
    """Check that each name is the one its pseudonym was made of; gives the pseudonyms.

    Where a file has no such member, names are in clear, or nobody tells them.
    """
    if MEMBER not in container.members:
        return
    before = ""
    for number, line in enumerate(container.lines(MEMBER, LINE_BYTES_MAX), start=1):
        told = _checked(line, before)
        if isinstance(told, str):
            report.defect("name", f"{MEMBER}, line {number}", told)
            continue
        before = told.pseudonym
        yield before


def _checked(line: bytes, before: str) -> Named | str:
    """What a line tells, or what is wrong with it."""
    try:
        told = _read(line)
        salt = bytes.fromhex(told.salt)
    except (msgspec.DecodeError, ValueError) as error:
        return f"it is no name: {error}"[:300]
    if dumps(msgspec.to_builtins(told)) != line or told.pseudonym <= before:
        return "it is not in its one form, or not in its place"
    if len(salt) != SALT_BYTES or pseudonym_of(salt, told.name) != told.pseudonym:
        return f"{told.pseudonym} does not stand for this name"
    return told


def destroyed(decisions: Iterable[Keeping]) -> frozenset[str]:
    """The pseudonyms of which decisions say that their keys are gone."""
    return frozenset(
        pseudonym
        for each in decisions
        if each.act is Act.DESTROY_KEYS
        for pseudonym in each.pseudonyms
    )
