"""A case's story on a page: plain text, Markdown, JSON."""

import json
import re
from textwrap import fill
from typing import Any

from rules.explain import Section, Story
from stream.canonical import plain
from stream.case_reading import CaseRecord

FORMAT_VERSION = 1
WIDTH = 92
"""Characters in a line of text."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&]|^[-+=])")


def text_page(story: Story) -> str:
    """Write a story for a terminal, and for whoever reads it out."""
    parts = [fill(story.title, WIDTH, **_WHOLE), fill(story.opening, WIDTH, **_WHOLE)]
    for section in story.sections:
        parts.append(section.heading.upper())
        parts += [_paragraph(section, number) for number in range(len(section.paragraphs))]
    return "\n\n".join(parts)


_WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
"""A name or an address is never cut in two."""


def _paragraph(section: Section, number: int) -> str:
    lead = f"{number + 1:>3}. " if section.numbered else "  "
    return fill(
        section.paragraphs[number],
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        **_WHOLE,
    )


def plain_page(story: Story) -> str:
    """Write a story as text, each paragraph on one line: for files, and quick to make."""
    parts = [story.title, story.opening]
    for section in story.sections:
        parts.append(section.heading.upper())
        if section.numbered:
            parts += [f"{n}. {words}" for n, words in enumerate(section.paragraphs, 1)]
        else:
            parts += section.paragraphs
    return "\n\n".join(parts)


def markdown_page(story: Story) -> str:
    """Write a story as Markdown; the special characters of what it quotes are escaped."""
    parts = [f"# {_plain(story.title)}", _plain(story.opening)]
    for section in story.sections:
        parts.append(f"## {_plain(section.heading)}")
        items = [_plain(paragraph) for paragraph in section.paragraphs]
        if section.numbered:
            parts.append("\n".join(f"{n}. {item}" for n, item in enumerate(items, start=1)))
        else:
            parts += items
    return "\n\n".join(parts)


def _plain(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", words)


def json_page(story: Story, record: CaseRecord) -> str:
    """Write a story for a program: the sentences, and what they were made of."""
    told = {
        "version": FORMAT_VERSION,
        "case": record.file.case,
        "tenant": record.file.tenant,
        "verdict": story.verdict,
        "policy": {"version": record.file.policy.version, "owner": record.file.policy.owner},
        "title": story.title,
        "opening": story.opening,
        "sections": [
            {"heading": each.heading, "paragraphs": list(each.paragraphs)}
            for each in story.sections
        ],
        "controls": [
            {
                "rule": each.rule.id,
                "title": each.rule.title,
                "verdict": each.verdict,
                "waits": [{"until": ask.due, "for": sorted(ask.awaiting)} for ask in each.asks],
                "unknown": list(each.unknown),
                "set_aside": list(each.set_aside),
            }
            for each in record.said
        ],
        "findings": list(record.history),
        "events": list(record.file.path.events),
    }
    return json.dumps(plain(told), indent=2, ensure_ascii=False, default=_moment)


def _moment(at: Any) -> str:
    return str(at.isoformat().replace("+00:00", "Z"))
