"""Names put back where people read: in what is printed, shown or sent, and nowhere else."""

import json
import re
from collections.abc import Collection, Mapping
from html import escape
from typing import Any, Protocol

from stream.pseudonyms.form import PSEUDONYM, replaced


class KnownNames(Protocol):
    """What pseudonyms stand for, as far as anybody knows."""

    def of(self, pseudonyms: Collection[str]) -> Mapping[str, str]:
        """The names behind some pseudonyms; those that name nobody any more are left out."""

    def pseudonym(self, name: str) -> str:
        """What the record calls somebody; whom it does not know, it calls by that name."""


class InClear:
    """Names in clear: a record without pseudonyms."""

    def of(self, _pseudonyms: Collection[str]) -> Mapping[str, str]:
        """Nothing that looks like a pseudonym is one."""
        return {}

    def pseudonym(self, name: str) -> str:
        """People are called by their names."""
        return name


def put_back(text: str, names: KnownNames) -> str:
    """Put names in place of the pseudonyms in a text."""
    found = {*PSEUDONYM.findall(text)} if "~" in text else set()
    if not found:
        return text
    known = names.of(found)
    return replaced(text, lambda each: known.get(each, each))


def put_back_in_json(text: str, names: KnownNames) -> str:
    """Put names in place of the pseudonyms in a text that is JSON."""
    known = names.of({*PSEUDONYM.findall(text)}) if "~" in text else {}
    return replaced(text, lambda each: json.dumps(known.get(each, each))[1:-1])


def put_back_in(told: Any, names: KnownNames) -> Any:
    """Put names in place of the pseudonyms in every text of a JSON tree."""
    match told:
        case str():
            return put_back(told, names)
        case dict():
            return {key: put_back_in(item, names) for key, item in told.items()}
        case list() | tuple():
            return type(told)(put_back_in(item, names) for item in told)
        case _:
            return told


def put_back_on_page(page: str, names: KnownNames) -> str:
    """Put names on a page of HTML; addresses keep pseudonyms, so that no log has names of them."""
    found = {*PSEUDONYM.findall(page)} if "~" in page else set()
    if not found:
        return page
    known = {each: escape(name) for each, name in names.of(found).items()}
    return _ON_PAGE.sub(lambda part: known.get(part[0], part[0]), page)


_ON_PAGE = re.compile(rf'(?:href|action|value)="[^"]*"|{PSEUDONYM.pattern}')
"""An attribute, which is left as it is, or a pseudonym."""
