"""What a verifier can find wrong with an export, and what each defect means."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

DEFECTS_MAX = 200
"""So many of one kind are named; of the rest there is a count."""

MEANINGS = {
    "structure": "this is not a file that foureyes wrote, or bytes were put in, cut off or changed",
    "manifest": "the manifest is not the one that was signed",
    "digest": "a member was changed, put in or taken out after the manifest was written",
    "signature": "whoever changed this did not have the key",
    "key-unknown": "it is signed, and not by a key that you gave: it may be anybody's",
    "key-expired": "the key was no longer to be trusted when this was signed",
    "other-log": "a checkpoint of another log says nothing about these entries",
    "cosignature": "the witness has not seen this checkpoint: its word was taken from elsewhere",
    "not-cosigned": "the witness whose key you gave has seen none of these checkpoints",
    "root": "an entry before this place was edited, removed, put in or moved, or the log forked",
    "gap": "an entry before this place was taken out or put in, or this proves another tree",
    "size": "the log goes on, or ends, elsewhere than its checkpoint says: the tail was cut off",
    "entry": "an entry is not in the form in which it was recorded",
    "held": "the log that you have seen earlier is not the beginning of this one",
    "case-incomplete": "entries of a closed case were left out, put in or moved",
    "finding-history": "a change in the life of a finding was left out",
    "finding-invented": "a finding that nothing in the record supports",
    "finding-missing": "a finding was left out of the record",
    "finding-differs": "a finding, or the policy it was judged by, was changed",
    "verdict-differs": "the verdict does not follow from the record",
    "rules-unknown": "other rules judged here than this verifier has: use that version's release",
    "asked-again": "the log ends before this case was asked again: a later export will tell",
    "erasure": "bytes are withheld, and no two people decided that they may go",
    "forgotten": "nobody can judge it again: what was recorded of it stands",
    "name": "the name is not the one that this pseudonym was made of",
    "not-selected": "the file holds what it does not say that it holds",
    "population": "the counts are not those of the log",
    "story": "the story, or a table, does not say what the record says",
    "too-large": "it can not be judged within the memory that a verifier takes",
}


class Defect(NamedTuple):
    """One thing that is wrong: its kind, where it is, what was found."""

    kind: str
    where: str
    words: str

    @property
    def means(self) -> str:
        """What the kind means."""
        return MEANINGS[self.kind]


@dataclass(slots=True)
class Report:
    """What a verifier found: defects, what it could not tell, what it did check."""

    defects: list[Defect] = field(default_factory=list)
    untold: list[Defect] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def defect(self, kind: str, where: str, words: object) -> None:
        """Note what is wrong."""
        self._note(self.defects, Defect(kind, where, str(words)))

    def unknown(self, kind: str, where: str, words: object) -> None:
        """Note what can not be told."""
        self._note(self.untold, Defect(kind, where, str(words)))

    def _note(self, into: list[Defect], defect: Defect) -> None:
        count = self.counts[defect.kind] = self.counts.get(defect.kind, 0) + 1
        if count <= DEFECTS_MAX and defect not in into:
            into.append(defect)

    def left_out(self) -> Iterator[tuple[str, int]]:
        """The kinds of which more were found than are named, and how many more."""
        for kind, count in self.counts.items():
            if count > DEFECTS_MAX:
                yield kind, count - DEFECTS_MAX

    @property
    def code(self) -> int:
        """0 sound, 1 defects, 3 could not tell."""
        if self.defects:
            return 1
        return 3 if self.untold else 0
