"""Forgeries: what somebody may do to an export, with no key or with the archive's own."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

from rules.ledger.checkpoint import (
    Checkpoint,
    Note,
    Signature,
    read_checkpoint,
    read_note,
    signed_text,
    write_note,
)
from rules.ledger.proofs import full_subtrees
from rules.ledger.tree import Frontier
from stream.archive.keys import PrivateKey
from stream.canonical import write
from stream.exports.container import Packing
from stream.exports.layout import signed_lines
from tests.exports.office import KEY

Members = dict[str, bytes]
Leaves = list[bytes]


def unpacked(path: Path) -> Members:
    """The members of an export, in their order."""
    with ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(members: Members, path: Path) -> Path:
    """Write members as an export does."""
    with path.open("wb") as file:
        packing = Packing(file)
        for name, raw in members.items():
            packing.add(name, iter([raw]))
        packing.close()
    return path


def signed(text: str, *keys: PrivateKey) -> bytes:
    """A note by some keys."""
    lines = [Signature(k.key.name, k.key.id, k.sign(signed_text(text))) for k in keys]
    return write_note(Note(text, tuple(lines)))


def relisted(members: Members, **changes: object) -> Members:
    """Let the manifest list what is there: nobody needs a key for that."""
    manifest = {**json.loads(members["manifest.json"]), **changes}
    manifest["files"] = [
        {"name": name, "bytes": len(raw), "sha256": sha256(raw).hexdigest()}
        for name, raw in members.items()
        if not name.startswith("manifest.")
    ]
    return {**members, "manifest.json": write(manifest)}


def resealed(members: Members, *keys: PrivateKey) -> Members:
    """Sign the manifest again: whoever holds the archive's key can."""
    digest = sha256(members["manifest.json"]).hexdigest()
    return {**members, "manifest.note": signed(signed_lines(digest), *(keys or (KEY,)))}


def edited(members: Members, name: str, old: bytes, new: bytes) -> Members:
    """Put other bytes in the place of some, once."""
    assert old in members[name]
    return {**members, name: members[name].replace(old, new, 1)}


def with_lines(members: Members, change: Callable[[Leaves], Leaves], partition: int = 0) -> Members:
    """Change the lines that tell a log."""
    name = f"logs/{partition}/entries.jsonl"
    lines = change(members[name].split(b"\n")[:-1])
    return {**members, name: b"".join(line + b"\n" for line in lines)}


def notes_of(members: Members, partition: int = 0) -> Iterator[tuple[str, Checkpoint]]:
    """The checkpoints of a log, the smallest first."""
    found = [n for n in members if n.startswith(f"logs/{partition}/") and n.endswith(".note")]
    for name in sorted(found, key=lambda each: int(each.split("/")[2][:-5])):
        yield name, read_checkpoint(read_note(members[name]).text)


def rewritten(members: Members, change: Callable[[Leaves], Leaves]) -> Members:
    """Rewrite log 0, every entry of which is shown, and sign what comes of it: a fork.

    Checkpoints that a witness saw are gone: nobody can make it see another log.
    """
    forked = with_lines(members, change)
    tree = Frontier()
    for line in forked["logs/0/entries.jsonl"].split(b"\n")[:-1]:
        tree.append(line)
    for name, _ in notes_of(members):
        del forked[name]
    text = Checkpoint(origin="acme/0", size=tree.size, root=tree.root()).text()
    manifest = json.loads(members["manifest.json"])
    logs = [{"partition": 0, "size": tree.size}, *manifest["logs"][1:]]
    entries = manifest["entries"] + tree.size - manifest["logs"][0]["size"]
    first = {f"logs/0/{tree.size}.note": signed(text, KEY)}
    return relisted({**first, **forked}, logs=logs, entries=entries)


def tree_of_gap(lines: Leaves) -> tuple[int, int]:
    """The first gap that could as well be another one, by its number of hashes; and that one."""
    at = 0
    for number, line in enumerate(lines):
        told = json.loads(line)
        if "gap" not in told:
            at += 1
            continue
        for other in range(told["gap"] + 1, told["gap"] + 200):
            if len(list(full_subtrees(at, at + other))) == len(told["hashes"]):
                return number, other
        at += told["gap"]
    raise LookupError(lines)


def moved(lines: Leaves) -> Leaves:
    """Two neighbouring entries change places."""
    for number, (one, other) in enumerate(pairwise(lines)):
        if b'"action"' in one and b'"action"' in other:
            return [*lines[:number], other, one, *lines[number + 2 :]]
    raise LookupError(lines)
