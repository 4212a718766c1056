"""`foureyes sources [NAME]`: which systems can report, and which field of theirs becomes ours."""

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from stream.connectors import CONNECTORS, Connector, connector
from stream.connectors.table import Form, Term, printed
from stream.pulling.vendors import VENDORS
from stream.web.manners import manner_of

SUMMARY = "list the sources that can report, and what each field is read from"
FORMAT_VERSION = 1
WORDS_SHOWN_MAX = 12
"""A row shows so many of the words that it translates; json shows them all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes sources`."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="one source, such as sailpoint")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Print the sources, or the one that is asked for. Raises UnknownSourceError."""
    if arguments.name:
        tell = {"text": _page, "markdown": _page_markdown, "json": _page_json}
        print(tell[arguments.format](connector(arguments.name)))
    else:
        tell_all = {"text": _list, "markdown": _list_markdown, "json": _list_json}
        print(tell_all[arguments.format](list(CONNECTORS.values())))
    return 0


class Row(NamedTuple):
    """One line of provenance: our field, theirs, and their words with ours."""

    ours: str
    theirs: str
    words: dict[str, str]


IMPLIED = {
    "id": "SHA-256 of the record, which of its events it is, and action",
    "occurred_at": "time of arrival",
}
"""What these fields are where a table has no row for them."""


def rows_of(source: Connector, form: Form) -> Iterator[Row]:
    """Print a table's rows as an auditor reads them."""
    for ours, theirs in IMPLIED.items():
        if ours not in form.rows:
            yield Row(ours, theirs, {})
    for ours, theirs, term in printed(form.rows):
        yield Row(ours, source.spell(form.spelled(theirs)), _words(term))


def identity_rows(source: Connector, form: Form) -> Iterator[Row]:
    """Print the rows of a table that says whose an account is; its proof is the source's name."""
    if "at" not in form.rows:
        yield Row("from", IMPLIED["occurred_at"], {})
    for ours, theirs, _ in printed(form.rows):
        name = "from" if ours == "at" else ours
        yield Row(name, source.spell(form.spelled(theirs)), {})
    yield Row("proof", f"always {source.name!r}", {})


def _words(term: Term) -> dict[str, str]:
    return {str(theirs): str(ours) for theirs, ours in term.words.items()}


def _told_by(row: Row) -> str:
    """Write their field, and their words where they are not ours already."""
    if row.theirs.startswith("always "):
        return row.theirs
    if all(theirs == ours for theirs, ours in row.words.items()):
        words = [] if row.ours != "action" else list(row.words)
    else:
        words = [f"{theirs} → {ours}" for theirs, ours in row.words.items()]
    if not words:
        return row.theirs
    rest = f"; {len(words) - WORDS_SHOWN_MAX} more" if len(words) > WORDS_SHOWN_MAX else ""
    return f"{row.theirs} ({'; '.join(words[:WORDS_SHOWN_MAX])}{rest})"


def _each(source: Connector, form: Form) -> str:
    """Say which lists become one event an item."""
    if not form.each:
        return ""
    name = form.each[-1][0].removesuffix("?")
    return f"; one event for each of {source.spell(form.spelled(name))}"


def _carries(source: Connector) -> str:
    words = ", ".join(sorted(source.carries))
    return f"{words} (as far as it sends them)" if source.open_vocabulary else words


def _over_http(source: Connector) -> list[tuple[str, str]]:
    """Say how its senders reach us, what they have to show, and what that does not show."""
    manner = manner_of(source.name)
    return [
        ("Over HTTP", f"POST /in/{source.name}, in the manner of {manner.title} ({manner.name})"),
        ("Set up there", manner.setup),
        ("A right proof shows", manner.proves),
    ]


