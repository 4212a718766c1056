"""`foureyes connect NAME --sample FILE`: what a table reads from each payload, field by field."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from stream.activities import connector_with
from stream.clock import SystemClock
from stream.commands.sources import IMPLIED, rows_of
from stream.connectors import Connector, Delivery, MalformedEventError, RefusalKind, Told, documents
from stream.connectors.table import Form, Tree
from stream.intake.files import UnreadableFileError, records_of

SUMMARY = "show what a connector reads from sample payloads, and what is missing or refused"
FORMAT_VERSION = 1
PAYLOADS_SHOWN = 20
EXIT_DEFECTS = 1
EXIT_CANNOT_TELL = 3
ARRIVAL = "(arrival)"
_DERIVED = re.compile(r"[0-9a-f]{32}-\d{3}-[a-z_]+$")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes connect`."""
    parser.add_argument("name", metavar="NAME", help="a connector: see foureyes sources")
    parser.add_argument(
        "--sample", metavar="FILE", required=True, help="payloads: .json, .jsonl, .xes, gzip, or -"
    )
    parser.add_argument("--activities", type=Path, help="what the activities of an XES log are")
    parser.add_argument(
        "--first", type=int, default=PAYLOADS_SHOWN, help="so many payloads are shown (default: 20)"
    )
    parser.add_argument("--format", choices=("text", "jsonl"), default="text")


class Reading(NamedTuple):
    """One event of a payload: which table gave it, what it tells, and what the table lacked."""

    form: Form
    told: dict[str, str]
    missing: list[str]


class Payload(NamedTuple):
    """What became of one payload: its events, or why it is refused, or what it says instead."""

    place: str
    readings: list[Reading]
    refusal: MalformedEventError | None
    progress: datetime | None = None
    said: tuple[str, ...] = ()
    """Whose accounts are."""


def run(arguments: argparse.Namespace) -> int:
    """Show each payload: 0; 1 where a step is refused for a defect; 3 if the file broke off.

    Raises UnreadableFileError for a file that can not be opened.
    """
    source = connector_with(arguments.name, arguments.activities)
    show = _show_line if arguments.format == "jsonl" else _show
    counts = {"payloads": 0, "events": 0, "out_of_scope": 0, "refused": 0}
    broken_off = False
    try:
        for payload in islice(payloads(source, arguments.sample), arguments.first):
            _count(counts, payload)
            show(source, payload)
    except UnreadableFileError as error:
        if not counts["payloads"] and isinstance(error.__cause__, OSError):
            raise
        sys.stderr.write(f"foureyes: {error}\n")
        broken_off = True
    sys.stderr.write(
        f"{counts['payloads']} payloads: {counts['events']} events, {counts['out_of_scope']} no "
        f"step of a decision, {counts['refused']} refused\n"
    )
    if broken_off:
        return EXIT_CANNOT_TELL
    return EXIT_DEFECTS if counts["refused"] else 0


def _count(counts: dict[str, int], payload: Payload) -> None:
    counts["payloads"] += 1
    counts["events"] += len(payload.readings)
    if payload.refusal is not None:
        no_step = payload.refusal.kind is RefusalKind.OUT_OF_SCOPE
        counts["out_of_scope" if no_step else "refused"] += 1


def payloads(source: Connector, path: str) -> Iterator[Payload]:
    """Read a file as intake does, and keep with each event the table that gave it.

    Raises UnreadableFileError.
    """
    now = SystemClock().now()
    for raw in records_of(path, source.parse):
        place = f"{path}:{raw.line}" if raw.line else path
        delivery = Delivery(
            source=source.name,
            observed_at=now,
            digest="",
            place=place,
            stamp_observed=False,
        )
        for suffix, document in documents(raw.value, source.name, source.apart):
            yield _payload(source, place + suffix, document, delivery)


def _payload(source: Connector, place: str, document: object, delivery: Delivery) -> Payload:
    try:
        if isinstance(document, MalformedEventError):
            raise document
        trees = source.read(document, delivery)
    except MalformedEventError as error:
        return _no_step(source, place, document, delivery, error)
    if isinstance(trees[0], Told):
        return Payload(place, [], None, trees[0].until)
    forms = list(source.forms_of(document))
    told = [tree for tree in trees if not isinstance(tree, Told)]
    readings = [
        _reading(source, form, tree, delivery) for form, tree in zip(forms, told, strict=True)
    ]
    return Payload(place, readings, None)


