"""A second verifier, written from stream/exports/README.md alone; no code of rules/ledger."""

import csv
import io
import json
import zipfile
from base64 import b32encode, b64decode
from collections import defaultdict
from collections.abc import Iterator
from functools import reduce
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from rules.catalog import CATALOG_VERSION
from rules.explain import explain
from rules.finding import read_finding
from rules.machines.retrial import Retrial, is_the_same
from stream.canonical import CODEC, read_event
from stream.story_pages import plain_page

PARTS = ("judged", "not_selected", "forgotten", "set_aside", "refused", "repeats")


def verify(raw: bytes, keys: list[tuple[str, str]]) -> int:
    """0 sound, 1 defects, 3 can not tell; `keys` are NAME+ID+KEY, and the day it ended or ''."""
    again, members = io.BytesIO(), dict[str, bytes]()
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as told, zipfile.ZipFile(again, "w") as made:
            for name in told.namelist():
                made.writestr(zipfile.ZipInfo(name), members.setdefault(name, told.read(name)))
        found = [*checks(members, keys), again.getvalue() == raw]
    except (zipfile.BadZipFile, InvalidSignature, LookupError, TypeError, ValueError):
        return 1
    return 1 if False in found else 3 if None in found else 0


def checks(members: dict[str, bytes], keys: Any) -> Iterator[bool | None]:
    """What is so (True), what is not (False), what can not be told (None)."""
    told, statement = json.loads(members["manifest.json"]), json.loads(members["statement.json"])
    here = [(n, len(b), sha256(b).hexdigest()) for n, b in members.items()]
    listed = [(each["name"], each["bytes"], each["sha256"]) for each in told["files"]]
    text, table, shown, notes = "", [], list[Any](), [members["manifest.note"].decode()]
    yield notes[0].startswith(f"foureyes export 1\n{here[-2][2]}\n\n")
    yield (listed, statement["selection"]) == (here[:-2], told["selection"])
    yield told["rules"] == CATALOG_VERSION or None
    for log, stated in zip(told["logs"], statement["logs"], strict=True):
        folder = f"logs/{log['partition']}/"
        entries, gone, roots, cases = told_in_part(members[f"{folder}entries.jsonl"])
        own = [b.decode() for m, b in members.items() if m.startswith(folder) and m[-5:] == ".note"]
        for name, size, root, *_ in (note.split("\n") for note in own):
            yield (told["archive"] + folder[4:-1], roots.get(int(size))) == (name, b64decode(root))
        yield max(roots) == log["size"] == int(own[-1].split("\n")[1])
        notes, shown = notes + own, shown + entries
        for at, _, line in gone:
            (word,) = (e["keeping"] for n, _, e in entries if n == (by := line["gone"]["by"]))
            may = {*(range(by) if word["act"] == "expire" else word["places"])}
            yield may.issuperset(range(at, at + line["gap"]))
        for one in cases.values():
            changes = [read_finding(entry) for _, _, entry, _ in one if "finding" in entry]
            page = yield from heard_again(one, entries, log["size"], changes)
            text += f"{'=' * 92}\n\nLog {name}, entries {', '.join(str(n) for n, *_ in one)}.\n\n"
            text += f"{page}\n\n"
            table += [[e.finding, str(e.number), e.change, e.severity, e.summary] for e in changes]
        for each in stated["sources"]:
            ours = [n for n, _, e in entries if "action" in e and e["source"] == each["source"]]
            yield each["judged"] == sum(n < stated["counted_at_entry"] for n in ours)
            yield each["offered"] == sum(each[part] for part in PARTS)
    for each in map(json.loads, members.get("names.jsonl", b"").splitlines()):
        made = b32encode(sha256(bytes.fromhex(each["salt"]) + each["name"].encode()).digest())
        yield "~" + made.decode().lower()[:26] == each["pseudonym"]
    rows = csv.reader(io.StringIO(members["findings.csv"].decode()))
    yield [[*row[:3], row[6], row[11]] for row in rows][1:] == table
    yield (text.count("=" * 92), len(shown)) == (told["cases"], told["entries"])
    yield members["stories.txt"].decode() == text
    yield from signed(notes, told, keys)


