"""Addresses that people write: brokers, URLs, named sources; and how to show them to anybody."""

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from stream.kinds import TEXT_EXPECTED, read_by, text

_HOST_PORT = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
_URL = re.compile(
    r"https?://(?:[^\s/@?#]+@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?]\S*)?"
)
_DATABASE = re.compile(
    r"postgresql://(?:[^\s/@?#]+@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])?(?::\d{1,5})?"
    r"/[^\s/?#]+(?:\?\S*)?"
)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")


def _hosts(value: Any) -> str:
    hosts = [each.strip() for each in text(value).split(",")]
    if not all(_HOST_PORT.fullmatch(each) for each in hosts):
        raise ValueError
    return ",".join(hosts)


def _url(value: Any) -> str:
    if not _URL.fullmatch(text(value)):
        raise ValueError
    return _split(value)


def _place(value: Any) -> str:
    return _split(value) if _DATABASE.fullmatch(text(value)) else _url(value)


def _split(value: Any) -> str:
    # Brackets may hold what is no address: then it can not be taken apart.
    urlsplit(text(value))
    return text(value)


def _sources(value: Any) -> dict[str, str]:
    pairs = [each.partition("=") for each in text(value).split(",")]
    found = {name.strip(): (connector or name).strip() for name, _, connector in pairs}
    names = {*found, *found.values()}
    if len(found) != len(pairs) or not all(_NAME.fullmatch(name) for name in names):
        raise ValueError
    return found


def _feeds(value: Any) -> tuple[tuple[str, Path], ...]:
    pairs = [each.partition("=") for each in text(value).split(",")]
    if not all(_NAME.fullmatch(name.strip()) and path.strip() for name, _, path in pairs):
        raise ValueError
    return tuple((name.strip(), Path(path.strip())) for name, _, path in pairs)


PATH = Annotated[Path, read_by(lambda value: Path(text(value)), TEXT_EXPECTED)]
HOSTS = Annotated[str, read_by(_hosts, "host:port, several with commas between")]
URL = Annotated[str, read_by(_url, "an address that begins with https:// or http://")]
PLACE = Annotated[
    str, read_by(_place, "an address: https://…, http://… or postgresql://user@host/database")
]
SOURCES = Annotated[
    dict[str, str], read_by(_sources, "name or name=connector, each once, with commas between")
]
"""Which connector reads which source; `okta` alone means that the two have one name."""


FEEDS = Annotated[
    tuple[tuple[str, Path], ...], read_by(_feeds, "source=file, several with commas between")
]
"""Files, each with the source that it is about; a source may have several."""


def url_to_show(url: str) -> str:
    """Leave of an address only the host: the rest may hold a password or a token."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{'/…' if parts.path.strip('/') or parts.query else ''}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    return _LOOPBACK.fullmatch(host) is not None


def is_database(url: str) -> bool:
    """Whether an address is a database's."""
    return _DATABASE.fullmatch(url) is not None


def is_database_here(url: str) -> bool:
    """Whether a database is on this machine: its loopback, or a socket in a directory."""
    parts = urlsplit(url)
    hosts = [parts.hostname or "", *parse_qs(parts.query).get("host", [])]
    return all(not host or host.startswith("/") or is_loopback(host) for host in hosts)