def _no_step(
    source: Connector,
    place: str,
    document: object,
    delivery: Delivery,
    error: MalformedEventError,
) -> Payload:
    """Look whether what is no step says whose an account is."""
    if error.kind is not RefusalKind.OUT_OF_SCOPE:
        return Payload(place, [], error)
    try:
        statements = source.statements(document, delivery)
    except MalformedEventError as worse:
        return Payload(place, [], worse)
    said = [
        f"account {each.account} is {each.person or 'nobody'}'s from "
        f"{ARRIVAL if each.at == delivery.observed_at else each.at.isoformat()} on"
        for each in statements
    ]
    return Payload(place, [], None if said else error, said=tuple(said))


def _reading(source: Connector, form: Form, tree: Tree, delivery: Delivery) -> Reading:
    """Put what an event tells beside what its table could have read."""
    if tree["occurred_at"] == delivery.observed_at:
        tree = {**tree, "occurred_at": ARRIVAL}
    told = {
        ours: value for ours, value in _flat(tree) if ours not in ("source", "raw", "observed_at")
    }
    return Reading(form, told, list(_missing(source, form, told)))


def _missing(source: Connector, form: Form, told: dict[str, str]) -> Iterator[str]:
    """List what a table could have read: a part as a whole where nothing of it is told."""
    missing: dict[str, list[str]] = {}
    for row in rows_of(source, form):
        part = row.ours.partition(".")[0]
        known = any(ours == part or ours.startswith(f"{part}.") for ours in told)
        ours = row.ours if known else part
        if ours not in told and not row.theirs.removeprefix("else ").startswith("always "):
            missing.setdefault(ours, []).append(row.theirs.removeprefix("else "))
    for ours, theirs in missing.items():
        yield f"{ours}: {', else '.join(dict.fromkeys(theirs))}"


def _flat(tree: Tree, under: str = "") -> Iterator[tuple[str, str]]:
    """Write a tree as (place, text): `actor.account`, lists joined."""
    for name, value in tree.items():
        match value:
            case dict():
                yield from _flat(value, f"{under}{name}.")
            case [dict(), *_]:
                for each in value:
                    yield from _flat(each, f"{under}{name}.")
            case list():
                yield f"{under}{name}", ", ".join(map(str, value))
            case datetime():
                yield f"{under}{name}", value.isoformat().replace("+00:00", "Z")
            case _:
                yield f"{under}{name}", str(value)


def _show(source: Connector, payload: Payload) -> None:
    if payload.refusal is not None:
        print(f"{payload.place}: refused ({payload.refusal.kind}): {payload.refusal}\n")
    for said in payload.said:
        print(f"{payload.place}: says that {said}\n")
    if payload.progress is not None:
        print(f"{payload.place}: says that it has reported up to {payload.progress}\n")
    for reading in payload.readings:
        theirs = _theirs(source, reading)
        print(f"{payload.place}: {reading.form.title}")
        for ours, value in reading.told.items():
            print(f"    {ours:<24}  {value:<40}  ← {theirs.get(ours, 'the delivery')}")
        for missing in reading.missing:
            print(f"    not told: {missing}")
        print()


def _theirs(source: Connector, reading: Reading) -> dict[str, str]:
    """Tell for each of our fields where theirs may stand."""
    places: dict[str, list[str]] = {}
    for row in rows_of(source, reading.form):
        places.setdefault(row.ours, []).append(row.theirs)
    if _DERIVED.match(reading.told["id"]):
        places["id"] = [IMPLIED["id"]]
    return {ours: ", ".join(dict.fromkeys(theirs)) for ours, theirs in places.items()}


def _show_line(source: Connector, payload: Payload) -> None:
    refusal = payload.refusal
    told: dict[str, Any] = {"version": FORMAT_VERSION, "place": payload.place, "events": []}
    if refusal is not None:
        told["refused"] = {
            "kind": refusal.kind,
            "field": refusal.field,
            "found": refusal.found,
            "expected": refusal.expected,
        }
    if payload.progress is not None:
        told["reported_until"] = payload.progress.isoformat()
    if payload.said:
        told["said"] = list(payload.said)
    told["events"] = [
        {
            "table": reading.form.title,
            "told": reading.told,
            "from": {k: v for k, v in _theirs(source, reading).items() if k in reading.told},
            "not_told": reading.missing,
        }
        for reading in payload.readings
    ]
    print(json.dumps(told, ensure_ascii=False))