def signed(notes: list[str], told: Any, keys: Any) -> Iterator[bool | None]:
    """All notes by one key of the archive, one of them by each witness."""
    signs = False
    for (name, number, encoded), ended in ((key.split("+", 2), ended) for key, ended in keys):
        kind, *public = b64decode(encoded)
        lines = [(n, *line.split()[1:]) for n in notes for line in n.split("\n\n")[-1].splitlines()]
        told_by = [(n, b64decode(value)) for n, signer, value in lines if signer == name]
        for note, raw in (own := [each for each in told_by if each[1][:4].hex() == number]):
            head = f"cosignature/v1\ntime {int.from_bytes(raw[4:12], 'big')}\n" if kind == 4 else ""
            known = Ed25519PublicKey.from_public_bytes(bytes(public))
            known.verify(raw[-64:], (head + note[: note.rindex("\n\n") + 1]).encode())
        signs = signs or (kind == 1 and len(own) == len(notes))
        yield bool(own) if kind == 4 else name == told["archive"]
        yield not own or told["made_at"] < (ended or "9")
    yield signs or None


def told_in_part(raw: bytes) -> Any:
    """The entries that are shown, what is gone, the root after each line, and each case."""
    stack, roots, cases, lines, at = list[Any](), {}, defaultdict(list), defaultdict(list), 0
    for line in raw.split(b"\n")[:-1]:
        told = json.loads(line)
        hashes = [*map(bytes.fromhex, told.get("hashes", []))] or [sha256(b"\0" + line).digest()]
        lines["gap" in told, "gone" in told].append((at, line, told))
        if "case" in (about := told.get("gone", told.get("closed", told))):
            cases[about.get("tenant"), about["case"]].append((at, line, told, hashes[0]))
        end = at + told.get("gap", 1)
        while at < end:
            level = min((end - at).bit_length(), (at & -at).bit_length() or 99) - 1
            at, node = at + (1 << level), hashes.pop(0)
            while stack and stack[-1][0] == level:
                level, node = level + 1, sha256(b"\1" + stack.pop()[1] + node).digest()
            stack.append((level, node))
        at += len(hashes)  # Where one is left over, there is no such place.
        roots[at] = reduce(lambda r, a: sha256(b"\1" + a + r).digest(), [n for _, n in stack[::-1]])
    return lines[False, False], lines[True, True], roots, cases


def heard_again(own: Any, entries: Any, size: int, changes: Any) -> Any:
    """A case's story, and whether it says what the rules say and is whole."""
    of, closed, chain, retrial = own[0][2], own[-1][2].get("closed"), bytes(32), Retrial(CODEC)
    for count, (_, _, entry, leaf) in enumerate(own):
        yield not (c := entry.get("closed")) or (c["entries"], c["chain"]) == (count, chain.hex())
        chain = sha256(chain + leaf).digest()
    if gone := [entry["gone"]["case"] for _, _, entry, _ in own if "gone" in entry]:
        return f"Case {gone[0]} is not judged again: {len(gone)} of {len(own)} entries are erased."
    known = [e for e in entries if "record" in e[2] and e[0] < (own[-1][0] if closed else size)]
    for _, line, _ in sorted(known, key=lambda each: each[2]["record"] == "reported"):
        retrial.take(line)
    every = {at: read_event(line) for at, line, entry, _ in own if "action" in entry}
    out = {(x[0], x[1], tuple(x[2])): at for at, _, e, _ in own for x in e.get("events", ())}
    rest = [e for n, e in every.items() if n > out.get((e.source, e.id, e.links), -1)]
    judged = retrial.judge(of.get("tenant"), of["case"], rest or every.values(), is_gone=not rest)
    last, again = ({each.finding: each for each in some} for some in (changes, judged.findings))
    yield {name for name, each in last.items() if each.change != "withdrawn"} == {*again}
    yield all(is_the_same(last[name], each) for name, each in again.items() if name in last)
    yield not closed or closed.get("verdict") == judged.verdict
    return plain_page(explain(judged.file, judged.said, changes))
