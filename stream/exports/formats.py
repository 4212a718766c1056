"""An export's findings in the words of others: OCSF, OSCAL, CSV."""

from collections.abc import Iterator
from typing import BinaryIO

import orjson

from rules.canary import is_canary
from rules.finding import Change, Finding, read_finding
from stream.canonical import write
from stream.exports.container import Container
from stream.exports.layout import (
    FINDINGS,
    LINE_BYTES_MAX,
    MANIFEST,
    MANIFEST_BYTES_MAX,
    entries_of,
    read_manifest,
)
from stream.exports.oscal import assessment_results
from stream.exports.selecting import in_words
from stream.ocsf import detection_finding

FORMATS = ("zip", "ocsf", "oscal", "csv")


def converted(file: BinaryIO, form: str) -> Iterator[bytes]:
    """Give an export's findings in another format. Raises UnfitFileError.

    `ocsf`: a Detection Finding a line, for each change; `oscal`: assessment results, of the
    findings that stand; `csv`: the table as it is in the file.
    """
    container = Container(file)
    if form == "csv":
        yield from container.pieces(FINDINGS)
    elif form == "ocsf":
        for finding in _findings(container):
            yield write(detection_finding(finding)) + b"\n"
    else:
        yield _oscal(container)


def _findings(container: Container) -> Iterator[Finding]:
    manifest = read_manifest(container.whole(MANIFEST, MANIFEST_BYTES_MAX))
    for log in manifest.logs:
        for line in container.lines(entries_of(log.partition), LINE_BYTES_MAX):
            if b'"finding":' in line:
                told = orjson.loads(line)
                if "finding" in told and not is_canary(told.get("tenant")):
                    yield read_finding(told)


def _oscal(container: Container) -> bytes:
    manifest = read_manifest(container.whole(MANIFEST, MANIFEST_BYTES_MAX))
    last = {each.finding: each for each in _findings(container)}
    told = assessment_results(
        archive=manifest.archive,
        rules=manifest.rules,
        what=in_words(manifest.selection),
        made_at=manifest.made_at,
        findings=[each for each in last.values() if each.change is not Change.WITHDRAWN],
    )
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)