def _pulled(source: Connector) -> list[tuple[str, str]]:
    """Say what is asked for where it is pulled, and what has to be known of that."""
    vendor = VENDORS.get(source.name)
    if vendor is None:
        return []
    paths = ", ".join(feed.path for feed in vendor.feeds)
    place = f"FOUREYES_PULL_URL_{source.name.upper()}"
    way = f"in the database at {place}" if vendor.is_database else f"below {place}"
    told = [("Pulled", f"{paths} {way}")]
    return [*told, ("Before you pull", vendor.note)] if vendor.note else told


def _list(sources: Sequence[Connector]) -> str:
    return "\n".join(f"{source.name:<10}  {source.title}" for source in sources)


def _page(source: Connector) -> str:
    lines = [
        f"{source.name}  {source.title}",
        f"  Joined into cases: {source.joins}",
        f"  May report late by: {source.delay}",
        f"  Carries: {_carries(source)}",
    ]
    lines += [f"  {what}: {how}" for what, how in (*_over_http(source), *_pulled(source))]
    lines += [f"  Can never tell {what}: {why}" for what, why in source.never.items()]
    for form in source.forms:
        lines += ["", f"  {form.title} [{form.recognised_by}{_each(source, form)}]"]
        lines += [f"    {row.ours:<24}  {_told_by(row)}" for row in rows_of(source, form)]
    for form in source.identities:
        lines += ["", f"  {form.title} [{form.recognised_by}]"]
        lines += [f"    {row.ours:<24}  {row.theirs}" for row in identity_rows(source, form)]
    return "\n".join(lines)


def _list_markdown(sources: Sequence[Connector]) -> str:
    rows = [f"| {each.name} | {each.title} | {each.joins} |" for each in sources]
    return "\n".join(["| source | what it is | joined into cases |", "|---|---|---|", *rows])


def _page_markdown(source: Connector) -> str:
    lines = [
        f"## {source.name}: {source.title}",
        "",
        f"- Joined into cases: {source.joins}",
        f"- May report late by: {source.delay}",
        f"- Carries: {_carries(source)}",
    ]
    lines += [f"- {what}: {how}" for what, how in (*_over_http(source), *_pulled(source))]
    lines += [f"- Can never tell {what}: {why}" for what, why in source.never.items()]
    for form in source.forms:
        lines += ["", f"### {form.title}", ""]
        lines += [f"Recognised by {form.recognised_by}{_each(source, form)}.", ""]
        lines += ["| our field | their field |", "|---|---|"]
        lines += [
            f"| `{row.ours}` | {_told_by(row).replace('|', chr(92) + '|')} |"
            for row in rows_of(source, form)
        ]
    for form in source.identities:
        lines += ["", f"### {form.title}", "", f"Recognised by {form.recognised_by}.", ""]
        lines += ["| our field | their field |", "|---|---|"]
        lines += [f"| `{row.ours}` | {row.theirs} |" for row in identity_rows(source, form)]
    return "\n".join(lines)


def _told(source: Connector) -> dict[str, Any]:
    return {
        "name": source.name,
        "title": source.title,
        "carries": sorted(source.carries),
        "tells": sorted(source.tells),
        "never": dict(source.never),
        "joins": source.joins,
        "http_scheme": manner_of(source.name).name,
        "delay_seconds": int(source.delay.total_seconds()),
        "may_lack_case": source.may_lack_case,
        "open_vocabulary": source.open_vocabulary,
        "sequenced": source.sequenced,
    }


def _list_json(sources: Sequence[Connector]) -> str:
    return _json({"sources": [_told(source) for source in sources]})


def _page_json(source: Connector) -> str:
    forms = [
        {
            "title": form.title,
            "recognised_by": form.recognised_by,
            "rows": [row._asdict() for row in rows_of(source, form)],
        }
        for form in source.forms
    ]
    identities = [
        {
            "title": form.title,
            "recognised_by": form.recognised_by,
            "rows": [row._asdict() for row in identity_rows(source, form)],
        }
        for form in source.identities
    ]
    return _json({"source": {**_told(source), "forms": forms, "identities": identities}})


def _json(told: dict[str, Any]) -> str:
    return json.dumps({"version": FORMAT_VERSION, **told}, indent=2, ensure_ascii=False)
